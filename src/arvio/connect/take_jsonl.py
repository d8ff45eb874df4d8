"""From the lines of an export to partners, apps, accounts, installations and imported reviews."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from functools import partial
from uuid import UUID

from arvio.catalog import batches
from arvio.catalog import queries as catalog
from arvio.catalog.batches import AccountFact, AppFact, InstallationFact, PartnerFact, UserFact
from arvio.catalog.models import Account, App, Marketplace, Partner, User
from arvio.connect import jsonl
from arvio.connect.jsonl import BrokenLine, JsonLines, Line, ReviewLine
from arvio.connect.rules import LONGEST_NAME
from arvio.connect.taking import (
    IMPORTED,
    Outcome,
    add_accounts,
    add_installations,
    again,
    in_batches,
    known_accounts,
    lock,
    taken_keys,
)
from arvio.connect.tally import SkippedRow, Tally
from arvio.policy.form import Cleaned
from arvio.reviews.importing import Incoming, IncomingReply, IncomingVersion, take_reviews

SOURCE = "jsonl"


@dataclass
class _Batch:
    """The lines of a batch, read. Facts come first, whatever their order in the file."""

    partners: list[PartnerFact] = field(default_factory=list)
    apps: list[tuple[str, AppFact]] = field(default_factory=list)
    accounts: list[AccountFact] = field(default_factory=list)
    reviews: list[ReviewLine] = field(default_factory=list)
    skipped: dict[int, str] = field(default_factory=dict)
    read: int = 0


def take_jsonl(
    *,
    file: JsonLines,
    marketplace: Marketplace,
    now: datetime,
    progress: Callable[[int], None],
) -> Tally:
    """Take the reviews that aren't here yet. Only lines of reviews and broken lines are counted."""
    tally = Tally()
    for lines in in_batches(file.lines()):
        batch = _read(lines, now)
        tally.read += batch.read
        again(partial(_take, marketplace, batch, now)).tell(tally)
        progress(len(lines))
    return tally


def _read(lines: Sequence[Line | BrokenLine], now: datetime) -> _Batch:
    batch = _Batch()
    for line in lines:
        try:
            if isinstance(line, BrokenLine):
                raise SkippedRow(line.reason)
            _read_line(batch, line, now)
        except SkippedRow as skipped:
            batch.skipped[line.number] = skipped.reason
            batch.read += 1
        else:
            batch.read += line.kind == "review"
    return batch


def _read_line(batch: _Batch, line: Line, now: datetime) -> None:
    values = line.values
    if line.kind == "review":
        batch.reviews.append(jsonl.read_review(line, now=now))
        return
    ref = jsonl.text(values, "ref", longest=jsonl.LONGEST_REF, missing="bad_shape")
    if line.kind == "partner":
        name = jsonl.text(values, "name", longest=LONGEST_NAME)
        batch.partners.append(PartnerFact(ref=ref, name=name))
    elif line.kind == "app":
        partner = jsonl.text(values, "partner", longest=jsonl.LONGEST_REF)
        batch.apps.append((partner, _app(values, ref)))
    else:
        kind = values.get("kind")
        if kind not in Account.Kind.values:
            raise SkippedRow("bad_shape")
        plan = jsonl.text(values, "plan", longest=100)
        batch.accounts.append(AccountFact(ref=ref, name=ref, plan=plan, kind=str(kind)))


def _app(values: jsonl.Values, ref: str) -> AppFact:
    url = jsonl.text(values, "listing_url", longest=500)
    if url and not url.startswith(("https://", "http://")):
        raise SkippedRow("bad_shape")
    return AppFact(
        ref=ref,
        name=jsonl.text(values, "name", longest=LONGEST_NAME, missing="bad_shape"),
        partner=Partner(),
        category=jsonl.text(values, "category", longest=100),
        tagline=jsonl.text(values, "tagline", longest=300),
        version=jsonl.text(values, "version", longest=60),
        listing_url=url,
        retired=jsonl.flag(values, "retired"),
        listed_at=jsonl.moment(values, "listed_at"),
    )


def _take(marketplace: Marketplace, batch: _Batch, now: datetime) -> Outcome:
    lock(marketplace)
    version = catalog.policy_in_force(marketplace=marketplace, now=now)
    _add_catalog(marketplace, batch, now)
    apps = _known_apps(marketplace, [line.app for line in batch.reviews])
    accounts = known_accounts(marketplace, [line.account for line in batch.reviews])
    taken = taken_keys(apps.values(), [line.key for line in batch.reviews])
    outcome, fresh = Outcome(skipped=dict(batch.skipped)), []
    for line in batch.reviews:
        app = apps.get(line.app)
        if app is None:
            outcome.skipped[line.number] = "missing_app"
        elif line.account not in accounts:
            outcome.skipped[line.number] = "missing_account"
        elif (app.pk, line.key) in taken:
            outcome.skipped[line.number] = "already_taken"
        else:
            taken.add((app.pk, line.key))
            fresh.append(line)
    incoming = _incoming(fresh, apps, accounts, now)
    take_reviews(marketplace=marketplace, incoming=incoming, version=version, now=now)
    outcome.taken = len(fresh)
    return outcome


def _add_catalog(marketplace: Marketplace, batch: _Batch, now: datetime) -> None:
    if batch.accounts:
        add_accounts(marketplace, batch.accounts, now)
    batches.add_partners(marketplace=marketplace, facts=_distinct(batch.partners))
    refs = {partner for partner, _ in batch.apps}
    partners = {
        row.ref: row for row in Partner.objects.filter(marketplace=marketplace, ref__in=refs)
    }
    if refs - set(partners):
        # The file doesn't say who made it, as a file cut out of another may not.
        partners |= batches.add_partners(marketplace=marketplace, facts=[IMPORTED])
    facts = {
        fact.ref: replace(fact, partner=partners.get(partner) or partners[IMPORTED.ref])
        for partner, fact in batch.apps
    }
    batches.add_apps(marketplace=marketplace, facts=list(facts.values()), now=now)


def _incoming(
    lines: Sequence[ReviewLine],
    apps: dict[str, App],
    accounts: dict[str, Account],
    now: datetime,
) -> list[Incoming]:
    users = _add_users(lines, accounts, now)
    installations = add_installations(
        (
            InstallationFact(
                app=apps[line.app],
                account=accounts[line.account],
                installed_at=line.installation.installed_at,
                uninstalled_at=line.installation.uninstalled_at,
                version=line.installation.version,
                source=SOURCE,
            )
            for line in lines
            if line.installation
        ),
        now,
    )
    incoming = []
    for line in lines:
        app, account = apps[line.app], accounts[line.account]
        pair = (app.pk, account.pk)
        incoming.append(
            Incoming(
                key=line.key,
                app=app,
                account=account,
                user=users[account.pk, _author_ref(line)],
                installation=installations.get(pair) if line.installation else None,
                versions=[_version(version) for version in line.versions],
                submitted_at=line.submitted_at,
                published_at=line.published_at,
                edited_at=line.edited_at,
                app_version=line.app_version,
                reply=_reply(line),
            )
        )
    return incoming


def _add_users(
    lines: Sequence[ReviewLine], accounts: dict[str, Account], now: datetime
) -> dict[tuple[UUID, str], User]:
    """A user for each review, who has the name that was shown and nothing more (R70)."""
    facts = [
        UserFact(account=accounts[line.account], ref=_author_ref(line), name=line.author)
        for line in lines
    ]
    return batches.put_users(facts=facts, now=now)


def _author_ref(line: ReviewLine) -> str:
    return f"imported-{line.ref}"


def _version(line: jsonl.VersionLine) -> IncomingVersion:
    return IncomingVersion(
        answers=Cleaned(
            stars=line.stars,
            **line.content,
            qualities=line.qualities,
            about=line.about,
            consents=line.consents,
        ),
        language=line.language,
        submitted_at=line.submitted_at,
        effective_at=line.effective_at,
        number=line.number,
        origin=line.origin,
        evidence={**line.evidence, "imported": SOURCE},
        erased_at=line.erased_at,
    )


def _reply(line: ReviewLine) -> IncomingReply | None:
    if line.reply is None:
        return None
    return IncomingReply(
        text=line.reply.text,
        replied_at=line.reply.replied_at,
        version_number=line.reply.version,
        fixed_in=line.reply.fixed_in,
    )


def _known_apps(marketplace: Marketplace, refs: Sequence[str]) -> dict[str, App]:
    rows = App.objects.filter(marketplace=marketplace, ref__in=set(refs))
    return {row.ref: row for row in rows}


def _distinct(facts: Sequence[PartnerFact]) -> list[PartnerFact]:
    return list({fact.ref: fact for fact in facts}.values())

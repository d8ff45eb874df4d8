"""Facts in: each action is one upsert in one transaction, safe to repeat, and says what it changed
further down by due rows (`archive_check` with the key `user:…`, `account:…` or `partner:…`; of an
installation, what `planning` says).
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from django.db import transaction
from django.db.models import F, Q

from arvio.audit import actions as audit
from arvio.catalog import appeals, doors, planning, pseudonyms, queries, rules
from arvio.catalog.banning import ban, lift_ban
from arvio.catalog.errors import InvalidFact
from arvio.catalog.models import (
    Account,
    App,
    Ban,
    BanAppeal,
    Installation,
    Marketplace,
    Partner,
    PartnerDomain,
    User,
)
from arvio.due import actions as due
from arvio.due.models import Due
from arvio.people import actions as people
from arvio.people.models import Role

__all__ = [
    "ban",
    "end_installation",
    "lift_ban",
    "put_account",
    "put_app",
    "put_installation",
    "put_partner",
    "put_user",
]


@transaction.atomic
def put_partner(
    *,
    marketplace: Marketplace,
    ref: str,
    name: str,
    members: Sequence[tuple[str, str, str]],
    domains: Sequence[str] = (),
    now: datetime,
) -> tuple[Partner, bool]:
    """`members` are (e-mail, name, owner|replier|reader) and replace the list that was.

    Answers (partner, created).
    """
    emails = [email.strip().lower() for email, _, _ in members]
    if len(set(emails)) < len(emails):
        raise InvalidFact("members", "Name each member once: an e-mail address comes twice.")
    wanted = sorted({domain.strip().lower().lstrip("@") for domain in domains if domain.strip()})
    partner, created = Partner.objects.update_or_create(
        marketplace=marketplace, ref=ref, defaults={"name": name, "domains": wanted}
    )
    _put_domains(partner)
    gone = people.put_members(
        marketplace_id=marketplace.pk, place_id=partner.pk, members=members, kinds=Role.MEMBER_KINDS
    )
    if gone:
        here = doors.door(partner)
        doors.close_behind(here, gone, reason="members_named", actor="server", now=now)
    if not created:
        _check_archive(f"partner:{partner.pk}", now)
        for app in partner.apps.order_by("pk"):
            words = rules.search_text(app.name, app.tagline, name, app.category)
            App.objects.filter(pk=app.pk).exclude(search_text=words).update(search_text=words)
    return partner, created


def _put_domains(partner: Partner) -> None:
    known = PartnerDomain.objects.filter(partner=partner)
    known.exclude(domain__in=partner.domains).delete()
    PartnerDomain.objects.bulk_create(
        [
            PartnerDomain(marketplace_id=partner.marketplace_id, partner=partner, domain=domain)
            for domain in partner.domains
        ],
        ignore_conflicts=True,
    )


@transaction.atomic
def put_app(
    *,
    marketplace: Marketplace,
    ref: str,
    partner: Partner,
    name: str,
    category: str,
    tagline: str,
    version: str,
    listing_url: str = "",
    retired: bool = False,
    actor: str = appeals.COMMAND,
    now: datetime,
) -> tuple[App, bool]:
    """Its history tells of a move to another partner, of another name, and of its retirement."""
    if ref in rules.RESERVED_REFS:
        raise InvalidFact("app", f"{ref!r} is reserved: pages of an app stand beside it.")
    values: dict[str, Any] = {
        "partner": partner,
        "name": name,
        "category": category,
        "tagline": tagline,
        "version": version,
        "listing_url": listing_url,
        "retired": retired,
        "search_text": rules.search_text(name, tagline, partner.name, category),
    }
    rows = App.objects.filter(marketplace=marketplace, ref=ref)
    before = rows.select_for_update(no_key=True).first()
    app, created = App.objects.update_or_create(
        marketplace=marketplace,
        ref=ref,
        defaults=values,
        create_defaults={**values, "listed_at": now},
    )
    if before and before.partner_id != partner.pk:
        _check_archive(f"partner:{partner.pk}", now)
        # Its reviews are now the other partner's to answer.
        due.schedule(rows=[Due(kind="app_moved", key=str(app.pk), app_id=app.pk, due_at=now)])
    if before:
        _record_app(before, app, actor, now)
    return app, created


def _record_app(before: App, after: App, actor: str, now: datetime) -> None:
    changes: list[tuple[str, dict[str, Any], dict[str, Any]]] = []
    if before.partner_id != after.partner_id:
        partners = [{"partner": str(one.partner_id)} for one in (before, after)]
        changes.append(("moved", partners[0], partners[1]))
    if before.name != after.name:
        changes.append(("renamed", {"name": before.name}, {"name": after.name}))
    if before.retired != after.retired:
        changes.append(("retired" if after.retired else "back", {}, {}))
    if not changes:
        return
    audit.append(
        entries=[
            audit.Entry(
                subject=f"app:{after.pk}",
                tag=f"app:{what}",
                actor=actor,
                at=now,
                marketplace_id=after.marketplace_id,
                app_id=after.pk,
                before=old,
                after=new,
            )
            for what, old, new in changes
        ]
    )


@transaction.atomic
def put_account(
    *,
    marketplace: Marketplace,
    ref: str,
    name: str,
    plan: str,
    kind: str,
    industry: str = "",
    size: str = "",
    domain: str = "",
    now: datetime,
) -> tuple[Account, bool]:
    """What is told of a former id is true of the account that it leads to; of one that was merged
    it changes nothing, for the facts are now the other one's.
    """
    values = {
        "name": name,
        "plan": plan,
        "kind": kind,
        "industry": industry,
        "size": size,
        "domain": domain,
    }
    before = Account.objects.select_related("leads_to").filter(marketplace=marketplace, ref=ref)
    known = before.first()
    if known and known.leads_to:
        if not known.renamed:
            return known.leads_to, False
        known = known.leads_to
    account, created = Account.objects.update_or_create(
        marketplace=marketplace,
        ref=known.ref if known else ref,
        defaults=values,
        create_defaults={**values, "heard_at": now},
    )
    # Of an account's facts only its kind is looked at again (CONTRACT 5).
    if known and known.kind != kind:
        _check_archive(f"account:{account.pk}", now)
    return account, created


@transaction.atomic
def put_user(
    *, account: Account, ref: str, name: str, email: str = "", locale: str = "", now: datetime
) -> tuple[User, bool]:
    """Create or refresh a user; one that was erased is known again, under the pseudonym.

    Nothing is written when nothing changed: every page view of a viewer comes here.
    """
    values = {"name": name, "email": email.strip().lower(), "locale": locale}
    user = queries.user(account=account, ref=ref)
    if user is None:
        return User.objects.get_or_create(account=account, ref=ref, defaults=values)
    if any(getattr(user, key) != value for key, value in values.items()):
        old_email = user.email
        User.objects.filter(pk=user.pk).update(**values, erased_at=None)
        for key, value in values.items():
            setattr(user, key, value)
        if user.email != old_email:
            _check_archive(f"user:{user.pk}", now)
            if old_email:
                _follow_email(user, old_email, now)
    return user, False


def _follow_email(user: User, old: str, now: datetime) -> None:
    """What knows this user by the old address knows them by the new one, so that an erasure finds
    it; what waits to be sent there isn't (`email_changed`).
    """
    theirs = Installation.objects.filter(account=user.account_id, installed_by__iexact=old)
    longest = Installation._meta.get_field("installed_by").max_length or 0
    fits = 0 < len(user.email) <= longest
    theirs.update(installed_by=user.email if fits else user.ref)
    due.schedule(rows=[Due(kind="email_changed", key=str(user.pk), due_at=now)])


@transaction.atomic
def forget_user(*, user: User, now: datetime) -> User:
    """Erase what we know of a user (law, R75); the row and what limits rest on stay, under a
    pseudonym. A ban in force keeps its reason, as long as it lasts.

    Repeating it changes nothing more.
    """
    marketplace_id = user.account.marketplace_id
    named = [name for name in (user.ref, user.name, user.email) if name]
    ours = Q(account=user.account, installed_by__in=named)
    mail = Q(account__marketplace_id=marketplace_id, installed_by__iexact=user.email or None)
    Installation.objects.filter(ours | mail if user.email else ours).update(installed_by="")
    in_force = Q(lifted_at=None) & (Q(until_at=None) | Q(until_at__gt=now))
    Ban.objects.filter(user=user).exclude(in_force).update(reason="", lift_reason="")
    BanAppeal.objects.filter(user=user).update(text="", answer="")
    user.name = user.email = user.locale = ""
    user.ref = pseudonyms.pseudonym(marketplace_id=marketplace_id, ref=user.ref)
    user.erased_at = now
    user.save(update_fields=["ref", "name", "email", "locale", "erased_at"])
    return user


@transaction.atomic
def put_installation(
    *,
    app: App,
    account: Account,
    installed_at: datetime,
    installed_by: str = "",
    version: str = "",
    source: str = "server_key",
    now: datetime,
) -> tuple[Installation, bool]:
    """Take an install.

    The latest install and the latest uninstall heard of count, in whatever order they come.
    """
    installation, created = _installation(app, account, now)
    was_live, old_version = installation.is_live, installation.version
    if installation.installed_at is None or installed_at >= installation.installed_at:
        installation.installed_by = installed_by or installation.installed_by
        installation.version = version or installation.version
        installation.source = source
    installation.installed_at = rules.later(installation.installed_at, installed_at)
    _save_installation(installation, was_live)
    planning.plan(installations=[(app, installation)], now=now)
    if not created and installation.version != old_version:
        planning.look_at_version(installation=installation, now=now)
    return installation, created


@transaction.atomic
def end_installation(
    *, app: App, account: Account, uninstalled_at: datetime, now: datetime
) -> Installation:
    """Take an uninstall, even of an installation that we haven't heard of yet."""
    installation, _ = _installation(app, account, now)
    was_live = installation.is_live
    installation.uninstalled_at = rules.later(installation.uninstalled_at, uninstalled_at)
    _save_installation(installation, was_live)
    planning.plan(installations=[(app, installation)], now=now)
    return installation


def _installation(app: App, account: Account, now: datetime) -> tuple[Installation, bool]:
    return Installation.objects.select_for_update(of=("self",)).get_or_create(
        app=app, account=account, defaults={"heard_at": now}
    )


def _save_installation(installation: Installation, was_live: bool) -> None:
    installation.save()
    change = int(installation.is_live) - int(was_live)
    if change:
        App.objects.filter(pk=installation.app_id).update(install_count=F("install_count") + change)


def _check_archive(key: str, now: datetime) -> None:
    due.schedule(rows=[Due(kind="archive_check", key=key, due_at=now)])

"""An operator changes the rules: checked as they type, told what changes, and nothing is lost."""

from __future__ import annotations

import html
import re
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from django.utils import translation

from arvio.catalog import queries
from arvio.catalog.marketplaces import put_staff, set_policy
from arvio.catalog.models import PolicyDraft, PolicyVersion
from arvio.catalog.policies import keys
from arvio.catalog.policies.choices import FIELD_FACTS, NONES, OPTIONS, SECTIONS
from arvio.catalog.policies.words import CAUTIONS
from arvio.policy.changing import FIELD_FACTS as FACTS
from arvio.policy.load import load_preset, to_dict
from arvio.policy.schema import KEYS, PLAN_NAMES
from arvio.policy.schema import SECTIONS as POLICY_SECTIONS
from tests.cast import NOW, Stage
from tests.web.desk.staffed import OLLI

pytestmark = [pytest.mark.django_db, pytest.mark.once]

HOME, EDIT, TOML = "/operator/policy/", "/operator/policy/edit/", "/operator/policy/toml/"
CHECK, CHANGES = "/operator/policy/check/", "/operator/policy/changes/"
DAY = timedelta(days=1)
SignIn = Callable[[str], Client]
INPUT = re.compile(r'<input[^>]*? name="([^"]+)"[^>]*? value="([^"]*)"([^>]*)>')
AREA = re.compile(r'<textarea[^>]*? name="([^"]+)"[^>]*>\n(.*?)</textarea>', re.DOTALL)
SELECT = re.compile(r'<select[^>]*? name="([^"]+)".*?</select>', re.DOTALL)
SELECTED = re.compile(r'<option value="([^"]*)" selected')


def fields(answer: Any) -> dict[str, Any]:
    """What the page's form would send, without its buttons."""
    page = answer.content.decode()
    page = page[page.index("<form", page.index("<main")) :]
    found: dict[str, Any] = {}
    for name, value, rest in INPUT.findall(page):
        if name == "csrfmiddlewaretoken" or ("box" in rest and "checked" not in rest):
            continue
        found.setdefault(name, []).append(html.unescape(value))
    for tag in re.findall(r'<input type="checkbox"[^>]*>', page):
        name, value = re.findall(r'(?:name|value)="([^"]*)"', tag)
        if "checked" not in tag and value in found.get(name, []):
            found[name].remove(value)
    found |= {name: html.unescape(text) for name, text in AREA.findall(page)}
    for part in SELECT.finditer(page):
        found[part[1]] = (SELECTED.findall(part[0]) or [""])[0]
    return found


def text(answer: Any) -> str:
    return html.unescape(answer.content.decode())


def draft_of(store: Stage, client: Client, **changes: Any) -> PolicyDraft:
    form = {**fields(client.get(EDIT)), **changes, "do": "next"}
    answer = client.post(EDIT, form)
    assert answer.headers["Location"] == CHANGES, text(answer)
    return PolicyDraft.objects.get(marketplace=store.marketplace)


def schedule(store: Stage, days: int, **overrides: Any) -> PolicyVersion:
    return set_policy(
        marketplace=store.marketplace, preset="bitrix24-2024", overrides=overrides,
        effective_at=NOW + days * DAY, actor="command", now=NOW,
    )  # fmt: skip


def test_a_rule_is_changed_from_tomorrow_on_and_the_page_says_all_of_it(
    store: Stage, sign_in: SignIn
) -> None:
    olli = sign_in(OLLI)
    schedule(store, 9, publication={"hold": "P9D"})
    draft_of(store, olli, **{"aggregates.min_reviews": "20"})
    page = olli.get(CHANGES)
    assert "Reviews before a rating shows: 20; until now 1." in text(page)
    assert "Version 2 still takes over on 11 Mar 2026, 09:30." in re.sub("</?b>", "", text(page))
    form = {**fields(page), "when": "2026-03-03T00:00:00+00:00"}
    assert "Tomorrow at 00:00" in text(page)
    done = olli.post(CHANGES, {**form, "do": "publish"}, follow=True)
    assert "Version 3 is made. In force from 3 Mar 2026, 00:00." in re.sub("</?b>", "", text(done))
    assert not PolicyDraft.objects.exists()
    version = PolicyVersion.objects.get(number=3, marketplace=store.marketplace)
    assert version.overrides == {"aggregates": {"min_reviews": 20}}
    assert version.created_by.startswith("person:")
    assert "by Olli Oja on" in text(olli.get(HOME))
    how = olli.get("/store/how-reviews-work/")
    assert "From 3 Mar 2026, 00:00 other rules hold." in re.sub("</?b>", "", text(how))


def test_the_form_as_it_is_shown_says_the_policy_in_force(store: Stage, sign_in: SignIn) -> None:
    olli = sign_in(OLLI)
    overrides: dict[str, Any] = {
        "screening": {"own_words": ["one", "two"]}, "limits": {"per_account": 4},
        "eligibility": {"refuse": ["operator_staff"]}, "publication": {"recheck": ["ban"]},
        "ranking": {"prior_mean": 3.25}, "replies": {"editable": True},
    }  # fmt: skip
    version = schedule(store, 0, **overrides)
    assert "Nothing differs from the version in force." in text(olli.get(EDIT))
    assert draft_of(store, olli).overrides == version.overrides == overrides


def test_what_is_wrong_stands_beside_its_field_and_what_was_typed_stays(
    store: Stage, sign_in: SignIn
) -> None:
    olli = sign_in(OLLI)
    wrong = {
        "publication.hold": "P3X", "aggregates.min_reviews": "many", "reports.reasons": [],
        "form": "[[form.sections", "screening.own_words": "a\0b\nc",
    }  # fmt: skip
    typed = {**fields(olli.get(EDIT)), **wrong}
    live = text(olli.post(CHECK, typed))
    for key in ("publication.hold", "aggregates.min_reviews", "reports.reasons", "form"):
        slot = f'id="{"f-" + key.replace(".", "-")}-error" hx-swap-oob="true"><p class="error">'
        assert slot in live, key
    assert "4 problems" in live
    checked = olli.post(EDIT, {**typed, "do": "check"})
    assert checked.status_code == 422 and not PolicyDraft.objects.exists()
    saved = olli.post(EDIT, {**typed, "do": "save"}, follow=True)
    for page in (checked, saved):
        shown = fields(page)
        assert (shown["publication.hold"], shown["aggregates.min_reviews"]) == (["P3X"], ["many"])
        assert shown["form"] == "[[form.sections"
        assert "Write a whole number from 1 to 1,000." in text(page)
    stopped = olli.post(EDIT, {**fields(saved), "do": "next"})
    assert stopped.status_code == 422
    assert "The draft is saved, but it can’t count yet." in text(stopped)
    assert olli.get(CHANGES).headers["Location"] == EDIT
    assert "4 problems are left in it." in text(olli.get(HOME))


def test_another_preset_keeps_what_differed(store: Stage, sign_in: SignIn) -> None:
    olli = sign_in(OLLI)
    form = fields(olli.get(EDIT)) | {"limits.per_user": "2", "preset": "hubspot-2022"}
    assert "“hubspot-2022” is chosen" in text(olli.post(CHECK, form))
    taken = olli.post(EDIT, {**form, "do": "preset"})
    shown = fields(taken)
    assert (shown["limits.per_user"], shown["aggregates.min_reviews"]) == (["2"], ["10"])
    assert (shown["preset"], shown["was"]) == ("hubspot-2022", ["hubspot-2022"])
    olli.post(EDIT, {**shown, "do": "save"})
    draft = PolicyDraft.objects.get()
    assert (draft.preset, draft.overrides) == ("hubspot-2022", {"limits": {"per_user": 2}})


def test_form_and_file_are_one_draft(store: Stage, sign_in: SignIn) -> None:
    olli = sign_in(OLLI)
    draft_of(store, olli, **{"aggregates.min_reviews": "20"})
    page = olli.get(TOML)
    assert fields(page)["text"].rstrip() == (
        'preset = "bitrix24-2024"\n\n[aggregates]\nmin_reviews = 20'
    )
    typed = '# why\npreset = "hubspot-2024"\n[limits]\nper_user = 3\n'
    answer = olli.post(TOML, {**fields(page), "text": typed, "do": "form"}, follow=True)
    assert fields(answer)["limits.per_user"] == ["3"]
    assert fields(olli.get(TOML))["text"] == typed
    broken = {**fields(olli.get(TOML)), "text": "[limits\n", "do": "save"}
    assert "This is no TOML that can be read" in text(olli.post(TOML, broken, follow=True))
    assert olli.get(EDIT).headers["Location"] == f"{TOML}?mend=1"
    assert fields(olli.get(TOML))["text"].strip() == "[limits"
    live = olli.post(CHECK, {"text": "editing.max = 0\npreset = 'bitrix24-2025'"})
    assert "Write a whole number from 1 to 100." in text(live)


def test_who_was_slower_is_told_and_keeps_what_they_typed(store: Stage, sign_in: SignIn) -> None:
    put_staff(
        marketplace=store.marketplace,
        members=[(OLLI, "Olli Oja", "operator"), ("orla@store.example", "Orla", "operator")],
    )
    olli, orla = sign_in(OLLI), sign_in("orla@store.example")
    before = fields(orla.get(EDIT))
    draft_of(store, olli, **{"aggregates.min_reviews": "20"})
    mine = {**before, "aggregates.min_reviews": "30", "do": "save"}
    told = orla.post(EDIT, mine)
    assert told.status_code == 409
    assert "Draft by Olli Oja" in text(told)
    assert fields(told)["aggregates.min_reviews"] == ["30"]
    seen = fields(olli.get(CHANGES))
    assert orla.post(EDIT, {**fields(told), "do": "save"}).status_code == 303
    late = olli.post(CHANGES, {**seen, "when": "now", "do": "publish"})
    assert late.status_code == 409
    assert "Somebody else saved the draft meanwhile." in text(late)
    assert "Reviews before a rating shows: 30; until now 1." in text(late)
    schedule(store, 5)
    page = orla.get(CHANGES)
    assert "Version 2 was made since this draft was begun." in re.sub("</?b>", "", text(page))
    refused = orla.post(CHANGES, {**fields(page), "when": "now", "do": "publish"})
    assert refused.status_code == 409
    orla.post(CHANGES, {**fields(page), "when": "now", "do": "again"})
    page = orla.get(CHANGES)
    assert orla.post(CHANGES, {**fields(page), "when": "now", "do": "publish"}).status_code == 303
    gone = olli.post(CHANGES, {**fields(page), "when": "now", "do": "publish"}, follow=True)
    assert "made a version from it" in text(gone)


def test_criticism_is_treated_as_praise_by_one_click(store: Stage, sign_in: SignIn) -> None:
    olli = sign_in(OLLI)
    editing = {
        "by_author": "allowed",
        "raise_delay": "PT0S",
        "lower_delay": "P3D",
        "good_from": "4",
    }
    draft_of(store, olli, **{f"editing.{key}": value for key, value in editing.items()})
    page = olli.get(CHANGES)
    assert "An edit to fewer than 4 stars waits longer (3 days)" in text(page)
    for code in ("lowering_waits_longer", "lowering_puts_off_publication"):
        form = {
            **fields(page),
            "when": "later",
            "at": "2026-04-01T08:00",
            "do": f"symmetric:{code}",
        }
        page = olli.post(CHANGES, form, follow=True)
    assert "Criticism is treated worse" not in text(page)
    draft = PolicyDraft.objects.get()
    assert draft.overrides["editing"] == {
        "by_author": "allowed", "raise_delay": "PT0S", "lower_delay": "PT0S", "good_from": 4,
    }  # fmt: skip
    assert fields(page)["at"] == ["2026-04-01T08:00"]


@pytest.mark.parametrize("at", ["", "2020-01-01T00:00", "soon", "9999-12-31T23:59+00:00"])
def test_a_time_that_has_passed_or_is_none_is_refused(
    store: Stage, sign_in: SignIn, at: str
) -> None:
    olli = sign_in(OLLI)
    draft_of(store, olli, **{"aggregates.min_reviews": "20"})
    form = {**fields(olli.get(CHANGES)), "when": "later", "at": at, "do": "publish"}
    if at.startswith("9999"):
        form |= {"at": "", "when": at}
    answer = olli.post(CHANGES, form)
    assert answer.status_code == 422
    assert "Give a day and a time that are still to come." in text(answer)
    assert PolicyVersion.objects.filter(marketplace=store.marketplace).count() == 1


def test_the_way_back_and_a_change_of_mind(store: Stage, sign_in: SignIn) -> None:
    olli = sign_in(OLLI)
    schedule(store, 0, aggregates={"min_reviews": 20})
    schedule(store, 3, publication={"hold": "P9D"})
    page = olli.get("/operator/policy/back/1/")
    assert "Reviews before a rating shows: 1; until now 20." in text(page)
    done = olli.post("/operator/policy/back/1/", {**fields(page), "when": "now", "do": "publish"})
    assert done.headers["Location"] == f"{HOME}?made=4"
    late = olli.post("/operator/policy/back/2/", {**fields(page), "when": "now", "do": "publish"})
    assert late.status_code == 409 and "Version 4 was made meanwhile." in text(late)
    page = olli.get("/operator/policy/cancel/3/")
    assert "repeats version 4" in text(page)
    assert olli.post("/operator/policy/cancel/3/", {"base": "1"}).status_code == 409
    olli.post("/operator/policy/cancel/3/", fields(page))
    home = text(olli.get(HOME))
    assert "another version took its place before that" in home
    assert "It says just what version 4 says." in home
    assert "Never began" in home
    never = text(olli.get("/store/how-reviews-work/3/"))
    assert "This version was cancelled before it began." in never
    in_force = queries.policy_in_force(marketplace=store.marketplace, now=NOW + 9 * DAY)
    assert (in_force.number, in_force.policy.publication.hold.seconds) == (5, 3 * 86_400)


def test_a_draft_is_discarded_by_who_sees_it(store: Stage, sign_in: SignIn) -> None:
    olli = sign_in(OLLI)
    draft = draft_of(store, olli, **{"aggregates.min_reviews": "20"})
    assert "Draft by Olli Oja, now" in text(olli.get(HOME))
    discard = "/operator/policy/discard/"
    assert olli.post(discard, {"token": str(store.marketplace.pk)}).status_code == 409
    assert olli.post(discard, {"token": str(draft.token)}).status_code == 303
    assert not PolicyDraft.objects.exists()


def test_the_overview_takes_as_many_statements_for_many_versions(
    store: Stage, sign_in: SignIn, django_assert_max_num_queries: Any
) -> None:
    olli = sign_in(OLLI)
    for day in range(1, 8):
        schedule(store, day, limits={"per_user": day})
    with django_assert_max_num_queries(12):
        assert text(olli.get(HOME)).count("To come") == 8


@pytest.mark.parametrize("language", ["en", "ru", "fi"])
def test_every_key_and_every_value_has_its_words(language: str) -> None:
    named = [f"{section}.{key}" for section, rules in KEYS.items() for key in rules]
    named += ["form", *(f"eligibility.plan_names.{key}" for key in PLAN_NAMES)]
    assert set(keys.WORDS) == set(named)
    assert set(SECTIONS) == set(POLICY_SECTIONS)
    assert set(FIELD_FACTS) == {"section", *FACTS}
    optional = {
        f"{s}.{k}" for s, rules in KEYS.items() for k, rule in rules.items() if rule.optional
    }
    assert set(NONES) == optional
    with translation.override(language):
        for key in named:
            assert keys.label(key) and keys.sentence(key).endswith(".")
            if key == "form":
                continue
            names = keys.rule_of(key).names
            assert all(keys.option(key, name) for name in names)
            assert set(OPTIONS.get(key, names)) == set(names)
        document = to_dict(load_preset("hubspot-2024").policy)
        for key in named[: -len(PLAN_NAMES) - 1]:
            section, _dot, name = key.partition(".")
            assert keys.value_words(key, document[section][name])
    assert len(CAUTIONS) == 4


def test_numbers_and_tables_without_end_are_answered_as_faults(
    store: Stage, sign_in: SignIn
) -> None:
    olli, form = sign_in(OLLI), fields(sign_in(OLLI).get(EDIT))
    number, deep = "0x" + "f" * 5000, ".".join("a" * 3000)
    for wrong in (f"form.max = {number}", f"form.{deep} = 1"):
        for do in ("", "save", "next"):
            for url, sent in ((TOML, {"text": wrong}), (EDIT, {**form, "form": wrong})):
                token = PolicyDraft.objects.values_list("token", flat=True).first() or ""
                answer = olli.post(url, {**form, **sent, "token": token, "do": do}, follow=True)
                assert answer.status_code in (200, 422), (url, do)
                assert "This is no TOML that can be read" in text(answer)


def test_rules_written_into_the_review_form_are_not_lost_unseen(
    store: Stage, sign_in: SignIn
) -> None:
    olli = sign_in(OLLI)
    form = fields(olli.get(EDIT))
    added = form["form"] + "\n[limits]\nper_user = 1\n"
    answer = olli.post(EDIT, {**form, "form": added, "do": "next"})
    assert answer.status_code == 422
    assert "There is no such key. Allowed is: [form]." in text(answer)

"""A policy as it changes: the draft, the version made from it, the way back, the change of mind."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from functools import partial
from typing import Any
from uuid import UUID

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from arvio.audit.models import AuditRow
from arvio.catalog import queries
from arvio.catalog.errors import DraftOvertaken, InvalidFact, NotFound, Overtaken
from arvio.catalog.marketplaces import create_marketplace, set_policy
from arvio.catalog.models import Marketplace, PolicyDraft, PolicyVersion
from arvio.catalog.policies import actions, timeline
from arvio.ids import uuid7
from arvio.policy.changing import overrides_for
from arvio.policy.load import preset_names, to_dict
from arvio.policy.model import Policy
from arvio.policy.problems import PolicyError
from tests.cast import NOW
from tests.policy.made import policies
from tests.racing import race

pytestmark = pytest.mark.django_db

DAY = timedelta(days=1)
TWENTY: dict[str, Any] = {"aggregates": {"min_reviews": 20}}


def make(preset: str = "hubspot-2022", **values: Any) -> Marketplace:
    return create_marketplace(slug="store", name="The Store", preset=preset, now=NOW, **values)


def save(marketplace: Marketplace, token: UUID | None = None, **values: Any) -> PolicyDraft:
    given = {
        "preset": "hubspot-2022", "overrides": TWENTY, "base": 1, "actor": "olli", "now": NOW,
        **values,
    }  # fmt: skip
    return actions.save_draft(marketplace=marketplace, token=token, **given)


def publish(marketplace: Marketplace, token: UUID, at: datetime, **values: Any) -> PolicyVersion:
    given = {"actor": "olli", "now": NOW + DAY, **values}
    return actions.publish_draft(marketplace=marketplace, token=token, effective_at=at, **given)


def put(marketplace: Marketplace, at: datetime, now: datetime = NOW, **values: Any) -> int:
    given = {"preset": "hubspot-2022", "actor": "test", **values}
    return set_policy(marketplace=marketplace, effective_at=at, now=now, **given).number


def holds(marketplace: Marketplace, at: datetime) -> int:
    version = queries.policy_in_force(marketplace=marketplace, now=at)
    return version.policy.aggregates.min_reviews


def states(marketplace: Marketplace, now: datetime) -> dict[int, str]:
    turns = timeline.timeline(marketplace=marketplace, now=now)
    return {turn.version.number: turn.state for turn in turns}


def test_a_version_is_made_from_the_draft_and_the_draft_goes() -> None:
    marketplace = make()
    draft = save(marketplace)
    version = publish(marketplace, draft.token, NOW + 2 * DAY)
    assert (version.number, version.overrides, version.created_by) == (2, TWENTY, "olli")
    assert not PolicyDraft.objects.exists()
    assert [holds(marketplace, NOW + days * DAY) for days in (1, 2)] == [10, 20]
    row = AuditRow.objects.get(tag="marketplace:policy_set", policy_version=2)
    assert row.before == {"aggregates.min_reviews": 10}
    assert row.after == {
        "preset": "hubspot-2022", "effective_at": (NOW + 2 * DAY).isoformat(),
        "aggregates.min_reviews": 20,
    }  # fmt: skip


def test_a_draft_may_hold_nonsense_and_no_version_comes_of_it() -> None:
    marketplace = make()
    strange: dict[str, Any] = {
        "publication": {"hold": "P3X\0\ud800", "when": datetime(2026, 1, 1, tzinfo=UTC)},
        "ranking": {"prior_mean": float("inf")},
    }
    draft = save(marketplace, overrides=strange)
    draft.refresh_from_db()
    assert draft.overrides["publication"]["hold"] == "P3X?"
    with pytest.raises(PolicyError) as refused:
        publish(marketplace, draft.token, NOW + DAY)
    assert {"publication.hold", "publication.when", "ranking.prior_mean"} == {
        problem.key for problem in refused.value.problems
    }
    assert PolicyDraft.objects.get() == draft


def test_a_text_is_all_there_is_to_a_draft_and_keeps_its_comments() -> None:
    marketplace = make()
    text = '# higher\npreset = "hubspot-2024"\naggregates.min_reviews = 20\n'
    draft = save(marketplace, overrides={}, text=text)
    assert draft.policy.aggregates.min_reviews == 20
    version = publish(marketplace, draft.token, NOW + DAY)
    assert (version.preset, version.overrides) == ("hubspot-2024", TWENTY)
    assert text == draft.text


def test_who_was_overtaken_is_told_and_nothing_is_lost() -> None:
    marketplace = make()
    first = save(marketplace)
    second = save(marketplace, first.token, overrides={})
    for call in (
        partial(save, marketplace, first.token),
        partial(save, marketplace, None),
        partial(publish, marketplace, first.token, NOW + DAY),
        partial(actions.discard_draft, marketplace=marketplace, token=first.token),
    ):
        with pytest.raises(DraftOvertaken):
            call()
    assert PolicyDraft.objects.get().token == second.token
    put(marketplace, NOW)
    with pytest.raises(Overtaken) as newer:
        publish(marketplace, second.token, NOW + DAY)
    assert newer.value.number == 2
    assert PolicyDraft.objects.get().token == second.token
    again = save(marketplace, second.token, base=2)
    assert publish(marketplace, again.token, NOW + DAY).number == 3


def test_a_draft_never_counts_from_the_past() -> None:
    marketplace = make()
    draft = save(marketplace)
    with pytest.raises(InvalidFact) as refused:
        publish(marketplace, draft.token, NOW)
    assert refused.value.field == "effective_at"
    assert PolicyDraft.objects.exists()


def test_a_version_of_now_holds_until_the_one_of_tomorrow_takes_over() -> None:
    marketplace = make()
    put(marketplace, NOW + 2 * DAY, overrides=TWENTY)
    put(marketplace, NOW + DAY, NOW + DAY, overrides={"aggregates": {"min_reviews": 5}})
    assert [holds(marketplace, NOW + days * DAY) for days in (0, 1, 2)] == [10, 5, 20]
    assert states(marketplace, NOW + DAY) == {2: "to_come", 3: "in_force", 1: "over"}
    turn = timeline.timeline(marketplace=marketplace, now=NOW + DAY)[0]
    assert turn.before and turn.before.number == 3
    assert [(c.key, c.old, c.new) for c in turn.changes] == [("aggregates.min_reviews", 5, 20)]


def test_a_version_that_is_cancelled_never_begins_and_what_held_goes_on() -> None:
    marketplace = make()
    put(marketplace, NOW + 2 * DAY, overrides=TWENTY)
    version = actions.cancel_version(
        marketplace=marketplace, number=2, actor="olli", now=NOW + DAY, base=2
    )
    assert (version.number, version.effective_at) == (3, NOW + 2 * DAY)
    assert [holds(marketplace, NOW + days * DAY) for days in (1, 2, 3)] == [10, 10, 10]
    assert states(marketplace, NOW + DAY) == {3: "to_come", 2: "dropped", 1: "in_force"}
    assert states(marketplace, NOW + 2 * DAY) == {3: "in_force", 2: "dropped", 1: "over"}
    newest = timeline.timeline(marketplace=marketplace, now=NOW + DAY)[0]
    assert (newest.repeats, newest.changes) == (1, [])
    row = AuditRow.objects.get(tag="marketplace:policy_set", policy_version=3)
    assert row.after and (row.after["cancels"], row.after["back_to"]) == (2, 1)
    for number in (1, 2):
        with pytest.raises(InvalidFact):
            actions.cancel_version(
                marketplace=marketplace, number=number, actor="olli", now=NOW + DAY
            )
    with pytest.raises(NotFound):
        actions.cancel_version(marketplace=marketplace, number=9, actor="olli", now=NOW)


def test_the_way_back_says_what_was_said_even_of_a_preset_that_is_gone() -> None:
    marketplace = make("bitrix24-2025", overrides={"publication": {"hold": "PT48H"}})
    put(marketplace, NOW)
    first = PolicyVersion.objects.get(number=1)
    copy = {
        field: getattr(first, field)
        for field in ("marketplace_id", "overrides", "document", "effective_at", "created_at")
    }
    old = PolicyVersion.objects.create(**copy, number=3, preset="gone-1999", created_by="x")
    assert old.preset not in preset_names()
    for number in (1, 3):
        made = actions.roll_back(
            marketplace=marketplace, number=number, effective_at=NOW, actor="olli", now=NOW
        )
        assert made.document == first.document
        assert made.preset in preset_names()
    with pytest.raises(NotFound):
        actions.roll_back(
            marketplace=marketplace, number=2**40, effective_at=NOW, actor="olli", now=NOW
        )


@settings(max_examples=15, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(was=policies(), becomes=policies(), preset=st.sampled_from(preset_names()))
@pytest.mark.once
def test_the_way_back_gives_the_very_document(was: Policy, becomes: Policy, preset: str) -> None:
    marketplace = create_marketplace(slug=f"s{uuid7().hex}", name="S", preset=preset, now=NOW)
    for policy in (was, becomes):
        overrides = overrides_for(preset=preset, policy=policy)
        put(marketplace, NOW, preset=preset, overrides=overrides)
    made = actions.roll_back(
        marketplace=marketplace, number=2, effective_at=NOW, actor="olli", now=NOW
    )
    assert made.document == to_dict(was)
    assert made.policy == was


def test_reading_all_versions_takes_one_statement(django_assert_num_queries: Any) -> None:
    marketplace = make()
    for day in range(1, 6):
        put(marketplace, NOW + day * DAY)
    with django_assert_num_queries(1):
        turns = timeline.timeline(marketplace=marketplace, now=NOW + 2 * DAY)
        assert [turn.state for turn in turns] == ["to_come"] * 3 + ["in_force", "over", "over"]


@pytest.mark.django_db(transaction=True)
def test_of_two_operators_at_once_one_wins_and_the_other_is_told() -> None:
    marketplace = make()
    draft = save(marketplace)
    found = race([partial(publish, marketplace, draft.token, NOW + DAY)] * 4)
    assert sum(isinstance(one, PolicyVersion) for one in found) == 1
    assert sum(isinstance(one, DraftOvertaken) for one in found) == 3
    back = partial(
        actions.roll_back, marketplace=marketplace, number=1, effective_at=NOW + 2 * DAY,
        actor="olli", now=NOW + 2 * DAY, base=2,
    )  # fmt: skip
    found = race([back] * 3)
    assert sum(isinstance(one, PolicyVersion) for one in found) == 1
    assert sum(isinstance(one, Overtaken) for one in found) == 2
    found = race([partial(save, marketplace, None)] * 4)
    assert sum(isinstance(one, PolicyDraft) for one in found) == 1
    assert sum(isinstance(one, DraftOvertaken) for one in found) == 3

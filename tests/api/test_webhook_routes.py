"""Webhooks by API: the marketplace's with a server key, a partner's with an owner's."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
from standardwebhooks.webhooks import Webhook

from arvio import clock
from arvio.api import document
from arvio.api.shapes_webhooks import SHAPES
from arvio.notify.webhooks import rules
from arvio.notify.webhooks.models import WebhookDelivery
from arvio.people.actions import create_key
from arvio.people.models import Key
from tests import cast
from tests.api.caller import Caller, anybody, holder, moderates, server
from tests.cast import NOW, Stage, member, rival
from tests.notify.receiver import LOOPBACK, Receiver, open_receiver, send
from tests.notify.test_webhook_events import decide, staff

pytestmark = pytest.mark.django_db
STORE, PARTNER = "/marketplaces/store/webhooks", "/partner/webhooks"
BODY: dict[str, Any] = {
    "url": "https://hooks.example/in",
    "events": ["review.published", "review.created"],
}


@pytest.fixture(autouse=True)
def _now(monkeypatch: pytest.MonkeyPatch, settings: Any) -> None:
    monkeypatch.setattr(clock, "now", lambda: NOW)
    settings.OUTBOUND_ALLOWED = settings.OUTBOUND_ALLOWED_TO_PARTNERS = LOOPBACK


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    with open_receiver() as opened:
        yield opened


@pytest.fixture(params=["marketplace", "partner"])
def door(request: Any) -> tuple[Caller, str, Stage]:
    stage = cast.stage()
    if request.param == "partner":
        return holder(member(stage)), PARTNER, stage
    return server(stage), STORE, stage


Door = tuple[Caller, str, Stage]


def test_the_life_of_a_webhook(door: Door, receiver: Receiver) -> None:
    who, path, stage = door
    made = who.post(path, BODY | {"url": receiver.url, "description": "Ours"})
    assert made.status == 201
    secret, one = made.json.pop("secret"), f"{path}/{made.json['id']}"
    assert made.json["events"] == ["review.created", "review.published"]
    assert made.json["state"] == "active" and made.json["waiting"] == 0
    assert "secret" not in who.get(one).json
    assert who.get(path).json == {"items": [who.get(one).json], "next": None}

    tested = who.post(f"{one}/test", None)
    assert tested.status == 202 and tested.json["state"] == "waiting"
    send(NOW)
    (log,) = who.get(f"{one}/deliveries").json["items"]
    assert (log["id"], log["event"], log["state"]) == (tested.json["id"], "ping", "delivered")
    assert log["attempts"][0]["status"] == 204 and log["next_at"] is None
    Webhook(secret).verify(receiver.taken[0].body, receiver.taken[0].headers)

    assert who.patch(one, {"active": False, "description": ""}).json["state"] == "paused"
    refused = who.post(f"{one}/test", None)
    assert (refused.status, refused.json["code"]) == (409, "turned_off")
    stage.review()
    assert who.get(one).json["waiting"] == 1
    assert who.patch(one, {"active": True}).json["state"] == "active"
    send(NOW)
    assert receiver.events == ["ping", "review.created"]

    again = who.post(f"{one}/deliveries/{log['id']}/redeliver", None)
    assert again.status == 202 and again.json["state"] == "waiting"
    send(NOW)
    assert receiver.taken[-1].id == log["id"]
    WebhookDelivery.objects.filter(event="review.created").update(state="failed")
    since = {"since": "2026-03-01T00:00:00Z"}
    assert who.post(f"{one}/redeliver", since).json == {"count": 1}

    rotated = who.post(f"{one}/rotate", {"overlap": "PT12H"})
    assert rotated.status == 201 and rotated.json["secret"] != secret
    assert [one["ends_at"] for one in rotated.json["secrets"]] == [None, "2026-03-02T21:30:00Z"]
    assert who.delete(one).status == 204
    assert who.get(one).status == 404 and who.get(path).json["items"] == []


@pytest.mark.once
@pytest.mark.parametrize(
    ("change", "field", "code"),
    [
        ({"url": "https://169.254.169.254/"}, "url", "private_address"),
        ({"url": "https://[::1]/"}, "url", "private_address"),
        ({"url": "http://hooks.example/"}, "url", "https_only"),
        ({"url": "hooks"}, "url", "not_an_address"),
        ({"url": 5}, "url", "wrong_type"),
        ({"events": []}, "events", "required"),
        ({"events": ["review.liked"]}, "events", "not_an_event"),
        ({"description": "x" * 201}, "description", "too_long"),
        ({"active": True}, "active", "unknown_field"),
    ],
)
def test_what_cant_be_a_webhook_is_refused_by_its_field(
    change: dict[str, Any], field: str, code: str
) -> None:
    who = server(cast.stage())
    answer = who.post(STORE, BODY | change)
    assert (answer.status, answer.fields) == (422, {field})
    assert answer.json["errors"][0]["code"] == code


def test_a_partner_cant_ask_for_reports() -> None:
    petra = holder(member(cast.stage()))
    answer = petra.post(PARTNER, BODY | {"events": ["report.created"]})
    assert (answer.status, answer.json["code"]) == (422, "not_for_partners")


@pytest.mark.once
@pytest.mark.parametrize("overlap", ["P8D", "P1M", "never", "-P1D"])
def test_an_old_secret_stays_valid_for_seven_days_at_most(overlap: str) -> None:
    who = server(cast.stage())
    one = who.post(STORE, BODY).json["id"]
    answer = who.post(f"{STORE}/{one}/rotate", {"overlap": overlap})
    assert (answer.status, answer.fields) == (422, {"overlap"})


@pytest.mark.once
def test_only_so_many_secrets_and_webhooks_stand_at_once() -> None:
    who = server(cast.stage())
    one = who.post(STORE, BODY).json["id"]
    answers = [who.post(f"{STORE}/{one}/rotate", {}) for _ in range(5)]
    assert [answer.status for answer in answers] == [201] * 4 + [409]
    assert answers[-1].json["code"] == "too_many_secrets"
    assert who.post(f"{STORE}/{one}/rotate", {"overlap": "PT0S"}).status == 201
    assert [who.post(STORE, BODY).status for _ in range(20)] == [201] * 19 + [409]


def test_nobody_reaches_anothers_webhook() -> None:
    stage = cast.stage()
    vera, _ = rival(stage)
    other = cast.stage(slug="market")
    olli = server(stage)
    ours = olli.post(STORE, BODY).json["id"]
    petra = holder(member(stage))
    theirs = petra.post(PARTNER, BODY).json["id"]
    delivery = petra.post(f"{PARTNER}/{theirs}/test", None).json["id"]
    everybody = [
        (holder(vera), f"{PARTNER}/{theirs}"),
        (holder(vera), f"{PARTNER}/{ours}"),
        (petra, f"{PARTNER}/{ours}"),
        (olli, f"{STORE}/{theirs}"),
        (server(other), f"/marketplaces/market/webhooks/{ours}"),
    ]
    for who, path in everybody:
        answers = [
            who.get(path), who.patch(path, {"active": False}), who.delete(path),
            who.post(f"{path}/rotate", {}), who.post(f"{path}/test", None),
            who.get(f"{path}/deliveries"),
            who.post(f"{path}/redeliver", {"since": "2026-03-01T00:00:00Z"}),
            who.post(f"{path}/deliveries/{delivery}/redeliver", None),
        ]  # fmt: skip
        assert {answer.status for answer in answers} == {404}, path
        assert "/webhooks" not in str([one["url"] for one in who.get(path[:-37]).json["items"]])
    mine = petra.post(PARTNER, BODY).json["id"]
    assert petra.post(f"{PARTNER}/{mine}/deliveries/{delivery}/redeliver", None).status == 404


@pytest.mark.once
def test_who_may_come_in() -> None:
    stage = cast.stage()
    assert anybody.get(STORE).status == anybody.get(PARTNER).status == 401
    old = server(stage, scopes=("catalog", "tokens"))
    assert (old.get(STORE).status, old.get(STORE).json["code"]) == (403, "missing_scope")
    assert server(stage).get("/marketplaces/nowhere/webhooks").status == 404
    for who in ("pavel@mail.example", "rita@mail.example"):
        answer = holder(member(stage, who)).get(PARTNER)
        assert (answer.status, answer.json["code"]) == (403, "right_missing")
    assert server(stage).get(PARTNER).json["code"] == "wrong_key"
    assert holder(member(stage)).get(STORE).json["code"] == "wrong_key"
    assert moderates(staff(stage)).get(STORE).json["code"] == "wrong_key"


@pytest.mark.once
def test_new_keys_may_all_and_old_ones_keep_what_they_had() -> None:
    stage = cast.stage()
    create_key(kind="server", marketplace_id=stage.marketplace.pk, name="new", now=NOW)
    create_key(
        kind="server", marketplace_id=stage.marketplace.pk, name="old", now=NOW, scopes=["tokens"]
    )
    scopes = {key.name: key.scopes for key in Key.objects.filter(kind="server")}
    assert scopes == {"new": ["catalog", "tokens", "webhooks"], "old": ["tokens"]}


def test_the_same_request_twice_makes_one_and_tells_the_same_secret() -> None:
    who = server(cast.stage())
    key = {"Idempotency-Key": "a"}
    one, other = (who.post(STORE, BODY, key) for _ in range(2))
    assert one.json == other.json and len(who.get(STORE).json["items"]) == 1


def test_the_log_is_filtered_and_comes_in_pages() -> None:
    stage = cast.stage()
    who = server(stage)
    one = f"{STORE}/{who.post(STORE, BODY).json['id']}"
    for _ in range(7):
        stage.review()
    first = who.get(f"{one}/deliveries?limit=5").json
    rest = who.get(f"{one}/deliveries?limit=5&cursor={first['next']}").json
    assert (len(first["items"]), len(rest["items"]), rest["next"]) == (5, 2, None)
    WebhookDelivery.objects.filter(pk=first["items"][0]["id"]).update(state="failed")
    assert len(who.get(f"{one}/deliveries?state=failed").json["items"]) == 1
    assert who.get(f"{one}/deliveries?event=ping").json["items"] == []
    assert who.get(f"{one}/deliveries?state=lost").fields == {"state"}
    assert who.get(f"{one}/deliveries?cursor=x").fields == {"cursor"}


def test_a_partner_reads_what_its_webhook_tells_of() -> None:
    stage = cast.stage()
    review = stage.review(at=NOW)
    vera, _ = rival(stage)
    path = f"/partner/reviews/{review.pk}"
    answer = holder(member(stage)).get(path)
    assert (answer.status, answer.json["state"]) == (200, "held")
    (listed,) = holder(member(stage)).get("/partner/reviews").json["items"]
    assert answer.json == listed
    assert holder(vera).get(path).status == 404


def test_what_is_sent_has_the_shape_that_the_document_names(receiver: Receiver) -> None:
    stage = cast.stage()
    who = server(stage)
    body = {"url": receiver.url, "events": list(rules.EVENTS)}
    one = f"{STORE}/{who.post(STORE, body).json['id']}"
    who.post(f"{one}/test", None)
    review = stage.published()
    decide(stage, review, "remove", NOW + timedelta(minutes=1))
    for minutes in (0, 5):
        send(NOW + timedelta(minutes=minutes))
    groups = {one.partition(".")[0] for one in receiver.events}
    assert groups == {"ping", "review", "report", "aggregate"}
    for came in receiver.taken:
        shape = SHAPES[came.event.partition(".")[0]]
        parsed = shape.model_validate(came.payload, strict=True, extra="forbid")
        assert parsed.model_dump(exclude_none=True) == came.payload
    assert set(document.build()["webhooks"]) == {*rules.EVENTS, rules.PING}
    assert set(receiver.events) <= set(document.build()["webhooks"])

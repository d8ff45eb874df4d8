"""The reply's editor: drafts, tips, a last look, sending, and words that are never lost."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import timedelta
from typing import Any
from uuid import uuid4

import pytest
from django.test import Client

from arvio.catalog.members import Member
from arvio.people.models import Person
from arvio.reviews import actions
from arvio.reviews.models import Reply, ReplyDraft, Review
from arvio.work.loop import work_once
from tests.cast import Stage, member, rival, stage

pytestmark = [pytest.mark.django_db, pytest.mark.once]
SignIn = Callable[..., Client]
TEXT = "Thank you, Anna.\nVersion 3.3 keeps the order of your calls."
DAY = timedelta(days=1)
ONCE = "You can reply once, and the reply can’t be changed."


@pytest.fixture
def store() -> Stage:
    return stage()


@pytest.fixture
def review(store: Stage) -> Review:
    return store.published(by=store.anna, stars=2)


def html(response: Any, status: int = 200) -> str:
    assert response.status_code == status, response.content.decode()[:2000]
    page: str = response.content.decode()
    return page


def at(review: Review, what: str = "") -> str:
    return f"/partner/reviews/{review.pk}/{what}"


def typed(page: str, field: str = "reply-text") -> str:
    found = re.search(rf'<textarea[^>]*id="{field}".*?>\n(.*?)</textarea>', page, re.S)
    assert found, "no such field"
    return found[1]


def answer(store: Stage, review: Review, text: str = "Pavel was here.") -> Reply:
    pavel = member(store, "pavel@mail.example")
    return actions.send_reply(member=pavel, review_id=review.pk, text=text, now=store.now)


# --- From the editor to the reader ---------------------------------------------------------------


def test_a_reply_is_looked_at_once_more_and_then_sent(
    store: Stage, review: Review, sign_in: SignIn
) -> None:
    client = sign_in()
    form = {"text": TEXT.replace("\n", "\r\n"), "fixed_in": " 3.3 ", "standing": ""}
    page = html(client.post(at(review, "reply/"), form))
    assert "Look at your reply once more" in page and ONCE in page
    assert "Reply from Pixel" in page and "Fixed in 3.3" in page and TEXT in page
    assert not Reply.objects.exists() and ReplyDraft.objects.get().text == TEXT
    sent = client.post(at(review, "reply/"), {**form, "do": "send"})
    assert (sent.status_code, sent.headers["Location"]) == (303, at(review) + "?done=sent")
    page = html(client.get(sent.headers["Location"]))
    assert "Reply sent." in page and "The reply is public." in page
    assert "<title>Review of Calls" in page and "reply-text" not in page
    assert not ReplyDraft.objects.exists()
    (reply,) = Reply.objects.all()
    assert (reply.text, reply.fixed_in) == (TEXT, "3.3")
    public = html(Client().get(f"/store/reviews/{review.pk}/"))
    assert "Fixed in 3.3" in public and TEXT in public


def test_during_the_hold_review_and_reply_come_out_together(
    store: Stage, sign_in: SignIn, monkeypatch: pytest.MonkeyPatch
) -> None:
    review = store.review(by=store.anna)
    client = sign_in()
    page = html(client.post(at(review, "reply/"), {"text": TEXT}))
    assert "Review and reply appear together on Thu 5 Mar, 09:30." in page
    client.post(at(review, "reply/"), {"text": TEXT, "do": "send"})
    page = html(client.get(at(review) + "?done=sent"))
    assert "Reply sent." in page and "appear together on Thu 5 Mar" in page
    assert "calls." not in html(Client().get("/store/apps/calls/"))
    monkeypatch.setattr("arvio.clock.now", lambda: store.now + 3 * DAY)
    work_once(now=store.now + 3 * DAY)
    assert "the order of your calls." in html(Client().get("/store/apps/calls/"))


def test_go_on_editing_brings_everything_back(
    store: Stage, review: Review, sign_in: SignIn
) -> None:
    form = {"text": TEXT, "fixed_in": "3.3", "do": "edit"}
    page = html(sign_in().post(at(review, "reply/"), form))
    assert typed(page) == TEXT and 'value="3.3"' in page


def test_a_draft_is_shared_and_an_empty_one_is_forgotten(
    store: Stage, review: Review, sign_in: SignIn
) -> None:
    petra, pavel = sign_in(), sign_in("pavel@mail.example")
    saved = petra.post(at(review, "draft/"), {"text": TEXT, "fixed_in": "3.3"})
    assert saved.status_code == 303
    page = html(petra.get(saved.headers["Location"]))
    assert "Draft saved." in page and typed(page) == TEXT
    page = html(pavel.get(at(review)))
    assert typed(page) == TEXT and 'value="3.3"' in page
    assert typed(html(pavel.get("/partner/"))) == TEXT
    emptied = pavel.post(at(review, "draft/"), {"text": " "})
    page = html(pavel.get(emptied.headers["Location"]))
    assert "Draft removed." in page and typed(page) == ""


def test_the_filters_stay_while_one_writes(store: Stage, review: Review, sign_in: SignIn) -> None:
    client = sign_in()
    page = html(client.get(at(review) + "?stars=2&sort=newest"))
    action = re.search(r'<form class="card editor"[^>]*action="([^"]*)"', page)
    assert action and action[1] == at(review, "reply/") + "?stars=2&amp;sort=newest"
    url = action[1].replace("&amp;", "&")
    page = html(client.post(url, {"text": TEXT}))
    assert f'action="{action[1]}"' in page
    sent = client.post(url, {"text": TEXT, "do": "send"})
    assert sent.headers["Location"] == at(review) + "?stars=2&sort=newest&done=sent"


def test_a_removed_reply_leaves_room_for_a_new_one(
    store: Stage, review: Review, sign_in: SignIn
) -> None:
    first = answer(store, review)
    Reply.objects.filter(pk=first.pk).update(state=Reply.ReplyState.REMOVED)
    Review.objects.filter(pk=review.pk).update(answered=False)
    client = sign_in()
    page = html(client.get(at(review)))
    assert "Pavel was here." not in page and typed(page) == ""
    client.post(at(review, "reply/"), {"text": TEXT, "do": "send"})
    assert "the order of your calls." in html(client.get(at(review)))


def test_where_no_second_reply_is_allowed_the_reason_stands_there(sign_in: SignIn) -> None:
    store = stage(overrides={"replies": {"again_after_removal": False}})
    review = store.published()
    first = answer(store, review)
    Reply.objects.filter(pk=first.pk).update(state=Reply.ReplyState.REMOVED)
    Review.objects.filter(pk=review.pk).update(answered=False)
    page = html(sign_in().get(at(review)))
    assert "A moderator removed the earlier reply" in page and "reply-text" not in page


def test_where_the_hold_allows_no_reply_it_says_when_it_will(sign_in: SignIn) -> None:
    store = stage(overrides={"replies": {"during_hold": False}})
    review = store.review()
    page = html(sign_in().get(at(review)))
    assert "The review isn’t public yet." in page and "once it is published" in page
    assert "reply-text" not in page


def test_a_reply_to_an_earlier_version_says_so(sign_in: SignIn) -> None:
    store = stage(preset="bitrix24-2025")
    review = store.published(by=store.anna, stars=2)
    answer(store, review)
    actions.edit_review(
        viewer=store.anna,
        review_id=review.pk,
        changes={"stars": 5, "text": "After the update it is very good."},
        now=store.now,
    )
    page = html(sign_in().get(at(review)))
    assert "Written before the edit" in page and "Rating changed 2 → 5" in page


# --- Locked, or not ------------------------------------------------------------------------------


def test_after_sending_the_reply_is_locked(store: Stage, review: Review, sign_in: SignIn) -> None:
    answer(store, review)
    client = sign_in()
    page = html(client.get(at(review)))
    assert "Pavel was here." in page and "The reply is sent and can’t be changed." in page
    assert "reply-text" not in page
    for what in ("reply/", "draft/"):
        page = html(client.post(at(review, what), {"text": TEXT, "do": "send"}), 409)
        assert "Somebody of your team replied while you were writing." in page
        assert typed(page, "typed") == TEXT and "Pavel was here." in page
    assert Reply.objects.get().text == "Pavel was here."
    assert not ReplyDraft.objects.exists()


def test_pressing_twice_sends_once_and_is_no_error(
    store: Stage, review: Review, sign_in: SignIn
) -> None:
    client = sign_in()
    form = {"text": TEXT.replace("\n", "\r\n") + " ", "do": "send"}
    for _ in range(2):
        response = client.post(at(review, "reply/"), form)
        assert (response.status_code, response.headers["Location"]) == (
            303,
            at(review) + "?done=sent",
        )
    assert Reply.objects.count() == 1


@pytest.fixture
def lenient() -> Stage:
    return stage(overrides={"replies": {"editable": True}})


def test_where_the_policy_lets_it_be_changed_the_editor_holds_it(
    lenient: Stage, sign_in: SignIn
) -> None:
    review = lenient.published()
    reply = answer(lenient, review)
    client = sign_in()
    page = html(client.get(at(review)))
    assert "Change the reply" in page and typed(page) == "Pavel was here."
    assert "You can change it later." in page and ONCE not in page
    form = {"text": TEXT, "standing": str(reply.pk)}
    assert "You can change it later." in html(client.post(at(review, "reply/"), form))
    client.post(at(review, "reply/"), {**form, "do": "send"})
    assert Reply.objects.get(state="live").text == TEXT


def test_who_changes_a_reply_does_not_overwrite_one_they_never_saw(
    lenient: Stage, sign_in: SignIn
) -> None:
    review = lenient.published()
    first = answer(lenient, review)
    second = answer(lenient, review, "Pavel was here again.")
    client = sign_in()
    form = {"text": TEXT, "standing": str(first.pk), "do": "send"}
    page = html(client.post(at(review, "reply/"), form), 409)
    assert "Another reply was sent while you were writing." in page
    assert typed(page) == TEXT and "Pavel was here again." in page
    assert f'name="standing" value="{second.pk}"' in page
    client.post(at(review, "reply/"), {**form, "standing": str(second.pk)})
    assert Reply.objects.get(state="live").text == TEXT


# --- Words are never lost ------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("form", "said"),
    [
        ({"text": ""}, "Write something here."),
        ({"text": " \n "}, "Write something here."),
        ({"text": "x" * 5001}, "Write at most 5000 characters. You have 5001."),
        ({"text": "Use <b>this</b>"}, "Write plain text, without HTML tags."),
        ({"text": "a\0b"}, "characters that can’t be shown"),
        ({"text": "a\u202eb"}, "hidden marks that turn its direction"),
        ({"text": TEXT, "fixed_in": "9" * 61}, "Write at most 60 characters. You have 61."),
        ({"text": TEXT, "fixed_in": "<i>3</i>"}, "Write plain text, without HTML tags."),
    ],
)
def test_what_is_wrong_is_said_at_the_field_and_the_text_stays(
    store: Stage, review: Review, sign_in: SignIn, form: dict[str, str], said: str
) -> None:
    for do in ("", "send"):
        page = html(sign_in().post(at(review, "reply/"), {**form, "do": do}), 422)
        assert said in page and 'aria-invalid="true"' in page
        kept = typed(page).replace("&lt;", "<").replace("&gt;", ">")
        assert kept == form["text"]
    assert not Reply.objects.exists()


def test_a_login_that_ended_keeps_the_words_and_leads_back(store: Stage, review: Review) -> None:
    for what in ("reply/", "draft/"):
        page = html(Client().post(at(review, what), {"text": TEXT, "do": "send"}), 403)
        assert "You are signed out" in page and typed(page, "typed") == TEXT
        assert f"/accounts/login/?next=%2Fpartner%2Freviews%2F{review.pk}%2F" in page
    assert not Reply.objects.exists() and not ReplyDraft.objects.exists()


def test_after_the_login_the_address_of_a_form_leads_to_its_review(
    review: Review, sign_in: SignIn
) -> None:
    for what in ("reply/", "draft/", "tips/"):
        anonymous = Client().post(at(review, what))
        assert anonymous.headers["Location"] == f"/accounts/login/?next={at(review, what)}"
        response = sign_in().get(at(review, what) + "?stars=2")
        assert (response.status_code, response.headers["Location"]) == (
            303,
            at(review) + "?stars=2",
        )


def test_a_form_without_its_token_changes_nothing_and_keeps_the_words(
    store: Stage, review: Review, sign_in: SignIn
) -> None:
    client = sign_in(enforce_csrf_checks=True)
    page = html(client.get(at(review)))
    form = re.search(r'<form class="card editor".*?</form>', page, re.S)
    assert form
    token = re.search(r'name="csrfmiddlewaretoken" value="(\w+)"', form[0])
    assert token
    for what in ("reply/", "draft/", "tips/"):
        answered = html(client.post(at(review, what), {"text": TEXT, "do": "send"}), 403)
        assert "Send it once more" in answered and typed(answered, "typed") == TEXT
    assert not Reply.objects.exists() and not ReplyDraft.objects.exists()
    page = html(client.post(at(review, "reply/"), {"text": TEXT, "csrfmiddlewaretoken": token[1]}))
    last = re.search(r'<form class="card gap".*?csrfmiddlewaretoken" value="(\w+)"', page, re.S)
    assert last
    sent = {"text": TEXT, "csrfmiddlewaretoken": last[1], "do": "send"}
    assert client.post(at(review, "reply/"), sent).status_code == 303


def test_a_review_withdrawn_meanwhile_keeps_the_words_too(
    store: Stage, review: Review, sign_in: SignIn
) -> None:
    actions.withdraw_review(viewer=store.anna, review_id=review.pk, now=store.now)
    page = html(sign_in().post(at(review, "reply/"), {"text": TEXT, "do": "send"}), 404)
    assert "There is no such page" in page and typed(page, "typed") == TEXT


def test_typed_words_are_text_wherever_they_are_shown_back(
    store: Stage, review: Review, sign_in: SignIn
) -> None:
    sharp = "</textarea><script>alert(1)</script>"
    client = sign_in()
    answers = [
        client.post(at(review, "reply/"), {"text": sharp, "fixed_in": '"><script>'}),
        client.post(at(review, "draft/"), {"text": sharp}),
        Client().post(at(review, "reply/"), {"text": sharp}),
        sign_in("rita@mail.example").post(at(review, "reply/"), {"text": sharp}),
    ]
    for response in answers:
        page = response.content.decode()
        assert "alert(1)" in page and "<script>alert" not in page and '"><script>' not in page


# --- Who may -------------------------------------------------------------------------------------


@pytest.mark.parametrize("what", ["reply/", "draft/", "tips/"])
def test_a_reader_is_told_which_role_it_takes(
    store: Stage, review: Review, sign_in: SignIn, what: str
) -> None:
    client = sign_in("rita@mail.example")
    page = html(client.post(at(review, what), {"text": TEXT, "do": "send"}), 403)
    assert "Your role here is reader" in page and "Ask an owner of Pixel" in page
    assert typed(page, "typed") == TEXT
    assert not Reply.objects.exists() and not ReplyDraft.objects.exists()


@pytest.mark.parametrize("what", ["reply/", "draft/", "tips/"])
def test_another_partners_review_cannot_be_answered_or_told_from_none(
    store: Stage, review: Review, sign_in: SignIn, what: str
) -> None:
    vera, _ = rival(store)
    client = sign_in(vera.person.email)
    pages = {
        re.sub(r'value="\w{64}"', "", html(client.post(path, {"text": TEXT, "do": "send"}), 404))
        for path in (at(review, what), f"/partner/reviews/{uuid4()}/{what}")
    }
    assert len(pages) == 1
    assert not Reply.objects.exists() and not ReplyDraft.objects.exists()


def test_a_member_who_left_can_no_longer_answer(
    store: Stage, review: Review, sign_in: SignIn
) -> None:
    client = sign_in("pavel@mail.example")
    html(client.get(at(review)))
    Person.objects.get(email="pavel@mail.example").roles.all().delete()
    page = html(client.post(at(review, "reply/"), {"text": TEXT, "do": "send"}), 403)
    assert "You belong to no partner yet" in page
    assert not Reply.objects.exists()


# --- Tips ----------------------------------------------------------------------------------------


def done(page: str) -> list[str]:
    rows = re.findall(r'<li class="done">.*?<summary>(.*?)</summary>', page, re.S)
    return rows


def test_tips_come_while_one_types_and_keep_nothing(
    store: Stage, review: Review, sign_in: SignIn
) -> None:
    client = sign_in()
    page = html(client.post(at(review, "tips/"), {"text": "Thank you for writing, Anna."}))
    assert {"Say thank you", "Use the name"} <= set(done(page))
    assert "Offer a solution" not in done(page) and "Name one step and a date." in page
    assert page.count("Done:") == len(done(page)) and page.count("To do:") == 7 - len(done(page))
    assert "<html" not in page and not ReplyDraft.objects.exists()


def test_without_scripts_tips_come_with_the_draft(
    store: Stage, review: Review, sign_in: SignIn
) -> None:
    client = sign_in()
    client.post(at(review, "draft/"), {"text": "Thank you for writing, Anna."})
    assert "Use the name" in done(html(client.get(at(review))))


@pytest.mark.parametrize("style", ["company", "pseudonym"])
def test_the_name_is_used_only_where_it_is_shown(style: str, sign_in: SignIn) -> None:
    store = stage(overrides={"privacy": {"display_name": style}})
    review = store.published(by=store.anna)
    page = html(sign_in().post(at(review, "tips/"), {"text": "Thank you for writing, Anna."}))
    assert "No name is shown, so none is needed." in page
    page = html(sign_in().post(at(review, "tips/"), {"text": ""}))
    assert "Anna" not in page and "Acme" not in page


@pytest.mark.parametrize(
    "text", ["", " ", "a\0b", "\u202e", "x" * 50_000, "{{ 7|add:7 }}", "😀" * 99]
)
def test_tips_answer_to_whatever_is_typed(review: Review, sign_in: SignIn, text: str) -> None:
    assert "7</span>" in html(sign_in().post(at(review, "tips/"), {"text": text}))


def test_sending_costs_the_same_in_a_full_inbox(
    store: Stage, sign_in: SignIn, count_sql: Any
) -> None:
    client: Client = sign_in()
    who: Member = member(store)
    costs = []
    for more in (1, 20):
        reviews = [store.review(at=store.now - 10 * DAY) for _ in range(more)]
        work_once(now=store.now)
        assert who.may("reply")
        client.get(at(reviews[0]))
        with count_sql() as statements:
            sent = client.post(at(reviews[0], "reply/"), {"text": TEXT, "do": "send"})
        assert sent.status_code == 303
        costs.append(len(statements))
    assert costs[0] == costs[1], costs

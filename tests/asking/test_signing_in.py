"""A link in a mail signs in once, within thirty real days, the one it was sent to."""

from __future__ import annotations

from datetime import timedelta

import pytest

from arvio.asking import signing_in
from arvio.asking.errors import TooManyLinks
from arvio.asking.models import SignInLink
from arvio.catalog import actions as catalog
from arvio.catalog.errors import NotFound
from arvio.connect.erasing import erase_everywhere
from arvio.connect.personal_data import personal_data
from arvio.notify.models import Message
from tests import cast
from tests.asking.mailing import mails, someone, stage, token_in, work
from tests.cast import NOW, Stage
from tests.racing import race

DAY = timedelta(days=1)
SECOND = timedelta(seconds=1)


def asked(on: Stage, ref: str = "nora") -> tuple[SignInLink, str]:
    someone(on, ref)
    work()
    token = token_in(mails()[0])
    link = signing_in.link_of(marketplace=on.marketplace, token=token)
    # Its life is on the real clock; the tests' begins now.
    SignInLink.objects.filter(pk=link.pk).update(expires_at=NOW + 30 * DAY)
    return signing_in.link_of(marketplace=on.marketplace, token=token), token


@pytest.mark.django_db
def test_only_a_hash_of_the_token_is_kept() -> None:
    link, token = asked(stage())
    assert len(token) >= 43 and link.used_at is None
    assert token not in str(SignInLink.objects.values().get())


@pytest.mark.django_db
def test_a_link_is_used_once() -> None:
    link, _ = asked(stage())
    assert signing_in.use_link(link=link, at=NOW)
    assert not signing_in.use_link(link=link, at=NOW)
    link.refresh_from_db()
    assert link.used_at == NOW and not signing_in.is_open(link=link, at=NOW)


@pytest.mark.django_db(transaction=True)
def test_of_many_at_once_one_uses_it() -> None:
    link, _ = asked(stage())
    answers = race([lambda: signing_in.use_link(link=link, at=NOW)] * 8)
    assert sorted(answers) == [False] * 7 + [True]


@pytest.mark.django_db
def test_a_link_ends_after_thirty_days() -> None:
    link, _ = asked(stage())
    assert signing_in.is_open(link=link, at=NOW + 30 * DAY - SECOND)
    assert not signing_in.use_link(link=link, at=NOW + 30 * DAY)


@pytest.mark.django_db
def test_a_link_is_no_good_for_another_address_or_marketplace() -> None:
    on, elsewhere = stage(), cast.stage(slug="elsewhere")
    link, token = asked(on)
    for marketplace, one in (
        (elsewhere.marketplace, token),
        (on.marketplace, token[:-1]),
        (on.marketplace, "\0"),
        (on.marketplace, "ж"),
        (on.marketplace, "\ud800"),
    ):
        with pytest.raises(NotFound):
            signing_in.link_of(marketplace=marketplace, token=one)
    catalog.put_user(
        account=link.user.account, ref="nora", name="Nora", email="new@customer.example", now=NOW
    )
    link = signing_in.link_of(marketplace=on.marketplace, token=token)
    assert not signing_in.use_link(link=link, at=NOW)


@pytest.mark.django_db
def test_a_new_link_goes_to_the_same_person_and_not_too_often() -> None:
    on = stage()
    link, token = asked(on)
    signing_in.use_link(link=link, at=NOW)
    for _ in range(3):
        signing_in.send_again(link=link, address="10.0.0.1", at=NOW, now=NOW)
    with pytest.raises(TooManyLinks) as refused:
        signing_in.send_again(link=link, address="10.0.0.1", at=NOW, now=NOW)
    assert 0 < refused.value.seconds <= 86_400
    made = list(Message.objects.filter(urgent=True))
    assert {mail.to_email for mail in made} == {"nora@customer.example"}
    assert len(made) == 3 and "List-Unsubscribe" not in made[0].headers
    assert made[0].subject == "Your new link to Calls on The Store"
    new = signing_in.link_of(marketplace=on.marketplace, token=token_in(made[0]))
    assert new.pk != link.pk and signing_in.is_open(link=new, at=NOW)
    assert token_in(made[0]) != token
    signing_in.send_again(link=link, address="10.0.0.1", at=NOW + DAY, now=NOW)


@pytest.mark.django_db
def test_one_machine_cannot_have_mails_sent_to_everybody() -> None:
    on = stage()
    links = []
    for number in range(21):
        _, user, _ = someone(on, f"n{number}")
        link, _ = signing_in.new_link(app=on.app, user=user, at=NOW)
        links.append(link)
    signing_in.save_links(links=links)
    for link in links[:20]:
        signing_in.send_again(link=link, address="10.0.0.1", at=NOW, now=NOW)
    with pytest.raises(TooManyLinks):
        signing_in.send_again(link=links[20], address="10.0.0.1", at=NOW, now=NOW)
    signing_in.send_again(link=links[20], address="10.0.0.2", at=NOW, now=NOW)


@pytest.mark.django_db
def test_who_is_erased_leaves_no_link_and_is_told_what_is_kept() -> None:
    on = stage()
    link, token = asked(on)
    said = personal_data(user=link.user, now=NOW)
    assert [row["code"] for row in said["review_requests"]] == ["sent"]
    erase_everywhere(user=link.user, actor="test", now=NOW)
    assert not SignInLink.objects.exists() and mails() == []
    with pytest.raises(NotFound):
        signing_in.link_of(marketplace=on.marketplace, token=token)
    with pytest.raises(NotFound):
        signing_in.send_again(link=link, address="", at=NOW, now=NOW)


@pytest.mark.django_db
def test_links_that_are_long_over_are_forgotten() -> None:
    link, _ = asked(stage())
    signing_in.forget_old(at=link.expires_at + 60 * DAY)
    assert SignInLink.objects.exists()
    signing_in.forget_old(at=link.expires_at + 60 * DAY + SECOND)
    assert not SignInLink.objects.exists()

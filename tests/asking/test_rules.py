"""What counts as a person's visit, what a campaign may be, which numbers show."""

from __future__ import annotations

import pytest

from arvio.asking import rules

FIREFOX = "Mozilla/5.0 (X11; Linux x86_64; rv:143.0) Gecko/20100101 Firefox/143.0"


@pytest.mark.parametrize(
    "agent",
    [
        "",
        "facebookexternalhit/1.1 (+http://www.facebook.com/externalhit_uatext.php)",
        "Slackbot-LinkExpanding 1.0 (+https://api.slack.com/robots)",
        "TelegramBot (like TwitterBot)",
        "WhatsApp/2.23.20.0",
        "Mozilla/5.0 (Windows NT 6.1; WOW64) SkypeUriPreview Preview/0.5",
        "LinkedInBot/1.0 (compatible; Mozilla/5.0)",
        "Mozilla/5.0 (compatible; Googlebot/2.1; +http://www.google.com/bot.html)",
    ],
)
def test_a_program_that_previews_links_is_no_person(agent: str) -> None:
    assert not rules.is_a_person(user_agent=agent)


def test_a_browser_is_a_person_unless_it_only_fetches_ahead() -> None:
    assert rules.is_a_person(user_agent=FIREFOX)
    assert not rules.is_a_person(user_agent=FIREFOX, purpose="prefetch;prerender")


@pytest.mark.parametrize(
    ("written", "kept", "problem"),
    [
        ("  Newsletter,\n  May ", "Newsletter, May", None),
        (" \t", "", "required"),
        ("x" * 60, "x" * 60, None),
        ("x" * 61, "x" * 61, "too_long"),
        ("May\0", "May\0", "unreadable"),
        ("\ud800", "\ud800", "unreadable"),
        ("Письмо 😀", "Письмо 😀", None),
    ],
)
def test_a_campaign_is_one_line_that_can_be_read(
    written: str, kept: str, problem: str | None
) -> None:
    assert rules.clean_campaign(written) == kept
    assert rules.campaign_problem(kept) == problem


def test_numbers_that_would_tell_of_single_people_do_not_show() -> None:
    assert [rules.shown(number) for number in range(5)] == [None, None, None, 3, 4]

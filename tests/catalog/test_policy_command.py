"""`arvio policy`: what an operator reads on a terminal."""

from datetime import UTC, datetime
from io import StringIO
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command

from arvio.catalog.marketplaces import create_marketplace
from arvio.policy.load import preset_names


def arvio_policy(*arguments: str | Path) -> str:
    out = StringIO()
    call_command("policy", *map(str, arguments), stdout=out)
    return out.getvalue()


def refused(*arguments: str | Path) -> tuple[str, str]:
    """(message, what was printed before it); a command that stops with exit status 1."""
    out = StringIO()
    with pytest.raises(CommandError) as caught:
        call_command("policy", *map(str, arguments), stdout=out)
    assert caught.value.returncode == 1
    return str(caught.value), out.getvalue()


def test_list_names_every_preset_with_its_date() -> None:
    lines = arvio_policy("list").splitlines()
    assert len(lines) == 1 + len(preset_names())
    assert any("bitrix24-2025" in line and "2025-03-07" in line for line in lines)


@pytest.mark.parametrize("name", preset_names())
def test_show_prints_every_key_with_its_value(name: str) -> None:
    shown = arvio_policy("show", name)
    assert "limits.per_user = 1\n" in shown
    assert "ranking.half_life = none\n" in shown
    assert "replies.during_hold = true\n" in shown
    assert "form.review.stars = type stars" in shown


def test_explain_prints_the_sentences() -> None:
    said = arvio_policy("explain", "hubspot-2022")
    assert "10 reviews before a rating shows" in said
    assert "One account can have at most 3 reviews of the same app." in said


def test_explain_knows_only_the_languages_of_arvio() -> None:
    with pytest.raises(CommandError, match="sv"):
        arvio_policy("explain", "hubspot-2022", "--language", "sv")


@pytest.mark.django_db
@pytest.mark.parametrize("verb", ["show", "explain"])
def test_a_name_that_is_neither_preset_nor_marketplace_is_refused(verb: str) -> None:
    message, _ = refused(verb, "nope")
    assert "'nope'" in message
    assert "hubspot-2022" in message


@pytest.mark.django_db
def test_the_slug_of_a_marketplace_stands_for_its_policy_in_force() -> None:
    create_marketplace(
        slug="pixels",
        name="Pixels",
        preset="hubspot-2022",
        overrides={"aggregates": {"min_reviews": 4}},
        now=datetime(2020, 1, 1, tzinfo=UTC),
    )
    assert "aggregates.min_reviews = 4\n" in arvio_policy("show", "pixels")
    assert "It shows from 4 reviews on." in arvio_policy("explain", "pixels")


def test_the_documented_keys_are_the_keys_of_the_code() -> None:
    documented = (Path(__file__).parents[2] / "docs" / "policy.md").read_text("utf-8")
    assert documented == arvio_policy("keys"), "run: arvio policy keys > docs/policy.md"


def test_a_good_file_can_be_used(tmp_path: Path) -> None:
    file = tmp_path / "policy.toml"
    file.write_text('\ufeffpreset = "hubspot-2022"\n[publication]\nhold = "P2D"\n', "utf-8")
    assert "can be used" in arvio_policy("check", file)


def test_every_problem_of_a_file_is_printed_with_what_is_allowed(tmp_path: Path) -> None:
    file = tmp_path / "policy.toml"
    file.write_text('preset = "bitrix24-2025"\n[editing]\nmax = 0\ngood_form = 3\n', "utf-8")
    message, printed = refused("check", file)
    assert "2 problems" in message
    assert 'editing.max = 0\n  allowed: a whole number from 1 to 100, or "none"\n' in printed
    assert 'did you mean "editing.good_from"?' in printed


def test_a_missing_key_is_said_to_be_missing(tmp_path: Path) -> None:
    file = tmp_path / "policy.toml"
    file.write_text("[limits]\nper_user = 1\n", "utf-8")
    _, printed = refused("check", file)
    assert "limits.per_account = (missing)" in printed


def test_broken_toml_names_the_line(tmp_path: Path) -> None:
    file = tmp_path / "policy.toml"
    file.write_text('preset = "hubspot-2022"\n[editing\n', "utf-8")
    _, printed = refused("check", file)
    assert "line 2" in printed


@pytest.mark.parametrize(
    ("content", "said"),
    [
        ("[limits]".encode("utf-16"), "UTF-16"),
        ("[limits]".encode("utf-32"), "UTF-16 or UTF-32"),
        (b"[limits]\nx = '\xff'", "byte 15"),
        (b"#" * (1024 * 1024 + 1), "1 MiB"),
    ],
)
def test_a_file_that_is_no_short_utf_8_is_refused(
    tmp_path: Path, content: bytes, said: str
) -> None:
    file = tmp_path / "policy.toml"
    file.write_bytes(content)
    message, _ = refused("check", file)
    assert said in message


def test_a_file_that_is_not_there_is_refused(tmp_path: Path) -> None:
    message, _ = refused("check", tmp_path / "none.toml")
    assert "There is no file" in message
    message, _ = refused("check", tmp_path)
    assert "can't be read" in message


def make(preset: str = "hubspot-2022") -> None:
    create_marketplace(
        slug="pixels", name="Pixels", preset=preset, time_zone="Europe/Helsinki",
        now=datetime(2020, 1, 1, tzinfo=UTC),
    )  # fmt: skip


@pytest.mark.django_db
@pytest.mark.once
def test_diff_says_in_words_what_a_file_or_a_preset_would_change(tmp_path: Path) -> None:
    make()
    file = tmp_path / "policy.toml"
    file.write_text('preset = "hubspot-2022"\naggregates.min_reviews = 20\n', "utf-8")
    said = arvio_policy("diff", "pixels", file)
    assert said.startswith("The rating\n  Reviews before a rating shows: 20; until now 10.\n")
    assert "hyvään arvioon: ei lainkaan; tähän asti ei asetettu." in arvio_policy(
        "diff", "pixels", "--policy", "bitrix24-2025", "--language", "fi"
    )
    said = arvio_policy("diff", "pixels", "--policy", "bitrix24-2025")
    assert "Symmetric would be: Every edit waits: 3 days." in said
    assert "Nothing differs" in arvio_policy("diff", "pixels", "--policy", "hubspot-2022")
    file.write_text("publication.hold = 'P1D'\n", "utf-8")
    over = ("--policy", "hubspot-2022", "--overrides")
    assert "Wait before publication: 1 day" in arvio_policy("diff", "pixels", *over, file)
    for arguments, why in (
        (("pixels",), "Name either"),
        (("pixels", file, "--policy", "hubspot-2022"), "Name either"),
        (("pixels", file, "--overrides", file), "belong to a preset"),
        (("nope", file), "no marketplace 'nope'"),
        (("pixels", "--policy", "x-1999"), "one of bitrix24-2024"),
    ):
        assert why in refused("diff", *arguments)[0]


@pytest.mark.django_db
@pytest.mark.once
def test_versions_are_made_for_a_moment_taken_back_and_listed(
    capsys: pytest.CaptureFixture[str],
) -> None:
    def arvio(*arguments: str) -> str:
        call_command("marketplace", *arguments)
        return capsys.readouterr().out

    make()
    at = ("--at", "2099-12-01T00:00")
    said = arvio("policy", "pixels", "--policy", "hubspot-2024", *at)
    assert said == "pixels obeys hubspot-2024, version 2, from 2099-12-01 00:00 EET on.\n"
    said = arvio("policy", "pixels", "--back-to", "1")
    assert said == (
        "pixels now obeys hubspot-2022, version 3.\n"
        "Version 2 still takes over at 2099-12-01 00:00 EET.\n"
    )
    assert arvio("policy", "pixels", "--cancel", "2").startswith(
        "pixels obeys hubspot-2022, version 4, from 2099-12-01 00:00 EET on.\n"
    )
    table = arvio("policies", "pixels")
    for state in ("to come", "cancelled", "in force", "over"):
        assert state in table
    for wrong, why in (
        (("--back-to", "9"), "no version 9"),
        (("--cancel", "1"), "isn't one that is still to come"),
        (("--cancel", "4", *at), "leave --at out"),
        (("--policy", "hubspot-2024", "--at", "soon"), "isn't a day and a time"),
        (("--policy", "hubspot-2024", "--at", "2020-01-01T00:00"), "never in the past"),
        (("--back-to", "1", "--overrides", "x.toml"), "belong to a preset"),
    ):
        with pytest.raises(CommandError, match=why):
            arvio("policy", "pixels", *wrong)

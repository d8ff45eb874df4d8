"""A marketplace's own clip of how to review."""

from __future__ import annotations

from io import StringIO

import pytest
from django.conf import settings
from django.core.management import CommandError, call_command

from arvio.audit.models import AuditRow
from arvio.catalog.clips import clip_address, set_clip
from arvio.catalog.errors import InvalidFact
from arvio.catalog.models import Marketplace
from tests.cast import NOW, stage

pytestmark = pytest.mark.django_db
CLIP = "https://portal.example/how-to.mp4"
OURS = f"{settings.BASE_URL}/static/widgets/how-to.svg"


def test_its_own_clip_takes_the_place_of_ours_until_it_is_cleared() -> None:
    marketplace = stage().marketplace
    assert clip_address(marketplace) == OURS
    made = set_clip(marketplace=marketplace, url=CLIP, actor="x", now=NOW)
    assert clip_address(made) == clip_address(Marketplace.objects.get()) == CLIP
    set_clip(marketplace=marketplace, url="", actor="x", now=NOW)
    assert clip_address(Marketplace.objects.get()) == OURS
    rows = AuditRow.objects.filter(tag="marketplace:clip_set").order_by("seq")
    assert [row.after for row in rows] == [{"own": True}, {"own": False}]


def test_the_same_again_leaves_no_trace() -> None:
    marketplace = stage().marketplace
    for _ in range(2):
        set_clip(marketplace=marketplace, url=CLIP, actor="x", now=NOW)
    assert AuditRow.objects.filter(tag="marketplace:clip_set").count() == 1


@pytest.mark.parametrize(
    "url",
    [
        "javascript:alert(1)",
        "data:text/html,x",
        "ftp://portal.example/clip.mp4",
        "/clip.mp4",
        "portal.example/clip.mp4",
        "https://",
        "https://portal.example/a b",
        "https://portal.example/\0",
        f"https://portal.example/{'a' * 500}",
    ],
)
def test_what_is_no_address_is_refused(url: str) -> None:
    marketplace = stage().marketplace
    with pytest.raises(InvalidFact) as refused:
        set_clip(marketplace=marketplace, url=url, actor="x", now=NOW)
    assert refused.value.field == "clip_url"
    assert Marketplace.objects.get().clip_url == ""


def test_the_command_sets_and_clears_it(capsys: pytest.CaptureFixture[str]) -> None:
    stage()
    call_command("marketplace", "clip", "store", CLIP, stdout=StringIO())
    assert Marketplace.objects.get().clip_url == CLIP
    call_command("marketplace", "clip", "store")
    assert Marketplace.objects.get().clip_url == ""
    assert f"store shows {OURS} as its clip." in capsys.readouterr().out
    with pytest.raises(CommandError, match="clip_url: 'x' isn't an address"):
        call_command("marketplace", "clip", "store", "x")
    with pytest.raises(CommandError, match="There is no marketplace 'none'"):
        call_command("marketplace", "clip", "none", CLIP)

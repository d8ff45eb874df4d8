from __future__ import annotations

from uuid import UUID

import pytest

from arvio.keeping.awake import erased_in

pytestmark = pytest.mark.once

ONE, OTHER, REQUEST = (UUID(int=n) for n in (1, 2, 3))


def test_users_to_be_erased_again_are_found_in_a_list_and_in_a_log() -> None:
    log = (
        f"2026-03-02 09:30 WARNING arvio.connect.erasing erased user {ONE}\n"
        f'{{"request": "{REQUEST}", "message": "erased user {OTHER}"}}\n'
        f"erased user {ONE}\nGET /api/v1/reviews/{REQUEST}\n"
    )
    assert erased_in(log) == [ONE, OTHER]
    assert erased_in(f"{OTHER}\n\n {ONE} \n") == [OTHER, ONE]
    assert erased_in("nobody") == []

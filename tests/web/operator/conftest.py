"""The operator's pages stand on what the desk's stand on."""

from tests.web.desk.conftest import _time, sign_in, store

__all__ = ["_time", "sign_in", "store"]

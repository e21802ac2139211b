"""A web server's log is put aside while it goes on writing."""

from __future__ import annotations

import pytest

from aegir.embedded import logs
from tests.drivers.web.conftest import Sites
from tests.embedded.instance import eventually

pytestmark = pytest.mark.live


def test_a_web_server_goes_on_writing_where_its_log_was_put_aside(sites: Sites) -> None:
    log = sites.live.folder / "log/access.log"
    with log.open("ab") as file:
        file.write(b"an older line\n" * 1000)
    owner = (log.stat().st_uid, log.stat().st_mode)

    assert logs.shorten(log.parent, 1000) == []
    sites.get("/visited")
    eventually(lambda: "/visited" in log.read_text())

    assert "an older line" not in log.read_text()
    older = log.with_suffix(".log.1")
    assert older.read_text().count("an older line") == 1000
    assert (older.stat().st_uid, older.stat().st_mode) == owner

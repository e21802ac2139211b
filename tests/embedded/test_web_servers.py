"""nginx or Apache, chosen for a data folder; and everything that is hosted moves along."""

from __future__ import annotations

import dataclasses
import http.client
import json
import shutil
from pathlib import Path

import pytest

from aegir.embedded.home import prepare
from aegir.embedded.place import WEB_CHOICE, Place, place_from
from aegir.embedded.up import choose_web
from aegir.errors import Refused
from tests.embedded.instance import Instance, ensure_operator, eventually

SHAPED = Path(__file__).parent.parent / "drupal/seven"
DOMAIN = "moved.test"


@pytest.fixture
def place(own: Instance) -> Place:
    return place_from({"AEGIR_HOME": str(own.home)})


def test_nginx_is_taken_where_nobody_chose(place: Place) -> None:
    assert place.web == "nginx"


def test_a_choice_is_kept_until_another_is_made(place: Place) -> None:
    ensure_operator()
    chosen = place_from({"AEGIR_HOME": str(place.home), "AEGIR_WEB": "apache"})
    prepare(chosen)
    choose_web(chosen)
    assert place_from({"AEGIR_HOME": str(place.home)}).web == "apache"
    assert place_from({"AEGIR_HOME": str(place.home), "AEGIR_WEB": "nginx"}).web == "nginx"


def test_what_the_other_web_server_knew_is_taken_away_and_the_operators_lines_stay(place: Place) -> None:
    ensure_operator()
    prepare(place)
    theirs = [place.config / f"nginx/{name}.d/x.conf" for name in ("vhost", "platform")]
    own = place.config / "nginx/pre.d/own.conf"
    for path in (*theirs, own):
        path.write_text("# x")
    choose_web(place)
    assert all(path.exists() for path in theirs)
    choose_web(dataclasses.replace(place, web="apache"))
    assert not any(path.exists() for path in theirs)
    assert own.exists()


def test_a_web_server_that_nobody_knows_is_refused(place: Place) -> None:
    with pytest.raises(Refused, match="nginx or apache"):
        place_from({"AEGIR_WEB": "iis"})
    (place.home / WEB_CHOICE).write_text("iis\n")
    assert place_from({"AEGIR_HOME": str(place.home)}).web == "nginx"


@pytest.fixture
def hosted(own: Instance) -> Instance:
    """A site behind nginx."""
    own.up()
    code = own.home / "platforms/shaped"
    shutil.copytree(SHAPED, code)
    for command in (
        ("platform", "add", "shaped", "--path", str(code)),
        ("site", "install", DOMAIN, "--platform", "shaped", "--profile", "minimal", "--db", "sqlite"),
    ):
        done = own.cli(*command, "--wait")
        assert done.returncode == 0, done.stdout + done.stderr
    return own


def states(own: Instance) -> list[str]:
    """Of all tasks so far."""
    return [task["state"] for task in json.loads(own.cli("task", "list", "--json").stdout)["items"]]


def seen(own: Instance) -> tuple[int, str]:
    connection = http.client.HTTPConnection("127.0.0.1", own.http_port, timeout=20)
    connection.request("GET", "/", headers={"Host": DOMAIN})
    answer = connection.getresponse()
    return answer.status, answer.headers["Server"]


def test_everything_that_is_hosted_moves_along(hosted: Instance) -> None:
    assert seen(hosted) == (200, "nginx")
    hosted.down()
    done = hosted.cli("up", "--detach", "--web", "apache")
    assert done.returncode == 0, done.stderr
    eventually(lambda: seen(hosted) == (200, "Apache"))
    assert hosted.program("apache")["well"]
    shown = hosted.cli("server", "show", "localhost").stdout
    assert "web: apache" in shown
    assert "web: nginx" not in shown
    eventually(lambda: set(states(hosted)) == {"succeeded"})
    hosted.down()
    hosted.up()
    assert seen(hosted) == (200, "Apache")

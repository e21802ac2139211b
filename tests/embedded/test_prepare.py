"""Preparing the data folder, without starting anything."""

from __future__ import annotations

import os
import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from aegir.embedded.home import directories, prepare
from aegir.embedded.place import Place, place_from
from aegir.errors import Refused
from tests.embedded.instance import ensure_operator

as_root = pytest.mark.skipif(os.geteuid() != 0, reason="only root runs parts as other users")


@pytest.fixture
def top() -> Iterator[Path]:
    ensure_operator()
    directory = Path(tempfile.mkdtemp(prefix="aegir-", dir="/tmp"))
    directory.chmod(0o711)
    yield directory
    shutil.rmtree(directory)


@pytest.fixture
def place(top: Path) -> Place:
    return place_from({"AEGIR_HOME": str(top / "home")})


def mode(path: Path) -> int:
    return path.stat().st_mode & 0o7777


def test_every_directory_has_its_mode_and_owner(place: Place) -> None:
    prepare(place)
    for directory in directories(place):
        path = place.home / directory.path
        assert mode(path) == directory.mode
        assert path.owner() == (directory.owner if place.as_root else place.operator)


def test_what_was_loosened_is_set_right(place: Place) -> None:
    prepare(place)
    (place.home / "kept").chmod(0o777)
    (place.run).chmod(0o777)
    prepare(place)
    assert (mode(place.home / "kept"), mode(place.run)) == (0o700, 0o711)


def test_what_lies_in_the_directories_is_not_touched(place: Place) -> None:
    prepare(place)
    own = place.config / "nginx/post.d/own.conf"
    own.write_text("# mine\n")
    own.chmod(0o604)
    prepare(place)
    assert (own.read_text(), mode(own)) == ("# mine\n", 0o604)


def test_keys_are_made_once_and_for_their_owner_alone(place: Place) -> None:
    prepare(place)
    keys = [place.home / "secret.key", place.home / "django.key"]
    made = [key.read_bytes() for key in keys]
    prepare(place)
    assert [key.read_bytes() for key in keys] == made
    assert [(mode(key), key.owner()) for key in keys] == [(0o600, place.operator)] * 2


def test_a_key_that_was_being_written_when_the_power_went_is_made_anew(place: Place) -> None:
    place.home.mkdir()
    (place.home / "secret.key.new").write_bytes(b"ha")
    prepare(place)
    assert len((place.home / "secret.key").read_bytes()) == 44


def test_a_lost_key_is_not_replaced_in_silence(place: Place) -> None:
    prepare(place)
    (place.home / "aegir.sqlite3").write_bytes(b"secrets")
    (place.home / "secret.key").unlink()
    with pytest.raises(Refused, match=r"bring the key back from a backup"):
        prepare(place)
    assert not (place.home / "secret.key").exists()


def test_the_bridge_is_this_version_s_and_nobody_s_to_change(place: Place) -> None:
    prepare(place)
    (place.bridge / "bridge.php").write_text("")
    (place.bridge / "old.php").write_text("")
    prepare(place)
    assert (place.bridge / "bridge.php").stat().st_size > 0
    assert not (place.bridge / "old.php").exists()
    assert mode(place.bridge / "bridge.php") == 0o644


def test_a_planted_link_is_not_followed(place: Place, top: Path) -> None:
    prepare(place)
    target = top / "target"
    target.mkdir(mode=0o755)
    (place.home / "kept").rmdir()
    (place.home / "kept").symlink_to(target)
    with pytest.raises(Refused):
        prepare(place)
    assert mode(target) == 0o755


def test_directories_above_the_home_are_made_for_everyone_to_pass(top: Path) -> None:
    before = os.umask(0o077)
    try:
        prepare(place_from({"AEGIR_HOME": str(top / "above/home")}))
    finally:
        os.umask(before)
    assert mode(top / "above") == 0o755


@pytest.mark.parametrize(
    ("address", "url"),
    [
        ("", "http://localhost:8000"),
        ("0.0.0.0", "http://localhost:8000"),
        ("192.0.2.1", "http://192.0.2.1:8000"),
        ("2001:db8::1", "http://[2001:db8::1]:8000"),
    ],
)
def test_the_panel_s_address_is_one_that_a_browser_takes(address: str, url: str) -> None:
    assert place_from({"AEGIR_HOME": "/var/aegir", "AEGIR_PANEL_ADDRESS": address}).panel_url == url


def test_a_home_that_is_a_file_is_refused(top: Path) -> None:
    (top / "file").write_text("")
    with pytest.raises(Refused, match="AEGIR_HOME"):
        prepare(place_from({"AEGIR_HOME": str(top / "file")}))


def test_a_home_too_deep_for_sockets_is_refused(top: Path) -> None:
    with pytest.raises(Refused, match="too long"):
        place_from({"AEGIR_HOME": str(top / ("d" * 100))})


@as_root
def test_a_home_that_others_cannot_reach_is_refused(top: Path) -> None:
    (top / "closed").mkdir(mode=0o700)
    with pytest.raises(Refused, match=f"others may not pass through {top}/closed"):
        prepare(place_from({"AEGIR_HOME": str(top / "closed/home")}))


@pytest.mark.parametrize("name", ["AEGIR_OPERATOR", "AEGIR_WEB_USER"])
def test_a_user_who_does_not_exist_is_refused_with_the_remedy(top: Path, name: str) -> None:
    with pytest.raises(Refused, match="script/setup"):
        prepare(place_from({"AEGIR_HOME": str(top / "home"), name: "nobody-of-that-name"}))


@pytest.mark.parametrize("port", ["0", "65536", "-1", "http", "８０"])
def test_a_port_that_is_none_is_refused(port: str) -> None:
    with pytest.raises(Refused, match="AEGIR_HTTP_PORT"):
        place_from({"AEGIR_HOME": "/var/aegir", "AEGIR_HTTP_PORT": port})

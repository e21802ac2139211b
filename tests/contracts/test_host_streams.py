"""What every host promises about programs that are read from, or written to, while they run."""

from __future__ import annotations

import pytest

from aegir.errors import Broken
from tests.contracts.ground import Ground
from tests.live.normal_user import NORMAL_USER

MANY = 300_000
PRINTED = "".join(f"{number}\n" for number in range(1, MANY + 1)).encode()


def test_all_that_a_program_prints_is_read(ground: Ground) -> None:
    with ground.host.reading(["seq", str(MANY)]) as stream:
        assert stream.read(6) == b"1\n2\n3\n"
        assert stream.readline() == b"4\n"
        rest = stream.read()

    assert rest == PRINTED[8:]


def test_a_program_that_prints_more_than_is_read_is_broken(ground: Ground) -> None:
    with (
        pytest.raises(Broken, match=rf"^seq {MANY} printed more than was expected of it\.$"),
        ground.host.reading(["seq", str(MANY)]) as stream,
    ):
        stream.read(10)


def test_a_program_that_fails_after_it_was_read_is_broken_with_its_own_reason(ground: Ground) -> None:
    with (
        pytest.raises(Broken, match=r"^ls /nowhere ended with code 2: .*cannot access '/nowhere'"),
        ground.host.reading(["ls", "/nowhere"]),
    ):
        ground.host.list("/")


def test_a_code_that_the_caller_counts_as_good_is_good(ground: Ground) -> None:
    with ground.host.reading(["ls", "/nowhere"], codes=(0, 2)) as stream:
        assert stream.read() == b""


def test_the_end_of_what_a_failing_program_prints_is_not_taken_for_its_whole(ground: Ground) -> None:
    with ground.host.reading(["seq", "1"]) as stream:
        assert stream.read() == b"1\n"
        assert stream.read() == b""

    read = []
    with (
        pytest.raises(Broken, match=r"^ls /nowhere ended"),
        ground.host.reading(["ls", "/nowhere"]) as stream,
    ):
        read.append(stream.read())
    assert read == []


def test_what_the_block_raises_comes_out_of_it(ground: Ground) -> None:
    with pytest.raises(KeyError), ground.host.reading(["seq", str(MANY)]):
        raise KeyError
    with pytest.raises(KeyError), ground.host.writing(["cat"]):
        raise KeyError


def test_all_that_is_written_reaches_the_program(ground: Ground) -> None:
    with ground.host.writing(["grep", "-c", "needle"]) as stream:
        assert stream.write(b"hay\n" * MANY) == 4 * MANY
        stream.write(b"needle\n")

    with (
        pytest.raises(Broken, match=r"^grep -c needle ended with code 1"),
        ground.host.writing(["grep", "-c", "needle"]) as stream,
    ):
        stream.write(b"hay\n")


def test_nothing_need_be_written(ground: Ground) -> None:
    with ground.host.writing(["cat"]) as stream:
        assert stream.writable()


def test_a_missing_program_can_be_neither_read_nor_written_to(ground: Ground) -> None:
    for opening in (ground.host.reading, ground.host.writing):
        with pytest.raises(Broken, match="no program «no-such-program»"), opening(["no-such-program"]):
            ground.host.list("/")


def test_a_slow_program_is_broken_however_it_is_spoken_to(ground: Ground) -> None:
    with (
        pytest.raises(Broken, match=r"^sleep 60 did not end within 0.2 s and was stopped\.$"),
        ground.host.reading(["sleep", "60"], timeout=0.2) as stream,
    ):
        stream.read()
    with (
        pytest.raises(Broken, match=r"^sleep 60 did not end within 0.2 s and was stopped\.$"),
        ground.host.writing(["sleep", "60"], timeout=0.2),
    ):
        ground.host.list("/")


def test_directory_and_environment_are_as_asked_for(ground: Ground) -> None:
    with ground.host.reading(["pwd"], cwd=ground.at) as stream:
        assert stream.read() == f"{ground.at}\n".encode()
    with ground.host.reading(["printenv", "WORD"], env={"WORD": "a b=c"}) as stream:
        assert stream.read() == b"a b=c\n"


def test_root_can_read_from_anybodys_program(as_root: Ground) -> None:
    with as_root.host.reading(["id", "-un"], user=NORMAL_USER) as stream:
        assert stream.read() == f"{NORMAL_USER}\n".encode()

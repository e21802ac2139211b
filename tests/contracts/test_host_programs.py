"""What every host promises about programs."""

from __future__ import annotations

import pytest

from aegir.errors import Broken
from tests.contracts.ground import Ground
from tests.live.normal_user import NORMAL_USER

SPEAK = ["sh", "-c", 'echo one; echo two; echo oops >&2; echo "{\\"done\\": true}" >&3']


def test_a_program_gets_its_input_and_its_output_is_kept(ground: Ground) -> None:
    done = ground.host.run(["cat"], stdin="Ægir\n")

    assert (done.argv, done.code, done.out, done.err, done.answers) == (("cat",), 0, "Ægir\n", "", "")


def test_a_program_without_input_meets_its_end(ground: Ground) -> None:
    assert ground.host.run(["cat"]).out == ""


def test_a_failing_program_is_broken_and_quoted(ground: Ground) -> None:
    with pytest.raises(Broken, match=r"^ls /nowhere ended with code 2: .*ls: cannot access '/nowhere'"):
        ground.host.run(["ls", "/nowhere"])


def test_a_failing_program_may_be_judged_by_the_caller(ground: Ground) -> None:
    assert ground.host.run(["false"], check=False).code == 1


def test_a_missing_program_is_named(ground: Ground) -> None:
    with pytest.raises(Broken, match="no program «no-such-program»"):
        ground.host.run(["no-such-program"], check=False)


def test_a_slow_program_is_broken(ground: Ground) -> None:
    with pytest.raises(Broken, match=r"^sleep 60 did not end within 0.2 s and was stopped\.$"):
        ground.host.run(["sleep", "60"], timeout=0.2)


def test_a_program_runs_in_the_directory_that_is_named(ground: Ground) -> None:
    assert ground.host.run(["pwd"], cwd=ground.at).out == f"{ground.at}\n"


def test_a_missing_directory_is_named(ground: Ground) -> None:
    with pytest.raises(Broken, match=f"there is no directory {ground.at}/nowhere"):
        ground.host.run(["pwd"], cwd=ground.path("nowhere"))


def test_a_program_sees_what_is_put_in_its_environment(ground: Ground) -> None:
    assert ground.host.run(["printenv", "WORD"], env={"WORD": "a b=c"}).out == "a b=c\n"


def test_answers_come_on_the_third_descriptor(ground: Ground) -> None:
    done = ground.host.run(SPEAK, answers=True)

    assert (done.out, done.err, done.answers) == ("one\ntwo\n", "oops\n", '{"done": true}\n')


def test_the_listener_hears_every_line_of_every_stream(ground: Ground) -> None:
    heard: list[tuple[str, str]] = []

    ground.host.run(SPEAK, answers=True, listener=lambda stream, line: heard.append((stream, line)))

    assert sorted(heard) == [("answer", '{"done": true}'), ("err", "oops"), ("out", "one"), ("out", "two")]


def test_what_watches_a_program_may_end_it(ground: Ground) -> None:
    def watch() -> None:
        raise Broken("enough of this")

    ground_sleep = ["seq", "3"] if ground.at == "/ground" else ["sleep", "60"]
    with pytest.raises(Broken, match="enough of this"):
        ground.host.run(ground_sleep, watch=watch)


def test_the_present_user_needs_no_switch(ground: Ground) -> None:
    assert ground.host.run(["id", "-un"], user=ground.user).out == f"{ground.user}\n"


def test_root_can_be_anybody(as_root: Ground) -> None:
    assert as_root.host.run(["id", "-un"], user=NORMAL_USER).out == f"{NORMAL_USER}\n"


def test_others_can_only_be_themselves(as_user: Ground) -> None:
    with pytest.raises(Broken, match="Only root can run programs as «root»"):
        as_user.host.run(["id", "-un"], user="root")


def test_nobody_can_be_somebody_unknown(ground: Ground) -> None:
    with pytest.raises(Broken, match="no user «nobody-of-that-name»"):
        ground.host.run(["id"], user="nobody-of-that-name")


def test_there_is_a_user_or_there_is_not(ground: Ground) -> None:
    assert ground.host.user_exists(ground.user)
    assert not ground.host.user_exists("nobody-of-that-name")

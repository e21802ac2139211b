"""What the guide tells people to type is understood, to the last option."""

from __future__ import annotations

import re
import shlex
from pathlib import Path

import click
import pytest

from aegir.cli import main

ROOT = Path(__file__).parent.parent.parent
BLOCK = re.compile(r"^```\n(.*?)^```", re.MULTILINE | re.DOTALL)


def commands() -> list[str]:
    """Every line of the guide's and the README's blocks that calls ``aegir``."""
    texts = [(ROOT / name).read_text() for name in ("README.md", "docs/operate.md")]
    lines = [line for text in texts for block in BLOCK.findall(text) for line in block.splitlines()]
    called = [re.sub(r"^(\$aegir|\.venv/bin/aegir) ", "aegir ", line) for line in lines]
    return [line for line in called if line.startswith("aegir ")]


@pytest.mark.parametrize("line", commands())
def test_a_command_of_the_guide_is_understood(line: str) -> None:
    words = shlex.split(line.partition(" > ")[0], comments=True)[1:]
    command: click.Command = main
    context = main.make_context("aegir", words)
    while isinstance(command, click.Group):
        name, found, rest = command.resolve_command(context, [*context._protected_args, *context.args])
        assert found is not None
        command, context = found, found.make_context(name, rest, parent=context)
    assert context.params is not None


def test_the_guide_names_every_verb_of_a_site() -> None:
    guide = (ROOT / "docs/operate.md").read_text()
    site = main.get_command(click.Context(main), "site")
    assert isinstance(site, click.Group)
    missing = [name for name in site.commands if f"site {name}" not in guide]
    assert missing == ["install"]

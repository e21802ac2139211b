"""``aegir completion``: what makes a shell complete commands."""

from __future__ import annotations

import click
from click.shell_completion import get_completion_class


@click.command()
@click.argument("shell", type=click.Choice(["bash", "zsh", "fish"]))
def completion(shell: str) -> None:
    """Print what makes SHELL complete commands.

    For bash: «aegir completion bash > /etc/bash_completion.d/aegir».
    """
    found = get_completion_class(shell)
    assert found is not None, "click knows these three"
    root = click.get_current_context().find_root()
    click.echo(found(root.command, {}, "aegir", "_AEGIR_COMPLETE").source())

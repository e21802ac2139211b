"""The manual page, made from what the commands say of themselves."""

from __future__ import annotations

import inspect
from collections.abc import Iterable, Iterator
from importlib.metadata import version

import click

CODES = {
    "0": "Done.",
    "1": "It failed, and everything is as it was before.",
    "2": "Refused: it is not possible as asked for, and nothing was done.",
    "3": "Stuck: a person is needed, and the task says for what.",
    "130": "Somebody stopped watching with Ctrl+C; the task goes on.",
}
VARIABLES = {
    "AEGIR_HOME": "The data folder. For root /var/aegir, for others ~/.local/share/aegir.",
    "AEGIR_URL": "The address of another machine's panel to speak to, instead of the one of this machine.",
    "AEGIR_TOKEN": "The token that lets in there.",
    "AEGIR_TOKEN_FILE": "A file that holds the token.",
    "AEGIR_DATABASE": "Where Aegir's own rows are kept, when not in a SQLite file of the data folder: "
                      "postgresql://user@host/name.",
    "AEGIR_PANEL_ADDRESS": "The address that the panel listens on. 127.0.0.1 when not set.",
    "AEGIR_PANEL_PORT": "Its port. 8000 when not set.",
    "AEGIR_PANEL_URL": "How people's browsers reach the panel, where a proxy stands before it.",
    "AEGIR_PANEL_HOSTS": "Further host names that the panel answers to, with spaces between them.",
    "AEGIR_HTTP_PORT": "The port that sites are served on. 8080 when not set.",
    "AEGIR_SLOTS": "How many tasks run at the same time. 4 when not set.",
    "AEGIR_WEB": "The web server: nginx or apache.",
    "AEGIR_OPERATOR": "Who owns code and configuration.",
    "AEGIR_WEB_USER": "Whom PHP runs as.",
    "AEGIR_BUILDER": "Whom Composer and git run as while they build a platform.",
}  # fmt: skip
FILES = {
    "aegir.sqlite3": "Aegir's own rows.",
    "secret.key": "The key that seals every secret. Without it no backup of the rows is of use.",
    "django.key": "The key that signs sessions and links.",
    "backups/": "Archives of sites, in a folder for each.",
    "backups/panel/": "Archives of Aegir itself: whoever has one has every secret.",
    "log/": "What each part says.",
    "config/": "Configuration of web server, PHP and MariaDB, with places for lines of your own.",
    "run/api.sock": "The socket that this command speaks through.",
}
"""By their places below the data folder."""


def page(root: click.Command) -> str:
    """The page in roff, with every command below ``root``."""
    context = click.Context(root, info_name="aegir")
    title, summary = _escaped(version("aegir")), _first(root)
    parts = [
        f'.TH AEGIR 1 "" "Aegir {title}" "Aegir"',
        ".SH NAME",
        f"aegir \\- {_escaped(summary[0].lower() + summary[1:].rstrip('.'))}",
        ".SH SYNOPSIS",
        ".B aegir",
        "\\fINOUN\\fR \\fIVERB\\fR [\\fIOPTION\\fR]... [\\fIARGUMENT\\fR]...",
        ".SH DESCRIPTION",
        *_text(root.help or ""),
        ".SH COMMANDS",
        *(line for command in _commands(context) for line in _command(command)),
        ".SH EXIT STATUS",
        *_terms(CODES),
        ".SH ENVIRONMENT",
        *_terms(VARIABLES),
        ".SH FILES",
        "Below the data folder:",
        *_terms(FILES),
    ]
    return "\n".join(parts) + "\n"


def _commands(context: click.Context) -> Iterator[click.Context]:
    """The context of every command below, groups before what they hold."""
    group = context.command
    assert isinstance(group, click.Group), "only groups have commands below them"
    for name in group.list_commands(context):
        command = group.get_command(context, name)
        if command is None or command.hidden:
            continue
        below = click.Context(command, info_name=name, parent=context)
        yield below
        if isinstance(command, click.Group):
            yield from _commands(below)


def _command(context: click.Context) -> Iterator[str]:
    command = context.command
    yield f".SS {_escaped(context.command_path)}"
    if not isinstance(command, click.Group):
        usage = " ".join(command.collect_usage_pieces(context))
        yield f"\\fB{_escaped(context.command_path)}\\fR {_escaped(usage)}".rstrip()
        yield ".PP"
    yield from _text(command.help or "")
    for parameter in command.get_params(context):
        record = parameter.get_help_record(context)
        # Arguments without a text of their own stand in the usage.
        argued = isinstance(parameter, click.Argument) and not (record and record[1])
        if record and not argued and "--help" not in parameter.opts:
            yield from _terms({record[0]: record[1]})


def _terms(said: dict[str, str]) -> Iterator[str]:
    for name, text in said.items():
        yield ".TP"
        yield f"\\fB{_escaped(name)}\\fR"
        yield from _paragraphs([text])


def _text(text: str) -> Iterator[str]:
    """A command's help, as click reads it: paragraphs, of which those after \\b keep their lines."""
    yield from _paragraphs(_cleaned(text).split("\n\n"))


def _cleaned(text: str) -> str:
    return inspect.cleandoc(text).partition("\f")[0]


def _paragraphs(paragraphs: Iterable[str]) -> Iterator[str]:
    for number, paragraph in enumerate(paragraphs):
        if number:
            yield ".PP"
        if paragraph.startswith("\b"):
            yield from (".nf", *(_line(line) for line in paragraph.splitlines()[1:]), ".fi")
        else:
            yield _line(" ".join(paragraph.split()))


def _first(command: click.Command) -> str:
    return " ".join(_cleaned(command.help or "").split("\n\n", maxsplit=1)[0].split())


def _line(text: str) -> str:
    """A line of text that no formatter takes for a request."""
    escaped = _escaped(text)
    return f"\\&{escaped}" if escaped[:1] in (".", "'") else escaped


def _escaped(text: str) -> str:
    """Letters as roff wants them: plain ASCII, whatever the terminal can do."""
    plain = text.replace("\\", "\\e").replace("-", "\\-").replace("`", "\\(ga").replace("'", "\\(aq")
    return "".join(each if ord(each) < 128 else f"\\[u{ord(each):04X}]" for each in plain)

"""Asking for operations on behalf of somebody: what he names must be his to name."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from typing import Any

from django.db.models import Model

from aegir.access import heard, seen
from aegir.access.actor import Actor, Forbidden, NotFound, anywhere, may, require, wording
from aegir.access.trying import tried
from aegir.engine import ledger, recipe
from aegir.errors import Refused
from aegir.models import Client, Pair, Platform, Site, Task
from aegir.operations import building, finding

NEW = {
    "site_install": "domain",
    "site_deploy": "domain",
    "site_clone": "to",
}
"""Operations that make a site, and the argument that names it."""


def ask(actor: Actor, operation: str, /, *, dry_run: bool = False, **arguments: Any) -> Task:
    """Ask for an operation on behalf of ``actor``. Refused as the operation's own ``ask`` refuses; NotFound
    when it names something that he may not see; Forbidden when he may not do this to it.

    A dry run only looks: its log says what each step found.
    """
    require(actor, operation, _about(actor, operation, arguments))
    _refuse_strangers(actor, operation, arguments)
    if operation in NEW:
        arguments = {**arguments, "client": _client(actor, operation, arguments)}
    with ExitStack() as stack:
        if dry_run:
            stack.enter_context(ledger.only_looking())
        if may(actor, "platform_use_locked"):
            stack.enter_context(finding.locked_too())
        with _discreet(actor):
            task = recipe.load(operation).ask(actor.name, arguments)
    heard.asked(operation, task, arguments)
    return task


def check(actor: Actor, operation: str, /, **arguments: Any) -> None:
    """Refused, NotFound or Forbidden exactly when ``ask`` would be; nothing is queued or changed."""
    tried(lambda: ask(actor, operation, **arguments))
    heard.unasked()


def retry(actor: Actor, row: Task) -> Task:
    """Ask for a task again, as if ``actor`` asked for it anew; a stuck one is resumed."""
    require(actor, "task_retry", row)
    if row.state != Task.State.STUCK:
        arguments = dict(row.arguments)
        require(actor, row.operation, _about(actor, row.operation, arguments))
        _refuse_strangers(actor, row.operation, arguments)
        _refuse_grown_old(actor, row.operation, arguments)
    with _discreet(actor):
        again = ledger.retry(row, by=actor.name)
    heard.asked(row.operation, again, {**row.arguments, "retry_of": row.pk})
    return again


def cancel(actor: Actor, row: Task) -> None:
    """Cancel a task."""
    require(actor, "task_cancel", row)
    ledger.cancel(row, by=actor.name)
    heard.about(str(row))


@contextmanager
def _discreet(actor: Actor) -> Iterator[None]:
    """What refuses in this block names no task that ``actor`` may not see, and to clients no path."""
    try:
        yield
    except ledger.Held as held:
        if seen.tasks(actor).filter(pk=held.task.pk).exists():
            raise
        raise Refused(
            "A task that you may not see is stuck and holds what this needs: an administrator must see to it."
        ) from held
    except Refused as refusal:
        refusal.args = (wording(actor).text(str(refusal)),)
        raise


def _about(actor: Actor, operation: str, arguments: Mapping[str, Any]) -> Model | None:
    """What the operation is about; None when that is not there yet."""
    noun = operation.partition("_")[0]
    if noun in ("site", "cron") and NEW.get(operation) != "domain":
        return _site(actor, str(arguments["domain"]))
    if operation in ("platform_build", "platform_verify", "platform_delete"):
        return seen.platform(actor, str(arguments["name"]))
    if operation == "backup_delete":
        return seen.backup(actor, int(arguments["backup"]))
    if operation == "pair_retire":
        return _kept(actor, int(arguments["pair"]))
    return None


def _site(actor: Actor, domain: str) -> Site | None:
    """The site; None where the operation itself will say what is wrong with the name."""
    try:
        return seen.site(actor, domain)
    except NotFound:
        if actor.everywhere:
            return None
        raise


def _kept(actor: Actor, number: int) -> Pair:
    found = Pair.objects.select_related("site").filter(pk=number, site__in=seen.sites(actor)).first()
    if found is None:
        raise NotFound(f"There is no kept pair {number}.")
    return found


def _refuse_strangers(actor: Actor, operation: str, arguments: Mapping[str, Any]) -> None:
    """What is named beside the main thing must be within reach as well."""
    if operation.startswith("site_") and arguments.get("source") is not None:
        # Also of somebody with a role: it may let him look at sites whose content is not his.
        source = _site(actor, str(arguments["source"]))
        if source is not None:
            require(actor, operation, source)
    if arguments.get("client") is not None:
        seen.client(actor, str(arguments["client"]))
    if not anywhere(actor, operation):
        if arguments.get("backup") is not None and operation == "site_restore":
            require(actor, operation, seen.backup(actor, int(arguments["backup"])))
        platform = _platform(actor, operation, arguments)
        if platform is not None:
            _refuse_closed(actor, operation, platform)
    _refuse_paths(actor, operation, arguments)


def _platform(actor: Actor, operation: str, arguments: Mapping[str, Any]) -> Platform | None:
    """The platform that a site would be put on, said or not; None where it stays on its own, or where the
    operation itself will say that there is none."""
    if arguments.get("platform") is not None:
        return seen.platform(actor, str(arguments["platform"]))
    if operation == "site_clone":
        return seen.site(actor, str(arguments["domain"])).platform
    if operation == "site_restore":
        origin = seen.backup(actor, int(arguments["backup"])).platform
        here = seen.site(actor, str(arguments["domain"])).platform
        return origin if origin and origin != here and origin.state != Platform.State.DELETED else None
    return None


def _refuse_closed(actor: Actor, operation: str, platform: Platform) -> None:
    if not seen.open_platforms(actor, operation).filter(pk=platform.pk).exists():
        raise Refused(
            f"The platform {platform.name} takes no sites of yours: choose another.", field="platform"
        )


def _refuse_grown_old(actor: Actor, operation: str, arguments: Mapping[str, Any]) -> None:
    """What is asked for again makes no site for others than its asker could make one for now."""
    if operation in NEW and not anywhere(actor, operation):
        whose = arguments.get("client")
        if not whose or seen.client(actor, str(whose)).pk not in actor.clients:
            raise Refused("This would make a site that is not yours: ask for it anew.", field="client")


def _refuse_paths(actor: Actor, operation: str, arguments: Mapping[str, Any]) -> None:
    """Only administrators may name files of the server."""
    if operation == "platform_add" and building.of_this_machine(arguments.get("source") or {}):
        require(actor, "platform_source_path")
    if operation != "site_deploy":
        return
    archive = str(arguments["archive"])
    if archive.isascii() and archive.isdigit() and len(archive) < 19:
        require(actor, "backup_download", seen.backup(actor, int(archive)))
        if not arguments.get("files"):
            return
    require(actor, "site_deploy_path")


def _client(actor: Actor, operation: str, arguments: Mapping[str, Any]) -> str | None:
    """Whose the new site is: as he says, else as its original, else his only client."""
    named = arguments.get("client")
    if named:
        return seen.client(actor, str(named)).name
    if operation == "site_clone":
        original = seen.site(actor, str(arguments["domain"]))
        return original.client.name if original.client else None
    if anywhere(actor, operation):
        return None
    own = list(Client.objects.filter(pk__in=actor.clients)[:2])
    if len(own) != 1:
        raise Refused("You belong to several clients: say whose the new site shall be.", field="client")
    return own[0].name


__all__ = ["Forbidden", "ask", "cancel", "check", "retry"]

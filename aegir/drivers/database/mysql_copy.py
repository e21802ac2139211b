"""Tables from one database to another on the same server, whose rows need not leave it."""

from __future__ import annotations

from collections import defaultdict, deque
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import AbstractContextManager
from functools import partial

from aegir.drivers.database import Database, statements
from aegir.drivers.database.mysql_session import Connection, Sessions, ask, names, tell
from aegir.errors import Broken

AT_ONCE = 4
"""Sessions: half the time of a small table is waiting for the disk."""
PATIENCE = 3600
"""Seconds for one table."""


def copy_tables(
    sessions: Sessions,
    source: Database,
    target: Database,
    password: str,
    tables: Sequence[str],
    *,
    caches: bool,
) -> None:
    """Make all ``tables`` in ``target`` and fill them, in this order (the largest first leaves no long one
    for the end); the rows of caches only on demand. Nobody may write to ``source`` meanwhile.

    They are made by the target's own user, who may do nothing elsewhere: a table can name a file or a server.
    """
    with sessions.open() as session:
        columns = _columns(session, source)
        emptied = set() if caches else set(names(session, statements.caches(source)))
        tell(session, statements.describing())
        made = {name: _structure(session, source, name) for name in tables}
    own = partial(sessions.open, target, password, patience=PATIENCE)
    # Two that refer to each other would wait for each other.
    bound = [name for name in tables if statements.refers(made[name])]
    _each([name for name in tables if name not in bound], own, lambda to, name: _make(to, made[name]))
    _each(bound, own, lambda to, name: _make(to, made[name]), at_once=1)
    filled = [name for name in tables if name not in emptied and columns[name]]
    _each(
        filled,
        partial(sessions.open, patience=PATIENCE),
        lambda session, name: _fill(session, source, target, name, columns),
    )


def _each(
    tables: Sequence[str],
    opened: Callable[[], AbstractContextManager[Connection]],
    do: Callable[[Connection, str], None],
    at_once: int = AT_ONCE,
) -> None:
    """Do it with every table, some at once, each worker in a session of its own."""
    waiting = deque(tables)

    def work() -> None:
        with opened() as session:
            tell(session, statements.copying())
            while waiting:
                try:
                    name = waiting.popleft()
                except IndexError:
                    return
                do(session, name)

    with ThreadPoolExecutor(at_once) as workers:
        for done in [workers.submit(work) for _ in range(min(at_once, len(tables)))]:
            try:
                done.result()
            except BaseException:  # whatever it was goes up; the others must not go on meanwhile
                waiting.clear()
                raise


def _structure(session: Connection, source: Database, table: str) -> str:
    ((_, text),) = ask(session, statements.structure(source, table))
    return str(text)


def _make(session: Connection, structure: str) -> None:
    tell(session, [statements.literal(structure)])


def _fill(
    session: Connection, source: Database, target: Database, table: str, columns: Mapping[str, Sequence[str]]
) -> None:
    order = statements.copy_rows(source, target, table, columns[table])
    with session.cursor() as cursor:
        arrived = cursor.execute(order.sql, order.arguments)
    # Not counted in the target: without statistics yet, the server would read all of the table for that.
    ((there,),) = ask(session, statements.row_count(source, table))
    if there != arrived:
        raise Broken(f"Of {there} rows of {source.name}.{table} {arrived} arrived in {target.name}.")


def _columns(session: Connection, database: Database) -> dict[str, list[str]]:
    found: defaultdict[str, list[str]] = defaultdict(list)
    for table, column in ask(session, statements.columns(database)):
        found[str(table)].append(str(column))
    return found

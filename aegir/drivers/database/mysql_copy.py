"""Rows from one database to another on the same server, which need not leave it."""

from __future__ import annotations

from collections import defaultdict, deque
from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor

from aegir.drivers.database import Database, statements
from aegir.drivers.database.mysql_session import Connection, Sessions, ask, names, tell
from aegir.errors import Broken

AT_ONCE = 2
PATIENCE = 3600
"""Seconds for one table."""


def copy_rows(sessions: Sessions, source: Database, target: Database, tables: Sequence[str]) -> None:
    """Copy the rows of all tables but caches, ``tables`` in this order (the largest first leaves no long one
    for the end). Nobody may write to ``source`` meanwhile."""
    with sessions.open() as session:
        columns = _columns(session, source)
        caches = set(names(session, statements.caches(source)))
    waiting = deque(name for name in tables if name not in caches and columns[name])

    def work() -> None:
        with sessions.open(patience=PATIENCE) as session:
            tell(session, statements.copying())
            while waiting:
                try:
                    name = waiting.popleft()
                except IndexError:
                    return
                _copy(session, source, target, name, columns)

    with ThreadPoolExecutor(AT_ONCE) as workers:
        for done in [workers.submit(work) for _ in range(AT_ONCE)]:
            try:
                done.result()
            except BaseException:  # whatever it was goes up; the others must not go on meanwhile
                waiting.clear()
                raise


def _copy(
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

"""Who holds a port."""

from __future__ import annotations

import os
import socket

from aegir.embedded.ports import holder
from tests.embedded.instance import free_ports


def test_the_process_that_listens_is_named() -> None:
    with socket.create_server(("127.0.0.1", 0)) as listening:
        found = holder(listening.getsockname()[1])
    assert found is not None
    assert found.pid == os.getpid()
    assert str(found).endswith(f"(process {os.getpid()})")


def test_a_listener_on_ipv6_counts() -> None:
    with socket.create_server(("::1", 0), family=socket.AF_INET6) as listening:
        assert holder(listening.getsockname()[1]) is not None


def test_a_port_that_is_only_connected_from_is_free() -> None:
    with (
        socket.create_server(("127.0.0.1", 0)) as listening,
        socket.create_connection(listening.getsockname()) as connected,
    ):
        assert holder(connected.getsockname()[1]) is None


def test_a_free_port_has_no_holder() -> None:
    assert holder(free_ports(1)[0]) is None

"""A proxy of one build's own, through which programs reach other hosts.

They resolve names and follow redirects by themselves; here every connection is judged at the moment it is
made, and goes to the very address that was judged. What is encrypted passes through unread; nothing is kept.
"""

from __future__ import annotations

import asyncio
import hmac
import re
import secrets
import threading
from asyncio import StreamReader, StreamWriter
from base64 import b64encode
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from urllib.parse import urlsplit

from aegir.drivers import network
from aegir.drivers.source import Terms, addresses
from aegir.errors import AegirError, Refused, Unreachable

USER = "aegir"
LARGEST_HEAD = 64 * 1024
SECONDS = 30
"""How long a program may take to say what it wants, and a host to be reached."""
PIECE = 64 * 1024
_ASKED = re.compile(r"(?P<method>[A-Z]+) (?P<target>\S+) HTTP/1\.[01]")
_OWN = re.compile(r"(?:proxy-[a-z-]+|connection|keep-alive):", re.I)
"""Headers that are meant for a proxy, not for the host behind it."""


@dataclass
class Proxy:
    """One that runs. Only who knows its password, which is the build's alone, is let through."""

    terms: Terms
    port: int = 0
    refused: list[str] = field(default_factory=list)
    """Hosts that somebody wanted to go to and might not, the last one last."""
    password: str = field(default_factory=lambda: secrets.token_hex(16), repr=False)

    @property
    def environment(self) -> dict[str, str]:
        """What makes programs go through it."""
        address = f"http://{USER}:{self.password}@127.0.0.1:{self.port}"
        return {"http_proxy": address, "https_proxy": address}

    def refusal(self, who: str) -> Refused | None:
        """What to say of a program that failed after it was held back; None where it was not."""
        if not self.refused:
            return None
        return Refused(
            f"{who} was sent to {self.refused[-1]}, an address of a private network, which code may not be "
            "fetched from: set sources_private to allow it.",
            field="location",
        )

    async def serve(self, reader: StreamReader, writer: StreamWriter) -> None:
        """One connection from a program, to its end."""
        try:
            async with asyncio.timeout(SECONDS):
                asked, *headers = await _head(reader)
            if not self._lets_in(headers):
                await _answer(writer, "407 Who are you", 'Proxy-Authenticate: Basic realm="Aegir"\r\n')
            elif (wanted := _ASKED.fullmatch(asked)) is None:
                await _answer(writer, "400 Not understood")
            else:
                await self._pass(wanted, headers, reader, writer)
        except (OSError, ValueError, TimeoutError, asyncio.IncompleteReadError, asyncio.LimitOverrunError):
            return  # whoever asked went away, or was no program that a proxy serves
        finally:
            writer.close()

    def _lets_in(self, headers: list[str]) -> bool:
        word = b64encode(f"{USER}:{self.password}".encode()).decode()
        given = [each.partition(":")[2].strip() for each in headers if each.lower().startswith("proxy-auth")]
        return any(hmac.compare_digest(each, f"Basic {word}") for each in given if each.isascii())

    async def _pass(
        self, wanted: re.Match[str], headers: list[str], reader: StreamReader, writer: StreamWriter
    ) -> None:
        tunnel = wanted["method"] == "CONNECT"
        parts = urlsplit(f"//{wanted['target']}" if tunnel else wanted["target"])
        host, port = parts.hostname, parts.port or (None if tunnel else 80)
        if not host or not port or (not tunnel and parts.scheme != "http"):
            return await _answer(writer, "400 Not understood")
        try:
            there, away = await self._reached(host, port)
        except Refused:
            return await _answer(writer, "403 A private network")
        except AegirError:
            return await _answer(writer, "502 Not reached")
        try:
            if tunnel:
                writer.write(b"HTTP/1.1 200 Connected\r\n\r\n")
            else:
                kept = [each for each in headers if not _OWN.match(each)]
                first = f"{wanted['method']} {addresses.target(parts)} HTTP/1.1"
                away.write("\r\n".join([first, *kept, "Connection: close", "", ""]).encode("latin-1"))
            await asyncio.gather(_copy(reader, away), _copy(there, writer))
        finally:
            away.close()

    async def _reached(self, host: str, port: int) -> tuple[StreamReader, StreamWriter]:
        """A connection to the first of the host's addresses that may be gone to and answers."""

        def admit(address: str) -> bool:
            return self.terms.private or network.is_public(address)

        try:
            found = await asyncio.to_thread(network.admitted, host, port, admit)
        except Refused:
            self.refused.append(host)
            raise
        for *_, address in found:
            with suppress(OSError, TimeoutError):
                async with asyncio.timeout(SECONDS):
                    return await asyncio.open_connection(str(address[0]), port)
        raise Unreachable(f"{host}, port {port}, cannot be reached.")


@contextmanager
def proxy(terms: Terms) -> Iterator[Proxy]:
    """Run one; when the block ends, so does all that goes through it."""
    made, loop = Proxy(terms), asyncio.new_event_loop()
    starting = asyncio.start_server(made.serve, "127.0.0.1", 0, limit=LARGEST_HEAD)
    server = loop.run_until_complete(starting)
    made.port = server.sockets[0].getsockname()[1]
    thread = threading.Thread(target=loop.run_forever, name="proxy", daemon=True)
    thread.start()
    try:
        yield made
    finally:
        loop.call_soon_threadsafe(loop.stop)
        thread.join()
        server.close()
        loop.run_until_complete(_ended())
        loop.close()


async def _ended() -> None:
    """Whatever is still under way."""
    rest = asyncio.all_tasks() - {asyncio.current_task()}
    for task in rest:
        task.cancel()
    await asyncio.gather(*rest, return_exceptions=True)


async def _head(reader: StreamReader) -> list[str]:
    """The lines of a request before its body."""
    raw = await reader.readuntil(b"\r\n\r\n")
    return raw.decode("latin-1").removesuffix("\r\n\r\n").split("\r\n")


async def _answer(writer: StreamWriter, status: str, headers: str = "") -> None:
    writer.write(f"HTTP/1.1 {status}\r\n{headers}Content-Length: 0\r\nConnection: close\r\n\r\n".encode())
    await writer.drain()


async def _copy(reader: StreamReader, writer: StreamWriter) -> None:
    """Hand on what comes until there is no more; then say so."""
    try:
        while data := await reader.read(PIECE):
            writer.write(data)
            await writer.drain()
        if writer.can_write_eof():
            writer.write_eof()
    except OSError:  # one side broke off: the other is not to wait for it
        writer.close()

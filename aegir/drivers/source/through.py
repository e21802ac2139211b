"""The way to one host and port through the proxy that ``http_proxy`` names, on standard input and output.

ssh runs a copy of this file by itself, as whoever builds: nothing else of Aegir is in reach there.
"""

from __future__ import annotations

import os
import socket
import sys
import threading
from base64 import b64encode
from urllib.parse import urlsplit

PIECE = 64 * 1024


def connected(host: str, port: str) -> socket.socket:
    """A line that leads there; the end of this program where none does."""
    proxy = urlsplit(os.environ["http_proxy"])
    line = socket.create_connection((str(proxy.hostname), int(proxy.port or 0)))
    word = b64encode(f"{proxy.username}:{proxy.password}".encode()).decode()
    where = f"[{host}]" if ":" in host else host
    line.sendall(f"CONNECT {where}:{port} HTTP/1.1\r\nProxy-Authorization: Basic {word}\r\n\r\n".encode())
    answer = b""
    while not answer.endswith(b"\r\n\r\n"):
        if not (byte := line.recv(1)):
            sys.exit("The proxy went away.")
        answer += byte
    first = answer.decode("latin-1").partition("\r\n")[0]
    if " 200 " not in first:
        sys.exit(f"{host}, port {port}: {first.partition(' ')[2]}")
    return line


def send(line: socket.socket) -> None:
    """What comes in, as long as something does."""
    while data := os.read(0, PIECE):
        line.sendall(data)
    line.shutdown(socket.SHUT_WR)


def main() -> None:
    """Hand on in both directions; over when the other side is."""
    line = connected(*sys.argv[1:3])
    threading.Thread(target=send, args=(line,), daemon=True).start()
    while data := line.recv(PIECE):
        os.write(1, data)


if __name__ == "__main__":
    main()

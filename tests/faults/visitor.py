"""Asks for one site's front page again and again; tells on each line it reads what it did not get.

``python visitor.py PORT DOMAIN``. Answers with the number of requests, then every status that was not 200.
"""

from __future__ import annotations

import http.client
import select
import sys

PAUSE = 0.1
"""Seconds between two visits, each of which costs as much as a step of what is watched."""


def status(port: int, domain: str) -> int:
    """Of the front page; 0 when nobody answers."""
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=30)
    try:
        connection.request("GET", "/", headers={"Host": f"{domain}:{port}", "Connection": "close"})
        return connection.getresponse().status
    except OSError:
        return 0
    finally:
        connection.close()


def main(port: int, domain: str) -> None:
    asked, bad = 0, list[int]()
    while True:
        ready, _, _ = select.select([sys.stdin], [], [], PAUSE)
        if ready:
            if not sys.stdin.readline():
                return
            sys.stdout.write(" ".join(str(number) for number in [asked, *bad]) + "\n")
            sys.stdout.flush()
            asked, bad = 0, []
        asked += 1
        got = status(port, domain)
        if got != 200:
            bad.append(got)


if __name__ == "__main__":
    main(int(sys.argv[1]), sys.argv[2])

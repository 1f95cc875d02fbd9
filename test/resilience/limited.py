"""A server in a process of its own that lets only some requests of each window through.

``python -m test.resilience.limited LIMIT WINDOW`` prints its URL and, when its standard input ends,
what it counted, as JSON. Its clock is its own: nothing that a test does to time reaches it.
"""

from __future__ import annotations

import contextlib
import json
import subprocess
import sys
import threading
import time
from collections import Counter
from collections.abc import Generator

from test.fault_server import BODY, FaultServer, Peer, answer


class Limited:
    """The limit: ``limit`` requests in each window of ``window`` seconds."""

    def __init__(self, limit: int, window: float, told: bool = True) -> None:
        self.limit = limit
        self.window = window
        self.told = told
        self.statuses: Counter[int] = Counter()
        self._counted: Counter[int] = Counter()
        self._lock = threading.Lock()

    def __call__(self, peer: Peer) -> bool:
        with self._lock:
            number = int(time.time() / self.window)
            self._counted[number] += 1
            left = self.limit - self._counted[number]
            status = 429 if left < 0 else 200
            self.statuses[status] += 1
        headers = {
            "X-Ratelimit-Global-Remaining": str(max(left, 0)),
            "X-Ratelimit-Reset": str(round((number + 1) * self.window * 1000)),
        }
        if self.told:
            headers["X-Ratelimit-Global-Limit"] = str(self.limit)
        return answer(status, BODY, headers)(peer)


class Running:
    """The other process, from this side."""

    def __init__(self, process: subprocess.Popen[str]) -> None:
        assert process.stdout is not None
        self._process = process
        self.url = process.stdout.readline().strip()

    def statuses(self) -> dict[str, int]:
        """End it, and get how many responses of each status it sent."""
        counted: dict[str, int] = json.loads(self._process.communicate(timeout=120)[0])
        return counted


@contextlib.contextmanager
def limited(limit: int, window: float, *, told: bool = True) -> Generator[Running, None, None]:
    """A server with a limit. ``told`` says whether its responses hold the limit itself."""
    with subprocess.Popen(
        [sys.executable, "-m", __name__, str(limit), str(window), str(int(told))],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    ) as process:
        try:
            yield Running(process)
        finally:
            process.kill()


def main(limit: str, window: str, told: str) -> None:
    service = Limited(int(limit), float(window), told == "1")
    with FaultServer(*[service] * 100_000) as server:
        print(server.url, flush=True)
        sys.stdin.read()
        print(json.dumps(service.statuses))


if __name__ == "__main__":
    main(*sys.argv[1:])

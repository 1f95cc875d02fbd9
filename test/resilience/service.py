"""The sandbox in a process of its own, with faults or limits, that counts what it carries out.

``python -m test.resilience.service`` prints its URL and, when its standard input ends, what it has
counted, as JSON. Without a number of requests that a window allows, some requests go wrong.
"""

from __future__ import annotations

import contextlib
import json
import subprocess
import sys
from collections import Counter
from collections.abc import Generator
from typing import Any

from launchdarkly_api.sandbox import Sandbox

#: The share of requests that meet a fault.
RATE = 0.05
#: Seconds of a window.
WINDOW = 1.0


class Service:
    """The other process, seen from this one."""

    def __init__(self, process: subprocess.Popen[str]) -> None:
        assert process.stdout is not None
        self._process = process
        self.url = process.stdout.readline().strip()

    def counted(self) -> dict[str, Any]:
        """End it, and get what it has counted."""
        counted: dict[str, Any] = json.loads(self._process.communicate(timeout=120)[0])
        return counted


@contextlib.contextmanager
def service(limit: int | None = None) -> Generator[Service, None, None]:
    """The process. With ``limit``, it allows so many requests a window; without, some go wrong."""
    with subprocess.Popen(
        [sys.executable, "-m", "test.resilience.service", *([] if limit is None else [str(limit)])],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    ) as process:
        try:
            yield Service(process)
        finally:
            process.kill()


def go_wrong(sandbox: Sandbox) -> None:
    """Reads are lost in every way; of writes some are carried out before they are lost."""
    reads: Any = ("get_experiment", "get_experiments", "get_experimentation_settings")
    for seed, call in enumerate(reads):
        sandbox.fail_rate(
            RATE, statuses=(429, 503), drop=True, cut=True, slow=0.02, call=call, seed=seed
        )
    sandbox.fail_rate(
        RATE, statuses=(502, 503), drop=True, cut=True, applied=True, call="patch_experiment"
    )
    sandbox.fail_rate(RATE, statuses=(429, 503), drop=True, slow=0.02, call="create_experiment")


def main(limit: int | None = None) -> None:
    carried_out: Counter[str] = Counter()
    with Sandbox(api_version="2023") as sandbox:
        calls = sandbox._application.calls
        handle = calls.handle

        def counting(call: Any, request: Any) -> Any:
            if request.body:
                carried_out[request.body.decode()] += 1
            return handle(call, request)

        calls.handle = counting  # type: ignore[method-assign]
        if limit is None:
            go_wrong(sandbox)
        else:
            sandbox.rate_limit(limit, WINDOW)
        print(sandbox.url, flush=True)
        sys.stdin.read()
        log = list(sandbox.requests)
        experiments = [e.key for e in sandbox._state.experiments_in("demo", "test")]
        print(
            json.dumps(
                {
                    "requests": len(log),
                    "statuses": Counter(str(request.status) for request in log),
                    "carried out": carried_out,
                    "experiments": experiments,
                }
            )
        )


if __name__ == "__main__":
    main(*map(int, sys.argv[1:]))

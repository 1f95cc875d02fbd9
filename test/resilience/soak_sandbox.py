"""A soak of the sandbox from another process: many connections, restarts by ``kill -9``.

``python -m test.resilience.soak_sandbox`` makes 60,000 calls over 64 connections, kills the sandbox
four times meanwhile, and prints what it found.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
import time
from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path

from test.resilience.sandbox_load import Found, Load
from test.resilience.sandbox_process import Server, fill


@contextmanager
def served(connections: int) -> Generator[Load, None, None]:
    """The load for a server that runs meanwhile."""
    with tempfile.TemporaryDirectory() as folder:
        state = Path(folder) / "soak.db"
        variations = fill(state, connections)
        server = Server(state)
        server.start()
        try:
            yield Load(server, connections, variations)
        finally:
            server.kill()


def soak(calls: int = 60_000, connections: int = 64, kills: int = 4) -> Found:
    """Kill the server in the first half of the calls, and let it run for the second half."""
    with served(connections) as running:
        started = time.monotonic()
        step = calls // (2 * kills) if kills else 0
        for number in range(kills):
            running.phase(number * step + step // 2)
            running.kill_and_restart((number + 1) * step)
            running.restore()
        running.phase(calls)
        running.verify()
        running.found.seconds = time.monotonic() - started
        return running.found


def quantile(values: list[float], share: float) -> float:
    return sorted(values)[min(int(len(values) * share), len(values) - 1)]


def report(found: Found) -> str:
    """The figures."""
    lines = [
        f"{found.answered} calls in {found.seconds:.0f} s: {dict(sorted(found.calls.items()))}",
        f"restarts by kill -9: {found.restarts}; calls without a response: {found.unanswered};"
        f" snapshots: {found.snapshots}, of which restored: {found.restored}",
        f"comparisons with confirmed writes: {found.verified}; lost: {len(found.lost)};"
        f" stale: {len(found.stale)}; unexpected: {len(found.unexpected)}",
        f"a call takes {quantile(found.latencies, 0.5) * 1000:.0f} ms (median),"
        f" {quantile(found.latencies, 0.99) * 1000:.0f} ms (99 of 100),"
        f" {max(found.latencies) * 1000:.0f} ms (largest)",
        f"the page: {dict(found.page_statuses)}, {quantile(found.pages, 0.5) * 1000:.0f} ms"
        f" (median), {max(found.pages) * 1000:.0f} ms (largest)",
    ]
    for number, samples in enumerate(found.memory):
        quarter = len(samples) // 4
        lines.append(
            f"memory of phase {number + 1}: {samples[0]:.0f} MB at its start,"
            f" {samples[quarter]:.0f} after a quarter, {samples[2 * quarter]:.0f} after a half,"
            f" {samples[-1]:.0f} at its end"
        )
    for problem in (*found.lost[:5], *found.stale[:5], *found.unexpected[:5]):
        lines.append(f"  {problem}")
    return "\n".join(lines)


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--calls", type=int, default=60_000)
    parser.add_argument("--connections", type=int, default=64)
    parser.add_argument("--kills", type=int, default=4)
    options = parser.parse_args()
    found = soak(options.calls, options.connections, options.kills)
    print(report(found))
    return 1 if found.lost or found.stale or found.unexpected else 0


if __name__ == "__main__":
    sys.exit(main())

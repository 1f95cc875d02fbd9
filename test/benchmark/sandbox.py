"""How fast the sandbox is: from the command to its first line, and in answering."""

from __future__ import annotations

import subprocess
import sys
import time

from launchdarkly_api import ApiClient
from launchdarkly_api.apis import ExperimentsBetaApi
from launchdarkly_api.demo import new_experiment
from launchdarkly_api.sandbox import Sandbox


def start_time(runs: int = 5) -> float:
    """Seconds from starting the command to its first line, the best of some runs."""
    times: list[float] = []
    for _ in range(runs):
        start = time.perf_counter()
        process = subprocess.Popen(
            [sys.executable, "-m", "launchdarkly_api.sandbox", "--port", "0"],
            stdout=subprocess.PIPE,
        )
        assert process.stdout is not None
        process.stdout.readline()
        times.append(time.perf_counter() - start)
        process.terminate()
        process.communicate()
    return min(times)


def own_time(calls: int = 300) -> float:
    """Milliseconds that the sandbox itself takes for ``get_experiment``, the median."""
    with Sandbox() as sandbox, ApiClient(sandbox.configuration()) as client:
        api = ExperimentsBetaApi(client)
        api.create_experiment("demo", "test", new_experiment("measured"))
        for _ in range(calls):
            api.get_experiment("demo", "test", "measured")
        taken = sorted(record.milliseconds for record in list(sandbox.requests)[-calls:])
    return taken[calls // 2]

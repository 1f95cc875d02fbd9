"""All experiments over a network: how long it takes, and how many bytes come.

``python -m test.benchmark.network WHAT URL`` prints the seconds that one listing takes in a fresh
process: ``loop`` is what a program with 13.0.0 does, ``iterate`` is ``iter_experiments``.
"""

from __future__ import annotations

import contextlib
import subprocess
import sys
import time
import warnings
from collections.abc import Callable, Generator, Iterable
from pathlib import Path
from typing import Any

from test.benchmark.paged_server import TOTAL

ROUND_TRIP = 0.06
BANDWIDTH = 20e6
EXPAND = "previousIterations,draftIteration,secondaryMetrics,treatments"
_ROOT = Path(__file__).parents[2]

Row = tuple[str, str, float, str]
#: Runs Python with these words and the package of a subject; returns what it prints.
Run = Callable[[str, list[str]], str]


def rows(run: Run, rounds: int) -> list[Row]:
    """This library beside 13.0.0, in turns: the best time of each, and the bytes that came.

    Args:
        run: Runs a measurement.
        rounds: How many times to measure each.
    """
    works = {"ours": "iterate", "13.0.0": "loop"}
    seconds: dict[str, float] = {}
    received: dict[str, int] = {}
    with (
        _program("test.benchmark.paged_server") as server,
        _program(
            "test.benchmark.link",
            _line(server),
            f"--round-trip={ROUND_TRIP}",
            f"--bandwidth={BANDWIDTH}",
        ) as link,
    ):
        url = f"http://127.0.0.1:{_line(link)}"
        for _ in range(rounds):
            for subject, work in works.items():
                taken = float(run(subject, ["-m", "test.benchmark.network", work, url]))
                seconds[subject] = min(taken, seconds.get(subject, taken))
                received[subject] = _received(link)
    what = f"list {TOTAL} over a network"
    return [
        (what, "13.0.0 / ours", seconds["13.0.0"] / seconds["ours"], ">= 4"),
        ("  bytes received", "13.0.0 / ours", received["13.0.0"] / received["ours"], ">= 4"),
    ]


@contextlib.contextmanager
def _program(module: str, *words: str) -> Generator[subprocess.Popen[str], None, None]:
    process = subprocess.Popen(
        [sys.executable, "-m", module, *words],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        cwd=_ROOT,
    )
    try:
        yield process
    finally:
        process.kill()
        process.communicate()


def _line(process: subprocess.Popen[str]) -> str:
    assert process.stdout is not None
    return process.stdout.readline().strip()


def _received(link: subprocess.Popen[str]) -> int:
    """The bytes that the link brought to the client since the last time."""
    assert link.stdin is not None
    print(file=link.stdin, flush=True)
    return int(_line(link).split()[1])


def loop(api: Any) -> Iterable[Any]:
    """All experiments as a program gets them that has ``get_experiments`` alone."""
    found: list[Any] = []
    while True:
        page = api.get_experiments("demo", "test", limit=20, offset=len(found), expand=EXPAND)
        found += page["items"]
        if len(found) >= page["total_count"]:
            return found


def iterate(api: Any) -> Iterable[Any]:
    """All experiments as this library hands them out."""
    found: Iterable[Any] = api.iter_experiments("demo", "test", expand=EXPAND)
    return found


def main(work: str, url: str) -> None:
    warnings.simplefilter("ignore")
    import launchdarkly_api
    from launchdarkly_api.api.experiments_beta_api import ExperimentsBetaApi

    configuration = launchdarkly_api.Configuration(host=url)
    configuration.api_key["ApiKey"] = "token"
    api = ExperimentsBetaApi(launchdarkly_api.ApiClient(configuration))
    start = time.perf_counter()
    found = [item.key for item in {"loop": loop, "iterate": iterate}[work](api)]
    taken = time.perf_counter() - start
    assert found == [f"experiment-{number}" for number in range(TOTAL)]
    print(taken)


if __name__ == "__main__":
    main(*sys.argv[1:])

"""``python -m test.benchmark``: this client beside launchdarkly-api 13.0.0, json.loads and urllib3.

Everything is measured in one run. Each figure is the best of several rounds that alternate between
the subjects, and the printed figures are ratios, because machines differ and are noisy. "fast" is
this client with the extra ``fast``, and "ours" is the same client without it. 13.0.0 comes from the
package index into a folder of its own; ``--upstream FOLDER`` keeps it for the next run.
"""

from __future__ import annotations

import argparse
import os
import resource
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path

from test.benchmark import network
from test.benchmark.sandbox import own_time, start_time

ROOT = Path(__file__).parents[2]
UPSTREAM = "launchdarkly-api==13.0.0"
IMPORTS = "from launchdarkly_api.api.experiments_beta_api import ExperimentsBetaApi"


#: The kind of measurement that each subject needs.
KINDS = {"ours": "without msgspec", "fast": "client", "13.0.0": "client", "bare": "bare"}


class Bench:
    """Runs measurements in processes of their own and remembers the best of each."""

    def __init__(self, upstream: Path, url: str, rounds: int) -> None:
        self.paths = {**{name: [ROOT] for name in KINDS}, "13.0.0": [upstream, ROOT]}
        self.url = url
        self.rounds = rounds

    def best(self, what: str, subjects: Iterable[str], path: str = "") -> dict[str, float]:
        """The smallest figure of each subject."""
        url = self.url + path if path else ""

        def measure(subject: str) -> float:
            words = ["-m", "test.benchmark.measure", KINDS[subject], what, url]
            return float(self.run(subject, words))

        return best_of(self.rounds, measure, subjects)

    def import_times(self, statements: dict[str, str]) -> dict[str, float]:
        """Processor seconds of whole processes that run an import each."""

        def measure(subject: str) -> float:
            before = resource.getrusage(resource.RUSAGE_CHILDREN)
            self.run(subject, ["-c", statements[subject]])
            after = resource.getrusage(resource.RUSAGE_CHILDREN)
            return after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime

        return best_of(self.rounds * 5, measure, statements)

    def run(self, subject: str, words: list[str]) -> str:
        """Run Python with these words and the package of a subject; returns what it prints."""
        environment = {**os.environ, "PYTHONPATH": os.pathsep.join(map(str, self.paths[subject]))}
        # Byte code is written where an installed package has it: both sides are to have it.
        environment.pop("PYTHONDONTWRITEBYTECODE", None)
        done = subprocess.run(
            [sys.executable, "-W", "ignore", *words],
            capture_output=True,
            text=True,
            check=True,
            env=environment,
            cwd=tempfile.gettempdir(),
        )
        return done.stdout


def install(folder: Path) -> Path:
    """13.0.0 in this folder, with what it needs."""
    if not (folder / "launchdarkly_api").is_dir():
        words = ["-m", "pip", "install", "--quiet", "--target", str(folder), UPSTREAM]
        subprocess.run([sys.executable, *words], check=True)
    return folder


def best_of(
    rounds: int, measure: Callable[[str], float], subjects: Iterable[str]
) -> dict[str, float]:
    """The smallest figure of each subject, from rounds that alternate between them."""
    found: dict[str, float] = {}
    for _ in range(rounds):
        for subject in subjects:
            figure = measure(subject)
            found[subject] = min(found.get(subject, figure), figure)
    return found


Row = tuple[str, str, float, str]


def rows(bench: Bench) -> Iterator[Row]:
    """The subject of each measurement, the two figures of the ratio, the ratio, and the goal."""
    base = "/api/v2/projects/demo/environments/test/experiments"
    yield from in_units_of_bare("decode a page of 200", bench.best("decode", KINDS), "<= 1.7", 1.2)
    decode = bench.best("decode", ("ours", "13.0.0"))
    yield "  the same", "13.0.0 / ours", decode["13.0.0"] / decode["ours"], ">= 20"
    walk = bench.best("walk", ("ours", "13.0.0"))
    yield "decode and read it all", "13.0.0 / ours", walk["13.0.0"] / walk["ours"], ""
    read = bench.best("read", ("ours", "13.0.0"))
    yield "read every attribute", "13.0.0 / ours", read["13.0.0"] / read["ours"], ">= 8"
    build = bench.best("build", ("ours", "13.0.0"))
    yield "build and serialise", "13.0.0 / ours", build["13.0.0"] / build["ours"], ">= 4"
    one = bench.best("get_experiment", KINDS, f"{base}/x")
    yield from in_units_of_bare("get_experiment", one, "<= 1.2", 1.2)
    many = bench.best("get_experiments", KINDS, base)
    yield from in_units_of_bare("get_experiments, 20", many, "<= 1.55", 1.3)
    yield from in_units_of_bare("memory of the page", bench.best("memory", KINDS), "<= 1.4", 1.4)
    read_page = bench.best("memory of a page read", KINDS)
    yield from in_units_of_bare("memory, all of it read", read_page, "", None)
    imports = bench.import_times({"ours": IMPORTS, "13.0.0": IMPORTS, "bare": "import urllib3"})
    yield from in_units_of_bare("import the API class", imports, "<= 1.3", None)
    yield from network.rows(bench.run, bench.rounds)


def in_units_of_bare(
    what: str, figures: dict[str, float], goal: str, fast_goal: float | None
) -> Iterator[Row]:
    """A row for each subject, measured by ``json.loads``, dicts or urllib3 doing the same."""
    goals = {"ours": goal, "fast": "" if fast_goal is None else f"<= {fast_goal}"}
    for subject in ("ours", "fast", "13.0.0"):
        if subject in figures:
            ratio = figures[subject] / figures["bare"]
            yield what, f"{subject} / bare", ratio, goals.get(subject, "")
            what = "  the same"


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m test.benchmark", description=__doc__)
    parser.add_argument("--upstream", type=Path, help="folder for launchdarkly-api 13.0.0")
    parser.add_argument("--rounds", type=int, default=3, help="rounds, of which the best counts")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as scratch:
        upstream = install((options.upstream or Path(scratch) / "upstream").absolute())
        server = subprocess.Popen(
            [sys.executable, "-m", "test.benchmark.server"],
            stdout=subprocess.PIPE,
            text=True,
            cwd=ROOT,
        )
        try:
            assert server.stdout is not None
            url = f"http://127.0.0.1:{server.stdout.readline().strip()}"
            print(f"{'what':24} {'ratio of':26} {'measured':>9}  goal")
            for what, ratio, figure, goal in rows(Bench(upstream, url, options.rounds)):
                print(f"{what:24} {ratio:26} {figure:9.2f}  {goal}")
        finally:
            server.kill()
            server.communicate()
    print(f"{'sandbox ready after':24} {'seconds':26} {start_time():9.2f}  <= 0.3")
    print(f"{'sandbox, get_experiment':24} {'its own milliseconds':26} {own_time():9.2f}  <= 1")


if __name__ == "__main__":
    main()

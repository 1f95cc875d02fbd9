"""``python -m test.benchmark``: this client beside launchdarkly-api 13.0.0, json.loads and urllib3.

All in one run, every figure the best of several rounds that alternate between the subjects, and
what is printed are ratios: machines differ, and are noisy. 13.0.0 comes from the package index into
a folder of its own; ``--upstream FOLDER`` keeps it for the next run.
"""

from __future__ import annotations

import argparse
import os
import subprocess
import sys
import tempfile
from pathlib import Path

from test.benchmark import network
from test.benchmark.sandbox import own_time, start_time

ROOT = Path(__file__).parents[2]
UPSTREAM = "launchdarkly-api==13.0.0"
IMPORTS = "from launchdarkly_api.api.experiments_beta_api import ExperimentsBetaApi"


class Bench:
    """Runs measurements in processes of their own and remembers the best of each."""

    def __init__(self, upstream: Path, url: str, rounds: int) -> None:
        self.paths = {"ours": [ROOT], "13.0.0": [upstream, ROOT], "bare": [ROOT]}
        self.url = url
        self.rounds = rounds

    def best(self, what: str, subjects: tuple[str, ...], path: str = "") -> dict[str, float]:
        """The smallest figure of each subject."""
        found: dict[str, float] = {}
        for _ in range(self.rounds):
            for subject in subjects:
                kind = "bare" if subject == "bare" else "client"
                url = self.url + path if path else ""
                words = ["-m", "test.benchmark.measure", kind, what, url]
                figure = float(self.run(subject, words))
                found[subject] = min(found.get(subject, figure), figure)
        return found

    def import_time(self, subject: str, statement: str) -> float:
        """Seconds to run an import in a fresh interpreter, less the interpreter's own start."""
        code = (
            "import time; start = time.process_time()\n"
            f"{statement}\nprint(time.process_time() - start)"
        )
        return min(float(self.run(subject, ["-c", code])) for _ in range(self.rounds * 5))

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


def rows(bench: Bench) -> list[tuple[str, str, float, str]]:
    """What is measured, against what, the ratio, and the goal."""
    decode = bench.best("decode", ("ours", "13.0.0", "bare"))
    read = bench.best("read", ("ours", "13.0.0"))
    build = bench.best("build", ("ours", "13.0.0"))
    memory = bench.best("memory", ("ours", "13.0.0", "bare"))
    base = "/api/v2/projects/demo/environments/test/experiments"
    one = bench.best("get_experiment", ("ours", "13.0.0", "bare"), f"{base}/x")
    many = bench.best("get_experiments", ("ours", "13.0.0", "bare"), base)
    api, upstream = (bench.import_time(subject, IMPORTS) for subject in ("ours", "13.0.0"))
    urllib3 = bench.import_time("bare", "import urllib3")
    return [
        ("decode a page of 200", "13.0.0 / ours", decode["13.0.0"] / decode["ours"], ">= 20"),
        ("decode a page of 200", "ours / json.loads", decode["ours"] / decode["bare"], "<= 1.7"),
        ("  the same", "13.0.0 / json.loads", decode["13.0.0"] / decode["bare"], ""),
        ("read every attribute", "13.0.0 / ours", read["13.0.0"] / read["ours"], ">= 8"),
        ("build and serialise", "13.0.0 / ours", build["13.0.0"] / build["ours"], ">= 8"),
        ("get_experiment", "ours / urllib3", one["ours"] / one["bare"], "<= 1.2"),
        ("  the same", "13.0.0 / urllib3", one["13.0.0"] / one["bare"], ""),
        ("get_experiments, 20", "ours / urllib3", many["ours"] / many["bare"], "<= 1.3"),
        ("  the same", "13.0.0 / urllib3", many["13.0.0"] / many["bare"], ""),
        ("memory of the page", "ours / dicts", memory["ours"] / memory["bare"], "<= 1.4"),
        ("  the same", "13.0.0 / dicts", memory["13.0.0"] / memory["bare"], ""),
        ("import the API class", "ours / import urllib3", api / urllib3, "<= 1.15"),
        ("  the same", "13.0.0 / import urllib3", upstream / urllib3, ""),
        *network.rows(bench.run, bench.rounds),
    ]


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

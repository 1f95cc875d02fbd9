"""Prepares Pyodide, with the library and its tests, in a folder."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, Literal

import pytest

from test.packaging.building import build
from test.packaging.surface import SOURCE

HERE = Path(__file__).parent
#: The kind of wheels that Pyodide takes, as its ``pyodide-lock.json`` gives it.
PLATFORM, PYTHON, ABI = "pyemscripten_2026_0_wasm32", "3.14", "cp314"
#: V8's flags that let WebAssembly wait for JavaScript, until it may do so without a flag.
WAITING = ("--experimental-wasm-jspi", "--experimental-wasm-stack-switching")
#: Python began before the folders were there, and remembers that they were missing.
_BEGINNING = "import os, sys; os.chdir('/source'); sys.path_importer_cache.clear()\n"
#: The prefix of a line that reports the outcome of a test, and the outcomes of failure.
MARK = "outcome: "
FAILURES = ("failed", "started")
#: Seconds that a run in Pyodide may take.
PATIENCE = 600


def missing() -> str | None:
    """Why nothing can run in Pyodide on this computer, if so."""
    for program in ("node", "npm"):
        if shutil.which(program) is None:
            return f"Pyodide runs under Node.js, and there is no {program} here"
    if _flags() is None:
        return "this Node.js cannot let WebAssembly wait; take Node.js 20 or newer"
    return None


def _flags() -> list[str] | None:
    """The flags that Node.js needs, or None if it is too old."""
    node = shutil.which("node")
    asked = (
        'process.stdout.write(String("Suspending" in WebAssembly || "Suspender" in WebAssembly))'
    )
    options = _output(node, "--v8-options")
    for flags in ([], *([flag] for flag in WAITING if flag in options)):
        if _output(node, *flags, "--eval", asked) == "true":
            return flags
    return None


def _output(*command: Any, **options: Any) -> str:
    done = subprocess.run(
        [str(word) for word in command],
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        encoding="utf-8",
        timeout=PATIENCE,
        **options,
    )
    assert done.returncode == 0, done.stdout
    return str(done.stdout)


class Pyodide:
    """A folder with Pyodide, the wheel of this library, its requirements, and the tests."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._jobs = 0
        for name in ("package.json", "package-lock.json", "run.mjs"):
            shutil.copy(HERE / name, folder)
        _output("npm", "ci", "--ignore-scripts", "--no-audit", "--no-fund", cwd=folder)
        self._install(folder / "packages")
        shutil.copytree(
            SOURCE / "test", folder / "source/test", ignore=shutil.ignore_patterns("__pycache__")
        )
        shutil.copy(SOURCE / "pyproject.toml", folder / "source")

    def _install(self, target: Path) -> None:
        building = self.folder / "building"
        building.mkdir()
        wheel = build(building).wheel
        kind = ("--platform", PLATFORM, "--python-version", PYTHON, "--abi", ABI)
        _output(
            *(sys.executable, "-m", "pip", "install", "--quiet", "--target", target),
            *(*kind, "--implementation", "cp", "--only-binary", ":all:", "--no-compile"),
            *(wheel, "--requirement", HERE / "requirements.txt"),
        )

    def run(
        self, code: str, environment: Mapping[str, str] | None = None, trusted: Path | None = None
    ) -> tuple[int, str]:
        """Run Python code in Pyodide under Node.js.

        Args:
            code: Its last expression is the exit status.
            environment: Variables for it.
            trusted: A CA certificate that Node.js is to trust, as a browser may.

        Returns:
            The exit status and the output.
        """
        folders = {path: str(self.folder / path) for path in ("packages", "source")}
        self._jobs += 1
        job = self.folder / f"job-{self._jobs}.json"
        job.write_text(json.dumps({**describe(code, environment), "folders": folders}))
        done = subprocess.run(
            ["node", *(_flags() or []), "run.mjs", job],
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            encoding="utf-8",
            cwd=self.folder,
            timeout=PATIENCE,
            env={**os.environ, "NODE_NO_WARNINGS": "1", "NODE_EXTRA_CA_CERTS": str(trusted or "")},
        )
        return done.returncode, done.stdout


def describe(code: str, environment: Mapping[str, str] | None) -> dict[str, Any]:
    """Return the job that ``run.mjs`` and ``worker.mjs`` do."""
    variables = {
        "HOME": "/home",
        "PYTHONPATH": "/source:/packages",
        "PYTHONDONTWRITEBYTECODE": "1",
        **(environment or {}),
    }
    return {"code": _BEGINNING + code, "environment": variables}


def run_tests(
    run: Callable[[str], tuple[int, str]], *arguments: str
) -> dict[str, Literal["passed", "skipped"]]:
    """Run pytest in Pyodide. Fails if a test fails, or if Pyodide dies.

    Args:
        run: Runs Python code, and returns the exit status and the output.
        arguments: The arguments of pytest.

    Returns:
        The outcome of each test, by the test's id.
    """
    listed = ", ".join(map(repr, arguments))
    status, printed = run(f"from test.pyodide.inside import session\nsession.run({listed})")
    lines = [line.removeprefix(MARK) for line in printed.splitlines() if line.startswith(MARK)]
    came: dict[str, Any] = {}
    for line in map(json.loads, lines):
        if came.get(line["test"], "started") == "started":
            came[line["test"]] = line["outcome"]
    failed = [f"{test} {outcome}" for test, outcome in came.items() if outcome in FAILURES]
    if failed or status:
        rest = "\n".join(line for line in printed.splitlines() if not line.startswith(MARK))
        pytest.fail(f"In Pyodide, with exit status {status}: {failed}\n{rest[-10_000:]}")
    return came

"""Pyodide and what the tests need in it, prepared in a folder."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from test.packaging.building import build
from test.packaging.surface import SOURCE

HERE = Path(__file__).parent
#: The kind of wheels that Pyodide takes, as its ``pyodide-lock.json`` gives it.
PLATFORM, PYTHON, ABI = "pyemscripten_2026_0_wasm32", "3.14", "cp314"
#: V8's flags that let WebAssembly wait for JavaScript, until it may do so without a flag.
WAITING = ("--experimental-wasm-jspi", "--experimental-wasm-stack-switching")
#: The folders appear after Python began, which took note that they were not there.
_BEGINNING = "import os, sys; os.chdir('/source'); sys.path_importer_cache.clear()\n"
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
    return done.stdout


class Pyodide:
    """A folder with Pyodide, the wheel of this library, what it needs, and the tests."""

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
        self,
        code: str,
        environment: Mapping[str, str] | None = None,
        trusted: Path | None = None,
    ) -> tuple[int, str]:
        """Run Python code in Pyodide.

        Args:
            code: Its last expression is the exit status.
            environment: Variables for it.
            trusted: A CA certificate that Node.js is to trust, as a browser may.

        Returns:
            The exit status, and what was printed.
        """
        packages, source = self.folder / "packages", self.folder / "source"
        self._jobs += 1
        job = self.folder / f"job-{self._jobs}.json"
        job.write_text(
            json.dumps(
                {
                    "code": _BEGINNING + code,
                    "environment": {
                        "HOME": "/home",
                        "PYTHONPATH": "/source:/packages",
                        "PYTHONDONTWRITEBYTECODE": "1",
                        **(environment or {}),
                    },
                    "mounts": {"/packages": str(packages), "/source": str(source)},
                }
            )
        )
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

    def pytest(
        self,
        *arguments: str,
        environment: Mapping[str, str] | None = None,
        trusted: Path | None = None,
    ) -> dict[str, tuple[str, str]]:
        """Run pytest in Pyodide.

        Returns:
            The outcome of each test and the text that goes with it, by the test's id. A test that
            Pyodide died in is ``started``.
        """
        journal = self.folder / f"source/journal-{self._jobs + 1}"
        listed = ", ".join(map(repr, arguments))
        code = (
            "from test.pyodide.inside import session\n"
            f"session.run('/source/{journal.name}', {listed})"
        )
        status, printed = self.run(code, environment, trusted)
        lines = journal.read_text(encoding="utf-8").splitlines() if journal.exists() else []
        came: dict[str, tuple[str, str]] = {}
        for line in map(json.loads, lines):
            if came.get(line["test"], ("started",))[0] == "started":
                came[line["test"]] = line["outcome"], line.get("text", "")
        failed = {
            test: text for test, (what, text) in came.items() if what in ("failed", "started")
        }
        if failed or status:
            texts = "\n".join(f"{test}:\n{text}" for test, text in failed.items())
            pytest.fail(f"In Pyodide, with exit status {status}:\n{texts}\n{printed[-5000:]}")
        return came

"""The commands that messages name are run, in fresh environments, by a shell."""

from __future__ import annotations

import ast
import os
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from launchdarkly_api._support import distribution
from launchdarkly_api._support.distribution import DISTRIBUTION, OFFICIAL
from test.packaging.building import Distributions, run
from test.packaging.surface import PACKAGE, SOURCE

COMMAND = re.compile(rf'pip install "{DISTRIBUTION}\[(\w+)\]"')
EXPORT = (
    "from launchdarkly_api.sandbox import Sandbox\n"
    "with Sandbox() as sandbox: sandbox.export('exported')"
)
#: Programs that name an extra each. They run in this order, and each has what those before it need.
PROGRAMS = [
    (("-m", f"{PACKAGE}.demo"), "sandbox"),
    (("-c", EXPORT), "analysis"),
    (("-c", f"from {PACKAGE}.notebook import results_frame"), "notebook"),
]


class Fresh:
    """A fresh environment with pip and the wheel, and commands that a user types there."""

    def __init__(self, folder: Path, wheel: Path) -> None:
        run(sys.executable, "-m", "venv", folder / "venv")
        self._folder = folder
        programs = folder / "venv" / ("Scripts" if os.name == "nt" else "bin")
        links = f"{wheel.parent} {os.environ.get('PIP_FIND_LINKS', '')}"
        self._environment = {
            **{name: value for name, value in os.environ.items() if name != "PYTHONPATH"},
            "PATH": f"{programs}{os.pathsep}{os.environ['PATH']}",
            "PIP_FIND_LINKS": links,
            "PIP_DISABLE_PIP_VERSION_CHECK": "1",
            # Compiling all of scipy and pandas takes longer than everything else here.
            "PIP_NO_COMPILE": "1",
        }
        self.shell(f"pip install --quiet {wheel}")

    def shell(self, command: str) -> None:
        """Run a command as it is written. Without the package index, the test is skipped."""
        done = subprocess.run(
            command,
            shell=True,
            cwd=self._folder,
            env=self._environment,
            capture_output=True,
            text=True,
        )
        if "No matching distribution found" in done.stderr and DISTRIBUTION not in done.stderr:
            pytest.skip(f"the package index cannot be reached: {done.stderr[-300:]}")
        assert done.returncode == 0, done.stdout + done.stderr

    def python(self, *words: str) -> tuple[int, str]:
        """The exit code of a program, and its errors."""
        done = subprocess.run(
            ["python", "-I", *words],
            cwd=self._folder,
            env=self._environment,
            capture_output=True,
            text=True,
        )
        return done.returncode, done.stderr

    def distributions(self) -> set[str]:
        """The names of the installed distributions."""
        code = "import importlib.metadata as m; print(*[d.name.lower() for d in m.distributions()])"
        command = ["python", "-I", "-c", code]
        printed = subprocess.check_output(command, env=self._environment, text=True)
        return set(printed.split())


@pytest.mark.slow
@pytest.mark.timeout(1200)
def test_the_command_that_a_message_names_installs_what_is_missing(
    built: Distributions, tmp_path: Path
) -> None:
    fresh = Fresh(tmp_path, built.wheel)
    for words, extra in PROGRAMS:
        status, error = fresh.python(*words)
        assert status != 0
        command = COMMAND.search(error)
        assert command is not None, error
        assert command[1] == extra
        fresh.shell(command[0])
        status, error = fresh.python(*words)
        assert status == 0, error
    installed = fresh.distributions()
    assert DISTRIBUTION in installed
    assert OFFICIAL not in installed


@pytest.mark.timeout(600)
def test_the_command_that_repairs_an_environment_leaves_this_library(
    built: Distributions, tmp_path: Path
) -> None:
    fresh = Fresh(tmp_path, built.wheel)
    (packages,) = (tmp_path / "venv").rglob(f"{PACKAGE}/version.py")
    package = packages.parent
    # The files that the official client leaves, whichever version it is.
    package.joinpath(distribution.FILE_OF_OFFICIAL).touch()
    status, error = fresh.python("-c", f"import {PACKAGE}")
    assert status == 1
    command = re.search(r"pip uninstall .*$", error.strip())
    assert command is not None, error
    fresh.shell(command[0].replace("&& pip", f"&& rm -r {package} && pip"))
    assert fresh.python("-c", f"import {PACKAGE}") == (0, "")


def calls_of_missing() -> Iterator[tuple[Path, str]]:
    """The extra that each call of ``missing`` in the package names."""
    for path in (SOURCE / PACKAGE).rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Call) and getattr(node.func, "id", "") == "missing":
                yield path, ast.literal_eval(node.args[2])


def test_every_hint_comes_from_one_function_and_is_tried() -> None:
    writing = [
        path.name
        for path in (SOURCE / PACKAGE).rglob("*.py")
        if "pip install" in path.read_text(encoding="utf-8")
    ]
    assert writing == ["distribution.py"]
    named = list(calls_of_missing())
    assert len(named) >= 5
    assert {extra for _, extra in named} == {extra for _, extra in PROGRAMS}

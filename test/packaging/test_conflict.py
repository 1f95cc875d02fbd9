"""Both distributions in one environment: what a program is told, and what repairs it.

LaunchDarkly's own client has the import name of this library. The environments, the installers and
the wheels are real; the official wheels come from the package index.
"""

from __future__ import annotations

import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from launchdarkly_api._support.distribution import DISTRIBUTION, OFFICIAL
from test.packaging.building import Distributions, run
from test.packaging.surface import PACKAGE, PUBLIC

#: The version that the library is compatible with, and a version of today.
VERSIONS = ("13.0.0", "25.0.1")
#: The public modules that a version of the official client has too, and so overwrites.
SHARED = {
    "13.0.0": {
        *("", ".api", ".api.experiments_beta_api", ".api_client", ".apis", ".configuration"),
        *(".exceptions", ".model", ".model_utils", ".models", ".rest"),
    },
    "25.0.1": {
        *("", ".api", ".api.experiments_api", ".api_client", ".configuration", ".exceptions"),
        *(".models", ".rest"),
    },
}


class Environment:
    """An environment, and an installer that works on it."""

    def __init__(self, folder: Path, installer: str) -> None:
        run(sys.executable, "-m", "venv", "--without-pip", folder)
        self.python = folder / ("Scripts/python.exe" if sys.platform == "win32" else "bin/python")
        if installer == "pip":
            self._installer = [sys.executable, "-m", "pip", "--python", str(self.python)]
        else:
            self._installer = [found_uv(), "pip"]
        self._target = [] if installer == "pip" else ["--python", str(self.python)]
        self._yes = ["--yes"] if installer == "pip" else []

    def install(self, *wheels: str | Path) -> None:
        for wheel in wheels:
            run(*self._installer, "install", "--quiet", "--no-deps", *self._target, wheel)

    def uninstall(self, *distributions: str) -> None:
        run(*self._installer, "uninstall", *self._yes, *self._target, *distributions)

    def last_line(self, code: str) -> str:
        """The last line of what a program prints, on either stream."""
        done = subprocess.run([self.python, "-I", "-c", code], capture_output=True, text=True)
        return (done.stdout + done.stderr).strip().splitlines()[-1]


def found_uv() -> str:
    found = shutil.which("uv", path=str(Path(sys.executable).parent)) or shutil.which("uv")
    if found is None:
        pytest.skip("uv is not installed")
    return found


@pytest.fixture(scope="module")
def official(tmp_path_factory: pytest.TempPathFactory) -> Callable[[str], Path]:
    """The wheel of a version of the official client."""
    wheels: dict[str, Path] = {}

    def wheel(version: str) -> Path:
        if version not in wheels:
            folder = tmp_path_factory.mktemp("official")
            words = ("download", "--quiet", "--no-deps", "--dest", str(folder))
            done = subprocess.run(
                [sys.executable, "-m", "pip", *words, f"{OFFICIAL}=={version}"],
                capture_output=True,
                text=True,
            )
            if done.returncode:
                pytest.skip(f"{OFFICIAL} {version} cannot be downloaded: {done.stderr[-300:]}")
            (wheels[version],) = folder.iterdir()
        return wheels[version]

    return wheel


@pytest.fixture(params=["pip", "uv"])
def mixed(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Environment]:
    """An environment to install both into, with one installer."""
    yield Environment(tmp_path / "mixed", request.param)


def is_the_error(line: str) -> bool:
    """Whether it is the error that names both distributions and the commands."""
    return (
        line.startswith(f"ImportError: {DISTRIBUTION} and {OFFICIAL} are or were installed")
        and f"pip uninstall --yes {OFFICIAL} {DISTRIBUTION}" in line
    )


def public_modules() -> list[str]:
    return [name.removeprefix(PACKAGE) for name in PUBLIC]


@pytest.mark.parametrize("version", VERSIONS)
def test_the_official_client_below_this_library_is_found_at_import(
    mixed: Environment, official: Callable[[str], Path], built: Distributions, version: str
) -> None:
    mixed.install(official(version), built.wheel)
    for module in public_modules():
        assert is_the_error(mixed.last_line(f"import {PACKAGE}{module}")), module


@pytest.mark.parametrize("version", VERSIONS)
def test_the_official_client_above_this_library_is_found_by_each_part_that_it_lacks(
    mixed: Environment, official: Callable[[str], Path], built: Distributions, version: str
) -> None:
    mixed.install(built.wheel, official(version))
    # ...
    for module in public_modules():
        if module not in SHARED[version]:
            assert is_the_error(mixed.last_line(f"import {PACKAGE}{module}")), module

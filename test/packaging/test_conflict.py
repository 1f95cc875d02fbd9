"""Both distributions in one environment: the error, and the command that repairs it.

LaunchDarkly's own client has the import name of this library. The environments, the installers and
the wheels are real; the official wheels come from the package index.
"""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
import zipfile
from collections.abc import Callable
from pathlib import Path
from types import ModuleType
from typing import cast

import dateutil
import pydantic
import pytest
import urllib3

from launchdarkly_api import __version__
from launchdarkly_api._support.distribution import (
    DISTRIBUTION,
    FILE_OF_OFFICIAL,
    OFFICIAL,
    require_unmixed,
)
from test.packaging.building import Distributions, run
from test.packaging.surface import PACKAGE, PUBLIC

#: The version that the library is compatible with, and a version of today.
VERSIONS = ("13.0.0", "25.0.1")
#: The public modules that a version of the official client has too, and so overwrites. Here and
#: below, they are named without the package.
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


#: The outcome of importing each module in an environment, as JSON.
PROGRAM = f"""
import importlib, json
outcomes = {{}}
for name in {[name.removeprefix(PACKAGE) for name in PUBLIC]}:
    try:
        importlib.import_module('{PACKAGE}' + name)
        outcomes[name] = None
    except Exception as error:
        outcomes[name] = f"{{type(error).__name__}}: {{error}}"
print(json.dumps(outcomes))
"""


class Environment:
    """An environment with the dependencies of both, and an installer that works on it."""

    def __init__(self, folder: Path, installer: str) -> None:
        run(sys.executable, "-m", "venv", "--without-pip", folder)
        self._python = folder / ("Scripts/python.exe" if os.name == "nt" else "bin/python")
        self._is_pip = installer == "pip"
        needed = {Path(str(module.__file__)).parents[1] for module in (dateutil, pydantic, urllib3)}
        self.packages = Path(self.prints("import sysconfig; print(sysconfig.get_path('purelib'))"))
        # tox installs this library beside them, where a program would find what is missing here.
        links = folder / "needed"
        links.mkdir()
        for entry in (entry for place in needed for entry in place.iterdir()):
            if not entry.name.startswith(("launchdarkly", "__")) and entry.suffix != ".pth":
                (links / entry.name).symlink_to(entry)
        (self.packages / "needed.pth").write_text(f"{links}\n")

    def install(self, *wheels: Path) -> None:
        """Install wheels, one after the other."""
        for wheel in wheels:
            # Compiling takes longer than everything else here.
            words = ("--no-compile",) if self._is_pip else ()
            self._run("install", "--quiet", "--no-deps", *words, str(wheel))

    def uninstall(self, *distributions: str) -> None:
        self._run("uninstall", *(["--yes"] if self._is_pip else []), *distributions)

    def _run(self, command: str, *words: str) -> None:
        if self._is_pip:
            run(sys.executable, "-m", "pip", "--python", self._python, command, *words)
        else:
            run(found_uv(), "pip", command, "--python", self._python, *words)

    def prints(self, code: str) -> str:
        """The output of a program, or the last line of its error."""
        done = subprocess.run([self._python, "-I", "-c", code], capture_output=True, text=True)
        return (done.stdout or done.stderr).strip().splitlines()[-1]

    def outcomes(self) -> dict[str, str | None]:
        """The error of each public module, or None if it can be imported."""
        found: dict[str, str | None] = json.loads(self.prints(PROGRAM))
        return found


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
def mixed(request: pytest.FixtureRequest, tmp_path: Path) -> Environment:
    """An environment to install both into, with one installer."""
    return Environment(tmp_path / "mixed", request.param)


def is_explained(error: str | None) -> bool:
    """Whether the error names both distributions and the commands that repair it."""
    return (
        error is not None
        and re.fullmatch(
            f"ImportError: {DISTRIBUTION} and {OFFICIAL} are or were installed in one environment.*"
            f" pip uninstall --yes {OFFICIAL} {DISTRIBUTION} && pip install {DISTRIBUTION}",
            error,
        )
        is not None
    )


def check_repaired(mixed: Environment, wheel: Path) -> None:
    """Uninstall both, which leaves nothing, and install this library."""
    mixed.uninstall(OFFICIAL, DISTRIBUTION)
    assert not (mixed.packages / PACKAGE).exists()
    mixed.install(wheel)
    assert mixed.prints(f"import {PACKAGE}; print({PACKAGE}.__version__)") == __version__


@pytest.mark.slow
@pytest.mark.parametrize("version", VERSIONS)
def test_this_library_over_the_official_client_raises_an_error_at_import(
    mixed: Environment, official: Callable[[str], Path], built: Distributions, version: str
) -> None:
    mixed.install(official(version), built.wheel)
    found = mixed.outcomes()
    assert [name for name, error in found.items() if not is_explained(error)] == []
    # The files that both have go with the first, so a part of this library is left.
    mixed.uninstall(OFFICIAL)
    found = mixed.outcomes()
    assert [name for name in (".analysis", ".sandbox") if not is_explained(found[name])] == []
    check_repaired(mixed, built.wheel)


@pytest.mark.slow
@pytest.mark.parametrize("version", VERSIONS)
def test_the_official_client_over_this_library_works_and_what_it_lacks_raises_an_error(
    mixed: Environment, official: Callable[[str], Path], built: Distributions, version: str
) -> None:
    mixed.install(built.wheel, official(version))
    found = mixed.outcomes()
    assert {name for name, error in found.items() if error is None} == SHARED[version]
    assert [name for name, error in found.items() if error and not is_explained(error)] == []
    assert (
        mixed.prints(f"from {PACKAGE} import api_client as c; print(c.ApiClient().user_agent)")
        == f"OpenAPI-Generator/{version}/python"
    )
    check_repaired(mixed, built.wheel)


@pytest.mark.parametrize("version", VERSIONS)
def test_the_file_that_is_looked_for_is_in_the_official_client_only(
    official: Callable[[str], Path], built: Distributions, version: str
) -> None:
    name = f"{PACKAGE}/{FILE_OF_OFFICIAL}".replace(os.sep, "/")
    assert name in zipfile.ZipFile(official(version)).namelist()
    assert name not in zipfile.ZipFile(built.wheel).namelist()


def test_a_package_in_an_archive_is_whole(built: Distributions, tmp_path: Path) -> None:
    code = (
        f"import sys; sys.path.insert(0, {str(built.wheel)!r}); import {PACKAGE}; print({PACKAGE})"
    )
    done = subprocess.run([sys.executable, "-I", "-c", code], capture_output=True, text=True)
    assert ".whl" in done.stdout, done.stderr


@pytest.mark.parametrize("is_whole", [False, True])
def test_the_error_is_raised_in_this_process_too(tmp_path: Path, is_whole: bool) -> None:
    package = ModuleType("package")
    package.__path__ = [str(tmp_path)]
    require_unmixed(package)
    if is_whole:
        path = tmp_path / FILE_OF_OFFICIAL
        path.parent.mkdir()
        path.touch()
    else:
        package.__path__ = cast("list[str]", (str(tmp_path),))
    with pytest.raises(ImportError, match="have the import name package") as caught:
        require_unmixed(package)
    assert caught.value.name == "package"

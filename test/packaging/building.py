"""Builds the distributions, and the environments that they are tried in."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import sysconfig
from pathlib import Path
from typing import NamedTuple

from test.packaging.surface import SOURCE

#: Files of a working copy or a repository that belong in no distribution.
NO_SOURCE = (".*", "__pycache__", "*.egg-info", "build", "dist", "htmlcov")


class Distributions(NamedTuple):
    """A wheel and an sdist."""

    wheel: Path
    sdist: Path


def run(*command: str | Path, **environment: str) -> str:
    """The output of a program, which must succeed."""
    done = subprocess.run(
        [str(word) for word in command],
        capture_output=True,
        encoding="utf-8",
        env={**_without_epoch(), **environment},
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def _without_epoch() -> dict[str, str]:
    """The environment of a build that is told no time."""
    return {name: value for name, value in os.environ.items() if name != "SOURCE_DATE_EPOCH"}


def build(folder: Path, mask: int = 0o022) -> Distributions:
    """Build both from a copy of the source: the sdist, and the wheel out of it.

    The mask takes permissions from the copy, and from all that the build writes. The copy is as new
    as the build.
    """
    source, out = folder / "source", folder / "out"
    shutil.copytree(SOURCE, source, ignore=shutil.ignore_patterns(*NO_SOURCE))
    for path in source.rglob("*"):
        path.chmod((0o777 if path.is_dir() or path.stat().st_mode & 0o100 else 0o666) & ~mask)
        os.utime(path)
    masked = f"import os, runpy; os.umask({mask}); runpy.run_module('build', run_name='__main__')"
    run(sys.executable, "-c", masked, "--no-isolation", "--outdir", out, source)
    return Distributions(next(out.glob("*.whl")), next(out.glob("*.gz")))


def environment(folder: Path, wheel: Path, *, with_ours: bool = False) -> Path:
    """The interpreter of a fresh environment with the wheel and its dependencies.

    ``with_ours`` adds the packages of the environment that runs the tests, extras included.
    """
    run(sys.executable, "-m", "venv", "--without-pip", folder)
    python = folder / ("Scripts/python.exe" if os.name == "nt" else "bin/python")
    pip = (sys.executable, "-m", "pip", "--python", python, "install", "--quiet")
    run(*pip, *(["--no-deps"] if with_ours else []), wheel)
    if with_ours:
        code = "import sysconfig; print(sysconfig.get_path('purelib'))"
        packages = Path(run(python, "-c", code).strip())
        (packages / "ours.pth").write_text(sysconfig.get_path("purelib"))
    return python

"""A program gets exact types, and both checkers find what is wrong in it."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterable
from pathlib import Path

import pytest

from launchdarkly_api.sandbox import Sandbox
from launchdarkly_api.sandbox.service.examples import put_examples
from test.types import consumer

HERE = Path(__file__).parent
ROOT = HERE.parents[1]
RIGHT, WRONG = HERE / "consumer.py", HERE / "mistakes.py"
VERSIONS = ("3.10", "3.13")

Found = dict[str, set[int]]


def run(folder: Path, *command: str) -> str:
    """The output of a checker. It must have run: 0 is no error, 1 is errors found."""
    done = subprocess.run(
        [sys.executable, "-m", *command], cwd=folder, capture_output=True, encoding="utf-8"
    )
    assert done.returncode in (0, 1), done.stdout + done.stderr
    return done.stdout


def mypy(version: str, _: Path) -> Found:
    """The lines with errors, by file."""
    printed = run(
        ROOT,
        *("mypy", "--strict", "--config-file", os.devnull, "--python-version", version),
        # As for a package that is installed: its own lines are no mistakes of the program.
        *("--disable-error-code", "import-untyped", "--follow-imports", "silent"),
        *("--no-error-summary", "--hide-error-context", str(RIGHT), str(WRONG)),
    )
    return _found(re.findall(r"^(.+?):(\d+): error: ", printed, re.MULTILINE))


def pyright(version: str, folder: Path) -> Found:
    """The lines with errors, by file. The package needs node, and says so where it is missing."""
    # The project's own settings pass over the file of mistakes.
    settings = {"extraPaths": [str(ROOT)], "typeCheckingMode": "strict", "pythonVersion": version}
    (folder / "pyrightconfig.json").write_text(json.dumps(settings))
    for file in (RIGHT, WRONG):
        shutil.copy(file, folder)
    printed = run(folder, "pyright", "--outputjson")
    return _found(
        (told["file"], told["range"]["start"]["line"] + 1)
        for told in json.loads(printed)["generalDiagnostics"]
        if told["severity"] == "error"
    )


def _found(places: Iterable[tuple[str, int | str]]) -> Found:
    found: Found = {RIGHT.name: set(), WRONG.name: set()}
    for file, line in places:
        found[Path(file).name].add(int(line))
    return found


MISTAKES = {
    number
    for number, line in enumerate(WRONG.read_text(encoding="utf-8").splitlines(), 1)
    if line.endswith("# error")
}


@pytest.mark.parametrize("version", VERSIONS)
@pytest.mark.parametrize("checker", [mypy, pyright])
def test_right_is_right_and_each_mistake_is_found(
    checker: Callable[[str, Path], Found], version: str, tmp_path: Path
) -> None:
    assert len(MISTAKES) > 50
    assert checker(version, tmp_path) == {RIGHT.name: set(), WRONG.name: MISTAKES}


def test_what_is_right_for_the_checkers_runs() -> None:
    with Sandbox(api_version="2023") as sandbox:
        put_examples(sandbox._state, newer=False)
        with pytest.warns(DeprecationWarning, match="get_legacy_experiment_results"):
            consumer.main(sandbox.configuration())

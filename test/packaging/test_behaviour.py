"""The guide for programs of 13.0.0 has a row for each difference of behaviour."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from test.packaging.behaviour import agrees, scenarios
from test.packaging.surface import SOURCE
from test.packaging.test_migration_guide import GUIDE


def outcomes(folder: Path, *libraries: Path) -> dict[str, str]:
    """The outcomes of the scenarios with the library in the first of these folders."""
    done = subprocess.run(
        [sys.executable, "-m", "test.packaging.behaviour"],
        capture_output=True,
        text=True,
        env={**os.environ, "PYTHONPATH": os.pathsep.join(map(str, libraries))},
        cwd=folder,
    )
    assert done.returncode == 0, done.stderr
    found: dict[str, str] = json.loads(done.stdout)
    return found


def test_each_scenario_ends_as_recorded(tmp_path: Path) -> None:
    found = outcomes(tmp_path, SOURCE)
    assert len(found) > 300
    expected = {name: scenario.here for name, scenario in scenarios().items()}
    assert {n: e for n, e in expected.items() if not agrees(found[n], e)} == {}


@pytest.mark.slow
def test_each_scenario_ends_as_recorded_with_13_0_0(upstream: Path, tmp_path: Path) -> None:
    found = outcomes(tmp_path, upstream, SOURCE)
    expected = {name: scenario.there for name, scenario in scenarios().items()}
    assert {n: e for n, e in expected.items() if not agrees(found[n], e)} == {}


def test_every_difference_of_behaviour_has_a_row() -> None:
    rows = [line.removeprefix("| ") for line in GUIDE.read_text(encoding="utf-8").splitlines()]
    for name, scenario in scenarios().items():
        if agrees(scenario.here, scenario.there):
            assert scenario.row is None, name
        else:
            found = [row for row in rows if scenario.row and row.startswith(scenario.row)]
            assert len(found) == 1, (name, scenario.row)

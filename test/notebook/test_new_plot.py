"""A plot is added in one file, as CONTRIBUTING describes."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
#: The one file that the recipe changes.
PLOTS = "launchdarkly_api/notebook/plots.py"
NEW_PLOT = '''

def plot_units(
    results: ExperimentBayesianResultsRep,
    experiment: Experiment | IterationRep | None = None,
    *,
    ax: Axes | None = None,
) -> Axes:
    """Draw the number of units of each treatment."""
    return plot_rows(rows_of(results, experiment), ax, "units of each treatment", draw_units)


def draw_units(ax: Axes, rows: Rows, space: Space) -> None:
    """Draw ``plot_units`` without a title."""
    units = [arm.units or 0 for arm in rows.arms]
    ax.barh(range(len(units)), units, height=0.55, color=BLUE)
    finish(ax, rows, space, [f"{n:,}" for n in units], ["units"], drawn=any(units))


__all__ += ["plot_units"]
'''
PROGRAM = """
import matplotlib
matplotlib.use("agg")
from launchdarkly_api import notebook
from launchdarkly_api.notebook import *
from test.notebook.boxes import shown, troubles
from test.notebook.examples import experiment, results

figure = plot_units(results(), experiment()).figure
assert "Sign-ups: units of each treatment" in shown(figure)
assert troubles(figure) == []
assert "plot_units" in notebook.__all__ and "plot_units" in dir(notebook)
assert notebook.plot_units is plot_units
"""


@pytest.mark.slow
def test_a_new_plot_needs_no_change_in_another_file(tmp_path: Path) -> None:
    for folder in ("launchdarkly_api", "test"):
        unwanted = shutil.ignore_patterns("__pycache__")
        shutil.copytree(ROOT / folder, tmp_path / folder, ignore=unwanted)
    shutil.copy(ROOT / "pyproject.toml", tmp_path)
    with (tmp_path / PLOTS).open("a", encoding="utf-8") as plots:
        plots.write(NEW_PLOT)
    environment = {**os.environ, "PYTHONPATH": str(tmp_path), "PYTHONDONTWRITEBYTECODE": "1"}
    for words in (
        ("-c", PROGRAM),
        ("-m", "mypy", "--config-file=", "-c", "from launchdarkly_api.notebook import plot_units"),
        (
            "-m",
            "pytest",
            "-q",
            "-n0",
            "-p",
            "no:cacheprovider",
            "test/notebook/test_dependencies.py",
        ),
    ):
        done = subprocess.run(
            [sys.executable, *words], cwd=tmp_path, env=environment, capture_output=True, text=True
        )
        assert done.returncode == 0, done.stdout + done.stderr

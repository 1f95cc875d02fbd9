"""Every frame goes into a spreadsheet and a database, and comes back the same."""

from __future__ import annotations

import datetime
import sqlite3
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

from launchdarkly_api.analysis import Arm, frequentist_results
from launchdarkly_api.notebook import (
    Reports,
    days_frame,
    differences_frame,
    experiments_frame,
    legacy_frame,
    plain_frame,
    report_of,
    results_frame,
)
from test.notebook.examples import experiment, legacy, results, treatment_id

ARMS = {treatment_id(n): Arm(units=2000, conversions=200 + 40 * n) for n in range(2)}
NAMES = ("control", "bold\x07 \U0001f389 =1+1")


def frames() -> dict[str, pd.DataFrame]:
    """Every frame that the part makes, with values of every kind and missing ones."""
    asked = experiment(NAMES, archivedDate=1_700_000_000_000)
    tested = frequentist_results(ARMS, baseline=treatment_id(0))
    one = report_of(asked, {"signup": results(NAMES)}, lower_is_better="signup")
    other = report_of(asked, {"signup": tested})
    found = Reports({"one": one, "other": other})
    return {
        "experiments": experiments_frame([asked, experiment()]),
        "results": results_frame(results(NAMES), asked),
        "tested": results_frame(tested, asked),
        "differences": differences_frame(results(NAMES), asked),
        "legacy": legacy_frame(legacy(NAMES)),
        "days": days_frame({datetime.date(2026, 3, 1): ARMS}, asked),
        "summary": one.summary().frame,
        "treatments": one.treatments,
        "portfolio": found.frame,
        "findings": found.findings,
        "all treatments": found.treatments,
        "all differences": found.differences,
        "none": Reports({}).frame,
    }


def plain(value: Any) -> Any:
    """A value, without the differences that every file of this kind makes."""
    # The cell of an empty text is empty.
    if pd.isna(value) or value == "":
        return None
    if isinstance(value, (pd.Timestamp, str)) and len(str(value)) >= 19:
        time = pd.to_datetime(value, errors="coerce", format="ISO8601")
        return value if pd.isna(time) else time.isoformat()
    if isinstance(value, (bool, int, float)) or hasattr(value, "item"):
        # Spreadsheets keep fifteen digits.
        return pytest.approx(float(value), rel=1e-12, abs=1e-300)
    return value


def same(back: pd.DataFrame, frame: pd.DataFrame) -> None:
    assert list(back.columns) == list(frame.columns)
    assert len(back) == len(frame)
    for name in frame:
        for read, written in zip(back[name], frame[name]):
            assert plain(read if not hasattr(read, "item") else read.item()) == plain(written), name


@pytest.mark.parametrize("engine", ["openpyxl", "xlsxwriter"])
@pytest.mark.parametrize("name", frames())
def test_a_frame_comes_back_from_a_spreadsheet(tmp_path: Path, engine: Any, name: str) -> None:
    frame = plain_frame(frames()[name])
    path = tmp_path / "frame.xlsx"
    frame.to_excel(path, index=False, engine=engine)
    same(pd.read_excel(path, engine="openpyxl"), frame)


@pytest.mark.parametrize("name", frames())
def test_a_frame_comes_back_from_a_database(name: str) -> None:
    frame = plain_frame(frames()[name])
    connection = sqlite3.connect(":memory:")
    try:
        frame.to_sql("frame", connection, index=False)
        same(pd.read_sql("SELECT * FROM frame", connection), frame)
    finally:
        connection.close()


def test_control_characters_are_replaced() -> None:
    assert plain_frame(frames()["results"])["name"][1] == "bold\ufffd \U0001f389 =1+1"
    assert plain_frame(frames()["experiments"])["treatments"][0] == (
        "control, bold\ufffd \U0001f389 =1+1"
    )

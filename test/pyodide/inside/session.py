"""Runs pytest in Pyodide, and writes down what came of each test.

Every line is written at once: if the interpreter dies, the last one names the test it died in.
"""

from __future__ import annotations

import json
from collections.abc import Generator
from pathlib import Path
from typing import Any

import pytest

#: What Python raises in a browser for what a browser lacks.
_LACKING = {
    "can't start new thread": "threads",
    "emscripten does not support processes": "processes",
}


class Journal:
    """A pytest plugin that writes one JSON object a line."""

    def __init__(self, path: Path) -> None:
        self._path = path

    def _write(self, **line: str) -> None:
        with self._path.open("a", encoding="utf-8") as file:
            file.write(json.dumps(line) + "\n")

    def pytest_collectreport(self, report: pytest.CollectReport) -> None:
        if report.failed:
            self._write(test=report.nodeid, outcome="failed", text=report.longreprtext)

    def pytest_runtest_logstart(self, nodeid: str) -> None:
        self._write(test=nodeid, outcome="started")

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        if report.when == "call" or not report.passed:
            self._write(test=report.nodeid, outcome=report.outcome, text=report.longreprtext)

    @pytest.hookimpl(wrapper=True)
    def pytest_runtest_makereport(
        self, item: pytest.Item, call: pytest.CallInfo[None]
    ) -> Generator[None, Any, Any]:
        """Skip a test that a browser has no means to run."""
        report = yield
        error = call.excinfo.value if call.excinfo else None
        lacking = [what for text, what in _LACKING.items() if text in str(error)]
        if lacking and isinstance(error, (RuntimeError, OSError)):
            report.outcome = "skipped"
            report.longrepr = (str(item.path), 0, f"Skipped: a browser has no {lacking[0]}")
        return report


def run(journal: str, *arguments: str) -> int:
    """Run pytest. Returns its exit status."""
    return int(
        pytest.main(
            # A browser has no server for the fixtures, nor a thread for a timeout.
            ["--noconftest", "--timeout=0", "-m", "not deep", "-p", "no:cacheprovider", *arguments],
            plugins=[Journal(Path(journal))],
        )
    )

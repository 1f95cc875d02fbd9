"""The findings of a session of cosmic-ray."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path

RESULTS = """
SELECT test_outcome, diff FROM work_results WHERE worker_outcome != 'SKIPPED'
"""


@dataclass(frozen=True)
class Report:
    #: The number of changes that were made.
    changes: int
    #: The difference of each change that no test noticed.
    survivors: list[str]


def read(session: Path) -> Report:
    """Read the file that a session wrote."""
    with closing(sqlite3.connect(session)) as database:
        rows = database.execute(RESULTS).fetchall()
    return Report(len(rows), [diff for outcome, diff in rows if outcome == "SURVIVED"])

"""The guide's table lists the faults that the tests drive."""

from __future__ import annotations

from pathlib import Path

from test.resilience.faults import ROWS

GUIDE = Path(__file__).parents[2] / "docs" / "guides" / "resilience.md"


def test_the_table_of_the_guide_lists_the_tested_faults() -> None:
    lines = GUIDE.read_text(encoding="utf-8").splitlines()
    begin = lines.index("What happens | What the library does | What the caller sees")
    table = lines[begin + 2 : lines.index("", begin)]
    assert table == [f"{row.happens} | {row.does} | {row.sees}" for row in ROWS]
    assert all(row.cases for row in ROWS)

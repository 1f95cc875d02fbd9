"""The memory with which DuckDB counts files."""

from __future__ import annotations

from pathlib import Path

import duckdb
import pytest

from launchdarkly_api.analysis import DataExport, frames
from launchdarkly_api.analysis.frames import MEMORY, connect, limited, setting
from test.analysis.engines import SIGNUP, experiment, odd_events, tables


@pytest.mark.parametrize(
    ("memory", "limit"),
    [
        ("16383.9 PiB", MEMORY),
        ("18.7 GiB", MEMORY),
        ("2.9 GiB", "2.9 GiB"),
        ("800.0 MiB", "800.0 MiB"),
    ],
)
def test_files_are_read_with_a_limit_of_memory(memory: str, limit: str) -> None:
    assert limited(memory) == limit
    with duckdb.connect() as plain, connect() as connection:
        expected = limited(setting(plain, "memory_limit"))
        assert setting(connection, "memory_limit") == expected


def test_counts_that_need_more_memory_than_the_limit_get_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    paths = tables(odd_events(300), "parquet", tmp_path)
    counts = DataExport(*paths, experiment()).arms(SIGNUP)
    monkeypatch.setattr(frames, "MEMORY", "1.0 MiB")
    export = DataExport(*paths, experiment())
    assert export.connection is not None
    assert setting(export.connection, "memory_limit") == "1.0 MiB"
    assert export.arms(SIGNUP) == counts
    assert setting(export.connection, "memory_limit") != "1.0 MiB"


def test_a_limit_of_memory_that_the_user_has_set_is_kept(tmp_path: Path) -> None:
    export = DataExport(*tables(odd_events(300), "parquet", tmp_path), experiment())
    assert export.connection is not None
    export.connection.execute("SET memory_limit = '1.5 MiB'")
    with pytest.raises(duckdb.OutOfMemoryException):
        export.arms(SIGNUP)
    assert setting(export.connection, "memory_limit") == "1.5 MiB"

"""A progress bar for the queries that DuckDB runs over files."""

from __future__ import annotations

import warnings
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor, wait
from typing import Any, TypeVar

import duckdb

from launchdarkly_api.analysis.frames import setting

T = TypeVar("T")

#: A query that is faster than this shows no bar.
DELAY_SECONDS = 1.0
POLL_SECONDS = 0.1


def watched(
    connection: duckdb.DuckDBPyConnection | None, compute: Callable[[], T], *, progress: bool
) -> T:
    """Run a computation, and show how far its query is.

    An interrupt also ends the query. The bar disappears when the query ends. Without tqdm, which
    the extra ``notebook`` brings, no bar is shown; nor if the standard error is not a terminal, nor
    in a notebook without ipywidgets, nor for other engines, which have their own.

    Args:
        connection: The connection that runs the query, or None if DuckDB does not read files.
        compute: The computation.
        progress: Whether to show a bar.

    Returns:
        What the computation returned.
    """
    if connection is None or not progress or not setting(connection, "enable_progress_bar"):
        return compute()
    bar_type = _bar_type()
    if bar_type is None:
        return compute()
    with ThreadPoolExecutor(1) as pool, warnings.catch_warnings():
        # The bar warns if it cannot start the thread that refreshes it.
        warnings.simplefilter("ignore")
        # ``disable=None`` keeps a bar of text out of files and logs.
        bar = bar_type(
            total=100, desc="Counting", unit="%", leave=False, delay=DELAY_SECONDS, disable=None
        )
        with bar:
            future = pool.submit(compute)
            try:
                while not future.done():
                    wait([future], POLL_SECONDS)
                    # It is -1 before the engine can tell.
                    bar.update(max(round(connection.query_progress()) - bar.n, 0))
            except BaseException:
                connection.interrupt()
                raise
            return future.result()


def _bar_type() -> Any:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            from tqdm.auto import tqdm  # type: ignore[import-untyped,unused-ignore]
        except ImportError:
            return None
    return tqdm

"""A progress bar for the queries that DuckDB runs over files."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor, wait
from typing import TypeVar

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
    the extra ``notebook`` brings, no bar is shown; nor outside of terminals and notebooks, nor in
    a notebook without ipywidgets, because DuckDB then does not report how far it is, nor for other
    engines, which have their own.

    Args:
        connection: The connection that runs the query, or None if DuckDB does not read files.
        compute: The computation.
        progress: Whether to show a bar.

    Returns:
        The value that the computation returned.
    """
    if connection is None or not progress or not setting(connection, "enable_progress_bar"):
        return compute()
    try:
        from launchdarkly_api.analysis.progress_bar import progress_bar
    except ImportError:
        return compute()
    with (
        ThreadPoolExecutor(1) as pool,
        progress_bar("Counting", "%", 100, shown=None, delay=DELAY_SECONDS) as bar,
    ):
        future = pool.submit(compute)
        try:
            while not future.done():
                wait([future], POLL_SECONDS)
                # It is -1 before the engine can tell.
                bar.update(max(round(connection.query_progress()) - bar.n, 0))
        except BaseException:
            # Before the engine begins, an interrupt has no effect.
            while not future.done():
                connection.interrupt()
                wait([future], POLL_SECONDS)
            raise
        return future.result()

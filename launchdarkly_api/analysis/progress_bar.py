"""A progress bar that leaves nothing behind, in a terminal and in a notebook. It needs tqdm."""

from __future__ import annotations

import warnings
from collections.abc import Generator
from contextlib import contextmanager
from typing import Any

from tqdm import TqdmMonitorWarning, tqdm  # type: ignore[import-untyped,unused-ignore]

from launchdarkly_api.analysis.cells import cell_output


@contextmanager
def progress_bar(
    title: str, unit: str, total: int | None, *, shown: bool | None, delay: float = 0.0
) -> Generator[Any]:
    """Show a bar that is gone at the end, also after an error or an interrupt.

    Args:
        title: The title.
        unit: The noun that follows the number.
        total: The number of units, or None if it is not known yet.
        shown: Whether to show it. None means only in a terminal or a notebook, not in a log.
        delay: Seconds before it appears.

    Yields:
        The bar of tqdm.
    """
    # In a notebook, a widget or the standard error stream would leave a red bar after an error.
    cell = None if shown is False else cell_output()
    with warnings.catch_warnings():
        # The bar warns if it cannot start the thread that refreshes it, as in a browser.
        warnings.simplefilter("ignore", TqdmMonitorWarning)
        bar = tqdm(
            total=total,
            desc=title,
            unit=unit,
            leave=False,
            delay=delay,
            disable=None if shown is None else not shown,
            file=cell,
        )
    try:
        yield bar
    finally:
        bar.close()
        if cell is not None:
            cell.close()

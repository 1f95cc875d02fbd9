"""Many calls at a time, but not too many, with a progress bar."""

from __future__ import annotations

import warnings
from collections.abc import Callable, Hashable, Mapping
from queue import Empty, SimpleQueue
from threading import Thread
from typing import TypeVar

from tqdm import TqdmWarning  # type: ignore[import-untyped,unused-ignore]

with warnings.catch_warnings():
    # Without ipywidgets the bar is text. That is no reason for a warning in every notebook.
    warnings.simplefilter("ignore", TqdmWarning)
    from tqdm.auto import tqdm  # type: ignore[import-untyped,unused-ignore]

KeyT = TypeVar("KeyT", bound=Hashable)
ValueT = TypeVar("ValueT")

#: Calls at a time. Waiting for the rate limits and repeating is the client's part.
WORKERS = 8


def fetch_all(
    calls: Mapping[KeyT, Callable[[], ValueT]], *, progress: bool, title: str
) -> dict[KeyT, ValueT | Exception]:
    """The answer of each call, or the exception that it raised, in the order of the calls.

    Whatever ends this early (an interrupt) also ends the calls that have not begun. The locks of
    an executor can be left taken by an interrupt, which would hang the notebook; those of simple
    queues cannot.
    """
    waiting: SimpleQueue[KeyT] = SimpleQueue()
    done: SimpleQueue[tuple[KeyT, ValueT | BaseException]] = SimpleQueue()
    for key in calls:
        waiting.put(key)

    def work() -> None:
        for key in iter(lambda: _next(waiting), None):
            try:
                done.put((key, calls[key]()))
            except BaseException as error:  # noqa: BLE001 - it is handed over, to the last one
                done.put((key, error))

    threads = [Thread(target=work, name=f"fetch-{n}") for n in range(min(WORKERS, len(calls)))]
    outcomes: dict[KeyT, ValueT | Exception] = {}
    try:
        for thread in threads:
            thread.start()
        with tqdm(
            total=len(calls), desc=title, unit="metric", leave=False, disable=not progress
        ) as bar:
            for _ in calls:
                key, outcome = done.get()
                if isinstance(outcome, BaseException) and not isinstance(outcome, Exception):
                    raise outcome
                outcomes[key] = outcome
                bar.update()
    finally:
        while _next(waiting) is not None:
            pass
        for thread in threads:
            if thread.ident is not None:
                thread.join()
    return {key: outcomes[key] for key in calls}


def _next(waiting: SimpleQueue[KeyT]) -> KeyT | None:
    try:
        return waiting.get_nowait()
    except Empty:
        return None

"""Many calls at a time, but not too many, with a progress bar."""

from __future__ import annotations

import time
import warnings
from collections.abc import Callable, Hashable, Iterable, Mapping
from contextvars import copy_context
from queue import Empty, SimpleQueue
from threading import Thread
from typing import TypeVar

from tqdm import TqdmMonitorWarning, TqdmWarning  # type: ignore[import-untyped,unused-ignore]

with warnings.catch_warnings():
    # Without ipywidgets the bar is text. That is no reason for a warning in every notebook.
    warnings.simplefilter("ignore", TqdmWarning)
    from tqdm.auto import tqdm  # type: ignore[import-untyped,unused-ignore]

KeyT = TypeVar("KeyT", bound=Hashable)
ValueT = TypeVar("ValueT")

#: Calls at a time. Waiting for the rate limits and repeating a call is the client's part.
WORKERS = 8
#: Rounds in a row that bring no answer but "too many calls", after which there is no more asking.
FRUITLESS_ROUNDS = 4
#: Seconds between two rounds: at first, and at most. The service counts calls in windows of ten.
PAUSE, LONGEST_PAUSE = 1.0, 10.0


def fetch_all(
    calls: Mapping[KeyT, Callable[[], ValueT]], *, progress: bool, title: str
) -> dict[KeyT, ValueT | Exception]:
    """The answer of each call, or the exception that it raised, in the order of the calls.

    The client repeats a call that a rate limit refuses, but calls that wait beside each other use
    up one another's chances. What is still refused comes again in a round of its own, with fewer
    calls at a time. Where the service refuses everything this ends soon; a call that was then
    never made has the refusal of another one.

    Whatever ends this early (an interrupt) also ends the calls that have not begun.
    """
    left = dict(calls)
    outcomes: dict[KeyT, ValueT | Exception] = {}
    workers, fruitless = WORKERS, 0
    with warnings.catch_warnings():
        # The bar warns if it has no thread to be refreshed by. A browser has none.
        warnings.simplefilter("ignore", TqdmMonitorWarning)
        bar = tqdm(total=len(calls), desc=title, unit="metric", leave=False, disable=not progress)
    with bar:
        while left:
            made = _round(left, workers, bar.update)
            outcomes |= made
            remaining = {k: c for k, c in left.items() if k not in made or _refused(made[k])}
            fruitless = fruitless + 1 if len(remaining) == len(left) else 0
            left = remaining
            refusals = [made[key] for key in left if key in made]
            if not refusals:
                break
            asked = getattr(refusals[0], "retry_after", None) or 0
            if fruitless == FRUITLESS_ROUNDS or asked > LONGEST_PAUSE:
                outcomes |= {key: refusals[0] for key in left if key not in outcomes}
                break
            workers = max(workers // 2, 1)
            time.sleep(min(max(asked, PAUSE * 2**fruitless), LONGEST_PAUSE))
    return {key: outcomes[key] for key in calls}


def _refused(outcome: object) -> bool:
    """Whether a call was one too many. The status tells, as no client is known here."""
    return isinstance(outcome, Exception) and getattr(outcome, "status", None) == 429


def _round(
    calls: Mapping[KeyT, Callable[[], ValueT]], workers: int, answered: Callable[[], object]
) -> dict[KeyT, ValueT | Exception]:
    """The outcomes of the calls, so many at a time.

    It ends early once as many in a row are refused as there are workers. The locks of an executor
    can be left taken by an interrupt, which would hang the notebook; those of simple queues cannot.
    """
    waiting: SimpleQueue[KeyT] = SimpleQueue()
    done: SimpleQueue[tuple[KeyT, ValueT | BaseException]] = SimpleQueue()
    for key in calls:
        waiting.put(key)

    def make(key: KeyT) -> None:
        try:
            done.put((key, calls[key]()))
        except BaseException as error:  # noqa: BLE001 - it is handed over, to the last one
            done.put((key, error))

    def work() -> None:
        for key in iter(lambda: _next(waiting), None):
            make(key)

    # A context runs in one thread at a time, so each thread has its own copy.
    threads = [
        Thread(target=copy_context().run, args=(work,), name=f"fetch-{n}")
        for n in range(min(workers, len(calls)))
    ]
    outcomes: dict[KeyT, ValueT | Exception] = {}
    expected, refused = len(calls), 0
    try:
        alone = not _start(threads)
        while len(outcomes) < expected:
            if alone:
                make(waiting.get())
            key, outcome = done.get()
            if isinstance(outcome, BaseException) and not isinstance(outcome, Exception):
                raise outcome
            outcomes[key] = outcome
            if _refused(outcome):
                refused += 1
            else:
                refused = 0
                answered()
            if refused >= workers:
                expected -= _emptied(waiting)
    finally:
        _emptied(waiting)
        for thread in threads:
            if thread.ident is not None:
                thread.join()
    return outcomes


def _start(threads: Iterable[Thread]) -> bool:
    """Start threads, as many as there can be. Returns whether any runs: a browser has none."""
    started = False
    for thread in threads:
        try:
            thread.start()
        except RuntimeError:
            break
        started = True
    return started


def _next(waiting: SimpleQueue[KeyT]) -> KeyT | None:
    try:
        return waiting.get_nowait()
    except Empty:
        return None


def _emptied(waiting: SimpleQueue[KeyT]) -> int:
    """How many calls had not begun, and now will not."""
    return sum(1 for _ in iter(lambda: _next(waiting), None))

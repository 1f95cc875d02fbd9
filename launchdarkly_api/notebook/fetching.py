"""Many calls in parallel, with a limit and a progress bar."""

from __future__ import annotations

import time
from collections.abc import Callable, Hashable, Iterable, Mapping
from contextvars import copy_context
from queue import Empty, SimpleQueue
from threading import Thread
from typing import TypeVar

from launchdarkly_api.analysis.progress_bar import progress_bar

KeyT = TypeVar("KeyT", bound=Hashable)
ValueT = TypeVar("ValueT")

#: The maximum number of parallel calls. The client waits for rate limits and retries calls.
WORKERS = 8
#: The number of consecutive rounds with only "too many calls" responses after which fetching ends.
FRUITLESS_ROUNDS = 4
#: The first and the maximum pause between two rounds, in seconds. The service counts calls in
#: windows of ten seconds.
PAUSE, MAX_PAUSE = 1.0, 10.0


def fetch_all(
    calls: Mapping[KeyT, Callable[[], ValueT]], *, progress: bool, title: str
) -> dict[KeyT, ValueT | Exception]:
    """Make calls in parallel, and return their results and exceptions.

    The client retries a call that a rate limit refuses, but parallel calls compete for the same
    limit. Calls that are still refused are repeated in another round, with fewer parallel calls. If
    the service refuses everything, this soon ends, and calls that were not made yet get the
    exception of a refused one.

    If an interrupt or anything else ends this early, the calls that have not begun are not made.

    Args:
        calls: The calls by their keys.
        progress: Whether to show a progress bar.
        title: The title of the progress bar.

    Returns:
        For each key, in the order of ``calls``, the result or the exception of the call.
    """
    left = dict(calls)
    outcomes: dict[KeyT, ValueT | Exception] = {}
    workers, fruitless = WORKERS, 0
    with progress_bar(title, " metric", len(calls), shown=progress) as bar:
        while left:
            made = _round(left, workers, bar.update)
            outcomes |= made
            remaining = {k: c for k, c in left.items() if k not in made or _refused(made[k])}
            fruitless = fruitless + 1 if len(remaining) == len(left) else 0
            left = remaining
            refusals = [made[key] for key in left if key in made]
            if not refusals:
                break
            pause = getattr(refusals[0], "retry_after", None) or 0
            if fruitless == FRUITLESS_ROUNDS or pause > MAX_PAUSE:
                outcomes |= {key: refusals[0] for key in left if key not in outcomes}
                break
            workers = max(workers // 2, 1)
            time.sleep(min(max(pause, PAUSE * 2**fruitless), MAX_PAUSE))
    return {key: outcomes[key] for key in calls}


def _refused(outcome: object) -> bool:
    """Return whether a rate limit refused a call. Reads its status, to import no client."""
    return isinstance(outcome, Exception) and getattr(outcome, "status", None) == 429


def _round(
    calls: Mapping[KeyT, Callable[[], ValueT]], workers: int, completed: Callable[[], object]
) -> dict[KeyT, ValueT | Exception]:
    """Make the calls once, with ``workers`` threads, and return the outcomes.

    The round ends early when ``workers`` consecutive calls were refused. It uses simple queues
    because an interrupt can leave the locks of an executor acquired, which would hang the notebook.
    """
    waiting: SimpleQueue[KeyT] = SimpleQueue()
    done: SimpleQueue[tuple[KeyT, ValueT | BaseException]] = SimpleQueue()
    for key in calls:
        waiting.put(key)

    def make(key: KeyT) -> None:
        try:
            done.put((key, calls[key]()))
        except BaseException as error:  # noqa: BLE001 - the caller receives all of them
            done.put((key, error))

    def work() -> None:
        for key in iter(lambda: _next(waiting), None):
            make(key)

    # Only one thread at a time can run in a context, so each thread has a copy.
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
                completed()
            if refused >= workers:
                expected -= _emptied(waiting)
    finally:
        _emptied(waiting)
        for thread in threads:
            if thread.ident is not None:
                thread.join()
    return outcomes


def _start(threads: Iterable[Thread]) -> bool:
    """Start the threads that the system allows; a browser allows none. Return whether any runs."""
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
    """Empty the queue, so that these calls are never made, and return their number."""
    return sum(1 for _ in iter(lambda: _next(waiting), None))

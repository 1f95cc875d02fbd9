"""Calls that run in the background, and their futures."""

from __future__ import annotations

import builtins
import concurrent.futures
import contextvars
import multiprocessing
import os
import sys
import threading
from collections.abc import Callable, Coroutine, Generator
from typing import Any, TypeVar

from launchdarkly_api._transport.platform import check_threads
from launchdarkly_api.exceptions import ApiTypeError, OpenApiException

T = TypeVar("T")


if sys.version_info >= (3, 11):  # pragma: no cover
    _FutureTimeout = builtins.TimeoutError
else:  # pragma: no cover

    class _FutureTimeout(concurrent.futures.TimeoutError, builtins.TimeoutError):
        """They became one with Python 3.11."""


class ResultTimeout(OpenApiException, multiprocessing.TimeoutError, _FutureTimeout):
    """A call in the background was not done in time. It goes on.

    It is what ``multiprocessing`` raises for this, what ``concurrent.futures`` does, and Python's
    own ``TimeoutError``.
    """


class ApiFuture(concurrent.futures.Future[T], Coroutine[Any, Any, T]):
    """The result of a call that was made with ``async_req=True``.

    A ``concurrent.futures.Future``, with the names that ``multiprocessing`` has for the same.
    ``cancel`` works if the call has not begun.

    In asyncio it can be awaited, as often as you like, and passed to whatever takes a coroutine:
    ``create_task``, ``TaskGroup.create_task``, ``gather``, ``wait_for``, ``run``. ``asyncio.wait``
    takes tasks only and says so.
    """

    def __init__(self) -> None:
        super().__init__()
        #: The wait of each task of asyncio that runs this as a coroutine.
        self._turns: dict[Any, Generator[Any, None, T]] = {}

    def result(self, timeout: float | None = None) -> T:
        """The result, or the call's exception raised. ``ResultTimeout`` after the seconds."""
        self._wait_for_it(timeout)
        return super().result()

    def exception(self, timeout: float | None = None) -> BaseException | None:
        """The exception that the call raised, or None. ``ResultTimeout`` after the seconds."""
        self._wait_for_it(timeout)
        return super().exception()

    def get(self, timeout: float | None = None) -> T:
        """The same as ``result``."""
        return self.result(timeout)

    def wait(self, timeout: float | None = None) -> None:
        """Wait until the call is done, or for ``timeout`` seconds."""
        # One that was cancelled is done, though ``concurrent.futures`` goes on waiting for it.
        if not self.done():
            concurrent.futures.wait([self], timeout)

    def ready(self) -> bool:
        """Whether the call is done, well or not."""
        return self.done()

    def successful(self) -> bool:
        """Whether the call is done and raised nothing. ``ValueError`` if it is not done."""
        if not self.done():
            raise ValueError("The call is not done yet")
        return not self.cancelled() and super().exception() is None

    def __await__(self) -> Generator[Any, None, T]:
        import asyncio

        try:
            loop = asyncio.get_running_loop()
        except RuntimeError:
            raise ApiTypeError(
                "A call in the background is awaited in asyncio; elsewhere call result(), in Trio"
                " by trio.to_thread.run_sync(future.result)"
            ) from None
        return asyncio.wrap_future(self, loop=loop).__await__()

    # A coroutine runs once, for one task. Several tasks may wait for one future.

    def send(self, value: Any, /) -> Any:
        """Used by asyncio: go on with the wait of the task that runs."""
        return self._step(lambda turn: turn.send(value))

    def throw(self, *error: Any) -> Any:
        """Used by asyncio: raise an exception in the wait of the task that runs."""
        if _current_task() not in self._turns:
            # The task was cancelled before its first step: it has no wait yet to be ended.
            self.cancel()
            raise error[0]
        return self._step(lambda turn: turn.throw(*error))

    def close(self) -> None:
        """Used by asyncio. There is nothing to release, and the call goes on."""

    def _step(self, go_on: Callable[[Generator[Any, None, T]], Any]) -> Any:
        task = _current_task()
        turn = self._turns.pop(task, None) or self.__await__()
        waiting = go_on(turn)
        self._turns[task] = turn
        return waiting

    def _wait_for_it(self, timeout: float | None) -> None:
        self.wait(timeout)
        if not self.done():
            raise ResultTimeout(f"The call was not done in {timeout} s")


def _current_task() -> Any:
    import asyncio

    try:
        return asyncio.current_task()
    except RuntimeError:
        return None


class Background:
    """Threads that make calls: begun when the first is needed, gone after ``close`` or with this.

    It can be used again after ``close``, and in a forked child, which begins its own.
    """

    def __init__(self, threads: int) -> None:
        self._threads = threads
        self._begin()

    def _begin(self) -> None:
        self._process = os.getpid()
        self._lock = threading.Lock()
        self._executor: concurrent.futures.ThreadPoolExecutor | None = None

    def submit(self, call: Callable[[], T]) -> ApiFuture[T]:
        """Run this when a thread is free, with the context variables of the caller.

        Raises:
            ApiValueError: This platform has no threads.
        """
        check_threads()
        if self._process != os.getpid():
            # The lock may be held by a thread that is not here.
            self._begin()
        future: ApiFuture[T] = ApiFuture()
        with self._lock:
            if self._executor is None:
                self._executor = concurrent.futures.ThreadPoolExecutor(
                    self._threads, thread_name_prefix="launchdarkly_api"
                )
            self._executor.submit(_run, self, contextvars.copy_context(), call, future)
        return future

    def close(self) -> None:
        """Wait for the calls that were submitted, and end the threads.

        A call that closes its own client does not wait for itself.
        """
        if self._process != os.getpid():
            return
        with self._lock:
            executor, self._executor = self._executor, None
        if executor is not None:
            executor.shutdown(wait=getattr(_here, "background", None) is not self)


#: Whose call runs in this thread.
_here = threading.local()


def _run(
    background: Background,
    context: contextvars.Context,
    call: Callable[[], T],
    future: ApiFuture[T],
) -> None:
    if not future.set_running_or_notify_cancel():
        return
    _here.background = background
    try:
        result = context.run(call)
    except BaseException as error:  # noqa: BLE001 - the caller gets it
        future.set_exception(error)
    else:
        future.set_result(result)
    finally:
        del _here.background
        # The error's traceback leads to this frame, and this to the future, which has the error.
        del background, context, call, future

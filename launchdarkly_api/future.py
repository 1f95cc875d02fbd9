"""Background calls and their futures."""

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
        """Two exceptions, which have been one class since Python 3.11."""


class ResultTimeout(OpenApiException, multiprocessing.TimeoutError, _FutureTimeout):
    """A background call did not finish in time. The call continues.

    The exception is also the timeout error of ``multiprocessing``, that of ``concurrent.futures``,
    and the built-in ``TimeoutError``.
    """


class ApiFuture(concurrent.futures.Future[T], Coroutine[Any, Any, T]):
    """The future of a call that was made with ``async_req=True``.

    It is a ``concurrent.futures.Future`` that also has the methods of a ``multiprocessing`` result.
    ``cancel`` works if the call has not begun.

    In asyncio it can be awaited any number of times, and passed to functions that accept a
    coroutine: ``create_task``, ``TaskGroup.create_task``, ``gather``, ``wait_for``, ``run``.
    ``asyncio.wait`` accepts only tasks, and raises an error for other objects.
    """

    def __init__(self) -> None:
        super().__init__()
        #: The awaiting generator of each asyncio task that runs this future as a coroutine.
        self._turns: dict[Any, Generator[Any, None, T]] = {}

    def result(self, timeout: float | None = None) -> T:
        """Wait for the call and return its result.

        Args:
            timeout: The maximum number of seconds to wait. None means no limit.

        Returns:
            The result of the call.

        Raises:
            ResultTimeout: The call did not finish in time.
            Exception: The exception that the call raised.
        """
        self._wait_for_it(timeout)
        return super().result()

    def exception(self, timeout: float | None = None) -> BaseException | None:
        """Wait for the call and return the exception that it raised.

        Args:
            timeout: The maximum number of seconds to wait. None means no limit.

        Returns:
            The exception, or None if the call succeeded.

        Raises:
            ResultTimeout: The call did not finish in time.
        """
        self._wait_for_it(timeout)
        return super().exception()

    def get(self, timeout: float | None = None) -> T:
        """Wait for the call and return its result, as ``result`` does.

        Args:
            timeout: The maximum number of seconds to wait. None means no limit.

        Returns:
            The result of the call.

        Raises:
            ResultTimeout: The call did not finish in time.
            Exception: The exception that the call raised.
        """
        return self.result(timeout)

    def wait(self, timeout: float | None = None) -> None:
        """Wait until the call is done, or until the timeout has passed.

        Args:
            timeout: The maximum number of seconds to wait. None means no limit.
        """
        # ``concurrent.futures.wait`` may wait for a cancelled future, which is already done.
        if not self.done():
            concurrent.futures.wait([self], timeout)

    def ready(self) -> bool:
        """Return whether the call is done.

        Returns:
            True if the call succeeded, failed or was cancelled.
        """
        return self.done()

    def successful(self) -> bool:
        """Return whether the call succeeded.

        Returns:
            False if the call raised an exception or was cancelled.

        Raises:
            ValueError: The call is not done yet.
        """
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

    # A coroutine runs once and for one task, but several tasks may await one future.

    def send(self, value: Any, /) -> Any:
        """Resume the await of the current task. For asyncio.

        Args:
            value: The value to send.

        Returns:
            The object that the task has to wait for.

        Raises:
            StopIteration: The call is done. Its result is the value of the exception.
        """
        return self._step(lambda turn: turn.send(value))

    def throw(self, *error: Any) -> Any:
        """Raise an exception in the await of the current task. For asyncio.

        Args:
            *error: The exception.

        Returns:
            The object that the task has to wait for.

        Raises:
            BaseException: The exception was not handled.
        """
        if _current_task() not in self._turns:
            # The task was cancelled before its first step, so it is not awaiting anything yet.
            self.cancel()
            raise error[0]
        return self._step(lambda turn: turn.throw(*error))

    def close(self) -> None:
        """Do nothing: there is nothing to release, and the call continues. For asyncio."""

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
    """A pool of threads that make calls. They are started on demand and ended by ``close``.

    The pool can be used again after ``close``, and in a forked child, which starts its own threads.

    Args:
        threads: The maximum number of threads.
    """

    def __init__(self, threads: int) -> None:
        self._threads = threads
        self._begin()

    def _begin(self) -> None:
        self._process = os.getpid()
        self._lock = threading.Lock()
        self._executor: concurrent.futures.ThreadPoolExecutor | None = None

    def submit(self, call: Callable[[], T]) -> ApiFuture[T]:
        """Run a call when a thread is free, with the context variables of the caller.

        Args:
            call: The call.

        Returns:
            The future of the call.

        Raises:
            ApiValueError: The platform does not support threads.
        """
        check_threads()
        if self._process != os.getpid():
            # The lock may be held by a thread that does not exist in this process.
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
        """Wait for the submitted calls, and end the threads.

        A call that closes its own client does not wait for itself.
        """
        if self._process != os.getpid():
            return
        with self._lock:
            executor, self._executor = self._executor, None
        if executor is not None:
            executor.shutdown(wait=getattr(_here, "background", None) is not self)


#: The ``Background`` whose call runs in this thread, if any.
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
    except BaseException as error:  # noqa: BLE001 - the future passes it on
        future.set_exception(error)
    else:
        future.set_result(result)
    finally:
        del _here.background
        # Break a cycle: error, its traceback, this frame, the future, and again the error.
        del background, context, call, future

"""Fetches pages concurrently, in threads, before they are needed."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Collection
from contextvars import copy_context
from queue import SimpleQueue
from threading import Thread, get_ident
from types import TracebackType
from typing import TYPE_CHECKING, Any, Generic, TypeVar

from launchdarkly_api._transport.prefetch import CURRENT, Prefetch, check_not_abandoned

if TYPE_CHECKING:
    from typing_extensions import Self
else:
    # ``get_type_hints`` evaluates annotations at run time.
    Self = Any

T = TypeVar("T")


class Ahead(Generic[T]):
    """Prefetches pages, which are identified by their offsets.

    At most ``max_calls`` calls of ``fetch`` run at a time. A page that is needed now is fetched in
    the calling thread, unless it is already being fetched. Every other page is fetched in a thread
    of its own, which ends with the call, in a copy of the context of the caller that started it. If
    the environment cannot start threads, pages are fetched one after the other.

    Leaving the ``with`` block does not wait for any thread: the garbage collector may leave it, in
    any thread and while that thread holds any lock.
    """

    def __init__(self, fetch: Callable[[int], T], max_calls: int) -> None:
        self._fetch = fetch
        self._max_calls = max_calls
        self._calls: dict[int, _Call[T]] = {}
        #: Threads that may still run, including those whose page is no longer needed.
        self._threads: list[Thread] = []
        self._process = os.getpid()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self._keep(())

    def take(self, offset: int, ahead: Collection[int]) -> T:
        """Return the page at an offset, while the pages at the offsets ``ahead`` are prefetched.

        All other calls in progress are abandoned.

        Args:
            offset: The offset of the page.
            ahead: The offsets of the pages to prefetch.

        Returns:
            The page.

        Raises:
            Exception: The exception of the call for this page.
        """
        if self._process != os.getpid():
            # After a fork, the threads and their pages exist only in the parent process.
            self._process, self._calls, self._threads = os.getpid(), {}, []
        self._keep((offset, *ahead))
        call = self._calls.pop(offset, None)
        self._threads = [thread for thread in self._threads if thread.is_alive()]
        room = self._max_calls - len(self._threads) - (call is None)
        for each in [each for each in ahead if each not in self._calls][: max(room, 0)]:
            self._begin(each)
        if call is not None:
            try:
                return call.result()
            except Exception as error:
                if getattr(error, "status", None) != 429:
                    raise
            # Concurrent calls exhaust each other's attempts. On its own, this call may succeed.
            self._max_calls = 1
        return self._fetch(offset)

    def _begin(self, offset: int) -> None:
        # A thread that is started while the interpreter shuts down may never run.
        if sys.is_finalizing():
            return
        call = _Call(self._fetch, offset)
        try:
            # A daemon thread, because a page that nobody needs must not delay the interpreter's
            # exit. A subinterpreter may refuse daemon threads.
            thread = Thread(
                target=copy_context().run,
                args=(call.run,),
                name=f"launchdarkly_api-page-{offset}",
                daemon=True,
            )
            thread.start()
        except RuntimeError:
            return
        self._threads.append(thread)
        self._calls[offset] = call

    def _keep(self, offsets: Collection[int]) -> None:
        """Abandon the calls for all other offsets."""
        for offset in self._calls.keys() - set(offsets):
            self._calls.pop(offset).is_abandoned = True


class _Call(Prefetch, Generic[T]):
    """The call that fetches one page, in a thread."""

    def __init__(self, fetch: Callable[[int], T], offset: int) -> None:
        self._fetch = fetch
        self._offset = offset
        self._outcome: SimpleQueue[tuple[T, None] | tuple[None, BaseException]] = SimpleQueue()
        super().__init__()

    def run(self) -> None:
        """Make the call, unless it was abandoned before it began."""
        self.thread = get_ident()
        CURRENT.set(self)
        try:
            check_not_abandoned()
            self._outcome.put((self._fetch(self._offset), None))
        except BaseException as error:  # noqa: BLE001 - ``result`` raises it
            self._outcome.put((None, error))

    def result(self) -> T:
        """Wait for the call, and return the page or raise the exception of the call."""
        page, error = self._outcome.get()
        if error is None:
            return page  # type: ignore[return-value]
        try:
            raise error
        finally:
            # Break a cycle: the traceback of the exception refers to this frame.
            del error

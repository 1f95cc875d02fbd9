"""Fetches pages beside each other, in threads, and hands each out when it is needed."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Collection
from contextvars import copy_context
from queue import SimpleQueue
from threading import Thread, get_ident
from types import TracebackType
from typing import TYPE_CHECKING, Any, Generic, TypeVar

from launchdarkly_api._transport.needed import CURRENT, Wanted, check_needed

if TYPE_CHECKING:
    from typing_extensions import Self
else:
    # ``get_type_hints`` evaluates annotations at run time.
    Self = Any

T = TypeVar("T")


class Ahead(Generic[T]):
    """Pages by their offsets: the one that is needed, and some that will be.

    At most ``most`` calls of ``fetch`` run at a time. The needed page is fetched in the thread that
    needs it, unless it is under way already. Every other call has a thread of its own, which ends
    with the call, and runs in a copy of the context of the caller that began it. An environment
    that cannot start threads fetches one page after the other.

    Leaving the ``with`` block waits for nothing. It may be left by the garbage collector, in any
    thread and while that thread holds any lock.
    """

    def __init__(self, fetch: Callable[[int], T], most: int) -> None:
        self._fetch = fetch
        self._most = most
        self._calls: dict[int, _Call[T]] = {}
        #: Threads that may still run, also those whose page is not needed any more.
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
        """The page at an offset, while those at the offsets ``ahead`` are under way.

        All others that were under way are given up. Raises the exception of this page alone.
        """
        if self._process != os.getpid():
            # The threads stayed in the parent process, and their pages with them.
            self._process, self._calls, self._threads = os.getpid(), {}, []
        self._keep((offset, *ahead))
        call = self._calls.pop(offset, None)
        self._threads = [thread for thread in self._threads if thread.is_alive()]
        room = self._most - len(self._threads) - (call is None)
        for each in [each for each in ahead if each not in self._calls][: max(room, 0)]:
            self._begin(each)
        if call is not None:
            try:
                return call.result()
            except Exception as error:
                if getattr(error, "status", None) != 429:
                    raise
            # Calls beside each other use up one another's attempts. Alone, this one may succeed.
            self._most = 1
        return self._fetch(offset)

    def _begin(self, offset: int) -> None:
        # A thread that is started while the interpreter ends may never run.
        if sys.is_finalizing():
            return
        call = _Call(self._fetch, offset)
        try:
            # Nobody may want this page in the end, so it must not keep the interpreter from
            # ending. A subinterpreter may refuse such a thread.
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
        """Give up the calls for other offsets."""
        for offset in self._calls.keys() - set(offsets):
            self._calls.pop(offset).is_wanted = False


class _Call(Wanted, Generic[T]):
    """The call for one page in a thread."""

    def __init__(self, fetch: Callable[[int], T], offset: int) -> None:
        self._fetch = fetch
        self._offset = offset
        self._outcome: SimpleQueue[tuple[T, None] | tuple[None, BaseException]] = SimpleQueue()
        super().__init__()

    def run(self) -> None:
        """Make the call, unless it was given up before it began."""
        self.thread = get_ident()
        CURRENT.set(self)
        try:
            check_needed()
            self._outcome.put((self._fetch(self._offset), None))
        except BaseException as error:  # noqa: BLE001 - it is raised where the page is needed
            self._outcome.put((None, error))

    def result(self) -> T:
        """Wait for the page, or raise the exception that stands in its place."""
        page, error = self._outcome.get()
        if error is None:
            return page  # type: ignore[return-value]
        try:
            raise error
        finally:
            # The traceback of the exception holds this frame.
            del error

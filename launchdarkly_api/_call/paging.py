"""All items of a list that comes in pages, while others change the list.

The pages of one list are read from its front to its end, each of them one item into the page
before it. As long as others only add and remove items, the items that stay keep their order. A page
that holds an item that is known then follows on what was read, and nothing was missed before it. If
it holds none, the list has moved: the change of the total tells how far. If the total does not tell
either, or if items changed their places, something may have been missed, and the list is read again
for the items that are not known yet.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterator, Sequence
from typing import Any, Generic, TypeVar

from launchdarkly_api._call.ahead import Ahead
from launchdarkly_api._transport.wire import is_replaced

ItemT = TypeVar("ItemT")

#: Pages to fetch beside the one that is needed. Four calls at a time hide the round trip: they are
#: fewer than the connections that a client keeps open by default, and a small part of what the
#: service allows in one of its windows.
PAGES_AHEAD = 3
#: After this number of pages in a row without an item that is new to a pass, the service is taken
#: to answer oddly. Items that are new at the front of a list move known ones to the next pages, so
#: a few such pages are usual.
MAX_STALE_PAGES = 50
#: How often a list is read from its front if it changes each time.
MAX_PASSES = 5


class Page(Generic[ItemT]):
    """One page of a list.

    - ``items``: the items on it
    - ``total``: how many items the list has; anything but a number from 0 says nothing
    - ``has_next``: whether the service links to a next page
    """

    __slots__ = ("has_next", "items", "total")

    def __init__(self, items: Sequence[ItemT], total: Any, has_next: bool) -> None:
        self.items: Sequence[ItemT] = items
        counts = isinstance(total, int) and not isinstance(total, bool) and total >= 0
        self.total: int | None = total if counts else None
        self.has_next: bool = has_next


def each_once(
    fetch: Callable[[int, int], Page[ItemT]],
    identify: Callable[[ItemT], Hashable],
    page_size: int,
    pages_ahead: int = PAGES_AHEAD,
) -> Iterator[ItemT]:
    """The items of all pages, each once, in the order in which the service lists them.

    The first page is fetched when the first item is asked for. When the first item after it is
    asked for, the next pages are fetched beside each other, if the service told the total.

    Args:
        fetch: Gets the page at an offset, with a limit. It is called from several threads.
        identify: Tells one item from another, such as its key.
        page_size: How many items to ask for at a time, from 1. For 1 it asks for 2.
        pages_ahead: How many pages to fetch beside the one that is needed, from 0. None are fetched
            beside it while a recorder has replaced urllib3's connection classes.

    Raises:
        Exception: Whatever ``fetch`` raises, after the items of the pages before.
    """

    # A page of one item could not reach into the page before it.
    limit = max(page_size, 2)
    seen: set[Hashable] = set()
    with Ahead(lambda offset: fetch(offset, limit), 1 + pages_ahead) as pages:
        for _ in range(MAX_PASSES):
            way = _Pass(limit)
            while not way.is_over:
                # A recorder such as vcrpy records and refuses the requests of one thread alone.
                beside = 0 if is_replaced() else pages_ahead
                page = pages.take(way.start, way.ahead(beside))
                keys = [identify(item) for item in page.items]
                if way.takes(page, keys):
                    for key, item in zip(keys, page.items):
                        if key not in seen:
                            seen.add(key)
                            yield item
            if not way.may_have_missed:
                return


class _Pass:
    """The way through a list, once from its front to its end."""

    def __init__(self, limit: int) -> None:
        #: Where the next page begins.
        self.start = 0
        #: How many items a page holds, and by how many it reaches into the one before.
        self._width = limit
        self._overlap = 1
        self._is_regular = True
        self._total: int | None = None
        self._total_at_first: int | None = None
        self._met: set[Hashable] = set()
        self._last: Hashable = None
        self._patience = MAX_STALE_PAGES
        self._is_over = self._has_changed = self._is_doubtful = False

    @property
    def is_over(self) -> bool:
        """Whether the end of the list was reached, or the service answers oddly."""
        return self._is_over or not self._patience

    @property
    def may_have_missed(self) -> bool:
        """Whether items that were in the list all the time may not have come."""
        counted = self._total_at_first
        is_short = counted is None or len(self._met) < counted
        return self._patience > 0 and (self._is_doubtful or (self._has_changed and is_short))

    def ahead(self, count: int) -> list[int]:
        """Where the pages after the next begin, as far as the total is known to reach."""
        if self._total is None or not self._is_regular:
            return []
        stride = self._width - self._overlap
        last = min(count, self._patience - 1)
        offsets = (self.start + stride * number for number in range(1, last + 1))
        return [offset for offset in offsets if offset + self._overlap < self._total]

    def takes(self, page: Page[Any], keys: Sequence[Hashable]) -> bool:
        """Whether to take the items of a page. Sets where the next page begins."""
        is_stale = self._met.issuperset(keys)
        moved = self._moved(page.total)
        follows = not self.start or not self._overlap or not self._met.isdisjoint(keys)
        if not follows and moved:
            self._patience -= 1
            self.start = max(0, self.start + moved)
            return False
        self._patience = self._patience - 1 if is_stale else MAX_STALE_PAGES
        self._is_doubtful |= not follows
        self._go_on(page, keys, is_stale)
        return True

    def _moved(self, total: int | None) -> int:
        """By how much a list has become longer since the page before."""
        if total is None:
            return 0
        if self._total is None:
            self._total = self._total_at_first = total
        moved, self._total = total - self._total, total
        self._has_changed |= moved != 0
        return moved

    def _go_on(self, page: Page[Any], keys: Sequence[Hashable], is_stale: bool) -> None:
        again = keys[1:] if keys and keys[0] == self._last else keys
        self._has_changed |= not self._met.isdisjoint(again)
        self._met.update(keys)
        self._last = keys[-1] if keys else None
        end = self.start + len(keys)
        goes_on = page.has_next or page.total is None or end < page.total
        is_short = goes_on and 0 < len(keys) < self._width
        if is_short:
            # The first page shows if the service has a lower limit of its own. If a later page is
            # short, nobody knows where the next one begins before this one has come.
            self._is_regular = self.start == 0
            self._width = len(keys)
            self._overlap = int(self._width > 1)
        self._is_over = not keys or not goes_on
        if page.total is None and not page.has_next:
            self._is_over |= is_stale and not is_short
        self.start = end - self._overlap

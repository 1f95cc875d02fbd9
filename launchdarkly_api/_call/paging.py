"""Reads all items of a paginated list, even if the list changes meanwhile.

The pages are read from the front to the end of the list, and each page overlaps the previous one by
one item. As long as other clients only add and remove items, the remaining items keep their order.
A page that contains a known item therefore continues the items that were read, and nothing before
it was missed. If a page contains no known item, the list has shifted, by the change of the total.
If the total has not changed either, or if items have changed their order, an item may have been
missed, and the list is read again for the items that are not known yet.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterator, Sequence
from typing import Any, Generic, TypeVar

from launchdarkly_api._call.ahead import Ahead
from launchdarkly_api._transport.wire import is_replaced

ItemT = TypeVar("ItemT")

#: The number of pages to prefetch. With the needed page, four calls at a time hide the round trip.
#: They need fewer connections than a client keeps open by default, and use a small part of a window
#: of the service's rate limits.
PAGES_AHEAD = 3
#: After this number of consecutive pages without an item that is new in a pass, the pass ends,
#: because the service does not seem to paginate correctly. A few such pages are normal: items added
#: at the front of a list move known items to later pages.
MAX_STALE_PAGES = 50
#: The maximum number of passes over a list that keeps changing.
MAX_PASSES = 5


class Page(Generic[ItemT]):
    """One page of a list.

    - ``items``: the items on the page
    - ``total``: the number of items in the list, or None if the given value is not such a number
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
    """Yield the items of all pages, each once, in the order of the service.

    The first page is fetched when the first item is requested. When an item of the second page is
    requested, the next pages are fetched concurrently, if the service reported the total.

    Args:
        fetch: Fetches a page, given its offset and a limit. It is called from several threads.
        identify: Returns a value that identifies an item, such as its key.
        page_size: The number of items per page, from 1. For 1, pages of 2 are requested.
        pages_ahead: The number of pages to prefetch, from 0. Pages are not prefetched while a
            recorder has replaced urllib3's connection classes.

    Yields:
        The items.

    Raises:
        Exception: The exception of ``fetch``, after the items of the previous pages.
    """

    # A page of one item could not overlap the previous page and still advance.
    limit = max(page_size, 2)
    yielded: set[Hashable] = set()
    with Ahead(lambda offset: fetch(offset, limit), 1 + pages_ahead) as pages:
        for _ in range(MAX_PASSES):
            way = _Pass(limit)
            while not way.is_over:
                # A recorder such as vcrpy sees only the requests of one thread.
                beside = 0 if is_replaced() else pages_ahead
                page = pages.take(way.start, way.ahead(beside))
                keys = [identify(item) for item in page.items]
                if way.takes(page, keys):
                    for key, item in zip(keys, page.items):
                        if key not in yielded:
                            yielded.add(key)
                            yield item
            if not way.may_have_missed:
                return


class _Pass:
    """One pass over a list, from its front to its end."""

    def __init__(self, limit: int) -> None:
        #: The offset of the next page.
        self.start = 0
        #: The number of items on a page, and the number of those that overlap the previous page.
        self._width = limit
        self._overlap = 1
        self._is_regular = True
        self._total: int | None = None
        self._total_at_first: int | None = None
        self._met: set[Hashable] = set()
        self._last: Hashable = None
        self._stale_pages_left = MAX_STALE_PAGES
        self._is_over = self._has_changed = self._is_doubtful = False

    @property
    def is_over(self) -> bool:
        """Whether the end of the list was reached, or the service does not paginate correctly."""
        return self._is_over or not self._stale_pages_left

    @property
    def may_have_missed(self) -> bool:
        """Whether an item that was in the list throughout the pass may have been missed."""
        counted = self._total_at_first
        is_short = counted is None or len(self._met) < counted
        return self._stale_pages_left > 0 and (
            self._is_doubtful or (self._has_changed and is_short)
        )

    def ahead(self, count: int) -> list[int]:
        """Return the offsets of the pages after the next one, within the known total."""
        if self._total is None or not self._is_regular:
            return []
        stride = self._width - self._overlap
        last = min(count, self._stale_pages_left - 1)
        offsets = (self.start + stride * number for number in range(1, last + 1))
        return [offset for offset in offsets if offset + self._overlap < self._total]

    def takes(self, page: Page[Any], keys: Sequence[Hashable]) -> bool:
        """Return whether to use the items of a page, and set the offset of the next page."""
        is_stale = self._met.issuperset(keys)
        moved = self._moved(page.total)
        follows = not self.start or not self._overlap or not self._met.isdisjoint(keys)
        if not follows and moved:
            self._stale_pages_left -= 1
            self.start = max(0, self.start + moved)
            return False
        self._stale_pages_left = self._stale_pages_left - 1 if is_stale else MAX_STALE_PAGES
        self._is_doubtful |= not follows
        self._go_on(page, keys, is_stale)
        return True

    def _moved(self, total: int | None) -> int:
        """Return the growth of the list since the previous page."""
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
            # If the first page is short, the service has a lower limit, which the next pages use.
            # If a later page is short, the offset of the page after it cannot be predicted.
            self._is_regular = self.start == 0
            self._width = len(keys)
            self._overlap = int(self._width > 1)
        self._is_over = not keys or not goes_on
        if page.total is None and not page.has_next:
            self._is_over |= is_stale and not is_short
        self.start = end - self._overlap

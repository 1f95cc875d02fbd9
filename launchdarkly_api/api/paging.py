"""All items of a list that comes in pages, while others change the list."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from launchdarkly_api.model.experiment import Experiment
    from launchdarkly_api.model.experiment_collection_rep import ExperimentCollectionRep

#: After so many pages in a row with nothing new the service is taken to answer oddly. What is new
#: at the front of a list moves known items to the next pages, so a few such pages are usual.
MAX_STALE_PAGES = 50


def each_once(fetch: Callable[[int], ExperimentCollectionRep]) -> Iterator[Experiment]:
    """The items of all pages, each once. ``fetch`` gets the page at an offset.

    ``offset`` counts what the service gave, not what was new in it. Where the list has become
    shorter, what was not seen yet may have moved to before the offset: it steps back as far.
    """
    seen: set[str] = set()
    offset, stale, counted = 0, 0, 0
    while stale < MAX_STALE_PAGES:
        page = fetch(offset)
        items, total = page.items or [], page.total_count
        known = len(seen)
        for item in items:
            if item.key not in seen:
                seen.add(item.key)
                yield item
        is_stale = len(seen) == known
        stale = stale + 1 if is_stale else 0
        # An answer that was not checked may count in any way.
        total = total if isinstance(total, int) else None
        if offset and total is not None and total < counted:
            offset = max(0, offset - (counted - total))
        else:
            offset += len(items)
            is_last = is_stale if total is None else offset >= total
            if not items or (is_last and "next" not in (page.links or {})):
                return
        counted = counted if total is None else total

"""All experiments of an environment, where one that cannot be read costs only itself."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

from launchdarkly_api.html import shortened
from launchdarkly_api.model.experiment import Experiment
from launchdarkly_api.model.experiment_collection_rep import ExperimentCollectionRep
from launchdarkly_api.model_utils import decode, to_json_value

#: Experiments to ask for at a time. It is what the service takes by default.
PAGE_SIZE = 20


def experiments_of(
    fetch: Callable[[int], ExperimentCollectionRep],
) -> Iterator[tuple[str, Experiment | Exception]]:
    """The experiments of all pages by their keys, or what is wrong with them.

    ``fetch`` gets a page that begins with this offset and that nobody has checked. What is around
    the experiments must be right, or the pages could not be gone through. It ends with the first
    page that brings nothing new, or with the last one.
    An experiment that does not even have a key goes by its place, such as ``items[3]``.
    """
    seen: set[str] = set()
    offset = 0
    while True:
        sent: Any = to_json_value(fetch(offset))
        items = sent.get("items") if isinstance(sent, dict) else None
        around = decode(
            ExperimentCollectionRep, {**sent, "items": []} if isinstance(items, list) else sent
        )
        fresh = False
        for place, item in enumerate(items or [], offset):
            key = _key(item)
            if key is None:
                yield f"items[{place}]", _read(item)
            elif key not in seen:
                fresh = True
                seen.add(key)
                yield key, _read(item)
        offset += len(items or [])
        more = around.total_count is None or offset < around.total_count
        if not fresh or not (more or "next" in (around.links or {})):
            return


def _key(item: Any) -> str | None:
    key = item.get("key") if isinstance(item, dict) else None
    return shortened(key) if isinstance(key, str) else None


def _read(item: Any) -> Experiment | Exception:
    try:
        return decode(Experiment, item)
    except (TypeError, ValueError) as error:
        return error

"""All experiments of an environment, even if some of them cannot be decoded."""

from __future__ import annotations

import json
from collections.abc import Callable, Hashable, Iterator
from typing import Any

from launchdarkly_api._call.paging import Page, each_once
from launchdarkly_api._display.text import shortened
from launchdarkly_api.model.experiment import Experiment
from launchdarkly_api.model.experiment_collection_rep import ExperimentCollectionRep
from launchdarkly_api.model_utils import decode, to_json_value

#: The number of experiments per page: the default of the service.
PAGE_SIZE = 20


def experiments_of(
    fetch: Callable[[int, int], ExperimentCollectionRep],
    expect: Callable[[int | None], object] = lambda _: None,
) -> Iterator[tuple[str, Experiment | Exception]]:
    """Iterate over the experiments of all pages.

    If an experiment cannot be decoded, the exception takes its place and the others are not
    affected.

    Args:
        fetch: Gets the page at an offset, with a limit, without validating it. It is called from
            several threads.
        expect: Called with the number of experiments that each page reports.

    Yields:
        The key of an experiment, or its position if it has no key, such as ``items[3]``; and the
        experiment, or the exception if it cannot be decoded.

    Raises:
        ApiTypeError: A page is not a list of experiments with a count and links.
    """

    def page(offset: int, limit: int) -> Page[tuple[int, Any]]:
        sent: Any = to_json_value(fetch(offset, limit))
        items = sent.get("items") if isinstance(sent, dict) else None
        around = decode(
            ExperimentCollectionRep, {**sent, "items": []} if isinstance(items, list) else sent
        )
        expect(around.total_count)
        has_next = "next" in (around.links or {})
        return Page([*enumerate(items or [], offset)], around.total_count, has_next)

    for place, item in each_once(page, _identity, PAGE_SIZE):
        key = _key(item)
        yield f"items[{place}]" if key is None else shortened(key), _read(item)


def _identity(placed: tuple[int, Any]) -> Hashable:
    """Return the key of an experiment, or its content if it has no key; never its position."""
    _, item = placed
    key = _key(item)
    return json.dumps(item, sort_keys=True) if key is None else (key,)


def _key(item: Any) -> str | None:
    key = item.get("key") if isinstance(item, dict) else None
    return key if isinstance(key, str) else None


def _read(item: Any) -> Experiment | Exception:
    try:
        return decode(Experiment, item)
    except (TypeError, ValueError) as error:
        return error

"""The query parameters: ``limit``, ``offset``, ``filter``, ``lifecycleState``, ``expand``."""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass
from typing import Protocol
from urllib.parse import quote, urlencode

from launchdarkly_api.sandbox.service.problems import invalid
from launchdarkly_api.sandbox.service.rules import known
from launchdarkly_api.sandbox.state.records import Experiment, Iteration

#: The service of 2023 did not know ``analysisConfig``. Programs of today ask for it anyway, and the
#: sandbox has nothing to return for it then.
EXPANSIONS = frozenset(
    {"previousIterations", "draftIteration", "secondaryMetrics", "treatments", "analysisConfig"}
)
#: The expansion that only single experiments have, since 2026.
OF_ONE = frozenset({"mutableFieldsByStatus"})
LIFECYCLE_STATES = frozenset({"active", "archived"})
STATUSES = frozenset({"not_started", "running", "stopped"})
DEFAULT_LIMIT = 20
#: The parameters that the links to other pages repeat.
KEPT = ("archived", "env", "expand", "filter", "lifecycleState", "sort", "summary", "tag")


class Query(Protocol):
    """The query parameters of a request. A name may occur more than once."""

    def getlist(self, key: str) -> list[str]: ...


def comma_separated(query: Query, name: str) -> list[str]:
    """The values of a parameter that is a comma-separated list."""
    return [
        item.strip() for value in query.getlist(name) for item in value.split(",") if item.strip()
    ]


def _some_of(query: Query, name: str, allowed: Collection[str]) -> frozenset[str]:
    values = frozenset(comma_separated(query, name))
    for value in sorted(values - set(allowed)):
        raise invalid(f"{name} {value!r} is unknown. {known(allowed)}")
    return values


def expansions(query: Query, *, newer: bool = False, several: bool = False) -> frozenset[str]:
    """The values of ``expand``, for a single experiment or for several."""
    only_one = newer and not several
    return _some_of(query, "expand", EXPANSIONS | OF_ONE if only_one else EXPANSIONS)


def integer(query: Query, name: str, *, minimum: int | None = 0) -> int | None:
    """The value of a whole number, or None if the parameter is absent."""
    given = query.getlist(name)
    if not given:
        return None
    if len(given) > 1:
        raise invalid(f"{name} is given {len(given)} times. Give it once.")
    # ASCII digits only, and few enough for a count of anything.
    digits = given[0].removeprefix("-")
    if not (digits.isascii() and digits.isdigit() and len(digits) <= 18):
        raise invalid(f"{name} must be a whole number, not {given[0]!r:.80}.")
    number = int(given[0])
    if minimum is not None and number < minimum:
        raise invalid(f"{name} must be at least {minimum}, not {number}.")
    return number


def _has_flag(value: str) -> Callable[[Iteration], bool]:
    return lambda iteration: value in iteration.flags


def _has_metric(value: str) -> Callable[[Iteration], bool]:
    return lambda iteration: value in iteration.metrics


def _has_status(value: str) -> Callable[[Iteration], bool]:
    if value not in STATUSES:
        raise invalid(f"filter: status {value!r} is unknown. {known(STATUSES)}")
    return lambda iteration: iteration.status == value


FILTERS: dict[str, Callable[[str], Callable[[Iteration], bool]]] = {
    "flagKey": _has_flag,
    "metricKey": _has_metric,
    "status": _has_status,
}


def _filters(query: Query) -> list[Callable[[Iteration], bool]]:
    filters = []
    for item in comma_separated(query, "filter"):
        field, colon, value = item.partition(":")
        if not colon or not value:
            raise invalid(f"filter {item!r} must have the form field:value. {known(FILTERS)}")
        if field not in FILTERS:
            raise invalid(f"filter field {field!r} is unknown. {known(FILTERS)}")
        filters.append(FILTERS[field](value))
    return filters


def select(experiments: Sequence[Experiment], query: Query) -> list[Experiment]:
    """The experiments that match ``filter`` and ``lifecycleState``.

    A filter matches an experiment if it matches one of its iterations.
    """
    states = _some_of(query, "lifecycleState", LIFECYCLE_STATES) or {"active"}
    filters = _filters(query)
    return [
        experiment
        for experiment in experiments
        if ("active" if experiment.archived_date is None else "archived") in states
        and all(any(map(holds, experiment.iterations)) for holds in filters)
    ]


@dataclass(frozen=True)
class Page:
    """A page of a list, with links to the other pages."""

    offset: int
    limit: int
    total: int

    @classmethod
    def of(cls, query: Query, total: int, largest: int | None = None) -> Page:
        """The page that a request asks for, of at most ``largest`` items."""
        limit = integer(query, "limit")
        limit = DEFAULT_LIMIT if limit is None else limit
        return cls(
            offset=integer(query, "offset") or 0,
            limit=limit if largest is None else min(limit, largest),
            total=total,
        )

    def links(self, path: str, query: Query) -> dict[str, str]:
        """The address of each existing page, with the other parameters unchanged."""
        kept = [(name, value) for name in KEPT for value in query.getlist(name)]

        def at(offset: int) -> str:
            parameters = [("limit", self.limit), ("offset", offset), *kept]
            return f"{path}?{urlencode(parameters, quote_via=quote)}"

        links = {"self": at(self.offset)}
        if self.limit and (self.offset or self.total > self.limit):
            links["first"] = at(0)
            links["last"] = at(max(self.total - 1, 0) // self.limit * self.limit)
        if self.limit and self.offset + self.limit < self.total:
            links["next"] = at(self.offset + self.limit)
        if self.limit and self.offset:
            # From past the end, the link leads back to the last page.
            last = max(self.total - 1, 0) // self.limit * self.limit
            links["prev"] = at(max(min(self.offset - self.limit, last), 0))
        return links

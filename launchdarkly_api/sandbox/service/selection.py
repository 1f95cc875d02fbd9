"""The parameters ``filter`` and ``sort`` of the calls that read what experiments refer to.

Most filters have the form ``field:value``, and those of metrics the form ``field operator value``.
A filter or an order about data that the sandbox does not have changes nothing, except for tags:
nothing has any.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Collection, Mapping
from typing import Any, TypeVar

from launchdarkly_api.sandbox.service.problems import invalid
from launchdarkly_api.sandbox.service.queries import Query, comma_separated
from launchdarkly_api.sandbox.state.records import Flag, Member, Metric, MetricGroup, Project

T = TypeVar("T")
#: Whether a record matches the value of a filter.
Matches = Callable[[T, str], bool]


def last(query: Query, name: str) -> str | None:
    """The last value of a parameter."""
    return next(reversed(query.getlist(name)), None)


def ordered(items: list[T], query: Query, keys: Mapping[str, Callable[[T], Any]]) -> list[T]:
    """The items in the order of the parameter ``sort``. A field with a dash sorts descending."""
    result = list(items)
    for field in reversed(comma_separated(query, "sort")):
        key = keys.get(field.removeprefix("-"))
        if key is not None:
            result.sort(key=key, reverse=field.startswith("-"))
    return result


def _contains(text: str, *names: str) -> bool:
    return any(text.lower() in name.lower() for name in names)


def _has_no_tag(_: object, __: str) -> bool:
    return False


def display_name(member: Member) -> str:
    return f"{member.first_name} {member.last_name}".strip() or member.email


PROJECTS: dict[str, Matches[Project]] = {
    "query": lambda project, text: _contains(text, project.key, project.name),
    "keys": lambda project, keys: project.key.lower() in keys.lower().split("|"),
    "tags": _has_no_tag,
}
#: An environment is its key and its name.
ENVIRONMENTS: dict[str, Matches[tuple[str, str]]] = {
    "query": lambda environment, text: _contains(text, *environment),
    "tags": _has_no_tag,
}
MEMBERS: dict[str, Matches[Member]] = {
    "query": lambda member, text: _contains(text, member.email, display_name(member)),
    # An owner counts as an administrator.
    "role": lambda member, roles: (
        (("admin" if member.role == "owner" else member.role) in roles.split("|"))
        or member.role in roles.split("|")
    ),
    "id": lambda member, ids: member.id in ids.split("|"),
    "email": lambda member, emails: member.email in emails.split("|"),
}


def _pairs(query: Query) -> list[tuple[str, str]]:
    """The filters of the form ``field:value``."""
    pairs = []
    for item in comma_separated(query, "filter"):
        field, colon, value = item.partition(":")
        if not colon:
            raise invalid(f"filter {item!r:.80} must have the form field:value.")
        pairs.append((field, value))
    return pairs


def environments(query: Query) -> list[str]:
    """The environments that the filter ``filterEnv`` names."""
    return [value for field, value in _pairs(query) if field == "filterEnv"]


def by_field(items: list[T], query: Query, filters: Mapping[str, Matches[T]]) -> list[T]:
    """The items that match all filters of the form ``field:value``."""
    return _matching(items, _pairs(query), filters)


def _matching(
    items: list[T], pairs: list[tuple[str, str]], filters: Mapping[str, Matches[T]]
) -> list[T]:
    """The items that match all filters. One about data that the sandbox lacks changes nothing."""
    known = [(filters[field], value) for field, value in pairs if field in filters]
    return [item for item in items if all(matches(item, value) for matches, value in known)]


def _is(value: bool, text: str) -> bool:
    return text.lower() == ("true" if value else "false")


def flags(items: list[Flag], query: Query, tested: Collection[str]) -> list[Flag]:
    """The flags that match the filters. Archived flags are listed only if a filter asks for them.

    Args:
        items: The flags.
        query: The parameters.
        tested: The keys of the flags that experiments use.
    """
    filters: dict[str, Matches[Flag]] = {
        "query": lambda flag, text: _contains(text, flag.key, flag.name),
        "archived": lambda flag, text: _is(flag.archived, text),
        "state": lambda flag, state: state == ("archived" if flag.archived else "live"),
        "hasExperiment": lambda flag, text: _is(flag.key in tested, text),
        "type": lambda _, kind: kind == "temporary",
        "tags": _has_no_tag,
    }
    archived = last(query, "archived")
    if archived is not None:
        items = [flag for flag in items if _is(flag.archived, archived)]
    elif not {"archived", "state"} & {field for field, _ in _pairs(query)}:
        items = [flag for flag in items if not flag.archived]
    return [] if query.getlist("tag") else by_field(items, query, filters)


_COMPARISON = re.compile(
    r"""\s*(\w+)\s+(?:equals|contains|anyOf)\s+("[^"]*"|'[^']*'|\[[^]]*\]|[^\s,]+)\s*(?:,|and\b|$)"""
)


def _comparisons(query: Query) -> list[tuple[str, str]]:
    """The filters of the form ``field operator value``."""
    found = []
    for text in query.getlist("filter"):
        position = 0
        while position < len(text.rstrip()):
            match = _COMPARISON.match(text, position)
            if match is None:
                raise invalid(
                    f"filter {text[position:]!r:.80} must have the form field operator value,"
                    ' such as query equals "name".'
                )
            found.append((match[1], match[2].strip("\"'")))
            position = match.end()
    return found


def _words(value: str) -> list[str]:
    """The text of a comparison, or the texts of its list."""
    try:
        listed = json.loads(value) if value.startswith("[") else [value]
    except (ValueError, RecursionError):
        raise invalid(f"filter: {value!r:.80} is not a list of JSON.") from None
    return list(map(str, listed))


def _named(item: Metric | MetricGroup, value: str) -> bool:
    return all(_contains(word, item.key, item.name) for word in _words(value))


def metrics(items: list[Metric], query: Query) -> list[Metric]:
    """The metrics that match the filters, in order."""
    filters: dict[str, Matches[Metric]] = {
        "query": _named,
        "eventKind": lambda metric, kind: metric.kind == kind,
        "isNumeric": lambda metric, text: _is(metric.numeric, text),
        "tags": _has_no_tag,
    }
    chosen = _matching(items, _comparisons(query), filters)
    return ordered(chosen, query, {"name": lambda metric: metric.name})


def metric_groups(items: list[MetricGroup], query: Query) -> list[MetricGroup]:
    """The metric groups that match the filters, in order."""
    filters: dict[str, Matches[MetricGroup]] = {
        "query": _named,
        "kind": lambda group, kind: group.kind == kind,
    }
    chosen = _matching(items, _comparisons(query), filters)
    return ordered(chosen, query, {"name": lambda group: group.name})

"""Compares the contract of the package with the contract of a document."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from itertools import zip_longest

from test.drift.contract import Call, Contract, Instruction
from test.drift.difference import Difference
from test.drift.document import without_names
from test.drift.objects import REQUEST, RESPONSE, ObjectComparison, listed


def differences(here: Contract, there: Contract) -> list[Difference]:
    """Return what differs, in the order in which it is printed.

    Args:
        here: The contract that the package declares.
        there: The contract of the document.

    Returns:
        The differences, without repetitions.
    """
    objects = ObjectComparison(here, there)
    found = set(_calls(here, there, objects))
    if here.instructions is not None and there.instructions is not None:
        found.update(_instructions(here.instructions, there.instructions))
    found.update(objects.finish())
    return sorted(found, key=Difference.rank)


def _calls(here: Contract, there: Contract, objects: ObjectComparison) -> Iterator[Difference]:
    pairs, theirs = _paired(here, there)
    for mine in here.calls:
        place = mine.name
        if mine.name in pairs:
            yield from _call(mine, pairs[mine.name], objects)
        elif not mine.withdrawn:
            yield Difference("calls", place, f"gone there ({mine.method} {mine.path})")
    for call in theirs:
        yield Difference("calls", call.name, f"missing here ({call.method} {call.path})")


def _paired(here: Contract, there: Contract) -> tuple[dict[str, Call], list[Call]]:
    """Match calls by method and path, and the others by name. Also return those without match."""
    by_road = {(call.method, without_names(call.path)): call for call in there.calls}
    roads = {call.name: (call.method, without_names(call.path)) for call in here.calls}
    pairs = {name: by_road[road] for name, road in roads.items() if road in by_road}
    unmatched = [call for road, call in by_road.items() if road not in roads.values()]
    by_name = {_plain(call.name): call for call in unmatched}
    for name in roads.keys() - pairs.keys():
        if call := by_name.get(_plain(name)):
            pairs[name] = call
            unmatched.remove(call)
    return pairs, unmatched


def _plain(name: str) -> str:
    """Return a name without the difference between snake case and camel case."""
    return name.replace("_", "").lower()


def _call(mine: Call, theirs: Call, objects: ObjectComparison) -> Iterator[Difference]:
    name = mine.name
    road = [f"{call.method} {without_names(call.path)}" for call in (mine, theirs)]
    if road[0] != road[1]:
        yield Difference("calls", name, f"{road[0]} here, {road[1]} there")
    if mine.withdrawn:
        yield Difference("calls", name, "withdrawn here, not there")
    if mine.deprecated != theirs.deprecated:
        yield Difference.sided("deprecations", name, "deprecated", mine.deprecated)
    yield from _path_names(mine, theirs)
    yield from _parameters(mine, theirs, objects)
    yield from objects.whole(f"{name}, request", mine.body, theirs.body, REQUEST)
    yield from objects.whole(f"{name}, response", mine.returns, theirs.returns, RESPONSE)
    yield from _statuses(mine, theirs, objects)


def _path_names(mine: Call, theirs: Call) -> Iterator[Difference]:
    """Compare the names in the path. They are replaced by position, so only the order counts."""
    names = [[part for part in call.path.split("/") if "{" in part] for call in (mine, theirs)]
    for own, other in zip_longest(*names, fillvalue="nothing"):
        if own != other:
            yield Difference("calls", mine.name, f"in the path, {own} here, {other} there")


def _parameters(mine: Call, theirs: Call, objects: ObjectComparison) -> Iterator[Difference]:
    for where, name in mine.parameters.keys() | theirs.parameters.keys():
        own, other = mine.parameters.get((where, name)), theirs.parameters.get((where, name))
        if where == "path" or (where, name.lower()) == ("header", "ld-api-version"):
            continue  # The path is compared as a whole, and every call sends that header.
        place = f"{mine.name}({name})"
        if own is None:
            yield Difference("calls", place, f"{where} parameter missing here")
        elif other is None:
            yield Difference("calls", place, f"{where} parameter gone there")
        else:
            yield from objects.shapes(place, own.shape, other.shape, REQUEST)
            if own.required != other.required:
                yield Difference.sided("optionality", place, "required", own.required)
            if own.words and other.words:
                yield from listed(place, own.words, other.words)


def _statuses(mine: Call, theirs: Call, objects: ObjectComparison) -> Iterator[Difference]:
    own = dict.fromkeys(mine.success, mine.returns) | dict(mine.errors)
    other = dict.fromkeys(theirs.success, theirs.returns) | dict(theirs.errors)
    for status in own.keys() | other.keys():
        place = f"{mine.name}, {status}"
        if status not in other:
            yield Difference("calls", place, "status gone there")
        elif status not in own and status not in mine.observed:
            yield Difference("calls", place, "status missing here")
        elif status in mine.errors and status in theirs.errors:
            pair = mine.errors[status], theirs.errors[status]
            yield from objects.whole(f"{place}, response", *pair, RESPONSE)


def _instructions(
    here: Mapping[str, Instruction], there: Mapping[str, Instruction]
) -> Iterator[Difference]:
    for kind in here.keys() | there.keys():
        mine, theirs = here.get(kind), there.get(kind)
        if mine is None:
            yield Difference("instructions", kind, "missing here")
        elif theirs is None:
            yield Difference("instructions", kind, "gone there")
        elif theirs.parameters is not None:
            yield from _instruction(kind, mine, theirs)


def _instruction(kind: str, mine: Instruction, theirs: Instruction) -> Iterator[Difference]:
    own, other = mine.parameters or frozenset(), theirs.parameters or frozenset()
    for name in other - own:
        yield Difference("instructions", f"{kind}.{name}", "missing here")
    for name in own - other:
        yield Difference("instructions", f"{kind}.{name}", "gone there")
    if mine.deprecated != theirs.deprecated:
        yield Difference.sided("deprecations", f"instruction {kind}", "deprecated", mine.deprecated)

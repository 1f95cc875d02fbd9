"""The shapes of request bodies that the sandbox declares, by name."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from launchdarkly_api.sandbox.service.bodies import Fields, ListOf, MapOf, Shape


def named_shapes(bodies: Mapping[Any, Shape]) -> dict[str, Fields]:
    """The objects in the bodies of some calls, at any depth."""
    found: dict[str, Fields] = {}
    waiting: list[Shape] = list(bodies.values())
    while waiting:
        shape = waiting.pop()
        if isinstance(shape, Fields):
            found[shape.name] = shape
            waiting += [*shape.required.values(), *shape.optional.values()]
        elif isinstance(shape, ListOf):
            waiting.append(shape.item)
        elif isinstance(shape, MapOf):
            waiting.append(shape.value)
    return found

"""Routing: from a path to the calls behind its methods.

A path is matched before percent-decoding, so a key that contains a ``/``, sent as ``%2F``, stays
one segment.
"""

from __future__ import annotations

from dataclasses import dataclass
from urllib.parse import unquote

from launchdarkly_api.sandbox.service.endpoints import READS, TABLE, Call


@dataclass(frozen=True)
class Resource:
    """A path of the service, with the call behind each method."""

    segments: tuple[str, ...]
    calls: dict[str, Call]

    def match(self, segments: tuple[str, ...]) -> dict[str, str] | None:
        """Return the values of the path's parameters, or None if the path does not match."""
        if len(segments) != len(self.segments):
            return None
        values = {}
        for pattern, segment in zip(self.segments, segments):
            if pattern.startswith("{"):
                if not segment:
                    return None
                values[pattern[1:-1]] = unquote(segment)
            elif pattern != segment:
                return None
        return values

    @property
    def allow(self) -> str:
        """The ``Allow`` header."""
        methods = {*self.calls, "OPTIONS"}
        if "GET" in methods:
            methods.add("HEAD")
        return ", ".join(sorted(methods))


def _resources() -> tuple[Resource, ...]:
    calls: dict[str, dict[str, Call]] = {}
    for call, method, template in (*TABLE, *READS):
        calls.setdefault(template, {})[method] = call
    return tuple(Resource(tuple(t.split("/")), by_method) for t, by_method in calls.items())


RESOURCES = _resources()


def find(raw_path: str) -> tuple[Resource, dict[str, str]] | None:
    """Return the resource at a path, and the values of the path's parameters."""
    segments = tuple(raw_path.split("/"))
    for resource in RESOURCES:
        values = resource.match(segments)
        if values is not None:
            return resource, values
    return None

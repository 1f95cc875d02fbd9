"""The ten calls: their names, methods and paths.

A path is matched as it came, before percent-decoding, so that a key with a ``/`` in it, sent as
``%2F``, stays one segment.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, get_args
from urllib.parse import unquote

Call = Literal[
    "create_experiment",
    "create_iteration",
    "get_experiment",
    "get_experiment_results",
    "get_experimentation_settings",
    "get_experiments",
    "get_legacy_experiment_results",
    "patch_experiment",
    "put_experimentation_settings",
    "reset_experiment",
]

CALLS: tuple[Call, ...] = get_args(Call)

_EXPERIMENTS = "/api/v2/projects/{project}/environments/{environment}/experiments"
_EXPERIMENT = f"{_EXPERIMENTS}/{{experiment}}"
_SETTINGS = "/api/v2/projects/{project}/experimentation-settings"
_LEGACY = "/api/v2/flags/{project}/{flag}/experiments/{environment}/{metric}"

_TABLE: tuple[tuple[Call, str, str], ...] = (
    ("get_experiment", "GET", _EXPERIMENT),
    ("get_experiments", "GET", _EXPERIMENTS),
    ("create_experiment", "POST", _EXPERIMENTS),
    ("patch_experiment", "PATCH", _EXPERIMENT),
    ("create_iteration", "POST", f"{_EXPERIMENT}/iterations"),
    ("get_experiment_results", "GET", f"{_EXPERIMENT}/metrics/{{metric}}/results"),
    ("get_experimentation_settings", "GET", _SETTINGS),
    ("put_experimentation_settings", "PUT", _SETTINGS),
    ("get_legacy_experiment_results", "GET", _LEGACY),
    ("reset_experiment", "DELETE", f"{_LEGACY}/results"),
)


#: The calls that change something.
WRITES = frozenset(call for call, method, _ in _TABLE if method != "GET")


@dataclass(frozen=True)
class Resource:
    """A path of the service: the call behind each of its methods."""

    segments: tuple[str, ...]
    calls: dict[str, Call]

    def match(self, segments: tuple[str, ...]) -> dict[str, str] | None:
        """The values of the path's parameters, or None where the path is another."""
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
    for call, method, template in _TABLE:
        calls.setdefault(template, {})[method] = call
    return tuple(Resource(tuple(t.split("/")), by_method) for t, by_method in calls.items())


RESOURCES = _resources()


def find(raw_path: str) -> tuple[Resource, dict[str, str]] | None:
    """The resource at a path, and the values of the path's parameters."""
    segments = tuple(raw_path.split("/"))
    for resource in RESOURCES:
        values = resource.match(segments)
        if values is not None:
            return resource, values
    return None

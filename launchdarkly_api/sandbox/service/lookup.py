"""The records that the path of a request names. If one does not exist, the response is a 404."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TypeVar

from launchdarkly_api.sandbox.service import rules
from launchdarkly_api.sandbox.service.problems import not_found
from launchdarkly_api.sandbox.service.request import CallRequest
from launchdarkly_api.sandbox.state.records import Project
from launchdarkly_api.sandbox.state.store import State

T = TypeVar("T")


def project(state: State, request: CallRequest) -> Project:
    key = request.path["project"]
    found = state.projects.get(key)
    if found is None:
        raise not_found(f"Unknown project {key!r}. {rules.known(state.projects)}")
    return found


def environment(state: State, request: CallRequest) -> tuple[Project, str]:
    """The project, and the key of one of its environments."""
    parent, key = project(state, request), request.path["environment"]
    one_of(parent.environments, "environment", key, parent)
    return parent, key


def one_of(records: Mapping[str, T], kind: str, key: str, parent: Project) -> T:
    """One of the records of a project, such as its flags."""
    if key not in records:
        raise not_found(f"Unknown {kind} {key!r} in project {parent.key!r}. {rules.known(records)}")
    return records[key]

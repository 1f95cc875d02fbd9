"""What experiments refer to: environments, flags, metrics and context kinds of a project.

Each function makes a project with one thing more or changed. ``ValueError`` says what is wrong.
"""

from __future__ import annotations

import json
import uuid
from collections.abc import Iterable, Sequence
from dataclasses import replace
from typing import Any, TypeVar, get_args

from launchdarkly_api.sandbox.state import (
    FALLTHROUGH,
    Flag,
    FlagConfig,
    Metric,
    MetricKind,
    Project,
    RandomizationUnit,
    Rule,
    Variation,
    new_id,
    now,
)

T = TypeVar("T")


def new_key(what: str, key: str, taken: Iterable[str], where: str = "") -> str:
    """A key that is free and can stand in a path."""
    if not isinstance(key, str) or not key.strip() or key in (".", "..") or not key.isprintable():
        raise ValueError(f"{key!r} cannot be used as {what} key: it must fit into a URL")
    if key in taken:
        raise ValueError(f"The {what} {key!r} exists already{where}")
    return key


def project(key: str, name: str | None, environments: Sequence[str]) -> Project:
    """A project with its environments, and ``user`` as its randomization unit."""
    names: dict[str, str] = {}
    for environment in _several("environments", environments):
        names[new_key("environment", environment, names, f" in {key!r}")] = environment
    return Project(
        key=key,
        id=new_id(),
        name=name or key,
        creation_date=now(),
        environments=names,
        context_kinds={"user": "User"},
        units=(RandomizationUnit("user", "user", default=True),),
    )


def _several(what: str, values: Sequence[T]) -> Sequence[T]:
    """The values, unless they are one string, whose letters would be taken for them."""
    if isinstance(values, str):
        raise ValueError(f"{what} must be a list, not the string {values!r}")
    return values


def with_environment(project: Project, key: str, name: str | None) -> Project:
    new_key("environment", key, project.environments, f" in {project.key!r}")
    flags = {
        flag.key: replace(flag, configs={**flag.configs, key: FlagConfig(on=True, version=1)})
        for flag in project.flags.values()
    }
    return replace(project, environments={**project.environments, key: name or key}, flags=flags)


def with_flag(project: Project, flag: Flag) -> Project:
    return replace(project, flags={**project.flags, flag.key: flag})


def flag(
    project: Project,
    key: str,
    *,
    name: str | None,
    variations: Sequence[Any],
    rules: Sequence[str],
    on: bool,
    archived: bool,
    version: int,
) -> Flag:
    """A new flag, the same in all environments of the project."""
    new_key("flag", key, project.flags, f" in {project.key!r}")
    if not _several("variations", variations):
        raise ValueError("A flag needs at least one variation")
    if version < 1:
        raise ValueError(f"version must be at least 1, not {version!r}")
    return Flag(
        key=key,
        name=name or key,
        variations=tuple(
            Variation(_variation_id(project.key, key, number), str(value), _json(value))
            for number, value in enumerate(variations)
        ),
        rules=(
            *(Rule(rule) for rule in _several("rules", rules) if rule != FALLTHROUGH.id),
            FALLTHROUGH,
        ),
        archived=archived,
        configs=dict.fromkeys(project.environments, FlagConfig(on, version)),
    )


def _json(value: Any) -> Any:
    """A copy of what a variation serves, which must be JSON."""
    try:
        return json.loads(json.dumps(value, allow_nan=False))
    except (TypeError, ValueError) as error:
        raise ValueError(f"A variation must be JSON, not {value!r:.80}: {error}") from None


def _variation_id(project_key: str, flag_key: str, number: int) -> str:
    """The same each time, so that a test may write it down."""
    return str(uuid.uuid5(uuid.NAMESPACE_URL, f"{project_key}/{flag_key}/{number}"))


def changed_flag(
    project: Project, key: str, environment_key: str, *, on: bool | None, archived: bool | None
) -> Flag:
    """A flag after a change. A change in an environment raises its version there by one."""
    if key not in project.flags:
        raise ValueError(f"There is no flag {key!r} in {project.key!r}")
    before = project.flags[key]
    if environment_key not in before.configs:
        raise ValueError(f"There is no environment {environment_key!r} in {project.key!r}")
    config = before.configs[environment_key]
    if on is not None and on != config.on:
        config = FlagConfig(on, config.version + 1)
    return replace(
        before,
        configs={**before.configs, environment_key: config},
        archived=before.archived if archived is None else archived,
    )


def with_metric(
    project: Project,
    key: str,
    *,
    name: str | None,
    kind: MetricKind,
    numeric: bool,
    lower_is_better: bool,
) -> Project:
    new_key("metric", key, project.metrics, f" in {project.key!r}")
    if kind not in get_args(MetricKind):
        raise ValueError(f"kind must be one of {', '.join(get_args(MetricKind))}, not {kind!r}")
    if numeric and kind != "custom":
        raise ValueError(f"A numeric metric is of kind 'custom', not {kind!r}")
    metric = Metric(key, name or key, kind, numeric, lower_is_better)
    return replace(project, metrics={**project.metrics, key: metric})


def with_context_kind(project: Project, key: str, name: str | None) -> Project:
    new_key("context kind", key, project.context_kinds, f" in {project.key!r}")
    kinds = {**project.context_kinds, key: name or key.capitalize()}
    return replace(project, context_kinds=kinds)

"""Changes of a project: its environments, flags, metrics and context kinds.

Each function returns a new record and raises ``ValueError`` for an invalid argument.
"""

from __future__ import annotations

import json
import uuid
from collections.abc import Iterable, Sequence
from dataclasses import replace
from typing import Any, cast, get_args

from launchdarkly_api.sandbox.state import checks
from launchdarkly_api.sandbox.state.clock import now
from launchdarkly_api.sandbox.state.records import (
    FALLTHROUGH,
    MAX_KEY_LENGTH,
    Flag,
    FlagConfig,
    GroupKind,
    Member,
    Metric,
    MetricGroup,
    MetricKind,
    Project,
    RandomizationUnit,
    Role,
    Rule,
    Variation,
    new_id,
)
from launchdarkly_api.sandbox.state.store import State


def new_key(kind: str, key: str, taken: Iterable[str], place: str = "") -> str:
    """A key that is not taken and fits into a path."""
    if not isinstance(key, str) or not key.strip() or key in (".", "..") or not key.isprintable():
        raise ValueError(f"{key!r:.80} cannot be used as {kind} key: it must fit into a URL")
    if len(key) > MAX_KEY_LENGTH:
        raise ValueError(f"A {kind} key has at most {MAX_KEY_LENGTH} characters, not {len(key)}")
    if key in taken:
        raise checks.TakenError(f"The {kind} {key!r} exists already{place}")
    return key


def project_of(state: State, key: str) -> Project:
    """The project with a key, which must exist."""
    found = state.projects.get(key)
    if found is None:
        raise checks.UnknownError(f"There is no project {key!r}. Add it with add_project({key!r})")
    return found


def project(key: str, name: str | None, environments: Sequence[str]) -> Project:
    """A new project with environments and the randomization unit ``user``."""
    names: dict[str, str] = {}
    for environment in checks.items("environments", environments):
        names[new_key("environment", environment, names, f" in {key!r}")] = environment
    if not names:
        raise ValueError("A project needs at least one environment")
    return Project(
        key=key,
        id=new_id(),
        name=name or key,
        creation_date=now(),
        environments=names,
        context_kinds={"user": "User"},
        units=(RandomizationUnit("user", "user", default=True),),
    )


def with_environment(project: Project, key: str, name: str | None) -> Project:
    new_key("environment", key, project.environments, f" in {project.key!r}")
    flags = {
        flag.key: replace(flag, configs={**flag.configs, key: FlagConfig()})
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
    values = checks.items("variations", variations)
    if not values:
        raise ValueError("A flag needs at least one variation")
    rule_ids: list[str] = []
    for rule in checks.items("rules", rules):
        rule_ids.append(new_key("rule", rule, rule_ids, f" in {key!r}"))
    config = FlagConfig(checks.boolean("on", on), checks.whole("version", version, 1))
    return Flag(
        key=key,
        name=name or key,
        variations=tuple(
            Variation(_variation_id(project.key, key, number), str(value), _json(value))
            for number, value in enumerate(values)
        ),
        rules=(
            *(Rule(rule) for rule in rule_ids if rule != FALLTHROUGH.id),
            FALLTHROUGH,
        ),
        archived=checks.boolean("archived", archived),
        configs=dict.fromkeys(project.environments, config),
    )


def _json(value: Any) -> Any:
    """A copy of the value of a variation, which must be JSON."""
    try:
        return json.loads(json.dumps(value, allow_nan=False))
    except (TypeError, ValueError) as error:
        raise ValueError(f"A variation must be JSON, not {value!r:.80}: {error}") from None


def _variation_id(project_key: str, flag_key: str, number: int) -> str:
    """The id of a variation: the same in each run, so that tests can contain it."""
    return str(uuid.uuid5(uuid.NAMESPACE_URL, f"{project_key}/{flag_key}/{number}"))


def changed_flag(
    project: Project, key: str, environment_key: str, *, on: bool | None, archived: bool | None
) -> Flag:
    """A flag after a change. A change in an environment increases the version in it by one."""
    if key not in project.flags:
        raise checks.UnknownError(f"There is no flag {key!r} in {project.key!r}")
    before = project.flags[key]
    if environment_key not in before.configs:
        raise checks.UnknownError(f"There is no environment {environment_key!r} in {project.key!r}")
    config = before.configs[environment_key]
    for name, value in (("on", on), ("archived", archived)):
        if value is not None:
            checks.boolean(name, value)
    if on is not None and on != config.on:
        config = FlagConfig(on, config.version + 1)
    return replace(
        before,
        configs={**before.configs, environment_key: config},
        archived=before.archived if archived is None else archived,
    )


def with_metric(project: Project, metric: Metric) -> Project:
    new_key("metric", metric.key, project.metrics, f" in {project.key!r}")
    checks.choice("kind", metric.kind, get_args(MetricKind))
    if metric.numeric and metric.kind != "custom":
        raise ValueError(f"A numeric metric is of kind 'custom', not {metric.kind!r}")
    return replace(project, metrics={**project.metrics, metric.key: metric})


def with_metric_group(
    project: Project, key: str, name: str | None, kind: GroupKind, metrics: Iterable[str]
) -> Project:
    new_key("metric group", key, project.metric_groups, f" in {project.key!r}")
    checks.choice("kind", kind, get_args(GroupKind))
    members = tuple(checks.items("metrics", metrics))
    if not members:
        raise ValueError("A metric group needs at least one metric")
    for member in members:
        if member not in project.metrics:
            raise ValueError(f"There is no metric {member!r} in {project.key!r}")
    if len(set(members)) < len(members):
        raise ValueError("metrics names a metric twice")
    group = MetricGroup(key, name or key, kind, members)
    return replace(project, metric_groups={**project.metric_groups, key: group})


def with_context_kind(project: Project, key: str, name: str | None) -> Project:
    new_key("context kind", key, project.context_kinds, f" in {project.key!r}")
    kinds = {**project.context_kinds, key: name or key.capitalize()}
    return replace(project, context_kinds=kinds)


def member(
    state: State,
    email: str,
    *,
    id: str | None,
    first_name: str,
    last_name: str,
    role: Role,
) -> Member:
    """A new member of the account.

    Args:
        state: The state, in which neither the id nor the email address may be taken.
        email: The email address.
        id: The id. The default is derived from the address, so that it is the same in each run.
        first_name: The first name, which may be empty.
        last_name: The last name, which may be empty.
        role: The role.
    """
    new_key("member", email, (taken.email for taken in state.members.values()))
    chosen = uuid.uuid5(uuid.NAMESPACE_URL, f"mailto:{email}").hex[:24] if id is None else id
    if chosen == "me":
        raise ValueError("'me' cannot be used as member id: it stands for the caller")
    return Member(
        new_key("member", chosen, state.members),
        email,
        checks.string("first_name", first_name),
        checks.string("last_name", last_name),
        cast("Role", checks.choice("role", role, get_args(Role))),
        now(),
    )

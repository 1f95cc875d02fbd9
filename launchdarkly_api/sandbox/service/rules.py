"""The rules for request bodies beyond their shape.

A rule checks that the things that a body names exist and that its parts fit together. Each refusal
describes how to correct the request. ``bodies`` has checked the shape before.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from launchdarkly_api.sandbox.service.problems import RefusedError, invalid, observed
from launchdarkly_api.sandbox.state.clock import now
from launchdarkly_api.sandbox.state.records import (
    MAX_KEY_LENGTH,
    STANDARD_UNITS,
    Experiment,
    FlagUse,
    Iteration,
    MetricUse,
    Parameter,
    Project,
    RandomizationUnit,
    Treatment,
    new_id,
)

#: The results compare each pair of treatments.
MAX_TREATMENTS = 100
#: The maximum number of names in a message.
LISTED = 20

Json = Mapping[str, Any]


@dataclass(frozen=True)
class Measured:
    """The metrics of an iteration."""

    primary: str
    secondary: tuple[str, ...]
    uses: tuple[MetricUse, ...] = ()
    funnel: str | None = None


def known(names: Iterable[str]) -> str:
    """The valid names, for a message."""
    ordered = sorted(names)
    more = f" and {len(ordered) - LISTED} more" if len(ordered) > LISTED else ""
    return f"Known: {', '.join(ordered[:LISTED])}{more}." if ordered else "There are none."


def not_blank(value: str, path: str) -> str:
    """A string that is not blank."""
    if not value.strip():
        raise invalid(f"{path} must not be empty.")
    return value


def key(value: str, path: str) -> str:
    """A key that fits into a path."""
    if not_blank(value, path) in (".", "..") or not value.isprintable():
        raise invalid(f"{path} {value!r:.80} cannot be part of a URL. Choose another key.")
    if len(value) > MAX_KEY_LENGTH:
        raise invalid(f"{path} is longer than {MAX_KEY_LENGTH} characters. Choose another key.")
    return value


def unique(values: Sequence[str], path: str) -> None:
    for value, times in Counter(values).items():
        if times > 1:
            raise invalid(f"{path} names {value!r} {times} times. Name it once.")


def experiment(
    body: Json, project: Project, environment_key: str, current: Iteration | None = None
) -> Experiment:
    """The experiment that an ``ExperimentPost`` describes.

    Args:
        body: The request body.
        project: The project of the experiment.
        environment_key: The environment of the experiment.
        current: Its first iteration. By default, the one that the body describes.
    """
    return Experiment(
        id=new_id(),
        key=key(body["key"], "key"),
        project_key=project.key,
        environment_key=environment_key,
        name=not_blank(body["name"], "name"),
        description=body.get("description") or "",
        maintainer_id=not_blank(body["maintainerId"], "maintainerId"),
        creation_date=now(),
        current=current
        or iteration(body["iteration"], project, environment_key, 1, path="iteration."),
    )


def metrics(body: Json, project: Project, path: str) -> Measured:
    """The metrics that an ``IterationInput`` of 2023 names."""
    return Measured(*_metrics(body["metrics"], project, f"{path}metrics"))


def iteration(
    body: Json,
    project: Project,
    environment_key: str,
    number: int,
    path: str = "",
    measure: Callable[[Json, Project, str], Measured] = metrics,
) -> Iteration:
    """The iteration that an ``IterationInput`` describes, before its start.

    Args:
        body: The input.
        project: The project of the experiment.
        environment_key: The environment of the experiment.
        number: The number of the iteration, from 1.
        path: The path of the input in the request body, for messages.
        measure: Finds the metrics in the input.
    """
    measured = measure(body, project, path)
    flags = _flags(body["flags"], project, environment_key, f"{path}flags")
    return Iteration(
        id=new_id(),
        number=number,
        hypothesis=not_blank(body["hypothesis"], f"{path}hypothesis"),
        status="not_started",
        created_at=now(),
        primary_metric=measured.primary,
        secondary_metrics=measured.secondary,
        treatments=treatments(body["treatments"], project, flags, f"{path}treatments"),
        flags=flags,
        can_reshuffle_traffic=body.get("canReshuffleTraffic") is not False,
        randomization_unit=_unit(body.get("randomizationUnit"), project, path),
        uses=measured.uses,
        primary_funnel=measured.funnel,
    )


def _unit(unit: str | None, project: Project, path: str) -> str | None:
    if unit and all(unit != allowed.key for allowed in project.units):
        raise invalid(
            f"{path}randomizationUnit {unit!r} is not a randomization unit of project"
            f" {project.key!r}. {known(u.key for u in project.units)}"
        )
    return unit or None


def _metrics(body: Sequence[Json], project: Project, path: str) -> tuple[str, tuple[str, ...]]:
    for number, metric in enumerate(body):
        if metric["key"] not in project.metrics:
            raise invalid(
                f"{path}[{number}].key: unknown metric {metric['key']!r} in project"
                f" {project.key!r}. {known(project.metrics)}"
            )
    unique([metric["key"] for metric in body], path)
    primary = [metric["key"] for metric in body if metric["primary"]]
    if len(primary) != 1:
        raise invalid(f"{path} must have exactly one metric with primary true, not {len(primary)}.")
    return primary[0], tuple(metric["key"] for metric in body if not metric["primary"])


def _flags(
    body: Mapping[str, Json], project: Project, environment_key: str, path: str
) -> dict[str, FlagUse]:
    if not body:
        raise invalid(f"{path} must name the flag that the experiment runs on.")
    for flag_key, use in body.items():
        flag = project.flags.get(flag_key)
        if flag is None:
            raise invalid(
                f"{path}: unknown flag {flag_key!r} in project {project.key!r}."
                f" {known(project.flags)}"
            )
        if flag.rule(use["ruleId"]) is None:
            raise invalid(
                f"{path}[{flag_key!r}].ruleId: flag {flag_key!r} has no rule {use['ruleId']!r}."
                f" {known(rule.id for rule in flag.rules)}"
            )
        version, current = use["flagConfigVersion"], flag.configs[environment_key].version
        at_version = f"flag {flag_key!r} is at version {current} in environment {environment_key!r}"
        if 1 <= version < current:
            raise observed(409, f"The {at_version}, not {version}. Read the flag again.")
        if version != current:
            raise invalid(
                f"{path}[{flag_key!r}].flagConfigVersion: {at_version}, there is no {version}."
            )
    return {
        # 1.0 is a whole number in JSON.
        flag_key: FlagUse(use["ruleId"], int(use["flagConfigVersion"]))
        for flag_key, use in body.items()
    }


def allocation(value: str, path: str) -> Decimal:
    """A percentage. The contract has it as a string."""
    if not re.fullmatch(r"[0-9]{1,3}(\.[0-9]{1,9})?", value) or Decimal(value) > 100:
        raise invalid(
            f'{path} must be a number from 0 to 100 in a string, such as "50", not {value!r:.80}.'
        )
    return Decimal(value)


def treatments(
    body: Sequence[Json], project: Project, flags: Mapping[str, FlagUse], path: str
) -> tuple[Treatment, ...]:
    """The treatments that the ``TreatmentInput``s of an iteration describe."""
    if len(body) > MAX_TREATMENTS:
        raise invalid(f"{path}: at most {MAX_TREATMENTS} are possible, not {len(body)}.")
    made = []
    total = Decimal(0)
    for number, treatment in enumerate(body):
        here = f"{path}[{number}]"
        total += allocation(treatment["allocationPercent"], f"{here}.allocationPercent")
        parameters = []
        for position, parameter in enumerate(treatment["parameters"]):
            at = f"{here}.parameters[{position}]"
            flag_key, variation_id = parameter["flagKey"], parameter["variationId"]
            if flag_key not in flags:
                raise invalid(
                    f"{at}.flagKey: unknown flag {flag_key!r} in this iteration's flags."
                    f" {known(flags)}"
                )
            variations = project.flags[flag_key].variations
            if all(variation_id != variation.id for variation in variations):
                raise invalid(
                    f"{at}.variationId: flag {flag_key!r} has no variation {variation_id!r}."
                    f" {known(f'{v.id} ({v.name})' for v in variations)}"
                )
            parameters.append(Parameter(flag_key, variation_id))
        unique([p.flag_key for p in parameters], f"{here}.parameters")
        made.append(
            Treatment(
                new_id(),
                not_blank(treatment["name"], f"{here}.name"),
                treatment["baseline"],
                treatment["allocationPercent"],
                tuple(parameters),
            )
        )
    unique([t.name for t in made], path)
    baselines = sum(t.baseline for t in made)
    if baselines != 1:
        raise invalid(
            f"{path} must have exactly one treatment with baseline true, not {baselines}."
        )
    if total > 100:
        raise invalid(
            f"{path}: the allocations add up to {total} percent. At most 100 is possible."
        )
    return tuple(made)


def randomization_units(body: Sequence[Json], project: Project) -> tuple[RandomizationUnit, ...]:
    """The units that an ``ExperimentationSettingsPut`` describes."""
    path = "randomizationUnits"
    for number, unit in enumerate(body):
        if unit["randomizationUnit"] not in project.context_kinds:
            raise invalid(
                f"{path}[{number}].randomizationUnit: {unit['randomizationUnit']!r} is not a"
                f" context kind of project {project.key!r}. {known(project.context_kinds)}"
            )
        if unit["standardRandomizationUnit"] not in STANDARD_UNITS:
            raise invalid(
                f"{path}[{number}].standardRandomizationUnit must be one of"
                f" {', '.join(STANDARD_UNITS)}, not {unit['standardRandomizationUnit']!r}."
            )
    unique([unit["randomizationUnit"] for unit in body], path)
    defaults = sum(unit["default"] for unit in body)
    if defaults != 1:
        raise invalid(f"{path} must have exactly one unit with default true, not {defaults}.")
    return tuple(
        RandomizationUnit(
            unit["randomizationUnit"], unit["standardRandomizationUnit"], unit["default"]
        )
        for unit in body
    )


def rule_is_free(
    candidate: Experiment, starting: Iteration, others: Iterable[Experiment]
) -> RefusedError | None:
    """The refusal if a rule of a flag is already in a running experiment.

    A rule can be in one running experiment at a time.
    """
    for other in others:
        if other.key == candidate.key or other.current.status != "running":
            continue
        for flag_key, use in starting.flags.items():
            theirs = other.current.flags.get(flag_key)
            if theirs is not None and theirs.rule_id == use.rule_id:
                return RefusedError(
                    409,
                    "conflict",
                    f"Rule {use.rule_id!r} of flag {flag_key!r} is already in the running"
                    f" experiment {other.key!r}. Stop that one first, or use another rule.",
                )
    return None

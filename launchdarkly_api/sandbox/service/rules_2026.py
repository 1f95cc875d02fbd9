"""The rules for request bodies in the API of 2026, beside those of 2023.

``bodies`` has checked the shape before. A field that is null counts as absent.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import replace
from decimal import Decimal
from typing import Any

from launchdarkly_api.sandbox.service import rules
from launchdarkly_api.sandbox.service.bodies_2026 import ANALYSIS
from launchdarkly_api.sandbox.service.problems import invalid
from launchdarkly_api.sandbox.service.rules import Measured, known, not_blank
from launchdarkly_api.sandbox.state.records import (
    STANDARD_UNITS,
    Experiment,
    ExperimentKind,
    FlagUse,
    Iteration,
    Methodology,
    MetricGroup,
    MetricUse,
    Project,
    RandomizationUnit,
)

Json = Mapping[str, Any]

#: The maintainer of an experiment whose request names none: the owner of the access token.
OWNER = "12ab3c45de678910fab12345"
#: The largest number of the format ``int64``.
LARGEST_INTEGER = 2**63 - 1


def experiment(body: Json, project: Project, environment_key: str) -> Experiment:
    """The experiment that an ``ExperimentPost`` describes."""
    kind: ExperimentKind = body.get("type") or "experiment"
    owned = {"maintainerId": OWNER, **_without_nulls(body)}
    current = iteration(body["iteration"], project, environment_key, 1, path="iteration.")
    return replace(
        rules.experiment(owned, project, environment_key, current),
        kind=kind,
        methodology=_methodology(body.get("methodology"), kind),
        data_source=body.get("dataSource") or "launchdarkly",
        tags=_names(body.get("tags"), "tags"),
        holdout_id=_optional(body.get("holdoutId"), "holdoutId"),
        analysis_config=_analysis_config(body.get("analysisConfig")),
    )


def _methodology(given: Methodology | None, kind: ExperimentKind) -> Methodology:
    if kind != "mab":
        return given or "frequentist"
    if given not in (None, "bayesian"):
        raise invalid(
            f"methodology {given!r} is not possible for an experiment of type 'mab'."
            " Send 'bayesian', or leave it out."
        )
    return "bayesian"


def _names(given: Sequence[str] | None, path: str) -> tuple[str, ...]:
    """Strings without repetition."""
    names = given or ()
    for number, name in enumerate(names):
        not_blank(name, f"{path}[{number}]")
    return tuple(dict.fromkeys(names))


def _optional(given: str | None, path: str) -> str | None:
    return None if given is None else not_blank(given, path)


def _analysis_config(given: Json | None) -> dict[str, Any]:
    sent = _without_nulls(given or {})
    config = {name: sent[name] for name in ANALYSIS.optional if name in sent}
    for name, largest in (("bayesianThreshold", 100), ("significanceThreshold", 1)):
        if name in config:
            _within(config[name], largest, f"analysisConfig.{name}")
    return config


def _within(text: str, largest: int, path: str) -> None:
    if not re.fullmatch(r"[0-9]{1,3}(\.[0-9]{1,18})?", text) or Decimal(text) > largest:
        raise invalid(
            f'{path} must be a number from 0 to {largest} in a string, such as "{largest}",'
            f" not {text!r:.80}."
        )


def iteration(
    body: Json, project: Project, environment_key: str, number: int, path: str = ""
) -> Iteration:
    """The iteration that an ``IterationInput`` describes, before its start."""
    made = rules.iteration(
        {"randomizationUnit": _default_unit(project), **_without_nulls(body)},
        project,
        environment_key,
        number,
        path,
        _measured,
    )
    return replace(
        made,
        flags=_flags(body["flags"], made, project, f"{path}flags"),
        attributes=_names(body.get("attributes"), f"{path}attributes"),
        covariate_id=_optional(body.get("covariateId"), f"{path}covariateId"),
        reallocation_frequency_millis=_frequency(
            body.get("reallocationFrequencyMillis"), f"{path}reallocationFrequencyMillis"
        ),
    )


def _without_nulls(body: Json) -> Json:
    return {name: value for name, value in body.items() if value is not None}


def _default_unit(project: Project) -> str | None:
    """The randomization unit ``user``, if the settings of the project list it."""
    return next((unit.key for unit in project.units if unit.key == "user"), None)


def _frequency(given: float | None, path: str) -> int | None:
    if given is None:
        return None
    if not 1 <= given <= LARGEST_INTEGER:
        raise invalid(f"{path} must be a positive number of milliseconds, not {given}.")
    return int(given)


def _flags(body: Json, made: Iteration, project: Project, path: str) -> dict[str, FlagUse]:
    flags = {}
    for key, use in made.flags.items():
        chosen = body[key].get("notInExperimentVariationId")
        variations = project.flags[key].variations
        if chosen is not None and all(chosen != variation.id for variation in variations):
            raise invalid(
                f"{path}[{key!r}].notInExperimentVariationId: flag {key!r} has no variation"
                f" {chosen!r}. {known(f'{v.id} ({v.name})' for v in variations)}"
            )
        flags[key] = replace(use, not_in_experiment_variation_id=chosen)
    return flags


def _measured(body: Json, project: Project, path: str) -> Measured:
    uses = [_use(given, project, f"{path}metrics[{n}]") for n, given in enumerate(body["metrics"])]
    rules.unique([use.key for use in uses], f"{path}metrics")
    primary, funnel = _primary(body, project, path)
    if all((use.key, use.group) != (primary, funnel is not None) for use in uses):
        uses.insert(0, MetricUse(primary, group=funnel is not None))
    first = primary if funnel is None else funnel.metrics[-1]
    measured = dict.fromkeys(
        key
        for use in uses
        for key in (project.metric_groups[use.key].metrics if use.group else (use.key,))
    )
    return Measured(
        first,
        tuple(key for key in measured if key != first),
        tuple(uses),
        None if funnel is None else funnel.key,
    )


def _use(given: Json, project: Project, path: str) -> MetricUse:
    key, group, unit = given["key"], bool(given.get("isGroup")), given.get("analysisUnit")
    groups = project.metric_groups
    if key not in (groups if group else project.metrics):
        kind = "metric group" if group else "metric"
        hint = " It is a metric group: send isGroup true." if key in groups else ""
        raise invalid(
            f"{path}.key: unknown {kind} {key!r} in project {project.key!r}.{hint}"
            f" {known(groups if group else project.metrics)}"
        )
    if unit is not None and unit not in project.context_kinds:
        raise invalid(
            f"{path}.analysisUnit: {unit!r} is not a context kind of project {project.key!r}."
            f" {known(project.context_kinds)}"
        )
    return MetricUse(key, group, unit)


def _primary(body: Json, project: Project, path: str) -> tuple[str, MetricGroup | None]:
    """The key of the primary metric, and its funnel if it is one."""
    single, funnel = body.get("primarySingleMetricKey"), body.get("primaryFunnelKey")
    marked = [metric for metric in body["metrics"] if metric.get("primary")]
    if single is not None and funnel is not None:
        raise invalid(
            f"{path}primarySingleMetricKey and {path}primaryFunnelKey exclude each other."
            " Send one of them."
        )
    if single is None and funnel is None:
        if len(marked) != 1:
            raise invalid(
                f"{path}primarySingleMetricKey and {path}primaryFunnelKey are missing."
                " Send one of them."
            )
        if not marked[0].get("isGroup"):
            return marked[0]["key"], None
        funnel = marked[0]["key"]
    chosen = str(funnel if single is None else single)
    if any(metric["key"] != chosen for metric in marked):
        raise invalid(
            f"{path}metrics marks another primary metric than {chosen!r}."
            " Leave out primary, which is deprecated."
        )
    if single is None:
        return chosen, _funnel(chosen, project, path)
    if chosen not in project.metrics:
        raise invalid(
            f"{path}primarySingleMetricKey: unknown metric {chosen!r} in project"
            f" {project.key!r}. {known(project.metrics)}"
        )
    return chosen, None


def _funnel(key: str, project: Project, path: str) -> MetricGroup:
    group = project.metric_groups.get(key)
    if group is None or group.kind != "funnel":
        funnels = (g.key for g in project.metric_groups.values() if g.kind == "funnel")
        raise invalid(
            f"{path}primaryFunnelKey: {key!r} is not a funnel of project {project.key!r}."
            f" {known(funnels)}"
        )
    return group


def randomization_units(body: Sequence[Json], project: Project) -> tuple[RandomizationUnit, ...]:
    """The units that a ``RandomizationSettingsPut`` describes.

    If none has a ``default``, the current default stays if it is listed, else the first unit
    becomes the default. ``standardRandomizationUnit`` is deprecated, and any string.
    """
    units = [_without_nulls(unit) for unit in body]
    undecided = [unit for unit in units if "default" not in unit]
    chosen = None
    if undecided and not any(unit.get("default") for unit in units):
        present = {unit.key for unit in project.units if unit.default}
        still = [unit for unit in undecided if unit["randomizationUnit"] in present]
        (chosen, *_) = still or undecided
    completed = []
    for unit in units:
        standard = unit.get("standardRandomizationUnit")
        completed.append(
            {
                "default": unit is chosen,
                **unit,
                "standardRandomizationUnit": standard if standard in STANDARD_UNITS else "user",
            }
        )
    return rules.randomization_units(completed, project)

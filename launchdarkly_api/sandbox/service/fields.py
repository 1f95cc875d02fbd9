"""Changes of single fields of an experiment: ``updateExperimentFields`` and its relatives.

A change is applied to the request body that would create the experiment as it is. The result passes
the same checks as any body, and the fields that it changes are taken from it.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any

from launchdarkly_api.sandbox.service import bodies, rules_2026
from launchdarkly_api.sandbox.service.bodies_2026 import EXPERIMENT
from launchdarkly_api.sandbox.service.problems import invalid
from launchdarkly_api.sandbox.service.rules import known
from launchdarkly_api.sandbox.state.clock import now
from launchdarkly_api.sandbox.state.records import (
    Experiment,
    FlagUse,
    Iteration,
    Project,
    Status,
    new_id,
)

Json = dict[str, Any]
Operations = tuple[str, ...]

_UPDATE: Operations = ("update",)
_ALL: Operations = ("add", "update", "remove")
_ALWAYS: dict[str, Operations] = {
    "name": _UPDATE,
    "description": ("update", "remove"),
    "maintainerId": _UPDATE,
    "tags": _ALL,
}

#: The operations that each field accepts, by the status of the current iteration.
MUTABLE: dict[Status, dict[str, Operations]] = {
    "not_started": {
        **_ALWAYS,
        "analysisConfig": ("update", "remove"),
        "attributes": _ALL,
        "canReshuffleTraffic": _UPDATE,
        "covariateId": _ALL,
        "dataSource": _UPDATE,
        "flags": _UPDATE,
        "holdoutId": _ALL,
        "hypothesis": _UPDATE,
        "methodology": _UPDATE,
        "metrics": _ALL,
        "primaryFunnelKey": _ALL,
        "primarySingleMetricKey": _ALL,
        "randomizationUnit": _UPDATE,
        "reallocationFrequencyMillis": _ALL,
        "treatments": _UPDATE,
    },
    "running": {**_ALWAYS, "attributes": ("add",), "metrics": ("add",)},
    "stopped": _ALWAYS,
}

#: The attributes of the records that hold each field.
_OF_EXPERIMENT: dict[str, str] = {
    "analysisConfig": "analysis_config",
    "dataSource": "data_source",
    "description": "description",
    "holdoutId": "holdout_id",
    "maintainerId": "maintainer_id",
    "methodology": "methodology",
    "name": "name",
    "tags": "tags",
}
_METRICS = ("primary_metric", "secondary_metrics", "uses", "primary_funnel")
_OF_ITERATION: dict[str, tuple[str, ...]] = {
    "attributes": ("attributes",),
    "canReshuffleTraffic": ("can_reshuffle_traffic",),
    "covariateId": ("covariate_id",),
    "flags": ("flags",),
    "hypothesis": ("hypothesis",),
    "metrics": _METRICS,
    "primaryFunnelKey": _METRICS,
    "primarySingleMetricKey": _METRICS,
    "randomizationUnit": ("randomization_unit",),
    "reallocationFrequencyMillis": ("reallocation_frequency_millis",),
    "treatments": ("treatments",),
}


def mutable_by_status() -> Json:
    """A ``MutableFieldsByStatusRep``."""
    return {
        status: {field: list(operations) for field, operations in fields.items()}
        for status, fields in MUTABLE.items()
    }


def _iteration_input(iteration: Iteration, experiment: Experiment, project: Project) -> Json:
    """The ``IterationInput`` of an iteration, with the current versions of its flags."""
    metrics = [
        {"key": use.key, "isGroup": use.group, "analysisUnit": use.analysis_unit}
        for use in iteration.uses
    ]
    funnel = iteration.primary_funnel
    environment = experiment.environment_key
    return {
        "hypothesis": iteration.hypothesis,
        "metrics": metrics or [{"key": key} for key in iteration.metrics],
        "primarySingleMetricKey": None if funnel else iteration.primary_metric,
        "primaryFunnelKey": funnel,
        "treatments": [
            {
                "name": treatment.name,
                "baseline": treatment.baseline,
                "allocationPercent": treatment.allocation_percent,
                "parameters": [
                    {"flagKey": p.flag_key, "variationId": p.variation_id}
                    for p in treatment.parameters
                ],
            }
            for treatment in iteration.treatments
        ],
        "flags": {
            key: {
                "ruleId": use.rule_id,
                "flagConfigVersion": project.flags[key].configs[environment].version,
                "notInExperimentVariationId": use.not_in_experiment_variation_id,
            }
            for key, use in iteration.flags.items()
        },
        "covariateId": iteration.covariate_id,
        "attributes": list(iteration.attributes),
        "reallocationFrequencyMillis": iteration.reallocation_frequency_millis,
    }


def _post(experiment: Experiment, project: Project) -> Json:
    """The ``ExperimentPost`` that describes an experiment as it is."""
    return {
        "name": experiment.name,
        "key": experiment.key,
        "iteration": _iteration_input(experiment.current, experiment, project),
        "description": experiment.description,
        "maintainerId": experiment.maintainer_id,
        "holdoutId": experiment.holdout_id,
        "tags": list(experiment.tags),
        "methodology": experiment.methodology,
        "analysisConfig": experiment.analysis_config,
        "dataSource": experiment.data_source,
        "type": experiment.kind,
    }


def _item_key(item: Any) -> Any:
    """The identity of an item of a list: the key of a metric, or the item itself."""
    return item.get("key") if isinstance(item, dict) else item


def _list(field: str, value: Any) -> list[Any]:
    if not isinstance(value, list):
        raise invalid(f"value.{field}.value must be a list, not {bodies.shown(value)}.")
    return value


def _add(field: str, current: Any, value: Any) -> Any:
    if isinstance(current, list):
        return [*current, *_list(field, value)]
    if current is not None:
        raise invalid(f"value.{field}: there is a value already. Use the operation update.")
    return value


def _update(field: str, _: Any, value: Any) -> Any:
    if value is None:
        raise invalid(f"value.{field}.value is missing. The operation update needs it.")
    return value


def _remove(field: str, current: Any, value: Any) -> Any:
    if not isinstance(current, list):
        return None
    if value is None:
        return []
    removed = [_item_key(item) for item in _list(field, value)]
    return [item for item in current if _item_key(item) not in removed]


_OPERATIONS: dict[str, Callable[[str, Any, Any], Any]] = {
    "add": _add,
    "update": _update,
    "remove": _remove,
}


def _operation(field: str, change: Any, status: Status) -> str:
    """The operation of a change, if the field accepts it in this status."""
    if not isinstance(change, dict):
        raise invalid(f"value.{field} must be an object, not {bodies.shown(change)}.")
    operation = change.get("operation")
    if not isinstance(operation, str) or operation not in _OPERATIONS:
        problem = "is missing" if operation is None else f"{bodies.shown(operation)} is unknown"
        raise invalid(f"value.{field}.operation {problem}. {known(_OPERATIONS)}")
    accepted = MUTABLE[status].get(field, ())
    if operation not in accepted:
        possible = f"Possible: {', '.join(accepted)}" if accepted else "No operation is possible"
        raise invalid(
            f"value.{field}: {operation} is not possible while the iteration is {status}."
            f" {possible}. See expand=mutableFieldsByStatus."
        )
    return operation


def changes_of(value: Any) -> dict[str, Any]:
    """The changes by field, from the ``value`` of an instruction."""
    if not isinstance(value, dict):
        raise invalid(f"value must be an object of fields, not {bodies.shown(value)}.")
    fields = MUTABLE["not_started"]
    for field in value:
        if field not in fields:
            raise invalid(f"value: field {field!r:.80} is unknown. {known(fields)}")
    return value


def change(experiment: Experiment, changes: Mapping[str, Any], project: Project) -> Experiment:
    """The experiment after changes of its fields.

    The status of the current iteration decides which changes are possible.

    Args:
        experiment: The experiment before.
        changes: By field, an object with ``operation`` and, if the operation needs it, ``value``.
        project: The project of the experiment.

    Raises:
        RefusedError: A change is not possible, or leads to an invalid experiment.
    """
    post = _post(experiment, project)
    for field, given in changes.items():
        operation = _operation(field, given, experiment.current.status)
        part = post if field in _OF_EXPERIMENT else post["iteration"]
        value = given.get("value")
        changed_to = _OPERATIONS[operation](field, part.get(field), value)
        if operation == "remove":
            _check_removed(post, part, field, value)
        part[field] = changed_to
    bodies.check(EXPERIMENT, post)
    made = rules_2026.experiment(post, project, experiment.environment_key)
    current = experiment.current
    names = [name for field in changes for name in _OF_ITERATION.get(field, ())]
    if names:
        changed = {name: getattr(made.current, name) for name in names}
        current = replace(current, **changed, version=current.version + 1)
    taken = {
        name: getattr(made, name) for field, name in _OF_EXPERIMENT.items() if field in changes
    }
    return replace(experiment, **taken, current=current)


def _check_removed(post: Json, part: Json, field: str, value: Any) -> None:
    """Check that what is removed has the type of the field. A metric may be given by its key."""
    if value is None:
        return
    current = part.get(field)
    if isinstance(value, list) and isinstance(current, list):
        by_key = any(isinstance(item, dict) for item in current)
        value = [{"key": v} if by_key and isinstance(v, str) else v for v in value]
    part[field] = value
    bodies.check(EXPERIMENT, post)


def successor(experiment: Experiment, project: Project) -> Iteration:
    """A new iteration like the current one, before its start."""
    current = experiment.current
    environment = experiment.environment_key
    flags: dict[str, FlagUse] = {
        key: replace(use, flag_config_version=project.flags[key].configs[environment].version)
        for key, use in current.flags.items()
    }
    return replace(
        current,
        id=new_id(),
        number=len(experiment.iterations) + 1,
        status="not_started",
        created_at=now(),
        treatments=tuple(replace(treatment, id=new_id()) for treatment in current.treatments),
        flags=flags,
        started_at=None,
        ended_at=None,
        change_justification=None,
        winning_treatment_id=None,
        winning_reason=None,
        version=1,
    )

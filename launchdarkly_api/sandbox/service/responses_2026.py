"""Responses in the API of 2026: those of 2023 with the fields of today's document.

As in 2023, an empty or unknown value is omitted, and no value is null.
"""

from __future__ import annotations

from collections.abc import Collection
from functools import partial

from launchdarkly_api.sandbox.service import fields, responses
from launchdarkly_api.sandbox.service.endpoints import METRIC_GROUP, path
from launchdarkly_api.sandbox.service.responses import Json, present
from launchdarkly_api.sandbox.state.records import (
    Experiment,
    FlagUse,
    Iteration,
    Metric,
    MetricGroup,
    MetricUse,
    Project,
)


def version_id(key: str) -> str:
    # Metrics and groups of the sandbox never change.
    return f"{key}-1"


def _metric(record: Metric, unit: str | None, project: Project) -> Json:
    """The fields that all representations of a metric share."""
    custom = {"isNumeric": record.numeric, "eventKey": record.key}
    return {
        **responses.metric(record, project),
        "_versionId": version_id(record.key),
        **(custom if record.kind == "custom" else {}),
        "analysisType": "mean",
        **present(analysisUnit=unit),
    }


def metric(record: Metric, unit: str | None, project: Project) -> Json:
    """A ``MetricV2Rep``."""
    return {**_metric(record, unit, project), "unitAggregationType": "average"}


def metric_group(record: MetricGroup, project: Project) -> Json:
    """A ``DependentMetricGroupRepWithMetrics``, with the metrics as ``MetricInGroupRep``."""
    members = [project.metrics[key] for key in record.metrics]
    return {
        "key": record.key,
        "name": record.name,
        "kind": record.kind,
        "_links": {"self": responses.link(path(METRIC_GROUP, project.key, record.key))},
        "metrics": [{**metric(m, None, project), "nameInGroup": m.name} for m in members],
    }


def _metric_or_group(use: MetricUse, project: Project) -> Json:
    """A ``DependentMetricOrMetricGroupRep``."""
    if use.group:
        group = metric_group(project.metric_groups[use.key], project)
        unit = present(analysisUnit=use.analysis_unit)
        return {**group, "_versionId": version_id(use.key), "isGroup": True, **unit}
    return {**_metric(project.metrics[use.key], use.analysis_unit, project), "isGroup": False}


def uses_of(record: Iteration) -> tuple[MetricUse, ...]:
    """The metrics and groups of an iteration, also of one that a request of 2023 created."""
    return record.uses or tuple(MetricUse(key) for key in record.metrics)


def _flag(body: Json, key: str, use: FlagUse, record: Iteration) -> Json:
    baseline = next((t.variation_of(key) for t in record.treatments if t.baseline), None)
    rest = use.not_in_experiment_variation_id or baseline
    return {**body, **present(notInExperimentVariationId=rest)}


def _metrics(record: Iteration, project: Project, expand: Collection[str]) -> Json:
    uses = uses_of(record)
    funnel = record.primary_funnel
    wanted = (funnel or record.primary_metric, funnel is not None)
    primary = next(use for use in uses if (use.key, use.group) == wanted)
    body: Json = {"primaryMetric": _metric_or_group(primary, project)}
    if primary.group:
        body["primaryFunnel"] = metric_group(project.metric_groups[primary.key], project)
    else:
        body["primarySingleMetric"] = metric(
            project.metrics[primary.key], primary.analysis_unit, project
        )
    if "secondaryMetrics" in expand:
        secondary = [
            metric(project.metrics[use.key], use.analysis_unit, project)
            for use in uses
            if use != primary and not use.group
        ]
        body.update(present(secondaryMetrics=secondary))
        body["metrics"] = [_metric_or_group(use, project) for use in uses]
    return body


def iteration(
    record: Iteration, project: Project, expand: Collection[str], *, bandit: bool = False
) -> Json:
    """An ``IterationRep``.

    Args:
        record: The iteration.
        project: The project of its experiment.
        expand: The values of the parameter ``expand``.
        bandit: Whether the experiment is a multi-armed bandit.
    """
    body = responses.iteration(record, project, expand)
    flags = {key: _flag(body["flags"][key], key, use, record) for key, use in record.flags.items()}
    covariate = record.covariate_id and {
        "id": record.covariate_id,
        "fileName": f"{record.covariate_id}.csv",
        "createdAt": record.created_at,
    }
    frequency = record.reallocation_frequency_millis if bandit else None
    body.pop("secondaryMetrics", None)
    return {
        **body,
        "version": record.version,
        "flags": flags,
        **_metrics(record, project, expand),
        **present(
            attributes=list(record.attributes),
            covariateInfo=covariate,
            reallocationFrequencyMillis=frequency,
        ),
    }


def _access(record: Experiment) -> Json:
    """An ``Access``: the token may change the experiment, and nothing can delete one."""
    resource = f"proj/{record.project_key}:env/{record.environment_key}:experiment/{record.key}"

    def reason(effect: str, *actions: str) -> Json:
        return {
            "effect": effect,
            "actions": list(actions),
            "resources": [resource],
            "role_name": "sandbox",
        }

    allowed = ("updateExperiment", "updateExperimentArchived")
    return {
        "allowed": [{"action": each, "reason": reason("allow", *allowed)} for each in allowed],
        "denied": [{"action": "deleteExperiment", "reason": reason("deny", "deleteExperiment")}],
    }


def experiment(record: Experiment, project: Project, expand: Collection[str]) -> Json:
    """An ``Experiment``."""
    render = partial(iteration, bandit=record.kind == "mab")
    body = {
        **responses.experiment(record, project, expand, render),
        "environmentKey": record.environment_key,
        "methodology": record.methodology,
        "dataSource": record.data_source,
        "type": record.kind,
        "_access": _access(record),
        **present(tags=list(record.tags), holdoutId=record.holdout_id),
    }
    if "analysisConfig" in expand:
        body.update(present(analysisConfig=record.analysis_config))
    if "mutableFieldsByStatus" in expand:
        body["mutableFieldsByStatus"] = fields.mutable_by_status()
    return body


def settings(project: Project) -> Json:
    """A ``RandomizationSettingsRep``."""
    body = responses.settings(project)
    for unit in body["randomizationUnits"]:
        del unit["standardRandomizationUnit"]
    return body

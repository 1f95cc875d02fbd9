"""Responses: from records to the JSON objects of the contract.

An empty or unknown value is omitted. No value is null.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from typing import Any

from launchdarkly_api.sandbox.service.endpoints import (
    ENVIRONMENT,
    EXPERIMENT,
    FLAG,
    LEGACY,
    METRIC,
    PROJECT,
    RESULTS,
    SETTINGS,
    path,
)
from launchdarkly_api.sandbox.service.queries import Page, Query
from launchdarkly_api.sandbox.service.results import ArmResult, Results
from launchdarkly_api.sandbox.state.records import (
    Experiment,
    Flag,
    FlagUse,
    Iteration,
    Metric,
    Project,
    Treatment,
)

Json = dict[str, Any]


def link(href: str) -> Json:
    return {"href": href, "type": "application/json"}


def experiment_path(record: Experiment, template: str = EXPERIMENT, *more: str) -> str:
    """The path of an experiment, or of something below it."""
    return path(template, record.project_key, record.environment_key, record.key, *more)


def present(**values: Any) -> Json:
    """The values that are neither unknown nor empty."""
    return {name: value for name, value in values.items() if value not in (None, "", [], {})}


def metric(record: Metric, project: Project) -> Json:
    return {
        "key": record.key,
        "name": record.name,
        "kind": record.kind,
        "_links": {"self": link(path(METRIC, project.key, record.key))},
    }


def _flag(flag: Flag, use: FlagUse, project: Project) -> Json:
    rule = flag.rule(use.rule_id)
    return {
        "targetingRule": use.rule_id,
        **present(
            targetingRuleDescription=rule and rule.description,
            targetingRuleClauses=rule and list(rule.clauses),
        ),
        "flagConfigVersion": use.flag_config_version,
        "_links": {"self": link(path(FLAG, project.key, flag.key))},
    }


def _treatment(record: Treatment) -> Json:
    return {
        "_id": record.id,
        "name": record.name,
        "allocationPercent": record.allocation_percent,
        "baseline": record.baseline,
        **present(
            parameters=[
                {"flagKey": p.flag_key, "variationId": p.variation_id} for p in record.parameters
            ]
        ),
    }


def iteration(record: Iteration, project: Project, expand: Collection[str]) -> Json:
    """An ``IterationRep``."""
    body = {
        "_id": record.id,
        "hypothesis": record.hypothesis,
        "status": record.status,
        "createdAt": record.created_at,
        **present(
            startedAt=record.started_at,
            endedAt=record.ended_at,
            winningTreatmentId=record.winning_treatment_id,
            winningReason=record.winning_reason,
        ),
        "canReshuffleTraffic": record.can_reshuffle_traffic,
        "flags": {
            key: _flag(project.flags[key], use, project) for key, use in record.flags.items()
        },
        "primaryMetric": metric(project.metrics[record.primary_metric], project),
        **present(randomizationUnit=record.randomization_unit),
    }
    if "treatments" in expand:
        body["treatments"] = [_treatment(t) for t in record.treatments]
    if "secondaryMetrics" in expand and record.secondary_metrics:
        body["secondaryMetrics"] = [
            metric(project.metrics[key], project) for key in record.secondary_metrics
        ]
    return body


def experiment(
    record: Experiment,
    project: Project,
    expand: Collection[str],
    render: Callable[[Iteration, Project, Collection[str]], Json] = iteration,
) -> Json:
    """An ``Experiment``.

    As on the live service, the first iteration is the current one from the beginning, although the
    contract calls every iteration before its start a draft.

    Args:
        record: The experiment.
        project: Its project.
        expand: The values of the parameter ``expand``.
        render: Renders an iteration.
    """
    body = {
        "_id": record.id,
        "key": record.key,
        "name": record.name,
        **present(description=record.description),
        "_maintainerId": record.maintainer_id,
        "_creationDate": record.creation_date,
        **present(archivedDate=record.archived_date),
        "_links": {
            "self": link(experiment_path(record)),
            "parent": link(path(ENVIRONMENT, record.project_key, record.environment_key)),
        },
        "currentIteration": render(record.current, project, expand),
    }
    if "draftIteration" in expand and record.draft:
        body["draftIteration"] = render(record.draft, project, expand)
    if "previousIterations" in expand and record.previous:
        body["previousIterations"] = [render(past, project, expand) for past in record.previous]
    return body


def collection(items: Sequence[Json], page: Page, address: str, query: Query) -> Json:
    """An ``ExperimentCollectionRep``."""
    return {
        "items": list(items),
        "total_count": page.total,
        "_links": {name: link(href) for name, href in page.links(address, query).items()},
    }


def settings(project: Project) -> Json:
    """An ``ExperimentationSettingsRep``."""
    return {
        "_projectId": project.id,
        "_projectKey": project.key,
        "randomizationUnits": [
            {
                "randomizationUnit": unit.key,
                "standardRandomizationUnit": unit.standard,
                "default": unit.default,
                "_hidden": False,
                "_displayName": project.context_kinds[unit.key],
            }
            for unit in project.units
        ],
        "_creationDate": project.creation_date,
        "_links": {
            "self": link(path(SETTINGS, project.key)),
            "parent": link(path(PROJECT, project.key)),
        },
    }


def arm(result: ArmResult) -> Json:
    """A ``TreatmentResultRep``."""
    body: Json = {
        "treatmentId": result.arm.treatment.id,
        "treatmentName": result.arm.treatment.name,
        "units": len(result.arm.values),
    }
    if result.posterior is not None and result.interval is not None:
        body["mean"] = result.posterior.mean
        body["credibleInterval"] = {"lower": result.interval[0], "upper": result.interval[1]}
        body["pBest"] = result.best
    if result.differences:
        body["relativeDifferences"] = [
            {"lower": lower, "upper": upper, "fromTreatmentId": other}
            for other, (lower, upper) in result.differences.items()
        ]
    return body


def seen(last_event: int | None) -> Json:
    """A ``MetricSeen``. Its timestamp is in seconds, unlike all others."""
    if last_event is None:
        return {"ever": False}
    return {"ever": True, "timestamp": last_event // 1000}


def results(found: Results, record: Experiment, metric_key: str) -> Json:
    """An ``ExperimentBayesianResultsRep``. Without exposures it contains no numbers."""
    body: Json = {
        "_links": {
            "self": link(experiment_path(record, RESULTS, metric_key)),
            "parent": link(experiment_path(record)),
        },
        "metricSeen": seen(found.last_event),
    }
    if found.probability_of_mismatch is not None:
        body["treatmentResults"] = [arm(result) for result in found.arms]
        body["probabilityOfMismatch"] = found.probability_of_mismatch
    return body


def legacy(
    numbers: Json, project: Project, environment_key: str, flag: Flag, metric_key: str
) -> Json:
    """An ``ExperimentResults`` around the given numbers."""
    parent = path(FLAG, project.key, flag.key)
    here = path(LEGACY, project.key, flag.key, environment_key, metric_key)
    return {
        "_links": {"self": link(here), "parent": link(parent)},
        "metadata": [{"key": variation.value} for variation in flag.variations],
        **numbers,
    }

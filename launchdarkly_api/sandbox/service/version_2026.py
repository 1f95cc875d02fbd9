"""The API of 2026: responses with newer fields and values, and requests with more defaults.

They serve to test how a client handles fields and values that its own contract does not have.
"""

from __future__ import annotations

from typing import Any

from launchdarkly_api.sandbox.service import responses
from launchdarkly_api.sandbox.service.distributions import BetaPosterior
from launchdarkly_api.sandbox.service.endpoints import Call
from launchdarkly_api.sandbox.service.results import ArmResult, Results
from launchdarkly_api.sandbox.state.records import Experiment, Iteration, Metric, Project

Json = dict[str, Any]


def _iteration_defaults(body: Any) -> Any:
    if not isinstance(body, dict) or not isinstance(body.get("metrics"), list):
        return body
    metrics = body["metrics"]
    objects = [metric for metric in metrics if isinstance(metric, dict)]
    some_primary = any(metric.get("primary") for metric in objects)
    completed = [
        {"primary": metric is objects[0] and not some_primary, **metric}
        if isinstance(metric, dict)
        else metric
        for metric in metrics
    ]
    return {**body, "metrics": completed}


def _unit_defaults(units: list[Any], project: Project) -> list[Any]:
    """The units with exactly one default: as given, else the current default, else the first."""
    objects = [unit for unit in units if isinstance(unit, dict)]
    open_ones = [unit for unit in objects if "default" not in unit]
    chosen = None
    if open_ones and not any(unit.get("default") for unit in objects):
        present = {unit.key for unit in project.units if unit.default}
        still = [unit for unit in open_ones if unit.get("randomizationUnit") in present]
        (chosen, *_) = still or open_ones
    return [
        {"default": unit is chosen, "standardRandomizationUnit": "user", **unit}
        if isinstance(unit, dict)
        else unit
        for unit in units
    ]


def with_defaults(call: Call, body: Any, project: Project) -> Any:
    """A body with defaults for the fields that are optional in 2026."""
    if not isinstance(body, dict):
        return body
    if call == "create_experiment":
        completed = {"maintainerId": "sandbox-member", **body}
        if "iteration" in body:
            completed["iteration"] = _iteration_defaults(body["iteration"])
        return completed
    if call == "create_iteration":
        return _iteration_defaults(body)
    if call == "put_experimentation_settings" and isinstance(body.get("randomizationUnits"), list):
        return {
            **body,
            "randomizationUnits": _unit_defaults(body["randomizationUnits"], project),
        }
    return body


def _metric(body: Json, record: Metric) -> Json:
    kind = "trace" if record.numeric else "standard"
    return {
        **body,
        # A guardrail metric is one that must not get worse.
        "kind": "guardrail" if record.lower_is_better else kind,
        "_versionId": f"{body['key']}-1",
        "isNumeric": record.numeric,
        "eventKey": body["key"],
        "unitAggregationType": "average",
    }


def iteration(body: Json, record: Iteration, project: Project) -> Json:
    """An iteration with today's fields.

    With secondary metrics, the primary metric becomes a group of all metrics.
    """
    newer = {
        key: _metric(responses.metric(project.metrics[key], project), project.metrics[key])
        for key in record.metrics
    }
    primary = newer[record.primary_metric]
    body = {
        **body,
        "primarySingleMetric": primary,
        "metrics": list(newer.values()),
        "attributes": ["country", "plan"],
        "reallocationFrequencyMillis": None,
        "layerSnapshot": None,
        "covariateInfo": {"covariateId": "pre-period", "status": "ready"},
    }
    if record.secondary_metrics:
        group = {
            **primary,
            "kind": "funnel",
            "isGroup": True,
            "metrics": list(newer.values()),
        }
        body["primaryMetric"] = group
        body["primaryFunnel"] = group
    else:
        body["primaryMetric"] = {**primary, "isGroup": False}
    if "secondaryMetrics" in body:
        body["secondaryMetrics"] = [newer[key] for key in record.secondary_metrics]
    body["flags"] = {
        key: {
            **flag,
            "notInExperimentVariationId": project.flags[key].variations[0].id,
        }
        for key, flag in body["flags"].items()
    }
    # Some responses have timestamps as strings of digits.
    return {
        **body,
        **{name: str(body[name]) for name in ("startedAt", "endedAt") if name in body},
    }


def experiment(body: Json, record: Experiment, project: Project) -> Json:
    """An experiment with today's fields."""
    body = {
        **body,
        "environmentKey": record.environment_key,
        "methodology": "bayesian",
        "dataSource": "launchdarkly",
        "type": "experiment",
        "tags": ["sandbox"],
        "holdoutId": None,
        "analysisConfig": {"bayesianThreshold": "90"},
        "version": len(record.iterations),
        "currentIteration": iteration(body["currentIteration"], record.current, project),
    }
    if "draftIteration" in body and record.draft:
        body["draftIteration"] = iteration(body["draftIteration"], record.draft, project)
    if "previousIterations" in body:
        body["previousIterations"] = [
            iteration(before, past, project)
            for before, past in zip(body["previousIterations"], record.previous)
        ]
    return body


def settings(body: Json) -> Json:
    """Settings with a timestamp as a string of digits."""
    return {**body, "_creationDate": str(body["_creationDate"])}


def _distribution(result: ArmResult) -> Json | None:
    posterior = result.posterior
    if posterior is None:
        return None
    if isinstance(posterior, BetaPosterior):
        return {"kind": "beta", "parameters": {"alpha": posterior.a, "beta": posterior.b}}
    return {
        "kind": "normal",
        "parameters": {
            "mu": posterior.mean,
            "sigma": (posterior.quantile(0.8413447460685429) - posterior.mean),
        },
    }


def results(body: Json, found: Results) -> Json:
    """Results with slices. An unknown number is null and not omitted."""
    arms = [
        {
            "mean": None,
            "credibleInterval": {"lower": None, "upper": None},
            "pBest": None,
            **responses.arm(result),
            "traffic": result.arm.exposures,
            "distribution": _distribution(result),
        }
        for result in found.arms
    ]
    return {
        "probabilityOfMismatch": None,
        **body,
        "treatmentResults": arms,
        # The sandbox has no attributes of units, so one slice contains them all.
        "results": [{"treatmentResults": arms}],
    }

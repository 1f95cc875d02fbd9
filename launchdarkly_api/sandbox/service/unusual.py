"""Values that no document of the service lists, to test how a client handles them.

Timestamps are strings of digits, kinds are unknown, optional fields are null, and there are fields
that nobody declares. The functions change a response of the API of 2026. Required fields and the
shapes of objects remain.
"""

from __future__ import annotations

from typing import Any

from launchdarkly_api.sandbox.service import responses, responses_2026
from launchdarkly_api.sandbox.service.responses import Json
from launchdarkly_api.sandbox.service.results import Results
from launchdarkly_api.sandbox.state.records import Experiment, Iteration, Metric, Project


def _kind(record: Metric) -> str:
    if record.lower_is_better:
        # A guardrail metric is one that must not get worse.
        return "guardrail"
    return "trace" if record.numeric else "standard"


def _with_kinds(value: Any, project: Project) -> Any:
    """A part of a response whose metrics have other kinds."""
    if isinstance(value, list):
        return [_with_kinds(item, project) for item in value]
    if not isinstance(value, dict):
        return value
    changed = {name: _with_kinds(part, project) for name, part in value.items()}
    if "kind" in value and value.get("key") in project.metrics:
        changed["kind"] = _kind(project.metrics[value["key"]])
    return changed


def iteration(body: Json, record: Iteration, project: Project) -> Json:
    """An iteration with strings as timestamps and with nulls.

    If it measures several metrics, its primary metric becomes a group of all of them.
    """
    whole = responses_2026.iteration(record, project, ("secondaryMetrics",))
    group = {
        **body["primaryMetric"],
        "kind": "funnel",
        "isGroup": True,
        "metrics": _with_kinds(whole["metrics"], project),
    }
    changed: Json = {
        "attributes": ["country", "plan"],
        "covariateInfo": None,
        "layerSnapshot": None,
        "primarySingleMetric": {**body["primaryMetric"]},
        "reallocationFrequencyMillis": None,
        **body,
        "metrics": whole["metrics"],
        **{name: str(body[name]) for name in ("startedAt", "endedAt") if name in body},
    }
    changed = dict(_with_kinds(changed, project))
    if record.secondary_metrics:
        # The kind of a group is no kind of a metric, although it has the key of one.
        changed.update(primaryMetric=group, primaryFunnel=group)
    return changed


def experiment(body: Json, record: Experiment, project: Project) -> Json:
    """An experiment with nulls, an unknown field, and a field that only ``expand`` adds."""
    changed = {
        "analysisConfig": {"bayesianThreshold": "90"},
        "holdoutId": None,
        "tags": ["sandbox"],
        **body,
        "version": len(record.iterations),
        "currentIteration": iteration(body["currentIteration"], record.current, project),
    }
    if "draftIteration" in body and record.draft:
        changed["draftIteration"] = iteration(body["draftIteration"], record.draft, project)
    if "previousIterations" in body:
        changed["previousIterations"] = [
            iteration(before, past, project)
            for before, past in zip(body["previousIterations"], record.previous)
        ]
    return changed


def settings(body: Json) -> Json:
    """Settings with a timestamp as a string of digits."""
    return {**body, "_creationDate": str(body["_creationDate"])}


def results(body: Json, found: Results) -> Json:
    """Results with slices. An unknown number is null and not omitted."""
    arms = [
        {
            "mean": None,
            "credibleInterval": {"lower": None, "upper": None},
            "pBest": None,
            **responses.arm(result),
            "traffic": result.arm.exposures,
            "distribution": result.distribution,
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

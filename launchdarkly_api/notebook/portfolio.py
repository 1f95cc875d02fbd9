"""An experiment as one row of a portfolio."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any, Protocol

from launchdarkly_api.model.experiment import Experiment
from launchdarkly_api.notebook import facts, figures
from launchdarkly_api.notebook.decisions import Rules, Situation
from launchdarkly_api.notebook.findings import Finding
from launchdarkly_api.notebook.frames import (
    COUNT,
    NUMBER,
    TEXT,
    TIME,
    TRUTH,
    Columns,
    calendar_time,
)
from launchdarkly_api.notebook.summaries import Summary

PORTFOLIO: Columns = {
    "key": TEXT,
    "name": TEXT,
    "status": TEXT,
    "started": TIME,
    "ended": TIME,
    "archived": TIME,
    "days": NUMBER,
    "metric": TEXT,
    "baseline": TEXT,
    "leader": TEXT,
    "p_best": NUMBER,
    "threshold": NUMBER,
    "wins": TRUTH,
    "ready": TRUTH,
    "compared": TEXT,
    "lift": NUMBER,
    "rel_low": NUMBER,
    "rel_high": NUMBER,
    "p_above_zero": NUMBER,
    "p_value": NUMBER,
    "units": COUNT,
    "probability_of_mismatch": NUMBER,
    "methodology": TEXT,
    "against": TEXT,
}


class Reported(Protocol):
    """The parts of an ``ExperimentReport`` that its row shows."""

    @property
    def experiment(self) -> Experiment: ...
    @property
    def known(self) -> Mapping[str, figures.Results]: ...
    @property
    def fetched_at(self) -> datetime: ...
    @property
    def rules(self) -> Rules: ...
    def summary(self) -> Summary: ...


def compared(finding: Finding) -> tuple[str | None, figures.Difference | None]:
    """Return the treatment whose difference from the baseline decides, and that difference."""
    if finding.leader_is_baseline:
        return finding.rival, finding.rival_difference
    return finding.leader, finding.difference


def portfolio_row(report: Reported) -> Sequence[Any]:
    """Return the row of an experiment."""
    experiment, summary = report.experiment, report.summary()
    iteration = facts.iteration_of(experiment)
    start, end = (iteration.started_at, iteration.ended_at) if iteration else (None, None)
    return (
        facts.clean_text(experiment.key),
        facts.clean_text(experiment.name),
        facts.clean_text(iteration.status) if iteration else None,
        *(calendar_time(start), calendar_time(end), calendar_time(experiment.archived_date)),
        Situation(report.rules, 1, iteration, report.fetched_at).days,
        *_conclusion(report, summary),
        "; ".join(
            [*summary.against, *(f for first in summary.findings[:1] for f in first.against)]
        ),
    )


def _conclusion(report: Reported, summary: Summary) -> Sequence[Any]:
    """Return the cells about the first metric."""
    if not summary.findings:
        return (None,) * 16
    first = summary.findings[0]
    results = report.known.get(first.metric.key)
    arms = [] if results is None else figures.arms(results, report.experiment)
    units = [arm.units for arm in arms if arm.units is not None]
    name, d = compared(first)
    led = first.leader is not None
    baseline = next((t for t in facts.treatments_of(report.experiment) or () if t.baseline), None)
    return (
        first.metric.key,
        None if baseline is None else facts.clean_text(baseline.name),
        *(first.leader, first.p_best, first.threshold),
        *((first.wins, summary.ready) if led else (None, None)),
        name,
        *((d.lift, d.low, d.high, d.p_above_zero, d.p_value) if d else (None,) * 5),
        facts.whole(sum(units)) if units else None,
        *(first.probability_of_mismatch, first.methodology),
    )

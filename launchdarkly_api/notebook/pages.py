"""Reports as HTML, built from the same parts as the tables of models."""

from __future__ import annotations

import base64
from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from typing import Protocol

from launchdarkly_api._display.html import (
    MAX_ROWS,
    escape,
    fold,
    isolated,
    muted,
    page,
    prose,
    rest,
    table,
    time_html,
    warning,
)
from launchdarkly_api._display.text import (
    LEVEL_TEXT,
    interval_text,
    number_text,
    percent_text,
    shortened,
    signed_percent_text,
    width_of,
)
from launchdarkly_api.model.experiment import Experiment
from launchdarkly_api.model.experiment_bayesian_results_rep import ExperimentBayesianResultsRep
from launchdarkly_api.notebook import facts
from launchdarkly_api.notebook.canvas import Picture
from launchdarkly_api.notebook.frames import APPROXIMATIONS
from launchdarkly_api.notebook.summaries import Summary
from launchdarkly_api.notebook.wording import failure_text

#: The number of metrics whose pictures a page shows. ``plot`` draws all of them.
MAX_PICTURES = 8


class Report(Protocol):
    """The parts of an ``ExperimentReport`` that its page shows."""

    @property
    def experiment(self) -> Experiment: ...
    @property
    def metrics(self) -> Sequence[facts.Metric]: ...
    @property
    def results(self) -> Mapping[str, ExperimentBayesianResultsRep]: ...
    @property
    def fetched_at(self) -> datetime: ...
    def summary(self) -> Summary: ...
    def plot(self, metric: str | None = None) -> Picture: ...


def report_page(report: Report) -> str:
    """Return an experiment as a page: facts, summary, pictures and figures."""
    summary = report.summary()
    shown = [m for m in report.metrics if m.key in report.results]
    return page(
        f"<b>{escape(shortened(summary.title))}</b>",
        table(_about(report)),
        summary.to_html(),
        *(_picture(report, metric) for metric in shown[:MAX_PICTURES]),
        rest(len(shown), MAX_PICTURES, " metrics; plot() draws them"),
        fold("Figures of each treatment", _treatments(report)),
        fold("Differences of each pair", _differences(report)),
    )


def reports_page(reports: Mapping[str, Report], unreadable: Mapping[str, Exception]) -> str:
    """Return experiments as a table: one row each, with the reasons to doubt the results."""
    shown = [*reports.values()][:MAX_ROWS]
    return page(
        table(
            [_portfolio_row(report, report.summary()) for report in shown],
            ("experiment", "status", "started", "primary metric", "leads", "P(best)", "against it"),
            numbers=frozenset({5}),
        ),
        rest(len(reports)),
        *(
            warning(f"{key} could not be read: {failure_text(error)}")
            for key, error in [*unreadable.items()][:MAX_ROWS]
        ),
    )


def _about(report: Report) -> Iterator[tuple[str, str]]:
    iteration = facts.iteration_of(report.experiment)
    yield "key", isolated(report.experiment.key)
    if iteration is None:
        return
    if iteration.hypothesis:
        yield "hypothesis", isolated(iteration.hypothesis)
    if iteration.started_at is not None:
        yield "started", time_html(iteration.started_at)
    if iteration.ended_at is not None:
        yield "ended", time_html(iteration.ended_at)
    names = [t.name for t in iteration.treatments or () if t.id == iteration.winning_treatment_id]
    if iteration.winning_treatment_id is not None:
        reason = f": {iteration.winning_reason}" if iteration.winning_reason else ""
        yield "declared winner", isolated(f"{(names or ['unknown'])[0]}{reason}")
    yield "fetched", time_html(round(report.fetched_at.timestamp() * 1000))


def _picture(report: Report, metric: facts.Metric) -> str:
    data = base64.b64encode(report.plot(metric.key).to_png()).decode("ascii")
    alternative = f"Means, differences and probabilities of being best: {metric.name}"
    return (
        f'<img alt="{escape(alternative)}" src="data:image/png;base64,{data}"'
        ' style="max-width: 100%; height: auto;">'
    )


def _treatments(report: Report) -> str:
    rows = []
    for metric, results in report.results.items():
        baseline = facts.baseline_id(report.experiment)
        for arm in facts.arms(results, report.experiment):
            difference = facts.from_baseline(arm, baseline)
            bounds = (difference.low, difference.high) if difference else None
            rows.append(
                (
                    isolated(metric),
                    isolated(arm.name or arm.id or "") + (" (baseline)" if arm.is_baseline else ""),
                    number_text(arm.mean, width_of(arm.low, arm.high)),
                    interval_text(arm.low, arm.high),
                    percent_text(arm.p_best),
                    "" if arm.units is None else f"{arm.units:,}",
                    interval_text(*bounds, signed_percent_text) if bounds else "",
                )
            )
    headers = (
        "metric",
        "treatment",
        "mean",
        f"{LEVEL_TEXT} credible interval",
        "P(best)",
        "units",
        f"relative to the baseline, {LEVEL_TEXT}",
    )
    return _bounded(rows, headers, frozenset(range(2, 7)))


def _differences(report: Report) -> str:
    rows = [
        (
            isolated(metric),
            isolated(arm.name or arm.id or ""),
            isolated(d.from_name or d.from_id or ""),
            interval_text(d.low, d.high, signed_percent_text),
            percent_text(d.approximate_p_above_zero),
        )
        for metric, results in report.results.items()
        for arm in facts.arms(results, report.experiment)
        for d in arm.differences
    ]
    headers = ("metric", "treatment", "relative to", f"{LEVEL_TEXT} bounds", "above zero, about")
    note = f"Above zero, about: an approximation, {APPROXIMATIONS['approx_p_above_zero']}."
    return _bounded(rows, headers, frozenset({3, 4})) + f"<div>{muted(note)}</div>"


def _bounded(
    rows: Sequence[tuple[str, ...]], headers: tuple[str, ...], numbers: frozenset[int]
) -> str:
    return table(rows[:MAX_ROWS], headers, numbers=numbers) + rest(
        len(rows), note=", see the frames"
    )


def _portfolio_row(report: Report, summary: Summary) -> tuple[str, ...]:
    experiment, iteration = report.experiment, facts.iteration_of(report.experiment)
    first = summary.findings[0] if summary.findings else None
    start = None if iteration is None else iteration.started_at
    against = [*summary.against, *(first.against if first else ())]
    return (
        f'<span title="{escape(experiment.key)}">{isolated(experiment.name)}</span>',
        isolated(iteration.status) if iteration else "",
        "" if start is None else time_html(start),
        isolated(first.metric.name) if first else "",
        isolated(first.leader or "") if first else "",
        percent_text(first.p_best) if first and first.leader is not None else "",
        "".join(f"<div>⚠ {prose(sentence)}</div>" for sentence in against),
    )

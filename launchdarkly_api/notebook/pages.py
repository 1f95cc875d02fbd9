"""Reports as HTML, built from the same parts as the tables of models."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from typing import Protocol

from launchdarkly_api._display.html import (
    MAX_ROWS,
    document,
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
    interval_text,
    number_text,
    p_value_text,
    percent_text,
    shortened,
    width_of,
)
from launchdarkly_api.model.experiment import Experiment
from launchdarkly_api.notebook import facts, figures
from launchdarkly_api.notebook.frames import COMPUTED
from launchdarkly_api.notebook.pictures import Picture
from launchdarkly_api.notebook.portfolio import compared
from launchdarkly_api.notebook.summaries import Summary
from launchdarkly_api.notebook.wording import bounds_text, change_of, failure_text

#: The number of metrics whose pictures a page shows. ``plot`` draws all of them.
MAX_PICTURES = 8


class Report(Protocol):
    """The parts of an ``ExperimentReport`` that its page shows."""

    @property
    def experiment(self) -> Experiment: ...
    @property
    def metrics(self) -> Sequence[facts.Metric]: ...
    @property
    def known(self) -> Mapping[str, figures.Results]: ...
    @property
    def unit(self) -> Mapping[str, str]: ...
    @property
    def fetched_at(self) -> datetime: ...
    def summary(self) -> Summary: ...
    def plot(self, metric: str | None = None) -> Picture: ...


def report_page(report: Report) -> str:
    """Return an experiment as a page: facts, summary, pictures and figures."""
    return page(*_report_parts(report), style=REPORT_STYLE)


def report_document(report: Report) -> str:
    """Return the same as a whole document."""
    return document(_title(report.summary().title), *_report_parts(report), style=REPORT_STYLE)


def _report_parts(report: Report) -> Iterator[str]:
    summary = report.summary()
    statements = {f.metric.key: f.statement for f in summary.findings}
    shown = [m for m in report.metrics if m.key in report.known]
    yield f"<b>{escape(shortened(summary.title))}</b>"
    yield table(_about(report))
    yield summary.to_html()
    for metric in shown[:MAX_PICTURES]:
        yield _picture(report, metric, statements[metric.key])
    yield rest(len(shown), MAX_PICTURES, " metrics; plot() draws them")
    yield fold("Figures of each treatment", _treatments(report))
    yield fold("Differences of each pair", _differences(report))


def reports_page(reports: Mapping[str, Report], unreadable: Mapping[str, Exception]) -> str:
    """Return experiments as a table: one row each, with the reasons to doubt the results."""
    return page(*_reports_parts(reports, unreadable), style=REPORTS_STYLE)


def reports_document(reports: Mapping[str, Report], unreadable: Mapping[str, Exception]) -> str:
    """Return the same as a whole document."""
    return document("Experiments", *_reports_parts(reports, unreadable), style=REPORTS_STYLE)


def _reports_parts(
    reports: Mapping[str, Report], unreadable: Mapping[str, Exception]
) -> Iterator[str]:
    shown = [*reports.values()][:MAX_ROWS]
    headers = ["experiment", "status", "started", "primary metric", "leads", "P(best)"]
    headers += ["relative to the baseline", "warnings"]
    yield table(
        [_portfolio_row(report, report.summary()) for report in shown],
        headers,
        numbers=frozenset({5}),
    )
    yield rest(len(reports))
    for key, error in [*unreadable.items()][:MAX_ROWS]:
        yield warning(f"{key} could not be read: {failure_text(error)}")


def _title(text: str) -> str:
    return shortened(text, 120)


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


def _picture(report: Report, metric: facts.Metric, statement: str) -> str:
    return report.plot(metric.key).to_html(f"{metric.name}: {statement}")


def treatment_cells(report: Report) -> tuple[tuple[str, ...], list[tuple[str, ...]]]:
    """Return the headers and the rows of a table of all treatments, as plain text."""
    known = report.known.values()
    kind, of_lifts = (
        " or ".join(sorted({str(interval(results)) for results in known}))
        for interval in (figures.interval_of, figures.differences_interval)
    )
    rows = [
        _treatment(report, metric, arm, figures.baseline_of(results, report.experiment))
        for metric, results in report.known.items()
        for arm in figures.arms(results, report.experiment)
    ]
    headers = ("metric", "treatment", "mean", kind, "P(best)", "units")
    return (*headers, "relative to the baseline", f"{of_lifts} of that"), rows


def _treatment(
    report: Report, metric: str, arm: figures.Arm, baseline: str | None
) -> tuple[str, ...]:
    difference = figures.from_baseline(arm, baseline)
    unit = f" {report.unit[metric]}" if metric in report.unit else ""
    mean = number_text(arm.mean, width_of(arm.low, arm.high))
    return (
        metric,
        (arm.name or arm.id or "") + (" (baseline)" if arm.is_baseline else ""),
        mean if arm.mean is None else mean + unit,
        interval_text(arm.low, arm.high) + (unit if arm.low is not None else ""),
        "" if arm.p_best is None else percent_text(arm.p_best),
        "" if arm.units is None else f"{arm.units:,}",
        "" if difference is None or difference.lift is None else change_of(difference),
        bounds_text(difference) if difference else "",
    )


def _treatments(report: Report) -> str:
    headers, rows = treatment_cells(report)
    cells = [(isolated(metric), isolated(name), *map(prose, more)) for metric, name, *more in rows]
    return _bounded(cells, headers, frozenset(range(2, 8)))


def _differences(report: Report) -> str:
    rows = [
        (
            isolated(metric),
            isolated(arm.name or arm.id or ""),
            isolated(d.from_name or d.from_id or ""),
            "" if d.lift is None else change_of(d),
            bounds_text(d),
            percent_text(d.p_above_zero) if d.p_value is None else p_value_text(d.p_value),
        )
        for metric, results in report.known.items()
        for arm in figures.arms(results, report.experiment)
        for d in arm.differences
    ]
    headers = ("metric", "treatment", "relative to", "lift", "interval", "P(above zero), or p")
    note = f"Lift: {COMPUTED['lift']}. P(above zero): {COMPUTED['p_above_zero']}."
    return _bounded(rows, headers, frozenset({3, 4, 5})) + f"<div>{muted(note)}</div>"


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
    name, difference = compared(first) if first else (None, None)
    moved = bounds_text(difference) if difference else ""
    if difference is not None and difference.lift is not None:
        moved = f"{change_of(difference)} ({moved})"
    return (
        f'<span title="{escape(experiment.key)}">{isolated(experiment.name)}</span>',
        isolated(iteration.status) if iteration else "",
        "" if start is None else time_html(start),
        isolated(first.metric.name) if first else "",
        isolated(first.leader or "") if first else "",
        "" if first is None or first.p_best is None else prose(percent_text(first.p_best)),
        "" if name is None or difference is None else f"{isolated(name)} {prose(moved)}",
        "".join(f"<div>⚠ {prose(sentence)}</div>" for sentence in against),
    )


#: Long clauses in the list of findings stay readable on a wide page.
REPORT_STYLE = "& li { max-width: 100ch; }"

#: Sentences in the cells of a table stay readable on a narrow page, where the table scrolls.
REPORTS_STYLE = "& td > div { min-width: 36ch; }"

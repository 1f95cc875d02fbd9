"""Results in words: which treatment leads, how certain that is, and reasons for doubt."""

from __future__ import annotations

import datetime
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

import pandas as pd  # type: ignore[import-untyped,unused-ignore]

from launchdarkly_api._display.html import escape, page, prose, warning
from launchdarkly_api._display.text import percent_text
from launchdarkly_api._display.thresholds import UNLIKELY_BEST
from launchdarkly_api.model.experiment import Experiment
from launchdarkly_api.notebook import facts, figures
from launchdarkly_api.notebook.decisions import Rules, Situation
from launchdarkly_api.notebook.findings import Finding, Outcome, compared_text_of, find, is_worse
from launchdarkly_api.notebook.frames import NUMBER, TEXT, TRUTH, Columns, typed_frame

FINDINGS: Columns = {
    "metric": TEXT,
    "leader": TEXT,
    "p_best": NUMBER,
    "threshold": NUMBER,
    "wins": TRUTH,
    "ready": TRUTH,
    "rel_low": NUMBER,
    "rel_high": NUMBER,
    "rel_from": TEXT,
    "lift": NUMBER,
    "p_above_zero": NUMBER,
    "p_better": NUMBER,
    "p_value": NUMBER,
    "approx_p_above_zero": NUMBER,
    "probability_of_mismatch": NUMBER,
    "methodology": TEXT,
    "against": TEXT,
}


@dataclass(frozen=True)
class Summary:
    """The findings of all metrics of an experiment, the primary metric first.

    It prints as text and Jupyter shows it as a list. ``frame`` is the same as a table.
    """

    title: str
    findings: tuple[Finding, ...]
    #: Reasons not to rely on the experiment as a whole.
    against: tuple[str, ...]

    @property
    def ready(self) -> bool:
        """Whether the first metric is ready for a decision, and nothing else speaks against it."""
        return bool(self.findings) and self.findings[0].ready and not self.against

    @property
    def frame(self) -> pd.DataFrame:
        """One row per metric."""
        return typed_frame(FINDINGS, self.rows())

    def rows(self) -> Iterator[Sequence[object]]:
        """Yield the rows of ``frame``."""
        return map(_row, self.findings)

    def __str__(self) -> str:
        return "\n".join(self._lines())

    def __repr__(self) -> str:
        return str(self)

    def _lines(self) -> Iterator[str]:
        yield self.title
        for sentence in self.against:
            yield f"  ! {sentence}"
        for finding in self.findings:
            yield f"- {_name(finding.metric)}: {finding.statement}"
            for sentence in finding.against:
                yield f"    ! {sentence}"

    def to_html(self) -> str:
        """Return the findings as an HTML list, without the style sheet of a page."""

        def bullets(sentences: Sequence[str]) -> str:
            return "".join(map(warning, sentences))

        items = "".join(
            f"<li><b>{escape(_name(f.metric))}</b>: {prose(f.statement)}{bullets(f.against)}</li>"
            for f in self.findings
        )
        return f"{bullets(self.against)}<ul>{items}</ul>"

    def _repr_html_(self) -> str:
        return page(f"<b>{escape(self.title)}</b>", self.to_html())


def summarize(
    experiment: Experiment,
    outcomes: Mapping[str, Outcome],
    metrics: Sequence[facts.Metric],
    directions: Mapping[str, bool],
    *,
    rules: Rules | None = None,
    at: datetime.datetime | None = None,
) -> Summary:
    """Draw the conclusions from the results of all metrics of an experiment.

    Args:
        experiment: The experiment.
        outcomes: The results by the keys of the metrics, or exceptions.
        metrics: The metrics.
        directions: Whether less of a metric is better, by its key.
        rules: The conditions of a decision.
        at: The time of fetching. Without it, the age of the data of a running experiment, and its
            duration, are not checked.

    Returns:
        The summary.
    """
    iteration = facts.iteration_of(experiment)
    situation = Situation(rules or Rules(), len(metrics), iteration, at)
    findings = tuple(
        find(m, outcomes[m.key], experiment, situation, lower_is_better=directions.get(m.key))
        for m in metrics
    )
    status = None if iteration is None else iteration.status
    named = "No metric was asked for" if facts.metrics_of(experiment) else _NO_METRIC
    asked = facts.clean_text(experiment.get("methodology"))
    against = [
        "The experiment has not started" if status in (None, "not_started") else None,
        None if findings else named,
        None
        if facts.baseline_id(experiment) is not None
        else "The experiment does not say which treatment is the baseline",
        _other_methodology(asked, findings),
        *_contradictions(findings),
        *_costs(findings, outcomes, experiment, directions),
    ]
    about = ", ".join([status or "no iteration", *([asked] if asked else [])])
    title = f"{facts.clean_text(experiment.name) or experiment.key} ({about})"
    return Summary(title, findings, tuple(sentence for sentence in against if sentence))


def _other_methodology(asked: str | None, findings: Sequence[Finding]) -> str | None:
    """Tell if the results are not of the methodology that the experiment asks for."""
    there = {f.methodology for f in findings}
    if asked not in ("bayesian", "frequentist") or there <= {asked}:
        return None
    missing = "p-values" if asked == "frequentist" else "probabilities"
    (other,) = there - {asked}
    return (
        f"The experiment asks for {asked} results, and these are {other}: they contain no {missing}"
    )


_NO_METRIC = "The experiment names no metric"


def _name(metric: facts.Metric) -> str:
    role = ", primary" if metric.primary else ""
    return f"{metric.name} ({metric.key}{role})" if metric.name != metric.key else metric.key + role


def _row(finding: Finding) -> Sequence[object]:
    d, led = finding.difference, finding.leader is not None
    return (
        *(finding.metric.key, finding.leader, finding.p_best, finding.threshold),
        *((finding.wins, finding.ready) if led else (None, None)),
        *((d.low, d.high, d.from_name or d.from_id) if d else (None, None, None)),
        *((d.lift, d.p_above_zero, finding.p_better, d.p_value) if d else (None,) * 4),
        d.p_above_zero if d else None,
        finding.probability_of_mismatch,
        finding.methodology,
        "; ".join(finding.against),
    )


def _primary(findings: Sequence[Finding]) -> Finding | None:
    return next((f for f in findings if f.metric.primary and f.leader is not None), None)


def _contradictions(findings: Sequence[Finding]) -> Iterator[str]:
    """Yield sentences about metrics whose winner is not the primary metric's leader."""
    primary = _primary(findings)
    for finding in findings:
        if primary is not None and finding.wins and not _same_leader(finding, primary):
            yield (
                f"{primary.leader} leads on {primary.metric.name}, but {finding.leader} wins on"
                f" {finding.metric.name}"
            )


def _same_leader(one: Finding, other: Finding) -> bool:
    if one.leader_id is None or other.leader_id is None:
        return one.leader == other.leader
    return one.leader_id == other.leader_id


def _costs(
    findings: Sequence[Finding],
    outcomes: Mapping[str, Outcome],
    experiment: Experiment,
    directions: Mapping[str, bool],
) -> Iterator[str]:
    """Yield sentences about metrics on which the primary metric's leader trails the baseline."""
    primary = _primary(findings)
    if primary is None or primary.leader_id is None:
        return
    for finding in findings:
        outcome = outcomes[finding.metric.key]
        if finding is primary or isinstance(outcome, Exception):
            continue
        there = [arm for arm in figures.arms(outcome, experiment) if arm.id == primary.leader_id]
        baseline = figures.baseline_of(outcome, experiment)
        difference = figures.from_baseline(there[0], baseline) if there else None
        if difference is None:
            continue
        start = f"{primary.leader} leads on {primary.metric.name}, but on {finding.metric.name} it"
        compared = compared_text_of(difference, finding)
        lower_is_better, p_best = directions.get(finding.metric.key), there[0].p_best
        if lower_is_better is None:
            surely = is_worse(difference, True) or is_worse(difference, False)
            if surely and p_best is not None and p_best < UNLIKELY_BEST:
                yield (
                    f"{start} {compared}, and its probability of being best is"
                    f" {percent_text(p_best)}"
                )
        elif is_worse(difference, lower_is_better):
            yield f"{start} {compared}"

"""What leads, how surely, and what speaks against it: a reading of results in words."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

import pandas as pd  # type: ignore[import-untyped,unused-ignore]

from launchdarkly_api.html import (
    as_number,
    escape,
    interval_text,
    mismatch_text,
    page,
    percent_text,
    prose,
    shortened,
    warning,
)
from launchdarkly_api.model.experiment import Experiment
from launchdarkly_api.model.experiment_bayesian_results_rep import ExperimentBayesianResultsRep
from launchdarkly_api.notebook import facts
from launchdarkly_api.notebook.frames import NUMBER, TEXT, TRUTH, Columns, typed_frame

#: With fewer units in a treatment its figures still move a lot.
FEW_UNITS = 100
#: From this probability of being best a leader is taken for the winner, unless the experiment sends
#: a threshold of its own. It is the level of the service's intervals.
DEFAULT_THRESHOLD = facts.LEVEL

FINDINGS: Columns = {
    "metric": TEXT,
    "leader": TEXT,
    "p_best": NUMBER,
    "wins": TRUTH,
    "rel_low": NUMBER,
    "rel_high": NUMBER,
    "rel_from": TEXT,
    "approx_p_above_zero": NUMBER,
    "probability_of_mismatch": NUMBER,
    "against": TEXT,
}


@dataclass(frozen=True)
class Finding:
    """What the results of one metric say."""

    metric: facts.Metric
    #: The name of the treatment with the highest probability of being best. None without figures.
    leader: str | None
    leader_is_baseline: bool
    p_best: float | None
    #: The probability of being best from which a leader wins.
    threshold: float
    #: How far the leader lies from the baseline.
    difference: facts.Difference | None
    probability_of_mismatch: float | None
    #: What speaks against relying on it, in sentences.
    against: tuple[str, ...]

    @property
    def wins(self) -> bool:
        """Whether the leader's probability of being best reaches the threshold."""
        return self.p_best is not None and self.p_best >= self.threshold

    @property
    def statement(self) -> str:
        """What leads and how surely, in words."""
        if self.leader is None:
            return "nothing leads, there are no figures"
        base = " (the baseline)" if self.leader_is_baseline else ""
        sure = "reaches" if self.wins else "does not reach"
        statement = (
            f"{self.leader}{base} leads with a probability of being best of"
            f" {percent_text(self.p_best)}, which {sure} the threshold of"
            f" {self.threshold * 100:g} %"
        )
        d = self.difference
        if d is None or (d.low is None and d.high is None):
            return statement
        other = d.from_name or d.from_id or "the other treatment"
        bounds = interval_text(d.low, d.high, lambda x: percent_text(x, sign=True))
        statement += f"; {bounds} relative to {other} (90 % bounds"
        above = d.approximate_p_above_zero
        if above is not None:
            statement += (
                f"; above zero with a probability of about {percent_text(above)},"
                " approximated by a normal distribution with these bounds"
            )
        return statement + ")"


@dataclass(frozen=True)
class Summary:
    """The findings of all metrics of an experiment, the primary one first.

    Prints as text; Jupyter shows a list; ``frame`` has it as a table.
    """

    title: str
    findings: tuple[Finding, ...]
    #: What speaks against the experiment as a whole.
    against: tuple[str, ...]

    @property
    def frame(self) -> pd.DataFrame:
        """One row a metric."""
        return typed_frame(FINDINGS, map(_row, self.findings))

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
        """The findings as a list, without the style of a page."""

        def bullets(sentences: Sequence[str]) -> str:
            return "".join(map(warning, sentences))

        items = "".join(
            f"<li><b>{escape(_name(f.metric))}</b>: {prose(f.statement)}{bullets(f.against)}</li>"
            for f in self.findings
        )
        return f"{bullets(self.against)}<ul>{items}</ul>"

    def _repr_html_(self) -> str:
        return page(f"<b>{escape(self.title)}</b>", self.to_html())


def failure_text(error: Exception) -> str:
    """What failed, in one line of bounded length."""
    return shortened(" ".join(f"{type(error).__name__}: {error}".split()), 200)


def find(
    metric: facts.Metric,
    outcome: ExperimentBayesianResultsRep | Exception,
    experiment: Experiment,
    *,
    lower_is_better: bool | None = None,
) -> Finding:
    """Read the results of one metric, or why there are none."""
    threshold = facts.threshold_of(experiment) or DEFAULT_THRESHOLD
    if isinstance(outcome, Exception):
        return Finding(
            *(metric, None, False, None, threshold, None, None),
            against=(f"Its results could not be fetched: {failure_text(outcome)}",),
        )
    arms = facts.arms(outcome, experiment)
    labels = facts.labels([arm.name or arm.id for arm in arms])
    rated = {i: a.p_best for i, a in enumerate(arms) if facts.finite(a.p_best) is not None}
    best = max(rated, key=lambda index: rated[index] or 0, default=None)
    leader = None if best is None else arms[best]
    baseline = facts.baseline_id(experiment)
    difference = None if leader is None else facts.from_baseline(leader, baseline)
    mismatch = as_number(outcome.probability_of_mismatch)
    against = [
        mismatch_text(mismatch),
        _never_seen(outcome),
        _few_units(arms, labels),
        _incomplete(arms, labels),
        _around_zero(difference),
        _tied(rated, labels, best),
        _against_direction(arms, best, lower_is_better),
    ]
    return Finding(
        metric=metric,
        leader=None if best is None else labels[best],
        leader_is_baseline=leader is not None and bool(leader.is_baseline),
        p_best=None if leader is None else leader.p_best,
        threshold=threshold,
        difference=difference,
        probability_of_mismatch=mismatch,
        against=tuple(sentence for sentence in against if sentence),
    )


def summarize(
    experiment: Experiment,
    outcomes: Mapping[str, ExperimentBayesianResultsRep | Exception],
    metrics: Sequence[facts.Metric],
    directions: Mapping[str, bool],
) -> Summary:
    """Read the results of all metrics of an experiment."""
    findings = tuple(
        find(m, outcomes[m.key], experiment, lower_is_better=directions.get(m.key)) for m in metrics
    )
    iteration = facts.iteration_of(experiment)
    status = None if iteration is None else iteration.status
    against = [
        "The experiment has not started" if status in (None, "not_started") else None,
        None if findings else "The experiment names no metric",
        None
        if facts.baseline_id(experiment) is not None
        else "The experiment does not say which treatment is the baseline",
        *_contradictions(findings),
    ]
    title = f"{facts.text(experiment.name) or experiment.key} ({status or 'no iteration'})"
    return Summary(title, findings, tuple(sentence for sentence in against if sentence))


def _name(metric: facts.Metric) -> str:
    role = ", primary" if metric.primary else ""
    return f"{metric.name} ({metric.key}{role})" if metric.name != metric.key else metric.key + role


def _row(finding: Finding) -> Sequence[object]:
    d = finding.difference
    return (
        *(finding.metric.key, finding.leader, finding.p_best),
        None if finding.leader is None else finding.wins,
        *((d.low, d.high, d.from_name or d.from_id) if d else (None, None, None)),
        d.approximate_p_above_zero if d else None,
        finding.probability_of_mismatch,
        "; ".join(finding.against),
    )


def _never_seen(results: ExperimentBayesianResultsRep) -> str | None:
    seen = results.metric_seen
    if seen is None or seen.ever is not False:
        return None
    return "The metric was never seen: no event for it has arrived"


def _few_units(arms: Sequence[facts.Arm], labels: Sequence[str]) -> str | None:
    few = [
        f"{label} has {arm.units}"
        for arm, label in zip(arms, labels)
        if arm.units is not None and arm.units < FEW_UNITS
    ]
    if not few:
        return None
    return f"Few units: {_listed(few)}; fewer than {FEW_UNITS} say little"


def _incomplete(arms: Sequence[facts.Arm], labels: Sequence[str]) -> str | None:
    missing = [
        label
        for arm, label in zip(arms, labels)
        if facts.finite(arm.mean) is None or facts.finite(arm.p_best) is None
    ]
    return f"Figures are missing for {_listed(missing)}" if missing else None


def _around_zero(difference: facts.Difference | None) -> str | None:
    if difference is None or difference.low is None or difference.high is None:
        return None
    if not difference.low <= 0 <= difference.high:
        return None
    return "The 90 % bounds of the difference include zero"


def _tied(rated: Mapping[int, float | None], labels: Sequence[str], best: int | None) -> str | None:
    others = [labels[i] for i, p in rated.items() if i != best and p == rated.get(best or 0)]
    return f"{_listed(others)} has the same probability of being best" if others else None


def _against_direction(
    arms: Sequence[facts.Arm], best: int | None, lower_is_better: bool | None
) -> str | None:
    means = [mean for arm in arms if (mean := facts.finite(arm.mean)) is not None]
    mean = None if best is None else facts.finite(arms[best].mean)
    if lower_is_better is None or mean is None or min(means) == max(means):
        return None
    if mean != (max(means) if lower_is_better else min(means)):
        return None
    said, has, assumes = (
        ("Lower", "highest", "higher") if lower_is_better else ("Higher", "lowest", "lower")
    )
    return (
        f"{said} is better here, but the leader has the {has} mean: the service seems to assume"
        f" that {assumes} is better"
    )


def _contradictions(findings: Sequence[Finding]) -> Iterator[str]:
    """Other metrics on which something else than the primary metric's leader wins."""
    primary = next((f for f in findings if f.metric.primary and f.leader is not None), None)
    for finding in findings:
        if primary is not None and finding.wins and finding.leader != primary.leader:
            yield (
                f"{primary.leader} leads on {primary.metric.name}, but {finding.leader} wins on"
                f" {finding.metric.name}"
            )


def _listed(names: Sequence[str]) -> str:
    more = f" and {len(names) - 3} more" if len(names) > 3 else ""
    return ", ".join(names[:3]) + more

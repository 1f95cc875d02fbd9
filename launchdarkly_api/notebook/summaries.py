"""Results in words: which treatment leads, how certain that is, and reasons for doubt."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

import pandas as pd  # type: ignore[import-untyped,unused-ignore]

from launchdarkly_api._display.html import escape, page, prose, warning
from launchdarkly_api._display.text import LEVEL_TEXT, as_number, mismatch_text, percent_text
from launchdarkly_api._display.thresholds import (
    DEFAULT_THRESHOLD,
    FEW_UNITS,
    MISMATCH_THRESHOLD,
    POSSIBLE_MISMATCH,
    UNLIKELY_BEST,
)
from launchdarkly_api.model.experiment import Experiment
from launchdarkly_api.model.experiment_bayesian_results_rep import ExperimentBayesianResultsRep
from launchdarkly_api.notebook import facts
from launchdarkly_api.notebook.frames import NUMBER, TEXT, TRUTH, Columns, typed_frame
from launchdarkly_api.notebook.wording import bounds_text, failure_text, listed, threshold_text

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
    """The conclusion from the results of one metric."""

    metric: facts.Metric
    #: The name of the treatment with the highest probability of being best; None if there is no
    #: single leader.
    leader: str | None
    leader_is_baseline: bool
    p_best: float | None
    #: The probability of being best that a leader needs in order to win.
    threshold: float
    #: The difference of the leader from the baseline.
    difference: facts.Difference | None
    probability_of_mismatch: float | None
    #: Reasons not to rely on this conclusion, in sentences.
    against: tuple[str, ...]
    leader_id: str | None = None
    #: If the baseline leads, the runner-up, and the runner-up's difference from the baseline.
    rival: str | None = None
    rival_difference: facts.Difference | None = None
    #: The reason why nothing leads. Used if ``leader`` is None.
    no_leader: str = "nothing leads, there are no figures"

    @property
    def wins(self) -> bool:
        """Whether the leader's probability of being best reaches the threshold."""
        return self.p_best is not None and self.p_best >= self.threshold

    @property
    def statement(self) -> str:
        """The leader and its probability of being best, in a sentence."""
        if self.leader is None:
            return self.no_leader
        base = " (the baseline)" if self.leader_is_baseline else ""
        sure = "reaches" if self.wins else "does not reach"
        statement = (
            f"{self.leader}{base} leads with a probability of being best of"
            f" {percent_text(self.p_best)}, which {sure} the threshold of"
            f" {threshold_text(self.threshold)}"
        )
        d = self.rival_difference if self.leader_is_baseline else self.difference
        if d is None or (d.low is None and d.high is None):
            return statement
        who = f"{self.rival} lies " if self.leader_is_baseline else ""
        statement += f"; {who}{bounds_text(d)} ({LEVEL_TEXT} bounds"
        above = d.approximate_p_above_zero
        if above is not None:
            statement += (
                f"; above zero with a probability of about {percent_text(above)},"
                " approximated by a normal distribution with these bounds"
            )
        return statement + ")"


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
    def frame(self) -> pd.DataFrame:
        """One row per metric."""
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


def find(
    metric: facts.Metric,
    outcome: ExperimentBayesianResultsRep | Exception,
    experiment: Experiment,
    *,
    lower_is_better: bool | None = None,
) -> Finding:
    """Draw the conclusion from the results of one metric, or from their absence."""
    threshold = facts.threshold_of(experiment) or DEFAULT_THRESHOLD
    nothing = Finding(metric, None, False, None, threshold, None, None, ())
    if isinstance(outcome, Exception):
        return replace(
            nothing,
            no_leader="not known, its results could not be fetched",
            against=(f"Its results could not be fetched: {failure_text(outcome)}",),
        )
    arms = facts.arms(outcome, experiment)
    labels = facts.labels([arm.name or arm.id for arm in arms])
    rated = {i: p for i, arm in enumerate(arms) if (p := facts.finite(arm.p_best)) is not None}
    highest = max(rated.values(), default=None)
    first = [i for i, p in rated.items() if p == highest]
    mismatch = as_number(outcome.probability_of_mismatch)
    never_seen = outcome.metric_seen is not None and outcome.metric_seen.ever is False
    doubts = (
        mismatch_text(mismatch) or _possible_mismatch(mismatch),
        "The metric was never seen: no event for it has arrived" if never_seen else None,
        _few_units(arms, labels),
        _incomplete(arms, labels),
        _without_results(arms, experiment),
        _tied([labels[i] for i in first], highest),
    )
    nothing = replace(
        nothing,
        probability_of_mismatch=mismatch,
        against=tuple(sentence for sentence in doubts if sentence),
    )
    if never_seen:
        return replace(nothing, no_leader="nothing leads, the metric was never seen")
    if len(first) != 1 or not highest:
        return replace(nothing, no_leader=_NONE_IS_AHEAD) if rated else nothing
    rivals = sorted((i for i in rated if i != first[0]), key=lambda i: rated[i], reverse=True)
    finding = _with_leader(nothing, arms, labels, first[0], rivals, facts.baseline_id(experiment))
    more = (
        _below_threshold(finding),
        _around_zero(finding),
        _against_direction(finding, arms, first[0], lower_is_better),
    )
    return replace(finding, against=(*finding.against, *(s for s in more if s)))


def _with_leader(
    nothing: Finding,
    arms: Sequence[facts.Arm],
    labels: Sequence[str],
    best: int,
    rivals: Sequence[int],
    baseline: str | None,
) -> Finding:
    """Return the finding with its leader and, if that is the baseline, its closest rival."""
    leader = arms[best]
    rival = rivals[0] if leader.is_baseline and rivals else None
    return replace(
        nothing,
        leader=labels[best],
        leader_id=leader.id,
        leader_is_baseline=bool(leader.is_baseline),
        p_best=leader.p_best,
        difference=facts.from_baseline(leader, baseline),
        rival=None if rival is None else labels[rival],
        rival_difference=None if rival is None else arms[rival].difference_from(baseline),
    )


_NONE_IS_AHEAD = "nothing leads, no treatment is more probably the best than the others"


def summarize(
    experiment: Experiment,
    outcomes: Mapping[str, ExperimentBayesianResultsRep | Exception],
    metrics: Sequence[facts.Metric],
    directions: Mapping[str, bool],
) -> Summary:
    """Draw the conclusions from the results of all metrics of an experiment."""
    findings = tuple(
        find(m, outcomes[m.key], experiment, lower_is_better=directions.get(m.key)) for m in metrics
    )
    iteration = facts.iteration_of(experiment)
    status = None if iteration is None else iteration.status
    named = "No metric was asked for" if facts.metrics_of(experiment) else _NO_METRIC
    against = [
        "The experiment has not started" if status in (None, "not_started") else None,
        None if findings else named,
        None
        if facts.baseline_id(experiment) is not None
        else "The experiment does not say which treatment is the baseline",
        *_contradictions(findings),
        *_costs(findings, outcomes, experiment, directions),
    ]
    title = f"{facts.clean_text(experiment.name) or experiment.key} ({status or 'no iteration'})"
    return Summary(title, findings, tuple(sentence for sentence in against if sentence))


_NO_METRIC = "The experiment names no metric"


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


def _possible_mismatch(probability: float | None) -> str | None:
    if probability is None or probability < POSSIBLE_MISMATCH:
        return None
    return (
        f"A sample-ratio mismatch is possible: its probability is {percent_text(probability)}, and"
        f" from {percent_text(MISMATCH_THRESHOLD)} on it would be warned of"
    )


def _few_units(arms: Sequence[facts.Arm], labels: Sequence[str]) -> str | None:
    few = [
        f"{label} has {arm.units}"
        for arm, label in zip(arms, labels)
        if arm.units is not None and arm.units < FEW_UNITS
    ]
    if not few:
        return None
    return f"Few units: {listed(few)}; fewer than {FEW_UNITS} say little"


def _incomplete(arms: Sequence[facts.Arm], labels: Sequence[str]) -> str | None:
    missing = [
        label
        for arm, label in zip(arms, labels)
        if facts.finite(arm.mean) is None or facts.finite(arm.p_best) is None
    ]
    return f"Figures are missing for {listed(missing)}" if missing else None


def _without_results(arms: Sequence[facts.Arm], experiment: Experiment) -> str | None:
    there = {arm.id for arm in arms}
    missing = [t for t in facts.treatments_of(experiment) or () if t.id not in there]
    # If no results arrived at all, another sentence says so already.
    if not missing or not arms:
        return None
    return f"No results came for {listed([facts.clean_text(t.name) or str(t.id) for t in missing])}"


def _tied(labels: Sequence[str], highest: float | None) -> str | None:
    if highest == 0:
        return "All probabilities of being best are 0"
    if len(labels) < 2:
        return None
    return f"{listed(labels)} have the same probability of being best: {percent_text(highest)}"


def _below_threshold(finding: Finding) -> str | None:
    if finding.wins:
        return None
    return (
        f"P(best) of {percent_text(finding.p_best)} is below the threshold of"
        f" {threshold_text(finding.threshold)}"
    )


def _around_zero(finding: Finding) -> str | None:
    difference = finding.rival_difference if finding.leader_is_baseline else finding.difference
    if difference is None or difference.low is None or difference.high is None:
        return None
    if not difference.low <= 0 <= difference.high:
        return None
    whose = f" of {finding.rival} from the baseline" if finding.leader_is_baseline else ""
    return f"The {LEVEL_TEXT} bounds of the difference{whose} include zero"


def _is_worse(difference: facts.Difference | None, lower_is_better: bool) -> bool:
    """Return whether both bounds lie on the worse side of zero."""
    if difference is None or difference.low is None or difference.high is None:
        return False
    return difference.low > 0 if lower_is_better else difference.high < 0


def _against_direction(
    finding: Finding, arms: Sequence[facts.Arm], best: int, lower_is_better: bool | None
) -> str | None:
    if lower_is_better is None:
        return None
    better, has, assumes = (
        ("Lower", "highest", "higher") if lower_is_better else ("Higher", "lowest", "lower")
    )
    means = [mean for arm in arms if (mean := facts.finite(arm.mean)) is not None]
    mean = facts.finite(arms[best].mean)
    extreme = max(means, default=None) if lower_is_better else min(means, default=None)
    rival = finding.rival_difference
    if mean is not None and mean == extreme and min(means) < max(means):
        problem = f"the leader has the {has} mean"
    elif finding.difference is not None and _is_worse(finding.difference, lower_is_better):
        problem = f"the leader lies {bounds_text(finding.difference)}"
    elif rival is not None and _is_worse(rival, not lower_is_better):
        problem = f"{finding.rival} lies {bounds_text(rival)}, which leads"
    else:
        return None
    return (
        f"{better} is better here, but {problem}:"
        f" the service seems to assume that {assumes} is better"
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
    outcomes: Mapping[str, ExperimentBayesianResultsRep | Exception],
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
        there = [arm for arm in facts.arms(outcome, experiment) if arm.id == primary.leader_id]
        arm = there[0] if there else None
        baseline = facts.baseline_id(experiment)
        difference = None if arm is None else facts.from_baseline(arm, baseline)
        if arm is None or difference is None:
            continue
        start = f"{primary.leader} leads on {primary.metric.name}, but on {finding.metric.name}"
        lower_is_better = directions.get(finding.metric.key)
        if lower_is_better is None:
            surely = _is_worse(difference, True) or _is_worse(difference, False)
            if surely and arm.p_best is not None and arm.p_best < UNLIKELY_BEST:
                yield (
                    f"{start} it lies {bounds_text(difference)}, and its probability of being best"
                    f" is {percent_text(arm.p_best)}"
                )
        elif _is_worse(difference, lower_is_better):
            better = "less" if lower_is_better else "more"
            yield f"{start}, where {better} is better, it lies {bounds_text(difference)}"

"""The conclusion from the results of one metric: which treatment leads, and how sure that is."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Literal, TypeAlias

from launchdarkly_api._display.text import mismatch_text, percent_text
from launchdarkly_api._display.thresholds import (
    DEFAULT_THRESHOLD,
    MISMATCH_THRESHOLD,
    POSSIBLE_MISMATCH,
)
from launchdarkly_api.analysis.frequentist import FrequentistResults
from launchdarkly_api.model.experiment import Experiment
from launchdarkly_api.model.experiment_bayesian_results_rep import ExperimentBayesianResultsRep
from launchdarkly_api.notebook import facts, figures
from launchdarkly_api.notebook.decisions import (
    Claim,
    Situation,
    few_units,
    skewed,
    time_problems,
    unsure,
)
from launchdarkly_api.notebook.wording import (
    compared_text,
    failure_text,
    listed,
    other_of,
    threshold_text,
)

Methodology: TypeAlias = Literal["bayesian", "frequentist"]
#: The results of a metric, or the exception if they could not be fetched.
Outcome: TypeAlias = figures.Results | Exception


@dataclass(frozen=True)
class Finding:
    """The conclusion from the results of one metric."""

    metric: facts.Metric
    #: The name of the treatment with the highest probability of being best; or in frequentist
    #: results of the one that is significantly better than the baseline, by the most if there are
    #: several. None if there is no single leader.
    leader: str | None
    leader_is_baseline: bool
    p_best: float | None
    #: The probability of being best that a leader needs in order to win.
    threshold: float
    #: The difference of the leader from the baseline.
    difference: figures.Difference | None
    probability_of_mismatch: float | None
    #: Reasons not to rely on this conclusion, in sentences.
    against: tuple[str, ...]
    leader_id: str | None = None
    #: If the baseline leads, the runner-up, and the runner-up's difference from the baseline.
    rival: str | None = None
    rival_difference: figures.Difference | None = None
    #: The reason why nothing leads. Used if ``leader`` is None.
    no_leader: str = "nothing leads, there are no figures"
    #: How the results were computed.
    methodology: Methodology = "bayesian"
    #: The kind of the intervals of differences.
    interval: figures.Interval = figures.CREDIBLE
    #: Whether less of the metric is better, or None if the caller did not say.
    lower_is_better: bool | None = None
    #: Reasons not to decide by this conclusion yet, which are among ``against``.
    undecided: tuple[str, ...] = ()
    #: In frequentist results, the others that are significantly better than the baseline.
    also: tuple[str, ...] = ()

    @property
    def wins(self) -> bool:
        """Whether the leader reaches the threshold, and no sample-ratio mismatch is found.

        A frequentist leader is significantly better, which is its threshold.
        """
        if self.leader is None or mismatch_text(self.probability_of_mismatch) is not None:
            return False
        return self.methodology == "frequentist" or self._reaches

    @property
    def ready(self) -> bool:
        """Whether the leader wins, and nothing is left to wait for before a decision."""
        return self.wins and not self.undecided

    @property
    def p_better(self) -> float | None:
        """The probability that the leader is better than the baseline, in the known direction."""
        if self.difference is None or self.lower_is_better is None:
            return None
        return self.difference.p_better(self.lower_is_better)

    @property
    def statement(self) -> str:
        """The leader, how sure that is, and its difference from the baseline, in a sentence."""
        if self.leader is None:
            return self.no_leader
        if self.methodology == "frequentist" and self.leader_is_baseline:
            first = f"{self.leader} (the baseline) is significantly better than all others"
        elif self.methodology == "frequentist":
            # Treatments are tested against the baseline, and not against one another.
            first = f"{self.leader} is significantly better than the baseline"
            if self.also:
                first += f", and so {'is' if len(self.also) == 1 else 'are'} {listed(self.also)}"
        else:
            base = " (the baseline)" if self.leader_is_baseline else ""
            first = (
                f"{self.leader}{base} leads with a probability of being best of"
                f" {percent_text(self.p_best)}, which"
                f" {'reaches' if self._reaches else 'does not reach'} the threshold of"
                f" {threshold_text(self.threshold)}"
            )
        difference = self.rival_difference if self.leader_is_baseline else self.difference
        compared = difference and compared_text(difference, self.interval, self.lower_is_better)
        if not compared:
            return first
        subject = self.rival if self.leader_is_baseline else self.leader if self.also else "it"
        return f"{first}; {subject} {compared}"

    @property
    def _reaches(self) -> bool:
        return self.p_best is not None and self.p_best >= self.threshold


def find(
    metric: facts.Metric,
    outcome: Outcome,
    experiment: Experiment,
    situation: Situation,
    *,
    lower_is_better: bool | None = None,
) -> Finding:
    """Draw the conclusion from the results of one metric, or from their absence."""
    threshold = facts.threshold_of(experiment) or DEFAULT_THRESHOLD
    nothing = Finding(
        *(metric, None, False, None, threshold, None, None, ()), lower_is_better=lower_is_better
    )
    if isinstance(outcome, Exception):
        sentence = f"Its results could not be fetched: {failure_text(outcome)}"
        return replace(
            nothing,
            no_leader="not known, its results could not be fetched",
            against=(sentence,),
            undecided=(sentence,),
        )
    read = _Read(outcome, experiment, situation, lower_is_better)
    nothing = replace(
        nothing,
        probability_of_mismatch=read.mismatch,
        interval=figures.differences_interval(outcome),
        methodology="frequentist" if isinstance(outcome, FrequentistResults) else "bayesian",
    )
    if figures.never_seen(outcome):
        reason = "nothing leads, the metric was never seen"
        return read.doubt(replace(nothing, no_leader=reason))
    if isinstance(outcome, FrequentistResults):
        return read.doubt(read.significant(nothing, outcome))
    return read.doubt(read.most_probable(nothing))


class _Read:
    """The results of one metric, as far as a conclusion needs them."""

    def __init__(
        self,
        results: figures.Results,
        experiment: Experiment,
        situation: Situation,
        lower_is_better: bool | None,
    ) -> None:
        self.results, self.experiment, self.situation = results, experiment, situation
        self.lower = lower_is_better
        self.arms = figures.arms(results, experiment)
        self.labels = facts.labels([arm.name or arm.id for arm in self.arms])
        self.baseline = figures.baseline_of(results, experiment)
        self.mismatch = figures.mismatch_of(results, experiment)
        #: The probabilities of being best, by the index of the arm.
        self.rated = {
            i: p for i, arm in enumerate(self.arms) if (p := facts.finite(arm.p_best)) is not None
        }
        highest = max(self.rated.values(), default=None)
        self.first = [i for i, p in self.rated.items() if p == highest]

    def most_probable(self, nothing: Finding) -> Finding:
        """Return the finding with the treatment that is most probably the best, if it is one."""
        if len(self.first) != 1 or not self.rated[self.first[0]]:
            if self.rated:
                return replace(nothing, no_leader=_NONE_IS_AHEAD)
            known = any(arm.mean is not None for arm in self.arms)
            return replace(nothing, no_leader=_NO_P_BEST) if known else nothing
        best = self.first[0]
        if len(self.rated) < 2 and self.rated[best] == 1:
            # Alone, it cannot be anything but the best.
            return replace(
                nothing, no_leader=f"nothing leads, only {self.labels[best]} has figures"
            )
        rivals = sorted((i for i in self.rated if i != best), key=lambda i: -self.rated[i])
        return self._led_by(nothing, best, rivals)

    def significant(self, nothing: Finding, results: FrequentistResults) -> Finding:
        """Return the finding with the treatment that is significantly better, if there is one."""
        tested = {
            i: difference
            for i, arm in enumerate(self.arms)
            if (difference := figures.from_baseline(arm, self.baseline)) is not None
        }
        told = self.lower is not None or results.alternative != "two-sided"
        lower = self.lower if self.lower is not None else results.alternative == "less"
        found = {i: self._gain(d, lower) for i, d in tested.items() if d.significant}
        ranked = sorted(found, key=lambda i: -found[i])
        better = [i for i in ranked if found[i] > 0]
        base = next((i for i, arm in enumerate(self.arms) if arm.id == self.baseline), None)
        if told and better:
            also = tuple(self.labels[i] for i in better[1:])
            return replace(self._led_by(nothing, better[0], []), also=also)
        if told and base is not None and found and len(found) == len(tested):
            return self._led_by(nothing, base, ranked)
        return replace(nothing, no_leader=self._undirected(nothing, results, tested, [*found]))

    @staticmethod
    def _gain(difference: figures.Difference, lower: bool) -> float:
        """Return by how much a treatment is better than the baseline, in the metric's unit."""
        own, other = difference.means or (0.0, 0.0)
        return other - own if lower else own - other

    def _undirected(
        self,
        nothing: Finding,
        results: FrequentistResults,
        tested: Mapping[int, figures.Difference],
        found: Sequence[int],
    ) -> str:
        """Tell that nothing differs significantly, or what does."""
        texts = [
            f"{self.labels[i]} {text}"
            for i in found or tested
            if (text := compared_text(tested[i], nothing.interval, self.lower))
        ]
        level = f"at a significance level of {threshold_text(results.alpha)}"
        if not found:
            start = f"nothing is significantly different from the baseline, {level}"
        elif self.lower is None:
            start = f"significantly different from the baseline, {level}, in a direction that is"
            start += " not known to be better or worse"
        else:
            start = f"nothing is significantly better than the baseline, {level}"
        return ": ".join([start, *(["; ".join(texts[:3])] if texts else [])])

    def _led_by(self, nothing: Finding, best: int, rivals: Sequence[int]) -> Finding:
        """Return the finding with its leader and, if that is the baseline, its closest rival."""
        leader = self.arms[best]
        rival = rivals[0] if leader.is_baseline and rivals else None
        return replace(
            nothing,
            leader=self.labels[best],
            leader_id=leader.id,
            leader_is_baseline=bool(leader.is_baseline),
            p_best=leader.p_best,
            difference=figures.from_baseline(leader, self.baseline),
            rival=None if rival is None else self.labels[rival],
            rival_difference=None
            if rival is None
            else self.arms[rival].difference_from(self.baseline),
        )

    def doubt(self, finding: Finding) -> Finding:
        """Return the finding with the reasons for doubt, and those not to decide."""
        seen = not figures.never_seen(self.results)
        blocking = [
            mismatch_text(self.mismatch),
            None if seen else "The metric was never seen: no event for it has arrived",
            few_units(self.arms, self.labels, self.situation.rules) if self.arms else None,
            skewed(self.arms, self.labels, self.baseline, self.situation.rules),
            self._incomplete(),
            self._without_results(),
            *time_problems(self.situation, figures.last_seen(self.results)),
        ]
        if seen:
            blocking += [
                self._tied(),
                self._below_threshold(finding),
                # A leader in the wrong direction is not sure to be better either.
                self._against_direction(finding) or self._unsure(finding),
            ]
        undecided = tuple(sentence for sentence in blocking if sentence)
        possible = self._possible_mismatch()
        against = undecided if possible is None else (possible, *undecided)
        return replace(finding, against=against, undecided=undecided)

    def _possible_mismatch(self) -> str | None:
        if self.mismatch is None or not POSSIBLE_MISMATCH <= self.mismatch < MISMATCH_THRESHOLD:
            return None
        return (
            "A sample-ratio mismatch is possible: its probability is"
            f" {percent_text(self.mismatch)}, and from {percent_text(MISMATCH_THRESHOLD)} on it"
            " would be warned of"
        )

    def _incomplete(self) -> str | None:
        bayesian = isinstance(self.results, ExperimentBayesianResultsRep)
        without = [facts.finite(arm.mean) is None for arm in self.arms]
        missing = [label for label, none in zip(self.labels, without) if none]
        if missing:
            return f"Figures are missing for {listed(missing)}"
        unrated = [label for i, label in enumerate(self.labels) if i not in self.rated]
        if not bayesian or not unrated:
            return None
        return f"The probability of being best is missing for {listed(unrated)}"

    def _without_results(self) -> str | None:
        there = {arm.id for arm in self.arms}
        treatments = facts.treatments_of(self.experiment) or ()
        missing = [t for t in treatments if t.id not in there]
        # If no results arrived at all, another sentence says so already.
        if not missing or not self.arms:
            return None
        names = [facts.clean_text(t.name) or str(t.id) for t in missing]
        return f"No results came for {listed(names)}"

    def _tied(self) -> str | None:
        if not self.first:
            return None
        highest = self.rated[self.first[0]]
        if highest == 0:
            return "All probabilities of being best are 0"
        if len(self.first) < 2:
            return None
        names = listed([self.labels[i] for i in self.first])
        return f"{names} have the same probability of being best: {percent_text(highest)}"

    def _below_threshold(self, finding: Finding) -> str | None:
        if finding.leader is None or finding.methodology == "frequentist" or finding._reaches:
            return None
        return (
            f"P(best) of {percent_text(finding.p_best)} is below the threshold of"
            f" {threshold_text(finding.threshold)}"
        )

    def _unsure(self, finding: Finding) -> str | None:
        """Tell if the leader is not sure enough to differ, after a correction."""
        if finding.leader is None:
            return None
        rules, comparisons = self.situation.rules, len(self.arms) - 1
        comparisons *= self.situation.metrics
        if isinstance(self.results, FrequentistResults):
            alarms = rules.alarms(1 - self.results.alpha)
            # Results with a correction have compared their p-values with all others already.
            each = alarms if self.results.correction else rules.each(alarms, comparisons)
            return self._insignificant(finding, each)
        each = rules.each(rules.alarms(finding.threshold), comparisons)
        # A probability below the threshold is told of already.
        return unsure(self._claims(finding), self.lower, each) if finding._reaches else None

    def _claims(self, finding: Finding) -> Iterator[Claim]:
        """Yield the comparisons that the leader depends on."""
        leader = finding.leader or ""
        if not finding.leader_is_baseline:
            d = finding.difference
            other = "the baseline" if d is None else other_of(d)
            yield Claim(leader, other, None if d is None else d.certain, at_least=_bounded(d))
            return
        for arm, label in zip(self.arms, self.labels):
            if arm.id != finding.leader_id:
                d = arm.difference_from(self.baseline)
                above, below = (d and d.certain) or (None, None)
                known = None if above is None or below is None else (below, above)
                yield Claim(leader, label, known, at_least=_bounded(d))

    def _insignificant(self, finding: Finding, each: float) -> str | None:
        difference = finding.rival_difference if finding.leader_is_baseline else finding.difference
        p = None if difference is None else difference.p_value
        exact = None if difference is None else self._exact_p(difference)
        if p is not None and p <= each and (exact is None or exact <= each):
            return None
        kind = "exact p-value" if p is not None and p <= each else "p-value"
        return (
            f"The {kind} is above the one that a decision needs after a correction for all metrics"
            f" and treatments: {each:.2g}"
        )

    def _exact_p(self, difference: figures.Difference) -> float | None:
        """Return the p-value of Fisher's exact test, corrected as the other one is."""
        known, results = difference.at_least, self.results
        if known is None or not isinstance(results, FrequentistResults):
            return None
        sides = {"greater": (0,), "less": (1,)}.get(results.alternative, (0, 1))
        factor = len(sides) * (len(results.comparisons) if results.correction else 1)
        return factor * (1 - max(known[side] for side in sides))

    def _against_direction(self, finding: Finding) -> str | None:
        """Tell if the results seem to assume that the opposite direction is better."""
        if self.lower is None or finding.leader is None or finding.methodology == "frequentist":
            return None
        better, has, assumes = (
            ("Lower", "highest", "higher") if self.lower else ("Higher", "lowest", "lower")
        )
        means = [mean for arm in self.arms if (mean := facts.finite(arm.mean)) is not None]
        mean = next(m for label, m in self._means() if label == finding.leader)
        extreme = (max if self.lower else min)(means, default=None)
        rival = finding.rival_difference
        if mean is not None and mean == extreme and min(means) < max(means):
            problem = f"the leader has the {has} mean"
        elif is_worse(finding.difference, self.lower):
            problem = f"the leader {compared_text_of(finding.difference, finding)}"
        elif is_worse(rival, not self.lower):
            problem = f"{finding.rival} {compared_text_of(rival, finding)}"
        else:
            return None
        return (
            f"{better} is better here, but {problem}:"
            f" the service seems to assume that {assumes} is better"
        )

    def _means(self) -> list[tuple[str, float | None]]:
        return [(label, facts.finite(arm.mean)) for label, arm in zip(self.labels, self.arms)]


def _bounded(difference: figures.Difference | None) -> bool:
    """Whether only lower bounds of the probabilities are known."""
    return difference is not None and difference.at_least is not None


def compared_text_of(difference: figures.Difference | None, finding: Finding) -> str:
    """Return the clause about a difference that is known."""
    found = difference and compared_text(difference, finding.interval, finding.lower_is_better)
    return found or ""


_NONE_IS_AHEAD = "nothing leads, no treatment is more probably the best than the others"
_NO_P_BEST = "nothing is known to lead, the results have no probability of being best"


def is_worse(difference: figures.Difference | None, lower_is_better: bool) -> bool:
    """Return whether both bounds lie on the worse side of zero."""
    if difference is None or difference.low is None or difference.high is None:
        return False
    return difference.low > 0 if lower_is_better else difference.high < 0

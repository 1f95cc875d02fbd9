"""The results of one metric, joined with the experiment: Bayesian or frequentist.

Frames, pictures and summaries all read from here.
"""

from __future__ import annotations

import math
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import TypeAlias
from urllib.parse import unquote

from launchdarkly_api._display.text import as_number, level_of, level_text, seen_milliseconds
from launchdarkly_api._display.thresholds import LEVEL
from launchdarkly_api.analysis.arms import Arm as Counts
from launchdarkly_api.analysis.frequentist import Comparison, FrequentistResults
from launchdarkly_api.analysis.mismatches import mismatch
from launchdarkly_api.analysis.posteriors import (
    BetaPosterior,
    Posterior,
    StudentPosterior,
    posterior_of,
)
from launchdarkly_api.model.experiment_bayesian_results_rep import ExperimentBayesianResultsRep
from launchdarkly_api.model.experiment_results import ExperimentResults
from launchdarkly_api.model.treatment_result_rep import TreatmentResultRep
from launchdarkly_api.notebook.certainty import (
    Bounds,
    Method,
    mean_interval,
    p_at_least,
    p_from_bounds,
    p_from_posteriors,
    posterior_from,
)
from launchdarkly_api.notebook.facts import (
    ExperimentLike,
    Metric,
    baseline_id,
    clean_text,
    expect,
    finite,
    metrics_of,
    shares_of,
    treatments_of,
    whole,
)

#: The results of one metric, by either methodology.
Results: TypeAlias = ExperimentBayesianResultsRep | FrequentistResults
RESULT_TYPES = (ExperimentBayesianResultsRep, FrequentistResults)


@dataclass(frozen=True)
class Difference:
    """A treatment's relative difference from another one, as a fraction of the other's mean."""

    from_id: str | None
    from_name: str | None
    #: None if the baseline is unknown.
    from_baseline: bool | None
    #: The bounds, at the level of ``Interval``.
    low: float | None
    high: float | None
    #: The ratio of the means minus one.
    lift: float | None = None
    #: The probability that the mean is above the other one, and how it was computed.
    p_above_zero: float | None = None
    p_method: Method | None = None
    #: Of frequentist results: the p-value after a correction, and whether it is at most alpha.
    p_value: float | None = None
    significant: bool | None = None
    #: Probabilities of a difference above and below zero that are never too high, also for small
    #: counts: one minus the p-values of Fisher's exact test. None if the counts are not known.
    at_least: tuple[float, float] | None = None
    #: The means of the treatment and of the other one, if both are known.
    means: tuple[float, float] | None = None

    @property
    def certain(self) -> tuple[float, float] | None:
        """The probabilities of a difference above and below zero, for a decision."""
        above = self.p_above_zero
        return self.at_least or (None if above is None else (above, 1 - above))

    @property
    def side(self) -> int:
        """The sign of the difference of the means, or 0 if they are equal or not known."""
        if self.means is None:
            return 0
        own, other = self.means
        return (own > other) - (own < other)

    def p_better(self, lower_is_better: bool) -> float | None:
        """Return the probability that the treatment is better than the other one."""
        above = self.p_above_zero
        return above if above is None or not lower_is_better else 1 - above


@dataclass(frozen=True)
class Arm:
    """A treatment in the results of one metric. An unknown value is None."""

    id: str | None
    name: str | None
    is_baseline: bool | None
    mean: float | None
    low: float | None
    high: float | None
    p_best: float | None
    units: int | None
    differences: tuple[Difference, ...]
    #: The standard deviation of one unit's value, of a numeric metric.
    deviation: float | None = None

    def difference_from(self, treatment_id: str | None) -> Difference | None:
        """Return the difference from that treatment, if the results have it."""
        return next((d for d in self.differences if d.from_id == treatment_id), None)


@dataclass(frozen=True)
class Interval:
    """The kind of the intervals of results."""

    #: The share of intervals that contain the true value, or its probability to be in one.
    level: float
    #: The kind: ``"credible"`` or ``"confidence"``, or ``"corrected confidence"`` for intervals
    #: that are wider, so that the level is that of several comparisons together.
    kind: str

    @property
    def percent(self) -> str:
        """The level: ``"90 %"``."""
        return level_text(self.level)

    def __str__(self) -> str:
        return f"{self.percent} {self.kind} interval"


CREDIBLE = Interval(LEVEL, "credible")


def interval_of(results: Results) -> Interval:
    """Return the kind of the intervals: credible in Bayesian results, else confidence."""
    if isinstance(results, FrequentistResults):
        return Interval(1 - results.alpha, "confidence")
    return Interval(level_of(results.get("level")), "credible")


def differences_interval(results: Results) -> Interval:
    """Return the kind of the intervals of differences, which a correction makes wider."""
    found = interval_of(results)
    if isinstance(results, FrequentistResults) and results.correction:
        return Interval(found.level, "corrected confidence")
    return found


def mismatch_of(results: Results, source: ExperimentLike) -> float | None:
    """Return the probability of a sample-ratio mismatch, which frequentist results lack.

    It is then computed from the units, if the planned share of each treatment is known. The units
    of a metric may be fewer than the exposed ones, of which the results of an export know.
    """
    if not isinstance(results, FrequentistResults):
        return as_number(results.probability_of_mismatch)
    if results.mismatch is not None:
        return results.mismatch.probability
    units = {key: arm.units for key, arm in results.arms.items()}
    shares = shares_of(source)
    if units.keys() != shares.keys() or not any(units.values()):
        return None
    return mismatch(units, shares).probability


def never_seen(results: Results) -> bool:
    """Return whether the service says that no event of the metric has arrived."""
    if isinstance(results, FrequentistResults) or results.metric_seen is None:
        return False
    return results.metric_seen.ever is False


def last_seen(results: Results) -> int | None:
    """Return the time of the metric's last event in epoch milliseconds, if it is known."""
    if isinstance(results, FrequentistResults):
        at = results.last_event
        return None if at is None else round(at.timestamp() * 1000)
    if results.metric_seen is None:
        return None
    return seen_milliseconds(results.metric_seen.timestamp)


def metric_of(results: Results | ExperimentResults, source: ExperimentLike = None) -> Metric | None:
    """Return the metric of the results, or None. Only the ``self`` link of a response names it."""
    if isinstance(results, FrequentistResults):
        return None
    link = (results.links or {}).get("self")
    href = None if link is None else link.href
    pattern = (
        r"/metrics/([^/?]+)/results"
        if isinstance(results, ExperimentBayesianResultsRep)
        else r"/experiments/[^/]+/([^/?]+)"
    )
    found = re.search(pattern, href) if isinstance(href, str) else None
    if found is None:
        return None
    key = unquote(found.group(1))
    return next((m for m in metrics_of(source) if m.key == key), Metric(key, key, False, None))


def baseline_of(results: Results | None, source: ExperimentLike = None) -> str | None:
    """Return the id of the baseline, which frequentist results name themselves."""
    if isinstance(results, FrequentistResults):
        return results.baseline
    return baseline_id(source)


def arms(results: Results, source: ExperimentLike = None) -> list[Arm]:
    """Return the treatments of the results, in their order."""
    expect(results, RESULT_TYPES, "results")
    if isinstance(results, FrequentistResults):
        return _frequentist(results, source)
    known = _Known.of(results, source)
    return [
        Arm(
            id=clean_text(result.treatment_id),
            name=clean_text(result.treatment_name) or known.names.get(result.treatment_id or ""),
            is_baseline=known.roles.get(result.treatment_id),
            mean=as_number(result.mean),
            low=as_number(result.credible_interval.lower) if result.credible_interval else None,
            high=as_number(result.credible_interval.upper) if result.credible_interval else None,
            p_best=as_number(result.p_best),
            units=whole(result.units),
            differences=tuple(known.differences(result)),
            deviation=_deviation(known.posteriors.get(result.treatment_id or ""), result.units),
        )
        for result in results.treatment_results or ()
    ]


def from_baseline(arm: Arm, baseline: str | None) -> Difference | None:
    """Return a treatment's difference from the baseline.

    If the baseline is unknown and the treatment has exactly one difference, this is that one.
    """
    if baseline is not None:
        return arm.difference_from(baseline)
    return arm.differences[0] if len(arm.differences) == 1 else None


def _names(source: ExperimentLike) -> dict[str, str | None]:
    known = treatments_of(source) or ()
    return {t.id: clean_text(t.name) for t in known if t.id is not None}


@dataclass(frozen=True)
class _Known:
    """The facts about all treatments that their differences depend on, by treatment id."""

    names: Mapping[str, str | None]
    roles: Mapping[str | None, bool]
    results: Mapping[str, TreatmentResultRep]
    posteriors: Mapping[str, Posterior | None]
    level: float

    @classmethod
    def of(cls, results: ExperimentBayesianResultsRep, source: ExperimentLike) -> _Known:
        by_id = {r.treatment_id: r for r in results.treatment_results or () if r.treatment_id}
        named = {key: clean_text(r.treatment_name) for key, r in by_id.items()}
        level = interval_of(results).level
        return cls(
            _names(source) | {key: name for key, name in named.items() if name},
            {t.id: bool(t.baseline) for t in treatments_of(source) or ()},
            by_id,
            {key: _posterior(r, level) for key, r in by_id.items()},
            level,
        )

    def differences(self, result: TreatmentResultRep) -> Iterator[Difference]:
        for sent in result.relative_differences or ():
            other = clean_text(sent.from_treatment_id)
            known = self.results.get(other or "")
            forward = as_number(sent.lower), as_number(sent.upper)
            means = None if known is None else _means(as_number(result.mean), as_number(known.mean))
            above, method = self._p_above(result, known, forward)
            yield Difference(
                other,
                self.names.get(other or ""),
                self.roles.get(other),
                *forward,
                _lift(means),
                above,
                method,
                at_least=_at_least(self._counted(result.treatment_id), self._counted(other)),
                means=means,
            )

    def _counted(self, treatment_id: str | None) -> Posterior | None:
        """Return the posterior of a treatment if its counts are known from it."""
        result, found = self.results.get(treatment_id or ""), None
        if result is not None:
            found = self.posteriors[treatment_id or ""]
        if result is None or not isinstance(found, BetaPosterior):
            return None
        units = whole(result.units)
        return found if units is not None and math.isclose(found.a + found.b, units + 2) else None

    def _p_above(
        self, result: TreatmentResultRep, other: TreatmentResultRep | None, forward: Bounds
    ) -> tuple[float | None, Method | None]:
        """Return the probability that one mean is above another, and how it was computed."""
        backward: Bounds = (None, None)
        negative = False
        if other is not None:
            own = self.posteriors.get(result.treatment_id or "")
            others = self.posteriors.get(other.treatment_id or "")
            exact = None if own is None or others is None else p_from_posteriors(own, others)
            if exact is not None:
                return exact, "posteriors"
            for sent in other.relative_differences or ():
                if sent.from_treatment_id == result.treatment_id:
                    backward = as_number(sent.lower), as_number(sent.upper)
            means = _means(as_number(result.mean), as_number(other.mean))
            negative = means is not None and max(means) < 0
        approximate = p_from_bounds(forward, backward, negative=negative, level=self.level)
        return approximate, None if approximate is None else "bounds"


def _at_least(first: Posterior | None, second: Posterior | None) -> tuple[float, float] | None:
    if not (isinstance(first, BetaPosterior) and isinstance(second, BetaPosterior)):
        return None
    above, below = p_at_least(first, second), p_at_least(second, first)
    return None if above is None or below is None else (above, below)


def _means(mean: float | None, other: float | None) -> tuple[float, float] | None:
    return None if mean is None or other is None else (mean, other)


def _lift(means: tuple[float, float] | None) -> float | None:
    """Return the ratio of the means minus one; relative to the size of a negative mean."""
    if means is None or not means[1]:
        return None
    mean, other = means
    return finite((mean - other) / abs(other))


def _posterior(result: TreatmentResultRep, level: float) -> Posterior | None:
    interval = result.credible_interval
    if interval is None:
        return None
    return posterior_from(
        as_number(result.mean),
        as_number(interval.lower),
        as_number(interval.upper),
        whole(result.units),
        level,
    )


def _deviation(posterior: Posterior | None, units: int | None) -> float | None:
    """Return the deviation of one unit's value, from the standard error of their mean."""
    if not isinstance(posterior, StudentPosterior) or units is None:
        return None
    return posterior.scale * math.sqrt(units)


def _frequentist(results: FrequentistResults, source: ExperimentLike) -> list[Arm]:
    names = _names(source)
    compared = {comparison.treatment_id: comparison for comparison in results.comparisons}
    found: list[Arm] = []
    for key, counts in results.arms.items():
        low, high = mean_interval(counts, results.alpha)
        comparison = compared.get(key)
        found.append(
            Arm(
                id=key,
                name=names.get(key) or key,
                is_baseline=key == results.baseline,
                mean=counts.mean,
                low=low,
                high=high,
                p_best=None,
                units=whole(counts.units),
                differences=() if comparison is None else (_tested(comparison, results, names),),
                deviation=_root(counts.variance) if counts.numeric else None,
            )
        )
    return found


def _root(variance: float | None) -> float | None:
    return None if variance is None else math.sqrt(variance)


def _tested(
    comparison: Comparison, results: FrequentistResults, names: Mapping[str, str | None]
) -> Difference:
    arm, base = results.arms[comparison.treatment_id], results.arms[results.baseline]
    return Difference(
        results.baseline,
        names.get(results.baseline) or results.baseline,
        True,
        comparison.lower,
        comparison.upper,
        comparison.lift,
        p_value=comparison.adjusted_p_value,
        significant=comparison.significant,
        # A sequential test has its own caution.
        at_least=None if results.sequential else _exact(arm, base),
        means=_means(arm.mean, base.mean),
    )


def _exact(arm: Counts, base: Counts) -> tuple[float, float] | None:
    return _at_least(posterior_of(arm), posterior_of(base))

"""Frequentist results: tests of each treatment against the baseline."""

from __future__ import annotations

import datetime
import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from typing import Literal

from launchdarkly_api._support.errors import ApiValueError
from launchdarkly_api._support.printable import shown
from launchdarkly_api.analysis.arms import Arm
from launchdarkly_api.analysis.checking import checked_arms, checked_baseline, checked_share
from launchdarkly_api.analysis.comparing import Bounds
from launchdarkly_api.analysis.corrections import Correction, corrected
from launchdarkly_api.analysis.functions import finite, normal_cdf, normal_quantile
from launchdarkly_api.analysis.means import Means
from launchdarkly_api.analysis.mismatches import Mismatch
from launchdarkly_api.analysis.proportions import Rates
from launchdarkly_api.analysis.sequential import Sequential

Alternative = Literal["two-sided", "greater", "less"]
Scope = Literal["variations", "metrics", "variations-and-metrics"]


@dataclass(frozen=True)
class Comparison:
    """A treatment compared with the baseline. A number is None if the counts do not determine it.

    Attributes:
        treatment_id: The id of the treatment.
        lift: The relative difference of the means, from the size of the baseline's, as a fraction.
        lower: The lower bound of the confidence interval of the lift. A one-sided interval is
            infinite on one side; and both are if the baseline's mean cannot be told from zero.
        upper: Its upper bound.
        p_value: The p-value of the test for a difference, before a correction.
        adjusted_p_value: The p-value after the correction, or the same without one.
        significant: Whether the adjusted p-value is at most alpha.
        difference: The difference of the means, in the metric's unit.
        difference_lower: The lower bound of its confidence interval.
        difference_upper: Its upper bound.
    """

    treatment_id: str
    lift: float | None = None
    lower: float | None = None
    upper: float | None = None
    p_value: float | None = None
    adjusted_p_value: float | None = None
    significant: bool = False
    difference: float | None = None
    difference_lower: float | None = None
    difference_upper: float | None = None


@dataclass(frozen=True)
class FrequentistResults:
    """The comparisons of one metric.

    Attributes:
        comparisons: Each treatment compared with the baseline.
        baseline: The id of the baseline.
        arms: The counts, by the id of the treatment.
        alternative: The direction that the test looks for.
        alpha: The significance level, before a correction.
        correction: The correction for many comparisons, or None.
        sequential: Whether the results may be looked at again and again.
        mismatch: The test of the traffic split over all exposed units, of results of an export
            whose shares are known. Otherwise None.
        last_event: The time of the last event, of results of an export. Otherwise None.
    """

    comparisons: tuple[Comparison, ...]
    baseline: str
    arms: Mapping[str, Arm]
    alternative: Alternative
    alpha: float
    correction: Correction | None
    sequential: bool
    mismatch: Mismatch | None = None
    last_event: datetime.datetime | None = None


def frequentist_results(
    arms: Mapping[str, Arm],
    *,
    baseline: str,
    alternative: Alternative = "two-sided",
    alpha: float = 0.05,
    correction: Correction | None = None,
    sequential: bool = False,
) -> FrequentistResults:
    """Compare each treatment with the baseline.

    Means are compared by Welch's test, and rates by the score test with a pooled rate, with the
    intervals that belong to them (Fieller's for a ratio of means; Miettinen and Nurminen's for
    rates). So the interval of a difference excludes zero exactly if the comparison is significant.
    LaunchDarkly says that it approximates the relative difference by a normal distribution, by the
    delta method: with thousands of units, the numbers are the same to two or three digits.

    Args:
        arms: The counts, by the id of the treatment.
        baseline: The id of the baseline.
        alternative: ``"two-sided"``; or ``"greater"`` or ``"less"``, to look for a larger or a
            smaller mean than the baseline's only.
        alpha: The significance level. Intervals have a level of one minus it.
        correction: ``"bonferroni"`` or ``"benjamini-hochberg"``, over the treatments of this
            metric. ``correct_metrics`` corrects over several metrics.
        sequential: Whether to use the mixture sequential probability ratio test, which allows
            looking at any time and stopping at will. Its intervals are wider.

    Returns:
        The comparisons.

    Raises:
        ApiTypeError: An arm is not an ``Arm``.
        ApiValueError: The arms differ in their kind, or an argument does not fit them.
    """
    checked = checked_arms(arms)
    checked_baseline(checked, baseline)
    alpha = checked_share("alpha", alpha)
    if alternative not in ("two-sided", "greater", "less"):
        raise ApiValueError(
            f"alternative is {shown(alternative)}; give 'two-sided', 'greater' or 'less'"
        )
    empty = FrequentistResults(
        tuple(Comparison(key) for key in checked if key != baseline),
        baseline,
        checked,
        alternative,
        alpha,
        correction,
        bool(sequential),
    )
    (found,) = _compared([empty])
    return found


def correct_metrics(
    results: Mapping[str, FrequentistResults],
    *,
    correction: Correction | None,
    scope: Scope = "variations-and-metrics",
) -> dict[str, FrequentistResults]:
    """Correct the results of several metrics for the number of comparisons.

    Args:
        results: The results by the key of the metric, whether corrected before or not.
        correction: ``"bonferroni"``, ``"benjamini-hochberg"``, or None for none.
        scope: The comparisons that are corrected together: all treatments of a metric
            (``"variations"``), all metrics of a treatment (``"metrics"``), or all of both.

    Returns:
        The corrected results, by the key of the metric.

    Raises:
        ApiValueError: The correction or the scope is unknown.
    """
    found = {key: replace(one, correction=correction) for key, one in results.items()}
    if scope == "variations":
        return {key: _compared([one])[0] for key, one in found.items()}
    if scope == "variations-and-metrics":
        return dict(zip(found, _compared(list(found.values()))))
    if scope != "metrics":
        raise ApiValueError(
            f"scope is {shown(scope)}; give 'variations', 'metrics' or 'variations-and-metrics'"
        )
    treatments = dict.fromkeys(c.treatment_id for one in found.values() for c in one.comparisons)
    for treatment_id in treatments:
        alone = [_only(one, treatment_id) for one in found.values()]
        for key, one in zip(found, _compared(alone)):
            found[key] = _with(found[key], one.comparisons)
    return found


def _compared(results: list[FrequentistResults]) -> list[FrequentistResults]:
    """Compute comparisons that are corrected together."""
    known = {
        (index, comparison.treatment_id): _Test(one, comparison.treatment_id)
        for index, one in enumerate(results)
        for comparison in one.comparisons
        if _enough(one.arms[comparison.treatment_id], one.arms[one.baseline])
    }
    alpha = min((one.alpha for one in results), default=1.0)
    correction = results[0].correction if results else None
    after = corrected([test.p_value for test in known.values()], correction, alpha=alpha)
    done = {
        key: test.comparison(adjusted, after.alpha, alpha)
        for (key, test), adjusted in zip(known.items(), after.p_values)
    }
    return [
        replace(
            one,
            comparisons=tuple(
                done.get((index, c.treatment_id), Comparison(c.treatment_id))
                for c in one.comparisons
            ),
        )
        for index, one in enumerate(results)
    ]


def _enough(arm: Arm, baseline: Arm) -> bool:
    """Whether two arms can be compared: the variance of a mean needs two units."""
    return min(arm.units, baseline.units) >= (2 if arm.numeric else 1)


def _only(results: FrequentistResults, treatment_id: str) -> FrequentistResults:
    return replace(
        results,
        comparisons=tuple(c for c in results.comparisons if c.treatment_id == treatment_id),
    )


def _with(results: FrequentistResults, newer: Iterable[Comparison]) -> FrequentistResults:
    by_id = {comparison.treatment_id: comparison for comparison in newer}
    return replace(
        results, comparisons=tuple(by_id.get(c.treatment_id, c) for c in results.comparisons)
    )


class _Test:
    """The test of one treatment against the baseline."""

    def __init__(self, results: FrequentistResults, treatment_id: str) -> None:
        arm, baseline = results.arms[treatment_id], results.arms[results.baseline]
        self.treatment_id = treatment_id
        self._alternative = results.alternative
        self.pair: Rates | Means = Means(arm, baseline) if arm.numeric else Rates(arm, baseline)
        two_sided = self._alternative == "two-sided"
        self._sequential = (
            Sequential(arm.units + baseline.units, results.alpha, two_sided=two_sided)
            if results.sequential
            else None
        )
        z = self.pair.z
        z = abs(z) if two_sided else -z if self._alternative == "less" else z
        if self._sequential is not None:
            self.p_value = self._sequential.p_value(z)
        else:
            self.p_value = normal_cdf(-z) * (2.0 if two_sided else 1.0)

    def comparison(self, adjusted: float, level: float, alpha: float) -> Comparison:
        """The comparison, with intervals at ``level`` and significance at ``alpha``."""
        pair = self.pair
        z = self._critical(level)
        lower, upper = self._lift_bounds(pair, z)
        low, high = self._one_sided(pair.difference(z))
        difference = pair.mean - pair.baseline_mean
        size = abs(pair.baseline_mean)
        return Comparison(
            self.treatment_id,
            finite(difference / size) if size else None,
            lower,
            upper,
            self.p_value,
            adjusted,
            adjusted <= alpha,
            finite(difference),
            low,
            high,
        )

    def _critical(self, alpha: float) -> float:
        if self._sequential is not None:
            return self._sequential.critical(alpha)
        return -normal_quantile(alpha / 2.0 if self._alternative == "two-sided" else alpha)

    def _lift_bounds(self, pair: Rates | Means, z: float) -> tuple[float | None, float | None]:
        if not pair.baseline_mean:
            return None, None
        low, high = pair.ratio(z)
        bounds = (low - 1.0, high - 1.0) if pair.baseline_mean > 0.0 else (1.0 - high, 1.0 - low)
        return self._one_sided(bounds)

    def _one_sided(self, bounds: Bounds) -> tuple[float | None, float | None]:
        lower, upper = bounds
        if math.isnan(lower) or math.isnan(upper):
            return None, None
        if self._alternative == "greater":
            return lower, math.inf
        return (-math.inf, upper) if self._alternative == "less" else (lower, upper)

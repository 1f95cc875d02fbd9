"""Bayesian results: the probability of each statement about the means, given the counts."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property

import numpy as np

from launchdarkly_api._support.errors import ApiValueError
from launchdarkly_api._support.printable import shown
from launchdarkly_api.analysis.arms import Arm
from launchdarkly_api.analysis.checking import (
    checked_arms,
    checked_baseline,
    checked_choice,
    checked_seed,
    checked_share,
)
from launchdarkly_api.analysis.comparing import Bounds, Pair
from launchdarkly_api.analysis.functions import finite
from launchdarkly_api.analysis.mismatches import Mismatch, mismatch
from launchdarkly_api.analysis.posteriors import (
    Floats,
    PointPosterior,
    Posterior,
    Prior,
    posterior_of,
    quantile,
)
from launchdarkly_api.analysis.ranking import best, expected_loss
from launchdarkly_api.models import (
    CredibleIntervalRep,
    ExperimentBayesianResultsRep,
    RelativeDifferenceRep,
    TreatmentResultRep,
)

#: The level of the service's intervals, which are of one level only. It has no field for another.
LEVEL = 0.9
#: A baseline whose mean may have either sign has no ratio in closed form, and is drawn from.
DRAWS = 100_000
#: More than a dozen arms get fewer draws, because each pair of them is compared.
DRAWS_OF_MANY = 20_000
MANY = 12
#: A mean is taken to have one sign if the probability of the other is below this share of the
#: probability outside of the interval. That moves a bound less than draws would.
NEVER = 1e-3


@dataclass(frozen=True)
class BayesianComparison:
    """A treatment compared with the baseline. A number is None if the counts do not determine it.

    Attributes:
        treatment_id: The id of the treatment.
        probability_to_beat_baseline: The probability that the treatment is the better one.
        expected_loss: The loss to expect from taking the treatment: the mean of the amount by which
            the baseline is better, and of 0 if it is not, in the metric's unit.
        lift: The relative difference of the posterior means, from the size of the baseline's.
        lower: The lower bound of the relative difference, as a fraction.
        upper: Its upper bound.
        difference: The difference of the posterior means, in the metric's unit.
        difference_lower: The lower bound of the difference.
        difference_upper: Its upper bound.
    """

    treatment_id: str
    probability_to_beat_baseline: float | None = None
    expected_loss: float | None = None
    lift: float | None = None
    lower: float | None = None
    upper: float | None = None
    difference: float | None = None
    difference_lower: float | None = None
    difference_upper: float | None = None


@dataclass(frozen=True)
class BayesianAnalysis:
    """The posteriors of the arms of one metric, and the results that follow from them.

    Attributes:
        arms: The counts, by the id of the treatment.
        posteriors: The posterior of each arm. None if its counts do not determine one: a rate
            needs a unit, and a mean needs two.
        baseline: The id of the baseline, if there is one.
        names: The names of the treatments, by id.
        mismatch: The test of the traffic split, if the shares are known and there are units.
        lower_is_better: Whether the smallest mean is the best.
        level: The probability of the credible intervals.
        seed: The seed of the draws.
    """

    arms: Mapping[str, Arm]
    posteriors: Mapping[str, Posterior | None]
    baseline: str | None
    names: Mapping[str, str]
    mismatch: Mismatch | None
    lower_is_better: bool
    level: float
    seed: int
    _ratios: dict[tuple[str, str], Bounds] = field(
        default_factory=dict, init=False, repr=False, compare=False
    )

    @cached_property
    def p_best(self) -> dict[str, float]:
        """The probability to be the best, of each arm with a posterior. They sum to 1.

        It is empty if the numbers are too far apart for floats.
        """
        known = self._known
        if not known:
            return {}
        with np.errstate(all="ignore"):
            shares = best(list(known.values()), lower_is_better=self.lower_is_better)
        return {key: share for key, share in zip(known, shares) if math.isfinite(share)}

    @cached_property
    def intervals(self) -> dict[str, Bounds]:
        """The credible interval of each arm with a posterior, with equal tails."""
        tail = (1.0 - self.level) / 2.0
        with np.errstate(all="ignore"):
            return {
                treatment_id: (quantile(posterior, tail), quantile(posterior, 1.0 - tail))
                for treatment_id, posterior in self._known.items()
            }

    @cached_property
    def comparisons(self) -> tuple[BayesianComparison, ...]:
        """Each treatment compared with the baseline. Empty without a baseline."""
        if self.baseline is None:
            return ()
        with np.errstate(all="ignore"):
            return tuple(
                self._comparison(treatment_id, self.baseline)
                for treatment_id in self.arms
                if treatment_id != self.baseline
            )

    def relative_difference(self, treatment_id: str, from_treatment_id: str) -> Bounds | None:
        """Return the bounds of the relative difference of one arm from another.

        It is relative to the size of the other's mean, so that it is positive if the mean is
        larger, whatever the sign of the other's. The two directions of a pair agree: if one arm is
        between 10 and 20 % above the other, the other is between 9.1 and 16.7 % below it.

        Args:
            treatment_id: The id of the arm.
            from_treatment_id: The id of the other arm.

        Returns:
            The bounds as fractions. None if an arm has no posterior, or the other's mean is zero.
        """
        first = self._known.get(treatment_id)
        second = self._known.get(from_treatment_id)
        if first is None or second is None or _is_zero(second):
            return None
        with np.errstate(all="ignore"):
            sign = self._sign(second)
            if not sign:
                bounds = self._drawn(treatment_id, from_treatment_id)
            else:
                ratio = self._ratio(treatment_id, from_treatment_id)
                low, high = (sign * (bound - 1.0) for bound in ratio)
                bounds = min(low, high), max(low, high)
        return bounds if all(map(math.isfinite, bounds)) else None

    @cached_property
    def results(self) -> ExperimentBayesianResultsRep:
        """The results as the model that the service used to send. Without units, it is empty."""
        if not any(arm.units for arm in self.arms.values()):
            return ExperimentBayesianResultsRep()
        results = ExperimentBayesianResultsRep(
            treatment_results=[self._result(treatment_id) for treatment_id in self.arms]
        )
        if self.mismatch is not None:
            results.probability_of_mismatch = self.mismatch.probability
        if self.level != LEVEL:
            results["level"] = self.level
        return results

    @cached_property
    def _known(self) -> dict[str, Posterior]:
        return {key: found for key, found in self.posteriors.items() if found is not None}

    @cached_property
    def _draws(self) -> dict[str, Floats]:
        rng = np.random.default_rng(self.seed)
        count = DRAWS_OF_MANY if len(self._known) > MANY else DRAWS
        return {key: posterior.sample(count, rng) for key, posterior in self._known.items()}

    def _sign(self, posterior: Posterior) -> int:
        """The sign of a mean, or 0 if it may have either."""
        never = NEVER * (1.0 - self.level)
        below = float(posterior.cdf(0.0))
        if below < never:
            return 1
        return -1 if below > 1.0 - never else 0

    def _ratio(self, treatment_id: str, from_treatment_id: str) -> Bounds:
        """The bounds of a ratio of means, of which the second has one sign.

        A pair whose means both have one sign is computed once, and inverted for its other order.
        """
        first, second = self._known[treatment_id], self._known[from_treatment_id]
        order = list(self._known)
        if not self._sign(first) or order.index(treatment_id) < order.index(from_treatment_id):
            key = treatment_id, from_treatment_id
            if key not in self._ratios:
                self._ratios[key] = Pair(first, second).ratio(self.level)
            return self._ratios[key]
        low, high = self._ratio(from_treatment_id, treatment_id)
        return float(np.divide(1.0, high)), float(np.divide(1.0, low))

    def _drawn(self, treatment_id: str, from_treatment_id: str) -> Bounds:
        values, others = self._draws[treatment_id], self._draws[from_treatment_id]
        tail = (1.0 - self.level) / 2.0
        low, high = np.quantile((values - others) / np.abs(others), [tail, 1.0 - tail])
        return float(low), float(high)

    def _comparison(self, treatment_id: str, baseline: str) -> BayesianComparison:
        first, second = self._known.get(treatment_id), self._known.get(baseline)
        if first is None or second is None:
            return BayesianComparison(treatment_id)
        pair = Pair(first, second)
        beats = pair.beats()
        loss = expected_loss(first, second, lower_is_better=self.lower_is_better)
        difference = first.mean - second.mean
        lower, upper = self.relative_difference(treatment_id, baseline) or (None, None)
        low, high = pair.difference(self.level)
        return BayesianComparison(
            treatment_id,
            finite(1.0 - beats if self.lower_is_better else beats),
            finite(loss),
            finite(difference / abs(second.mean)) if second.mean else None,
            lower,
            upper,
            finite(difference),
            finite(low),
            finite(high),
        )

    def _result(self, treatment_id: str) -> TreatmentResultRep:
        result = TreatmentResultRep(treatment_id=treatment_id, units=self.arms[treatment_id].units)
        if treatment_id in self.names:
            result.treatment_name = self.names[treatment_id]
        posterior = self._known.get(treatment_id)
        if posterior is None:
            return result
        lower, upper = self.intervals[treatment_id]
        result.mean = posterior.mean
        if math.isfinite(lower) and math.isfinite(upper):
            result.credible_interval = CredibleIntervalRep(lower=lower, upper=upper)
        if treatment_id in self.p_best:
            result.p_best = self.p_best[treatment_id]
        differences = [
            RelativeDifferenceRep(lower=bounds[0], upper=bounds[1], from_treatment_id=other)
            for other in self._known
            if other != treatment_id
            and (bounds := self.relative_difference(treatment_id, other)) is not None
        ]
        if differences:
            result.relative_differences = differences
        return result


def bayesian_analysis(
    arms: Mapping[str, Arm],
    *,
    baseline: str | None = None,
    names: Mapping[str, str] | None = None,
    shares: Mapping[str, float] | None = None,
    lower_is_better: bool = False,
    level: float = 0.9,
    seed: int | None = None,
    prior: Prior = "uniform",
) -> BayesianAnalysis:
    """Compute the posteriors of the arms of one metric.

    A rate has a beta posterior, and a mean Student's. With the prior ``"uniform"``, all arms are
    treated alike: Beta(1, 1) for a rate, and a flat prior for a mean and the logarithm of its
    deviation. With ``"launchdarkly"``, the treatments have the priors that LaunchDarkly's page on
    Bayesian methodology gives, which pull them towards the baseline: for small data its numbers
    are closer together. It takes the deviation of a mean for known. In both cases intervals have
    equal tails, and differences are those of the posteriors, which are independent; LaunchDarkly
    says that it takes intervals of highest density, and approximates relative differences.

    Args:
        arms: The counts, by the id of the treatment.
        baseline: The id of the baseline.
        names: The names of the treatments, by id.
        shares: The planned shares of traffic, by id, which need not sum to 1.
        lower_is_better: Whether the smallest mean is the best.
        level: The probability of the credible intervals.
        seed: The seed of the draws that a relative difference from a mean near zero needs.
            Everything else is computed without draws. None gives the same draws each time, too.
        prior: ``"uniform"`` or ``"launchdarkly"``, which needs a baseline.

    Returns:
        The analysis.

    Raises:
        ApiTypeError: An arm is not an ``Arm``, or another argument has the wrong type.
        ApiValueError: The arms differ in their kind, or an argument does not fit them.
    """
    checked = checked_arms(arms)
    if prior not in ("uniform", "launchdarkly"):
        raise ApiValueError(f"prior is {shown(prior)}; give 'uniform' or 'launchdarkly'")
    if baseline is not None:
        checked_baseline(checked, baseline)
    elif prior == "launchdarkly":
        raise ApiValueError("the prior of LaunchDarkly is around the baseline: give its id")
    control = checked[baseline] if baseline is not None and prior == "launchdarkly" else None
    units = {treatment_id: arm.units for treatment_id, arm in checked.items()}
    return BayesianAnalysis(
        arms=checked,
        posteriors={
            key: posterior_of(arm, None if key == baseline else control)
            for key, arm in checked.items()
        },
        baseline=baseline,
        names=names or {},
        mismatch=mismatch(units, shares) if shares is not None and any(units.values()) else None,
        lower_is_better=checked_choice("lower_is_better", lower_is_better),
        level=checked_share("level", level),
        seed=checked_seed(seed),
    )


def bayesian_results(
    arms: Mapping[str, Arm],
    *,
    baseline: str | None = None,
    names: Mapping[str, str] | None = None,
    shares: Mapping[str, float] | None = None,
    lower_is_better: bool = False,
    level: float = 0.9,
    seed: int | None = None,
    prior: Prior = "uniform",
) -> ExperimentBayesianResultsRep:
    """Compute Bayesian results as the model that the service used to send.

    Its numbers are the mean, the credible interval and the probability to be best of each
    treatment, the relative difference from each other one, and the probability of a sample-ratio
    mismatch if the shares are known. A number that the counts do not determine is not set.
    ``bayesian_analysis`` gives the same, and comparisons with the baseline beside it.

    Args:
        arms: The counts, by the id of the treatment.
        baseline: The id of the baseline. The results do not name it; ``prior`` may need it.
        names: The names of the treatments, by id.
        shares: The planned shares of traffic, by id, which need not sum to 1.
        lower_is_better: Whether the smallest mean is the best.
        level: The probability of the credible intervals. If it is not the service's, 0.9, the
            results have it as a further property, ``level``, which summaries and plots read.
        seed: The seed of the draws, as in ``bayesian_analysis``.
        prior: ``"uniform"`` or ``"launchdarkly"``, as in ``bayesian_analysis``.

    Returns:
        The results.

    Raises:
        ApiTypeError: An arm is not an ``Arm``.
        ApiValueError: The arms differ in their kind, or an argument does not fit them.
    """
    return bayesian_analysis(
        arms,
        baseline=baseline,
        names=names,
        shares=shares,
        lower_is_better=lower_is_better,
        level=level,
        seed=seed,
        prior=prior,
    ).results


def _is_zero(posterior: Posterior) -> bool:
    return isinstance(posterior, PointPosterior) and posterior.mean == 0.0

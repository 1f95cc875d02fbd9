"""Bayesian results from the exposures and events of an iteration.

The numbers come from ``launchdarkly_api.analysis``, which loads numpy and scipy when results are
first requested, so that the sandbox starts without them.
"""

from __future__ import annotations

import math
import zlib
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import chain
from statistics import NormalDist
from typing import TYPE_CHECKING, Any

from launchdarkly_api._support.distribution import missing
from launchdarkly_api.analysis.arms import Arm as Counts
from launchdarkly_api.sandbox.service.problems import RefusedError
from launchdarkly_api.sandbox.state.records import Metric, Treatment
from launchdarkly_api.sandbox.state.traffic import Unit

if TYPE_CHECKING:
    from launchdarkly_api.analysis import BayesianAnalysis, Posterior
else:
    # Annotations must also resolve at run time.
    BayesianAnalysis = Posterior = Any

#: The probability of a credible interval.
LEVEL = 0.9
#: Half of the width of such an interval of a standard normal distribution.
_HALF_WIDTH = NormalDist().inv_cdf((1.0 + LEVEL) / 2.0)


@dataclass(frozen=True)
class Arm:
    """The counts and values of one treatment."""

    treatment: Treatment
    #: The number of units exposed to the treatment.
    exposures: int
    #: One number per unit with a value: its mean if numeric, else 1 or 0 for converted or not.
    values: tuple[float, ...]

    def counts(self, metric: Metric) -> Counts:
        """The counts that results are computed from: of a mean, those of the units with a value."""
        if metric.numeric:
            return Counts.from_values(self.values)
        return Counts(units=self.exposures, conversions=int(sum(self.values)))


@dataclass(frozen=True)
class ArmResult:
    """The results of one treatment. A value is None if the data do not determine it."""

    arm: Arm
    posterior: Posterior | None
    interval: tuple[float, float] | None
    best: float | None
    #: The bounds of the relative difference from each other treatment that has one, by its id.
    differences: dict[str, tuple[float, float]]

    @property
    def distribution(self) -> dict[str, Any] | None:
        """The posterior as the service describes it: by its kind and its parameters."""
        if self.posterior is None or self.interval is None:
            return None
        if isinstance(self.posterior, numerics().BetaPosterior):
            beta: Any = self.posterior
            return {"kind": "beta", "parameters": {"alpha": beta.a, "beta": beta.b}}
        # The service knows no Student distribution: the normal one with the same interval.
        deviation = (self.interval[1] - self.interval[0]) / (2.0 * _HALF_WIDTH)
        mean = self.posterior.mean
        return {"kind": "normal", "parameters": {"mu": mean, "sigma": deviation}}


@dataclass(frozen=True)
class Results:
    """The results of one metric."""

    arms: tuple[ArmResult, ...]
    #: The time of the last event in epoch milliseconds, or None without events.
    last_event: int | None
    probability_of_mismatch: float | None


def count(treatments: Sequence[Treatment], units: Sequence[Unit], metric: Metric) -> list[Arm]:
    """Group the units by treatment, with one value for each."""
    exposures = dict.fromkeys((t.id for t in treatments), 0)
    values: dict[str, list[float]] = {t.id: [] for t in treatments}
    for unit in units:
        exposures[unit.treatment_id] += 1
        if not metric.numeric:
            values[unit.treatment_id].append(1.0 if unit.events else 0.0)
        elif unit.events:
            sent = [event.value for event in unit.events]
            values[unit.treatment_id].append(math.fsum(sent) / len(sent))
    return [Arm(t, exposures[t.id], tuple(values[t.id])) for t in treatments]


def numerics() -> Any:
    """Load the analysis.

    Raises:
        RefusedError: A package that it needs is missing. The message says which, and how to
            install it.
    """
    import launchdarkly_api.analysis as analysis

    try:
        _ = analysis.bayesian_analysis
    except ImportError as error:
        raise RefusedError(
            500,
            "internal_service_error",
            missing("A result", str(error.name), "sandbox"),
        ) from None
    return analysis


def analyse(
    treatments: Sequence[Treatment], units: Sequence[Unit], metric: Metric, seed: str
) -> Results:
    """The results of one metric. The same seed gives the same draws, if any are needed.

    Raises:
        RefusedError: A package that results need is missing.
    """
    arms = count(treatments, units, metric)
    found: BayesianAnalysis = numerics().bayesian_analysis(
        {arm.treatment.id: arm.counts(metric) for arm in arms},
        lower_is_better=metric.lower_is_better,
        level=LEVEL,
        seed=zlib.crc32(seed.encode("utf-8", "surrogatepass")),
    )
    return Results(
        tuple(_result(arm, found) for arm in arms),
        max((e.at for e in chain.from_iterable(u.events for u in units)), default=None),
        numerics()
        .mismatch([a.exposures for a in arms], [float(t.allocation_percent) for t in treatments])
        .probability
        if units
        else None,
    )


def _result(arm: Arm, found: BayesianAnalysis) -> ArmResult:
    own = arm.treatment.id
    posterior = found.posteriors[own]
    if posterior is None:
        return ArmResult(arm, None, None, None, {})
    differences = {
        other: found.relative_difference(own, other) for other in found.arms if other != own
    }
    return ArmResult(
        arm,
        posterior,
        found.intervals[own],
        found.p_best.get(own),
        {other: bounds for other, bounds in differences.items() if bounds is not None},
    )

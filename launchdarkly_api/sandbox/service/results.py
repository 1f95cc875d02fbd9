"""Bayesian results from the exposures and events of an iteration."""

from __future__ import annotations

import math
import random
import statistics
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import chain

from launchdarkly_api.sandbox.service.distributions import (
    BetaPosterior,
    NormalPosterior,
    Posterior,
    chi_square_survival,
)
from launchdarkly_api.sandbox.state.records import Metric, Treatment
from launchdarkly_api.sandbox.state.traffic import Unit

#: The probability of a credible interval.
LEVEL = 0.9
#: The number of draws from each posterior. Every pair of treatments is compared, so more than a
#: dozen treatments get fewer draws, down to a minimum.
DRAWS = 10_000
PAIRS = 12 * 11
FEWEST_DRAWS = 500


@dataclass(frozen=True)
class Arm:
    """The counts and values of one treatment."""

    treatment: Treatment
    #: The number of units exposed to the treatment.
    exposures: int
    #: One number per unit with a value: its mean if numeric, else 1 or 0 for converted or not.
    values: tuple[float, ...]

    def posterior(self, metric: Metric) -> Posterior | None:
        """The posterior, or None without enough data: the error of a mean needs two units."""
        if not metric.numeric:
            return BetaPosterior(int(sum(self.values)), self.exposures) if self.exposures else None
        if len(self.values) < 2:
            return None
        return NormalPosterior(
            math.fsum(self.values) / len(self.values),
            statistics.stdev(self.values) / math.sqrt(len(self.values)),
        )


@dataclass(frozen=True)
class ArmResult:
    """The results of one treatment. A value is None if the data do not determine it."""

    arm: Arm
    posterior: Posterior | None
    interval: tuple[float, float] | None
    best: float | None
    #: The bounds of the relative difference from each other treatment that has one, by its id.
    differences: dict[str, tuple[float, float]]


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


def mismatch(exposures: Sequence[int], shares: Sequence[float]) -> float:
    """The probability of a sample-ratio mismatch.

    One minus the p-value of Pearson's chi-square test of the counts against the shares.
    """
    total, all_shares = sum(exposures), math.fsum(shares)
    statistic, cells = 0.0, 0
    for count, share in zip(exposures, shares):
        expected = total * share / all_shares if all_shares else 0.0
        if expected:
            statistic += (count - expected) ** 2 / expected
            cells += 1
        elif count:
            return 1.0
    return 1.0 - chi_square_survival(statistic, cells - 1)


def _quantiles(ordered: Sequence[float]) -> tuple[float, float]:
    cut = round(len(ordered) * (1.0 - LEVEL) / 2.0)
    return ordered[cut], ordered[-cut - 1]


def _difference(values: Sequence[float], others: Sequence[float]) -> tuple[float, float] | None:
    """The bounds of the relative difference. It is undefined if another draw is zero."""
    if not all(others):
        return None
    bounds = _quantiles(
        sorted((value - other) / abs(other) for value, other in zip(values, others))
    )
    return bounds if all(map(math.isfinite, bounds)) else None


def _best(draws: dict[str, list[float]], *, lower_is_better: bool) -> dict[str, float]:
    """The share of draws in which each treatment is the best. Equal draws share the win."""
    wins = dict.fromkeys(draws, 0.0)
    pick = min if lower_is_better else max
    for drawn in zip(*draws.values()):
        top = pick(drawn)
        winners = [key for key, value in zip(draws, drawn) if value == top]
        for key in winners:
            wins[key] += 1.0 / len(winners)
    total = math.fsum(wins.values())
    return {key: won / total for key, won in wins.items()}


def analyse(
    treatments: Sequence[Treatment], units: Sequence[Unit], metric: Metric, seed: str
) -> Results:
    """The results of one metric. The same seed gives the same draws."""
    arms = count(treatments, units, metric)
    posteriors = {arm.treatment.id: arm.posterior(metric) for arm in arms}
    rng = random.Random(seed)
    pairs = len(arms) * (len(arms) - 1)
    size = max(DRAWS * PAIRS // max(pairs, PAIRS), FEWEST_DRAWS)
    draws = {
        treatment_id: [posterior.draw(rng) for _ in range(size)]
        for treatment_id, posterior in posteriors.items()
        if posterior is not None
    }
    best = _best(draws, lower_is_better=metric.lower_is_better)

    def result(arm: Arm) -> ArmResult:
        own = arm.treatment.id
        posterior = posteriors[own]
        if posterior is None:
            return ArmResult(arm, None, None, None, {})
        tail = (1.0 - LEVEL) / 2.0
        return ArmResult(
            arm,
            posterior,
            (posterior.quantile(tail), posterior.quantile(1.0 - tail)),
            best[own],
            {
                other: bounds
                for other in draws
                if other != own and (bounds := _difference(draws[own], draws[other])) is not None
            },
        )

    return Results(
        tuple(map(result, arms)),
        max((e.at for e in chain.from_iterable(u.events for u in units)), default=None),
        mismatch([a.exposures for a in arms], [float(t.allocation_percent) for t in treatments])
        if units
        else None,
    )

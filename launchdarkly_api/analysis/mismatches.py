"""The check that units were split among the treatments as planned."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from launchdarkly_api._support.errors import ApiTypeError, ApiValueError
from launchdarkly_api._support.printable import shown
from launchdarkly_api.analysis.checking import plain_number
from launchdarkly_api.analysis.functions import chi_square_survival, special

#: The p-value below which the field takes a split for broken.
FOUND = 0.001
#: The probability above which LaunchDarkly alerts.
ALERT = 0.99
#: How close to the plan a broken split is expected to be, in units that were seen before. It is the
#: default of the implementation that LaunchDarkly's page refers to.
CONCENTRATION = 10_000


@dataclass(frozen=True)
class Mismatch:
    """The result of the test for a sample-ratio mismatch.

    Attributes:
        statistic: Pearson's chi-square statistic.
        degrees: Its degrees of freedom.
        p_value: The probability of a split at least as far from the plan, by chance.
        posterior: The probability of a mismatch by a sequential test, which may be looked at at any
            time (Lindon and Malek, 2020). LaunchDarkly's page says that it uses this test.
    """

    statistic: float
    degrees: int
    p_value: float
    posterior: float

    @property
    def probability(self) -> float:
        """One minus the p-value, as results state it: near 1, the split looks broken."""
        return 1.0 - self.p_value

    @property
    def found(self) -> bool:
        """Whether the split is broken, at the threshold of the field: a p-value below 0.001."""
        return self.p_value < FOUND

    @property
    def alert(self) -> bool:
        """Whether the sequential test exceeds 99 %, at which LaunchDarkly's page alerts."""
        return self.posterior > ALERT


def mismatch(
    exposures: Mapping[str, int] | Sequence[int], shares: Mapping[str, float] | Sequence[float]
) -> Mismatch:
    """Test whether units were split as planned, by Pearson's chi-square test.

    A split that is far from the plan means that units are lost, or counted twice, and that results
    cannot be trusted. At the usual threshold, a p-value below 0.001, one correct split in a
    thousand is called broken; looking at it each day makes it more. The sequential test calls at
    most one correct split in a hundred broken, however often it is looked at.

    Args:
        exposures: The number of units of each treatment, by its id or in some order.
        shares: The planned share of each treatment, by the same ids or in the same order. They
            need not sum to 1 or 100.

    Returns:
        The result of the test.

    Raises:
        ApiTypeError: One of the two is neither a mapping nor a sequence.
        ApiValueError: The two differ in their treatments, or a number is negative.
    """
    counts, plan = _paired(exposures, shares)
    for name, values in (("exposures", counts), ("shares", plan)):
        for value in values:
            number = plain_number(value)
            if number is None or not 0 <= number < math.inf:
                raise ApiValueError(f"{name} contains {shown(value)}; give numbers of at least 0")
    counts, plan = list(map(float, counts)), list(map(float, plan))
    total, whole = math.fsum(counts), math.fsum(plan)
    statistic, cells = 0.0, 0
    for count, share in zip(counts, plan):
        expected = total * (share / whole) if whole else 0.0
        if expected:
            statistic += (count - expected) ** 2 / expected
            cells += 1
        elif count:
            # A treatment without a share has units, which cannot be chance.
            statistic = math.inf
    degrees = max(cells - 1, 0)
    return Mismatch(
        statistic,
        degrees,
        chi_square_survival(statistic, degrees),
        _posterior(counts, [share / whole if whole else 0.0 for share in plan]),
    )


def _posterior(counts: Sequence[float], plan: Sequence[float]) -> float:
    """The probability of a mismatch, if a plan that holds and one that does not are as likely.

    The shares of a split that is broken have a Dirichlet distribution around the plan, so that the
    counts have a ratio of gamma functions as their probability.
    """
    if any(count and not share for count, share in zip(counts, plan)):
        return 1.0
    cells = [(count, share) for count, share in zip(counts, plan) if share]
    log_odds = math.lgamma(CONCENTRATION) - math.lgamma(CONCENTRATION + math.fsum(counts))
    for count, share in cells:
        prior = CONCENTRATION * share
        log_odds += math.lgamma(prior + count) - math.lgamma(prior) - count * math.log(share)
    return float(special.expit(log_odds))


def _paired(
    exposures: Mapping[str, int] | Sequence[int], shares: Mapping[str, float] | Sequence[float]
) -> tuple[list[float], list[float]]:
    if isinstance(exposures, Mapping) and isinstance(shares, Mapping):
        missing = exposures.keys() ^ shares.keys()
        if missing:
            raise ApiValueError(
                f"exposures and shares differ in {', '.join(map(shown, sorted(missing)))}:"
                " give both for each treatment"
            )
        return list(exposures.values()), [shares[key] for key in exposures]
    if isinstance(exposures, Mapping) or isinstance(shares, Mapping):
        raise ApiValueError("exposures and shares must both be by id, or both be in one order")
    counts, plan = _listed("exposures", exposures), _listed("shares", shares)
    if len(counts) != len(plan):
        raise ApiValueError(
            f"there are {len(counts)} exposures and {len(plan)} shares: give both for each"
            " treatment"
        )
    return counts, plan


def _listed(name: str, numbers: Any) -> list[float]:
    if not isinstance(numbers, Iterable):
        raise ApiTypeError(f"{name} must be a mapping or a sequence, not {shown(numbers)}")
    return list(numbers)

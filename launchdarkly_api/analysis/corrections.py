"""Corrections for many comparisons."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from launchdarkly_api._support.errors import ApiValueError
from launchdarkly_api._support.printable import shown
from launchdarkly_api.analysis.checking import plain_number

Correction = Literal["bonferroni", "benjamini-hochberg"]


@dataclass(frozen=True)
class Corrected:
    """P-values after a correction.

    Attributes:
        p_values: The corrected p-values, in the order given. One of at most alpha is significant.
        alpha: The significance level of one comparison, at which its interval is stated.
    """

    p_values: tuple[float, ...]
    alpha: float


def corrected(
    p_values: Sequence[float], correction: Correction | None, *, alpha: float = 0.05
) -> Corrected:
    """Correct p-values for their number.

    Bonferroni's correction bounds the probability of any false alarm; the procedure of Benjamini
    and Hochberg bounds the share of false alarms among the significant ones. Their levels are those
    of LaunchDarkly's page: alpha divided by the number of comparisons, and alpha times the share of
    comparisons that are significant (of one, if none is).

    Args:
        p_values: The p-values of the comparisons that a decision depends on.
        correction: ``"bonferroni"``, ``"benjamini-hochberg"``, or None for none.
        alpha: The significance level.

    Returns:
        The corrected p-values and the level of one comparison.

    Raises:
        ApiValueError: The correction is unknown, or a p-value is none.
    """
    for p in p_values:
        number = plain_number(p)
        if number is None or not 0.0 <= number <= 1.0:
            raise ApiValueError(f"p_values contains {shown(p)}; a p-value is between 0 and 1")
    count = len(p_values)
    if correction is None or not count:
        return Corrected(tuple(p_values), alpha)
    if correction == "bonferroni":
        return Corrected(tuple(min(1.0, p * count) for p in p_values), alpha / count)
    if correction != "benjamini-hochberg":
        raise ApiValueError(
            f"correction is {shown(correction)}; give 'bonferroni', 'benjamini-hochberg' or None"
        )
    adjusted = [1.0] * count
    smallest = 1.0
    order = sorted(range(count), key=p_values.__getitem__)
    for rank in range(count, 0, -1):
        index = order[rank - 1]
        smallest = min(smallest, p_values[index] * count / rank)
        adjusted[index] = smallest
    significant = sum(p <= alpha for p in adjusted)
    return Corrected(tuple(adjusted), alpha * max(significant, 1) / count)

"""Integrals over several posteriors: the probability to be the best, and the expected loss.

The line of real numbers is cut at quantiles of every distribution, half a standard deviation apart
on the normal scale, so that all of them are smooth within each piece, whatever their widths. Each
piece gets a Gauss-Legendre rule.
"""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np

from launchdarkly_api.analysis.comparing import QUANTILE_WEIGHTS, QUANTILES
from launchdarkly_api.analysis.posteriors import (
    Floats,
    PointPosterior,
    Posterior,
    StudentPosterior,
)

_CUTS: Floats = np.arange(-16, 17) / 2.0
_NODES, _WEIGHTS = np.polynomial.legendre.leggauss(12)


def best(posteriors: Sequence[Posterior], *, lower_is_better: bool) -> list[float]:
    """Return the probability of each mean to be the best of all.

    Means that are certain and equal share it.

    Args:
        posteriors: The posteriors, at least one.
        lower_is_better: Whether the smallest mean is the best.

    Returns:
        The probabilities, which sum to 1.
    """
    sign = -1.0 if lower_is_better else 1.0
    certain = [sign * p.mean if isinstance(p, PointPosterior) else -math.inf for p in posteriors]
    top = max(certain)
    nodes, weights = _rule(posteriors)
    worse = [_worse(p, nodes, sign) for p in posteriors]
    shares = [
        float(weights @ (p.density(nodes) * _product(worse, without=index)))
        for index, p in enumerate(posteriors)
    ]
    ties = certain.count(top) if math.isfinite(top) else 0
    for index, value in enumerate(certain):
        if ties and value == top:
            others = [p for p in posteriors if not isinstance(p, PointPosterior)]
            at_top = [_worse(p, np.array([sign * top]), sign) for p in others]
            shares[index] = float(_product(at_top)[0] if at_top else 1.0) / ties
    if not math.isfinite(math.fsum(shares)) or not any(shares):
        shares = _coarse(posteriors, sign)
    total = math.fsum(shares)
    return [share / total for share in shares]


def _coarse(posteriors: Sequence[Posterior], sign: float) -> list[float]:
    """The probabilities if some numbers are too far apart for densities.

    Each integral runs over the quantiles of the mean itself, which misses the shape of a narrower
    distribution. At such distances, the shape has no effect.
    """
    shares = []
    for index, posterior in enumerate(posteriors):
        nodes = posterior.at(QUANTILES)
        worse = [_worse(other, nodes, sign) for other in posteriors]
        shares.append(float(np.sum(QUANTILE_WEIGHTS * _product(worse, without=index))))
    return shares


def expected_loss(chosen: Posterior, other: Posterior, *, lower_is_better: bool) -> float:
    """Return the loss to expect if ``chosen`` is taken and ``other`` was the better one.

    Args:
        chosen: The posterior of the treatment that is taken.
        other: The posterior of the baseline.
        lower_is_better: Whether the smaller mean is the better one.

    Returns:
        The mean of the amount by which the other is better, and of 0 if it is not, in the metric's
        unit. It is infinite for means of two units, whose distribution has no mean.
    """
    if any(isinstance(p, StudentPosterior) and p.degrees <= 1.0 for p in (chosen, other)):
        return math.inf
    low, high = (other, chosen) if lower_is_better else (chosen, other)
    nodes, weights = _rule((chosen, other))
    if not len(nodes):
        return max(high.mean - low.mean, 0.0)
    return float(weights @ (low.cdf(nodes) * (1.0 - high.cdf(nodes))))


def _rule(posteriors: Sequence[Posterior]) -> tuple[Floats, Floats]:
    """The nodes and weights of an integral over the real line."""
    cuts = np.unique(np.concatenate([p.at(_CUTS) for p in posteriors]))
    halves = np.diff(cuts) / 2.0
    nodes = (cuts[:-1] + halves)[:, None] + halves[:, None] * _NODES
    return nodes.ravel(), (halves[:, None] * _WEIGHTS).ravel()


def _worse(posterior: Posterior, nodes: Floats, sign: float) -> Floats:
    below = posterior.cdf(nodes)
    return below if sign > 0.0 else 1.0 - below


def _product(factors: Sequence[Floats], without: int = -1) -> Floats:
    kept = [factor for index, factor in enumerate(factors) if index != without]
    return np.asarray(np.prod(kept, axis=0) if kept else 1.0, np.float64)

"""scipy's functions, with the types that it does not ship."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

from scipy import optimize as _optimize
from scipy import special as _special

special: Any = _special
_brentq: Any = _optimize.brentq


def root(function: Callable[[float], float], low: float, high: float, *, xtol: float) -> float:
    """Return the zero of a function between ``low`` and ``high``, within ``xtol``."""
    return float(_brentq(function, low, high, xtol=xtol, rtol=1e-13))


def finite(value: float) -> float | None:
    """Return a number, or None if floats have none for it."""
    return value if math.isfinite(value) else None


def normal_cdf(z: float) -> float:
    """Return the probability that a standard normal number is at most ``z``."""
    return float(special.ndtr(z))


def normal_quantile(p: float) -> float:
    """Return the value that a standard normal number is below with probability ``p``."""
    return float(special.ndtri(p))


def student_cdf(degrees: float, t: float) -> float:
    """Return the probability that a number of Student's distribution is at most ``t``."""
    return float(special.stdtr(degrees, t))


def student_quantile(degrees: float, p: float) -> float:
    """Return the value that a number of Student's distribution is below with probability ``p``."""
    return float(special.stdtrit(degrees, p))


def chi_square_survival(statistic: float, degrees: int) -> float:
    """Return the probability that a chi-square number is at least ``statistic``.

    With no degrees of freedom, the number is 0.
    """
    if statistic <= 0.0:
        return 1.0
    return float(special.chdtrc(degrees, statistic)) if degrees > 0 else 0.0

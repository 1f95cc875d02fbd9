"""The numerics of the sandbox agree with scipy."""

from __future__ import annotations

import math
import random

import pytest
from scipy import stats

from launchdarkly_api.sandbox.service.distributions import (
    BetaPosterior,
    NormalPosterior,
    beta_cdf,
    beta_quantile,
    chi_square_survival,
)

SHAPES = [1.0, 1.5, 2.0, 10.0, 100.0, 12_345.0]


@pytest.mark.parametrize("a", SHAPES)
@pytest.mark.parametrize("b", SHAPES)
def test_beta_agrees_with_scipy(a: float, b: float) -> None:
    truth = stats.beta(a, b)
    for p in (0.001, 0.05, 0.3, 0.5, 0.95, 0.999):
        x = truth.ppf(p)
        assert beta_cdf(x, a, b) == pytest.approx(p, rel=1e-8)
        assert beta_quantile(p, a, b) == pytest.approx(x, rel=1e-8)


def test_beta_at_its_ends() -> None:
    assert (beta_cdf(0.0, 2, 3), beta_cdf(-1.0, 2, 3)) == (0.0, 0.0)
    assert (beta_cdf(1.0, 2, 3), beta_cdf(2.0, 2, 3)) == (1.0, 1.0)


@pytest.mark.parametrize("degrees", [1, 2, 3, 5, 11, 30, 100])
def test_chi_square_agrees_with_scipy(degrees: int) -> None:
    truth = stats.chi2(degrees)
    for p in (0.999999, 0.9, 0.5, 0.1, 0.01, 1e-6, 1e-12):
        x = truth.isf(p)
        assert chi_square_survival(x, degrees) == pytest.approx(truth.sf(x), rel=1e-9)


def test_chi_square_at_its_ends() -> None:
    assert chi_square_survival(0.0, 3) == 1.0
    assert chi_square_survival(math.inf, 3) == 0.0
    assert chi_square_survival(0.0, 0) == 1.0
    assert chi_square_survival(1.0, 0) == 0.0
    assert chi_square_survival(5_000.0, 1) == 0.0


def test_the_posterior_of_a_conversion_rate() -> None:
    posterior, truth = BetaPosterior(conversions=120, units=1000), stats.beta(121, 881)
    assert posterior.mean == pytest.approx(truth.mean())
    assert posterior.quantile(0.05) == pytest.approx(truth.ppf(0.05))
    rng = random.Random(1)
    draws = [posterior.draw(rng) for _ in range(20_000)]
    assert stats.kstest(draws, truth.cdf).pvalue > 0.001


def test_the_posterior_of_a_mean() -> None:
    posterior, truth = NormalPosterior(50.0, 2.0), stats.norm(50.0, 2.0)
    assert posterior.quantile(0.95) == pytest.approx(truth.ppf(0.95))
    rng = random.Random(1)
    draws = [posterior.draw(rng) for _ in range(20_000)]
    assert stats.kstest(draws, truth.cdf).pvalue > 0.001


def test_a_mean_without_error_is_certain() -> None:
    posterior = NormalPosterior(50.0, 0.0)
    assert (posterior.quantile(0.05), posterior.quantile(0.95)) == (50.0, 50.0)
    assert posterior.draw(random.Random(1)) == 50.0

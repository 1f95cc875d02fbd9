"""Probabilities of differences, held against the exact posteriors."""

from __future__ import annotations

import copy
import itertools
import math
from typing import Any

import pytest

from launchdarkly_api.analysis import Arm, bayesian_analysis
from launchdarkly_api.model.credible_interval_rep import CredibleIntervalRep
from launchdarkly_api.notebook import differences_frame
from launchdarkly_api.notebook.certainty import p_from_bounds, p_from_posteriors, posterior_from
from test.notebook.examples import results_of

COUNTS = (5, 10, 20, 50, 100, 180)


def analysed(first: Arm, second: Arm) -> Any:
    return bayesian_analysis({"a": first, "b": second}, baseline="b")


def rates(units: int, first: int, second: int) -> Any:
    return analysed(Arm(units=units, conversions=first), Arm(units=units, conversions=second))


def means(units: int, first: float, second: float) -> Any:
    return analysed(
        *(
            Arm(units=units, total=units * mean, total_of_squares=units * (mean**2 + 400))
            for mean in (first, second)
        )
    )


CASES = [
    *(rates(n, *pair) for n in (200, 2000, 200_000) for pair in itertools.product(COUNTS, COUNTS)),
    *(means(400, *pair) for pair in itertools.product((20.0, 21.0, 24.0), repeat=2)),
    *(means(400, *pair) for pair in itertools.product((-20.0, -21.0, -24.0), repeat=2)),
]


def test_probabilities_are_exact_if_the_results_fit_posteriors() -> None:
    for case in CASES:
        frame = differences_frame(case.results)
        exact = case.comparisons[0].probability_to_beat_baseline
        assert frame["p_above_zero"].tolist() == pytest.approx([exact, 1 - exact], abs=1e-9)
        assert set(frame["p_method"]) == {"posteriors"}


def test_probabilities_from_bounds_are_close_and_antisymmetric() -> None:
    for case in CASES:
        exact = case.comparisons[0].probability_to_beat_baseline
        # The cases are those of the other tests too.
        for treatment in (sent := copy.deepcopy(case.results)).treatment_results:
            # No posterior has an interval beside its mean.
            treatment.credible_interval = CredibleIntervalRep(lower=1000.0, upper=1001.0)
        frame = differences_frame(sent)
        first, second = frame["p_above_zero"]
        assert first + second == pytest.approx(1, abs=1e-12)
        assert first == pytest.approx(exact, abs=0.02)
        assert set(frame["p_method"]) == {"bounds"}


def test_equal_arms_with_few_conversions_are_as_likely_above_as_below() -> None:
    frame = differences_frame(rates(2000, 5, 5).results)
    assert frame["p_above_zero"].tolist() == pytest.approx([0.5, 0.5])


def test_one_direction_is_enough() -> None:
    bounds = rates(2000, 100, 120).relative_difference("a", "b")
    back = rates(2000, 100, 120).relative_difference("b", "a")
    assert p_from_bounds(bounds, (None, None)) == pytest.approx(
        p_from_bounds((None, None), back), abs=1e-6
    )


@pytest.mark.parametrize(
    "bounds", [(-1.0, 0.5), (-1.2, 0.5), (0.1, 0.1), (0.2, 0.1), (-0.5, math.inf), (None, 0.1)]
)
def test_bounds_without_a_logarithm_say_nothing(bounds: Any) -> None:
    assert p_from_bounds(bounds, (None, None)) is None
    frame = differences_frame(
        results_of(
            {
                "treatmentId": "a",
                "relativeDifferences": [
                    {"fromTreatmentId": "b", "lower": bounds[0], "upper": bounds[1]}
                ],
            }
        )
    )
    assert frame["p_above_zero"].isna().all()
    assert frame["p_method"].isna().all()


def test_figures_that_fit_no_posterior_have_none() -> None:
    known = posterior_from(0.5, 0.4, 0.6, 1000)
    assert known is not None
    assert p_from_posteriors(known, known) == pytest.approx(0.5)
    for odd in (
        (None, 0.4, 0.6, 1000),
        (0.5, 0.6, 0.4, 1000),
        (20.0, 19.0, 21.0, None),
        (20.0, 19.0, 21.0, 1),
        (0.5, 0.4, 1.6, 1),
        (0.5, -math.inf, 0.6, 1000),
        (0.41, 0.4, 0.6, 1000),
    ):
        assert posterior_from(*odd) is None

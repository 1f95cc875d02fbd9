"""The numbers of other engines for random counts.

gbstats and spotify-confidence need older versions of numpy and pandas than the tests have, so their
numbers are kept in ``references.json``. To compute them anew, in an environment of each engine:

    python -m venv gb && gb/bin/pip install gbstats==0.8.0
    gb/bin/python test/analysis/references.py gbstats
    python -m venv sc && sc/bin/pip install spotify-confidence==4.1.0
    sc/bin/python test/analysis/references.py spotify_confidence
"""

from __future__ import annotations

import importlib
import json
import math
import random
import sys
from pathlib import Path
from typing import Any, NamedTuple

STORED = Path(__file__).with_name("references.json")
SETS = 100


class Counts(NamedTuple):
    """The counts of two arms. The sum of squares is that of a conversion if it is missing."""

    units: tuple[int, int]
    totals: tuple[float, float]
    squares: tuple[float, float] | None


def conversions() -> list[Counts]:
    """Random counts of conversions, from rare to frequent ones, with differences or without."""
    rng = random.Random(12)
    found = []
    for _ in range(SETS):
        units = tuple(int(10 ** rng.uniform(2.5, 5.5)) for _ in range(2))
        rate = 10 ** rng.uniform(-2.0, -0.1)
        rates = rate, min(rate * math.exp(rng.gauss(0.0, 0.05)), 0.95)
        counts = [
            max(5, min(n - 5, round(rng.gauss(n * p, math.sqrt(n * p * (1 - p))))))
            for n, p in zip(units, rates)
        ]
        found.append(Counts((units[0], units[1]), (counts[0], counts[1]), None))
    return found


def numbers() -> list[Counts]:
    """Random sums of numeric values, of positive and negative means."""
    rng = random.Random(21)
    found = []
    for _ in range(SETS):
        sums, squares, units = [], [], []
        mean = rng.choice((-1.0, 1.0)) * 10 ** rng.uniform(-2.0, 4.0)
        for change in (1.0, math.exp(rng.gauss(0.0, 0.05))):
            n = int(10 ** rng.uniform(1.7, 5.0))
            deviation = abs(mean) * rng.uniform(0.2, 1.0)
            observed = rng.gauss(mean * change, deviation / math.sqrt(n))
            variance = deviation**2 * math.exp(rng.gauss(0.0, 1.0 / math.sqrt(n)))
            units.append(n)
            sums.append(observed * n)
            squares.append((n - 1) * variance + n * observed**2)
        found.append(Counts((units[0], units[1]), (sums[0], sums[1]), (squares[0], squares[1])))
    return found


def gbstats(counts: Counts) -> dict[str, list[float]]:
    """The numbers of GrowthBook's engine."""
    statistics: Any = importlib.import_module("gbstats.models.statistics")
    frequentist: Any = importlib.import_module("gbstats.frequentist.tests")
    bayesian: Any = importlib.import_module("gbstats.bayesian.tests")
    if counts.squares is None:
        pair = [
            statistics.ProportionStatistic(n=n, sum=x) for n, x in zip(counts.units, counts.totals)
        ]
    else:
        pair = [
            statistics.SampleMeanStatistic(n=n, sum=x, sum_squares=s)
            for n, x, s in zip(counts.units, counts.totals, counts.squares)
        ]
    found: dict[str, list[float]] = {}
    for kind in ("absolute", "relative"):
        fixed = frequentist.FrequentistConfig(difference_type=kind)
        for name, test in (
            ("two-sided", frequentist.TwoSidedTTest),
            ("greater", frequentist.OneSidedTreatmentGreaterTTest),
        ):
            one = test(*pair, fixed).compute_result()
            found[f"{name} {kind}"] = [one.p_value, *one.ci]
        always = frequentist.SequentialConfig(difference_type=kind)
        one = frequentist.SequentialTwoSidedTTest(*pair, always).compute_result()
        found[f"sequential {kind}"] = [one.p_value, *one.ci]
        flat = bayesian.EffectBayesianConfig(difference_type=kind, alpha=0.1)
        two = bayesian.EffectBayesianABTest(*pair, flat).compute_result()
        found[f"bayesian {kind}"] = [two.chance_to_win, *two.ci, two.risk[1]]
    return found


def spotify_confidence(counts: Counts) -> dict[str, list[float]]:
    """The numbers of Spotify's engine."""
    engine: Any = importlib.import_module("spotify_confidence")
    pandas: Any = importlib.import_module("pandas")
    frame = pandas.DataFrame({"arm": ["c", "t"], "n": counts.units, "x": counts.totals})
    columns = {
        "numerator_column": "x",
        "denominator_column": "n",
        "categorical_group_columns": "arm",
        "interval_size": 0.95,
    }
    if counts.squares is None:
        tests = {"chi-squared": engine.ChiSquared(frame, **columns)}
        bayes = engine.BetaBinomial(
            frame, **{key: columns[key] for key in list(columns)[:3]}, interval_size=0.9
        )
        tests["bayesian"] = bayes
    else:
        frame["s"] = counts.squares
        tests = {"welch": engine.StudentsTTest(frame, "x", "s", **dict(list(columns.items())[1:]))}
    found: dict[str, list[float]] = {}
    for name, test in tests.items():
        (row,) = test.difference(level_1="c", level_2="t").to_dict("records")
        keys = ["p-value", "ci_lower", "ci_upper"]
        if name == "bayesian":
            keys = ["P(level_2 > level_1)", "ci_lower", "ci_upper", "level_2 potential loss"]
        found[name] = [float(row[key]) for key in keys]
    return found


def stored() -> dict[str, dict[str, list[dict[str, list[float]]]]]:
    """The stored numbers, by the engine and the kind of the metric, in the order of the sets."""
    found: dict[str, dict[str, list[dict[str, list[float]]]]] = json.loads(
        STORED.read_text(encoding="utf-8")
    )
    return found


def _rounded(numbers: dict[str, list[float]]) -> dict[str, list[float]]:
    return {
        key: [float(f"{value:.10g}") if math.isfinite(value) else 1e999 for value in values]
        for key, values in numbers.items()
    }


if __name__ == "__main__":
    engine = sys.argv[1]
    run = {"gbstats": gbstats, "spotify_confidence": spotify_confidence}[engine]
    before = stored() if STORED.exists() else {}
    before[engine] = {
        "conversions": [_rounded(run(one)) for one in conversions()],
        "numbers": [_rounded(run(one)) for one in numbers()],
    }
    lines = json.dumps(before, sort_keys=True).replace("}, {", "},\n{")
    STORED.write_text(lines + "\n", encoding="utf-8")

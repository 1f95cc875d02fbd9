"""Legacy results: frequentist figures for each variation of a flag, and their daily series.

A unit counts on the day of its exposure, with all of its events within the window. No rate can
exceed one, and the days add up to the totals.
"""

from __future__ import annotations

import math
import statistics
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from launchdarkly_api.sandbox.service.responses import seen
from launchdarkly_api.sandbox.service.results import numerics
from launchdarkly_api.sandbox.state.records import Flag, Iteration, Metric
from launchdarkly_api.sandbox.state.traffic import DAY, Sources, Unit

Json = dict[str, Any]

#: The normal quantile of a two-sided 95 % interval.
Z = 1.959963984540054
SIGNIFICANT = 0.05
#: The relative change that the minimum sample size detects with a power of 80 %.
DETECTABLE = 0.2
#: A larger sample size is omitted: many JSON readers cannot represent a larger whole number.
LARGEST_SAMPLE = 2**53


@dataclass(frozen=True)
class Window:
    """A range of time in epoch milliseconds, including both ends. None leaves an end open."""

    start: int | None
    end: int | None

    def holds(self, at: int) -> bool:
        return (self.start is None or at >= self.start) and (self.end is None or at <= self.end)


@dataclass(frozen=True)
class Cell:
    """The counts and values of one variation."""

    numeric: bool
    impressions: int
    #: For each unit with events, the sum of its values.
    values: tuple[float, ...]

    @property
    def total(self) -> float:
        return math.fsum(self.values) if self.numeric else float(len(self.values))

    @property
    def units(self) -> int:
        """The number of units over which the rate is an average."""
        return len(self.values) if self.numeric else self.impressions

    @property
    def rate(self) -> float | None:
        """The conversion rate, or the mean over the units with a value."""
        return self.total / self.units if self.units else None

    @property
    def variance(self) -> float | None:
        """The variance of one unit's value."""
        rate = self.rate
        if rate is None:
            return None
        if not self.numeric:
            return rate * (1.0 - rate)
        return statistics.variance(self.values) if len(self.values) > 1 else None

    def interval(self) -> tuple[float, float] | None:
        """The 95 % interval: Wilson's for a conversion rate, the normal interval for a mean."""
        rate, variance, n = self.rate, self.variance, self.units
        if rate is None or variance is None:
            return None
        if self.numeric:
            half = Z * math.sqrt(variance / n)
            return rate - half, rate + half
        shrink = 1.0 + Z * Z / n
        centre = (rate + Z * Z / (2 * n)) / shrink
        half = Z * math.sqrt(variance / n + Z * Z / (4 * n * n)) / shrink
        return max(0.0, centre - half), min(1.0, centre + half)

    def minimum_sample(self) -> int | None:
        """The number of units that detect a change of ``DETECTABLE``, by Lehr's rule."""
        rate, variance = self.rate, self.variance
        if not rate or variance is None:
            return None
        change = DETECTABLE * rate
        size = 16.0 * (variance / change / change) if change else math.inf
        return max(1, math.ceil(size)) if size < LARGEST_SAMPLE else None


@dataclass(frozen=True)
class Comparison:
    """The result of a chi-square test of whether variations differ."""

    chi2: float
    p_value: float


def compare(cells: Sequence[Cell]) -> Comparison | None:
    """Compare variations: Pearson's test of homogeneity for conversions, Cochran's Q for means."""
    cells = [cell for cell in cells if cell.units]
    if len(cells) < 2:
        return None
    if cells[0].numeric:
        chi2 = _cochran(cells)
    else:
        chi2 = _pearson(cells)
    if chi2 is None or not math.isfinite(chi2):
        return None
    return Comparison(chi2, numerics().chi_square_survival(chi2, len(cells) - 1))


def _pearson(cells: Sequence[Cell]) -> float | None:
    share = math.fsum(c.total for c in cells) / math.fsum(c.units for c in cells)
    if not 0.0 < share < 1.0:
        return None
    return math.fsum(
        (cell.total - cell.units * share) ** 2 / (cell.units * share * (1.0 - share))
        for cell in cells
    )


def _cochran(cells: Sequence[Cell]) -> float | None:
    weighted = []
    for cell in cells:
        if not cell.variance or cell.rate is None:
            return None
        weighted.append((cell.rate, cell.units / cell.variance))
    if not all(math.isfinite(weight) for _, weight in weighted):
        return None
    total = math.fsum(weight for _, weight in weighted)
    mean = math.fsum(rate * weight for rate, weight in weighted) / total
    return math.fsum(weight * (rate - mean) ** 2 for rate, weight in weighted)


def _bounds(interval: tuple[float, float] | None) -> Json | None:
    return interval and {"lower": interval[0], "upper": interval[1]}


def _known(**values: Any) -> Json:
    """The values that are not None and finite."""
    return {
        name: value
        for name, value in values.items()
        if value is not None and not (isinstance(value, float) and not math.isfinite(value))
    }


def _cell(units: Iterable[Unit], metric: Metric) -> Cell:
    units = list(units)
    return Cell(
        metric.numeric,
        len(units),
        tuple(math.fsum(e.value for e in u.events) for u in units if u.events),
    )


def _total(cell: Cell, baseline: Cell | None) -> Json:
    versus = None if baseline is None else compare([baseline, cell])
    before = baseline and baseline.rate
    return _known(
        cumulativeValue=cell.total,
        cumulativeCount=len(cell.values),
        cumulativeImpressionCount=cell.impressions,
        cumulativeConversionRate=cell.rate,
        cumulativeConfidenceInterval=_bounds(cell.interval()),
        pValue=versus and versus.p_value,
        improvement=(cell.rate - before) / abs(before)
        if before and cell.rate is not None
        else None,
        minSampleSize=cell.minimum_sample(),
    )


def _slice(cell: Cell, until: Cell) -> Json:
    return _known(
        value=cell.total,
        count=len(cell.values),
        cumulativeValue=until.total,
        cumulativeCount=len(until.values),
        conversionRate=cell.rate,
        cumulativeConversionRate=until.rate,
        confidenceInterval=_bounds(cell.interval()),
        cumulativeConfidenceInterval=_bounds(until.interval()),
    )


def _stats(cells: Sequence[Cell], metric: Metric) -> Json:
    minimums = [cell.minimum_sample() for cell in cells if cell.impressions]
    enough = bool(minimums) and all(
        minimum is not None and cell.units >= minimum
        for cell, minimum in zip((c for c in cells if c.impressions), minimums)
    )
    test = compare(cells)
    winner = None
    if test is not None and test.p_value < SIGNIFICANT and enough:
        rated = [(cell.rate, index) for index, cell in enumerate(cells) if cell.rate is not None]
        winner = (min if metric.lower_is_better else max)(rated)[1]
    return _known(
        pValue=test and test.p_value,
        chi2=test and test.chi2,
        winningVariationIdx=winner,
        minSampleSizeMet=enough,
    )


def _within(unit: Unit, window: Window) -> Unit:
    return Unit(unit.treatment_id, unit.exposed_at, [e for e in unit.events if window.holds(e.at)])


@dataclass(frozen=True)
class Gathered:
    """The units that were exposed to a flag, by the variation that they were served."""

    units: list[list[Unit]]
    #: The index of the variation that the baseline treatment serves.
    baseline: int


def gather(
    flag: Flag, metric_key: str, iterations: Sequence[Iteration], sources: Mapping[str, Sources]
) -> Gathered:
    """Group the units of iterations by variation. The last iteration determines the baseline."""
    index_of = {variation.id: index for index, variation in enumerate(flag.variations)}
    units: list[list[Unit]] = [[] for _ in flag.variations]
    baseline = 0
    for iteration in iterations:
        served: dict[str, int] = {}
        for treatment in iteration.treatments:
            variation_id = treatment.variation_of(flag.key)
            if variation_id is not None:
                served[treatment.id] = index_of[variation_id]
                baseline = index_of[variation_id] if treatment.baseline else baseline
        for unit in sources[iteration.id].units(metric_key):
            if unit.treatment_id in served:
                units[served[unit.treatment_id]].append(unit)
    return Gathered(units, baseline)


def analyse(gathered: Gathered, metric: Metric, window: Window) -> Json:
    """The numbers of an ``ExperimentResults``, with one entry per variation."""
    inside = [
        [_within(unit, window) for unit in units if window.holds(unit.exposed_at)]
        for units in gathered.units
    ]
    cells = [_cell(units, metric) for units in inside]
    by_day: dict[int, list[list[Unit]]] = defaultdict(lambda: [[] for _ in inside])
    for index, units in enumerate(inside):
        for unit in units:
            by_day[unit.exposed_at // DAY * DAY][index].append(unit)
    so_far: list[list[Unit]] = [[] for _ in inside]
    series = []
    for day in sorted(by_day):
        for index, units in enumerate(by_day[day]):
            so_far[index].extend(units)
        series.append(
            {
                "Time": day,
                "VariationData": [
                    _slice(_cell(today, metric), _cell(until, metric))
                    for today, until in zip(by_day[day], so_far)
                ],
            }
        )
    return {
        "totals": [
            _total(cell, None if index == gathered.baseline else cells[gathered.baseline])
            for index, cell in enumerate(cells)
        ],
        "series": series,
        "stats": _stats(cells, metric),
        "granularity": "day",
        "metricSeen": seen(
            max((e.at for units in gathered.units for u in units for e in u.events), default=None)
        ),
    }

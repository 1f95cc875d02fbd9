"""The counts of the arms, computed from the rows that an engine returned."""

from __future__ import annotations

import datetime
import math
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from launchdarkly_api.analysis.aggregation import CROSSED, OTHER
from launchdarkly_api.analysis.arms import Arm
from launchdarkly_api.analysis.design import Design
from launchdarkly_api.analysis.metrics import EventMetric
from launchdarkly_api.analysis.times import Clock, moment
from launchdarkly_api.exceptions import ApiValueError


@dataclass(frozen=True)
class ArmCounts(Mapping[str, Arm]):
    """The counts of each treatment for one metric: a mapping from treatment ids to ``Arm``.

    Attributes:
        metric: The metric.
        arms: The counts by the id of the treatment, in the order of the experiment.
        exposed: The number of exposed units by the id of the treatment. It is larger than
            ``units`` of the arm if the metric leaves out units without events.
        names: The names of the treatments by their ids.
        baseline: The id of the treatment that the others are compared with.
        crossovers: The number of units that were exposed to more than one variation. They are
            left out.
        unassigned: The number of units that were exposed to a variation of no treatment. They are
            left out.
        first_exposure: The time of the first exposure, in UTC, or None without exposures.
        last_exposure: The time of the last exposure, in UTC.
        last_event: The time of the last event that counts, in UTC, or None without events.
    """

    metric: EventMetric
    arms: Mapping[str, Arm]
    exposed: Mapping[str, int]
    names: Mapping[str, str]
    baseline: str
    crossovers: int = 0
    unassigned: int = 0
    first_exposure: datetime.datetime | None = None
    last_exposure: datetime.datetime | None = None
    last_event: datetime.datetime | None = None

    def __getitem__(self, treatment_id: str) -> Arm:
        return self.arms[treatment_id]

    def __iter__(self) -> Iterator[str]:
        return iter(self.arms)

    def __len__(self) -> int:
        return len(self.arms)

    def __str__(self) -> str:
        """A table of the counts, and the units that were left out."""
        lines = [f"{self.metric.key}: {sum(self.exposed.values()):,} units"]
        for treatment_id, arm in self.arms.items():
            what = (
                f"{arm.conversions:,} conversions"
                if arm.conversions is not None
                else f"total {_number(float(arm.total or 0))} of {arm.units:,} units"
            )
            baseline = ", baseline" if treatment_id == self.baseline else ""
            lines.append(
                f"  {self.names[treatment_id]}{baseline}: {self.exposed[treatment_id]:,} units,"
                f" {what}"
            )
        if self.crossovers:
            all_units = sum(self.exposed.values()) + self.crossovers
            lines.append(
                f"  left out: {self.crossovers:,} units that saw more than one variation"
                f" ({self.crossovers / all_units:.2%})"
            )
        if self.unassigned:
            lines.append(f"  left out: {self.unassigned:,} units with a variation of no treatment")
        return "\n".join(lines)


def _number(value: float) -> str:
    return f"{value:,.2f}" if abs(value) < 1e15 else f"{value:.6g}"


@dataclass
class Tally:
    """The sums of one arm for one metric. Sums of several rows add up."""

    exposed: int = 0
    present: int = 0
    total: float = 0.0
    squares: float = 0.0

    def add(self, row: Mapping[str, Any], index: int) -> None:
        """Add a row of sums. The engine returns nothing for sums over no units."""
        self.present += int(row[f"present_{index}"] or 0)
        self.total += float(row[f"total_{index}"] or 0.0)
        self.squares += float(row[f"squares_{index}"] or 0.0)

    def arm(self, metric: EventMetric) -> Arm:
        """The counts.

        Raises:
            ApiValueError: The values are beyond floats.
        """
        if metric.counts_conversions:
            return Arm(units=self.exposed, conversions=self.present)
        if not math.isfinite(self.total) or not math.isfinite(self.squares):
            raise ApiValueError(
                f"metric {metric.key!r}: the values of event {metric.event!r}, or their squares,"
                f" sum to {self.total} and {self.squares}. Leave out infinite values, and measure"
                " huge ones in a larger unit"
            )
        units = self.present if metric.leaves_out_units else self.exposed
        # The rest of sums that went up and down again is a rounding error.
        return Arm(
            units=units,
            total=self.total if units else 0,
            total_of_squares=max(self.squares, 0.0) if units else 0,
        )


@dataclass
class Counter:
    """Adds up the rows of one segment, and creates counts."""

    design: Design
    clock: Clock
    tallies: dict[int, dict[str, Tally]] = field(default_factory=dict)
    times: dict[str, list[int]] = field(default_factory=dict)

    def tally(self, arm: int, metric: EventMetric) -> Tally:
        """The sums of an arm, by its number."""
        return self.tallies.setdefault(arm, {}).setdefault(metric.key, Tally())

    def add(self, row: Mapping[str, Any], metrics: Iterable[EventMetric]) -> None:
        """Add a row of totals."""
        for index, metric in enumerate(metrics):
            tally = self.tally(row["arm"], metric)
            tally.exposed += row["units"]
            tally.add(row, index)
            for name in ("first_exposure", "last_exposure", "last_event"):
                column = f"{name}_{index}" if name == "last_event" else name
                at = self.clock.milliseconds(row[column])
                if at is not None and row["arm"] >= 0:
                    self.times.setdefault(f"{name} {metric.key}", []).append(at)

    def counts(self, metric: EventMetric) -> ArmCounts:
        """The counts for a metric."""
        numbered = dict(enumerate(self.design.treatments))
        tallies = {t.id: self.tally(number, metric) for number, t in numbered.items()}
        return ArmCounts(
            metric=metric,
            arms={treatment_id: tally.arm(metric) for treatment_id, tally in tallies.items()},
            exposed={treatment_id: tally.exposed for treatment_id, tally in tallies.items()},
            names={treatment.id: treatment.name for treatment in self.design.treatments},
            baseline=self.design.baseline,
            crossovers=self.tally(CROSSED, metric).exposed,
            unassigned=self.tally(OTHER, metric).exposed,
            first_exposure=self._time("first_exposure", metric, min),
            last_exposure=self._time("last_exposure", metric, max),
            last_event=self._time("last_event", metric, max),
        )

    def _time(self, name: str, metric: EventMetric, pick: Any) -> datetime.datetime | None:
        times = self.times.get(f"{name} {metric.key}")
        return moment(pick(times)) if times else None


def by_day(
    design: Design,
    clock: Clock,
    metric: EventMetric,
    index: int,
    rows: tuple[Iterable[Mapping[str, Any]], Iterable[Mapping[str, Any]]],
    zone: datetime.tzinfo,
) -> dict[datetime.date, ArmCounts]:
    """The cumulative counts at the end of each day.

    Args:
        design: The design of the iteration.
        clock: Reads the times that the engine returned.
        metric: The metric.
        index: The number of the metric in the rows.
        rows: The units by the minute of their first exposure, and the growth of sums by minute.
        zone: The time zone of the days.

    Returns:
        The counts of each day from the first exposure to the last exposure or event.
    """
    days: dict[datetime.date, list[tuple[Mapping[str, Any], bool]]] = {}
    for kind, each in enumerate(rows):
        for row in each:
            day = moment(clock.milliseconds(row["minute"]) or 0).astimezone(zone).date()
            days.setdefault(day, []).append((row, kind == 0))
    counter = Counter(design, clock)
    found: dict[datetime.date, ArmCounts] = {}
    day = min(days, default=datetime.date.max)
    while days and day <= max(days):
        for row, arrival in days.get(day, []):
            tally = counter.tally(row["arm"], metric)
            if arrival:
                tally.exposed += row["units"]
            else:
                tally.add(row, index)
        found[day] = counter.counts(metric)
        day += datetime.timedelta(days=1)
    return found

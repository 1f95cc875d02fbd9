"""The plan that turns exposures and events into counts, lazy and in the engine of the tables.

Each unit is reduced to one row, and the units to one row for each arm. Arms are numbered: engines
group and compare numbers in half the time and memory that the ids of variations need.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import narwhals.stable.v2 as nw

from launchdarkly_api.analysis.frames import Table
from launchdarkly_api.analysis.metrics import EventMetric
from launchdarkly_api.analysis.times import Clock

Frame = nw.LazyFrame[Any]

#: The numbers of units that belong to no arm.
OTHER, CROSSED = -1, -2


@dataclass(frozen=True)
class Scope:
    """The rows that count.

    Attributes:
        variations: The variation of each arm.
        unit: The context kind by which traffic is split.
        iteration_id: The iteration, or None if exposures do not name theirs.
        flag_key: The flag, or None if any counts.
        environment_id: The environment, or None if the tables hold one only.
        start: The first time of exposures, in epoch milliseconds.
        end: The time before which exposures and events count, in epoch milliseconds.
        deduplicate: Whether an event that was exported twice counts once.
    """

    variations: Sequence[str]
    unit: str
    iteration_id: str | None
    flag_key: str | None
    environment_id: str | None
    start: int | None
    end: int | None
    deduplicate: bool


class Aggregation:
    """The counts of the arms of one iteration.

    Args:
        evaluations: The exposures.
        events: The events of metrics.
        scope: The rows that count.
        segment: The attribute of each exposure by which units are divided, or None.
    """

    def __init__(
        self, evaluations: Table, events: Table, scope: Scope, segment: nw.Expr | None = None
    ) -> None:
        self._events = events
        self._scope = scope
        self.clock: Clock = Clock(evaluations, events)
        self._keys = ["arm"] if segment is None else ["arm", "segment"]
        self._units = self._first_exposures(evaluations, segment)

    # Exposures.

    def _first_exposures(self, table: Table, segment: nw.Expr | None) -> Frame:
        """Each unit with the time of its first exposure, and its arm."""
        exposures = table.frame.filter(*self._counts(table)).select(
            unit=table.text(table.must_have("context_key")),
            at=self.clock.column(table),
            arm=self._arm(table),
            **({} if segment is None else {"segment": segment}),
        )
        exposures = exposures.filter(~nw.col("unit").is_null(), ~nw.col("at").is_null())
        at, arm = nw.col("at"), nw.col("arm")
        units = exposures.group_by("unit").agg(
            first=at.min(), last=at.max(), arm=arm.min(), highest=arm.max()
        )
        if segment is not None:
            units = units.join(self._first_segments(exposures, units), on="unit", how="left")
        crossed = nw.col("arm") != nw.col("highest")
        return units.with_columns(
            arm=nw.when(crossed).then(nw.lit(CROSSED)).otherwise(nw.col("arm"))
        ).select("unit", "first", "last", *self._keys)

    @staticmethod
    def _first_segments(exposures: Frame, units: Frame) -> Frame:
        """The segment of each unit at its first exposure."""
        return (
            exposures.join(units.select("unit", "first"), on="unit", how="inner")
            .filter(nw.col("at") == nw.col("first"))
            .group_by("unit")
            .agg(segment=nw.col("segment").min())
        )

    def _arm(self, table: Table) -> nw.Expr:
        variation = table.text(table.must_have("variation_id"))
        number: nw.Expr = nw.lit(OTHER)
        for index, variation_id in reversed(list(enumerate(self._scope.variations))):
            number = nw.when(variation == variation_id).then(nw.lit(index)).otherwise(number)
        return number

    def _counts(self, table: Table) -> Iterator[nw.Expr]:
        """The conditions on an exposure."""
        scope = self._scope
        yield ~nw.col(table.must_have("variation_id")).is_null()
        for column, value in (
            ("experiment_iteration_id", scope.iteration_id),
            ("flag_key", scope.flag_key),
        ):
            name = table.require(column) if value is not None else None
            if name is not None:
                yield table.text(name) == value
        yield from self._belongs(table)
        if scope.start is not None:
            yield self.clock.column(table) >= self.clock.literal(scope.start)

    def _belongs(self, table: Table) -> Iterator[nw.Expr]:
        """The conditions on an exposure or an event."""
        scope = self._scope
        for column, value in (
            ("context_kind", scope.unit),
            ("environment_id", scope.environment_id),
        ):
            name = table.require(column) if value is not None else None
            if name is not None:
                yield table.text(name) == value
        if scope.end is not None:
            yield self.clock.column(table) < self.clock.literal(scope.end)

    # Events.

    def _counted_events(self, metrics: Sequence[EventMetric], *, collapse: str | None) -> Frame:
        """The events of the metrics after the first exposure of their unit.

        Args:
            metrics: The metrics.
            collapse: ``"value"`` to count equal values of a unit once, or ``"id"`` to count equal
                events once.
        """
        table = self._events
        key = table.text(table.must_have("event_key"))
        names = sorted({metric.event for metric in metrics})
        chosen = key == names[0] if len(names) == 1 else key.is_in(names)
        columns = {
            "unit": table.text(table.must_have("context_key")),
            "at": self.clock.column(table),
            "key": key,
        }
        if any(metric.reads_values for metric in metrics):
            columns["value"] = table.number(table.must_have("event_value"))
        if collapse == "id":
            columns["id"] = nw.col(table.must_have("event_id"))
            # An event without an id is unlike those at another time.
            columns["unidentified"] = nw.when(columns["id"].is_null()).then(columns["at"])
        events = table.frame.filter(chosen, *self._belongs(table)).select(**columns)
        events = events.join(
            self._units.select("unit", "first", *self._keys), on="unit", how="inner"
        ).filter(nw.col("at") >= nw.col("first"))
        if collapse is None:
            return events
        same = ["unit", "key", "value"] if collapse == "value" else ["unit", "key", "id"]
        if collapse == "value":
            return events.group_by(*same, *self._keys).agg(at=nw.col("at").min())
        values = {"value": nw.col("value").min()} if "value" in columns else {}
        return events.group_by(*same, "unidentified", *self._keys).agg(
            at=nw.col("at").min(), **values
        )

    def _passes(
        self, metrics: Sequence[EventMetric]
    ) -> Iterator[tuple[list[EventMetric], str | None]]:
        """The metrics that are computed together, and what of their events counts once."""
        distinct = [metric for metric in metrics if metric.aggregation == "count_distinct"]
        plain = [metric for metric in metrics if metric not in distinct]
        has_id = self._scope.deduplicate and self._events.require("event_id") is not None
        if plain:
            repeats = has_id and not all(metric.counts_conversions for metric in plain)
            yield plain, "id" if repeats else None
        for metric in distinct:
            yield [metric], "value"

    # Counts.

    def totals(self, metrics: Sequence[EventMetric]) -> Iterator[tuple[list[EventMetric], Frame]]:
        """One row for each arm and segment, with the columns that ``Row`` reads."""
        for together, collapse in self._passes(metrics):
            events = self._counted_events(together, collapse=collapse)
            sums = _sums(events, together, ["unit"], times=True)
            joined = self._units.join(sums, on="unit", how="left")
            values = joined.with_columns(**_unit_values(together))
            yield (
                together,
                values.group_by(*self._keys).agg(
                    units=nw.len(),
                    first_exposure=nw.col("first").min(),
                    last_exposure=nw.col("last").max(),
                    **{f"last_event_{i}": nw.col(f"at_{i}").max() for i in range(len(together))},
                    **_totals(together),
                ),
            )

    def arrivals(self) -> Frame:
        """The number of units by arm and by the minute of their first exposure."""
        units = self._units.with_columns(minute=self.clock.bucket(nw.col("first")))
        return units.group_by("minute", *self._keys).agg(units=nw.len())

    def changes(self, metrics: Sequence[EventMetric]) -> Iterator[tuple[list[EventMetric], Frame]]:
        """By arm and minute, by how much each total grew."""
        for together, collapse in self._passes(metrics):
            events = self._counted_events(together, collapse=collapse)
            events = events.with_columns(minute=self.clock.bucket(nw.col("at")))
            keys = ["unit", "minute", *self._keys]
            sums = _sums(events, together, keys, times=False)
            running = sums.with_columns(
                **{
                    f"{name}_until_{i}": nw.col(f"{name}_{i}")
                    .cum_sum()
                    .over("unit", order_by="minute")
                    for i, metric in enumerate(together)
                    for name in _summed(metric)
                }
            )
            steps = running.with_columns(**_unit_changes(together))
            yield together, steps.group_by("minute", *self._keys).agg(**_totals(together))


def _summed(metric: EventMetric) -> list[str]:
    return ["events", "sum"] if metric.numeric else ["events"]


def _sums(
    events: Frame, metrics: Sequence[EventMetric], keys: Iterable[str], *, times: bool
) -> Frame:
    """For each metric, the number of events, the sum of their values, and the time of the last."""
    sums: dict[str, nw.Expr] = {}
    latest: dict[str, nw.Expr] = {}
    for i, metric in enumerate(metrics):
        hit = nw.col("key") == metric.event
        if metric.reads_values:
            value = nw.col("value")
            hit = hit & ~value.is_null() & ~value.is_nan()
        sums[f"events_{i}"] = nw.when(hit).then(nw.lit(1)).otherwise(nw.lit(0))
        if metric.numeric:
            sums[f"sum_{i}"] = nw.when(hit).then(nw.col("value")).otherwise(nw.lit(0.0))
        if times:
            latest[f"at_{i}"] = nw.when(hit).then(nw.col("at"))
    aggregates = {name: nw.col(name).sum() for name in sums}
    aggregates |= {name: nw.col(name).max() for name in latest}
    return events.with_columns(**sums, **latest).group_by(*keys).agg(**aggregates)


def _value(metric: EventMetric, events: nw.Expr, total: nw.Expr | None) -> nw.Expr:
    """The value of a unit that has events."""
    if metric.counts_conversions:
        return nw.lit(1.0)
    if total is None:
        return events.cast(nw.Float64)
    return total if metric.aggregation == "sum" else total / events


def _unit_values(metrics: Sequence[EventMetric]) -> dict[str, nw.Expr]:
    columns: dict[str, nw.Expr] = {}
    for i, metric in enumerate(metrics):
        events = nw.col(f"events_{i}")
        total = nw.col(f"sum_{i}") if metric.numeric else None
        present = events > 0
        value = nw.when(present).then(_value(metric, events, total)).otherwise(nw.lit(0.0))
        columns[f"present_{i}"] = nw.when(present).then(nw.lit(1)).otherwise(nw.lit(0))
        columns[f"total_{i}"] = value
        columns[f"squares_{i}"] = value * value
    return columns


def _unit_changes(metrics: Sequence[EventMetric]) -> dict[str, nw.Expr]:
    """By how much the value of a unit, and its square, changed since its previous minute."""
    columns: dict[str, nw.Expr] = {}
    for i, metric in enumerate(metrics):
        now = nw.col(f"events_until_{i}")
        before = now - nw.col(f"events_{i}")
        total_now = nw.col(f"sum_until_{i}") if metric.numeric else None
        total_before = total_now - nw.col(f"sum_{i}") if total_now is not None else None
        value = nw.when(now > 0).then(_value(metric, now, total_now)).otherwise(nw.lit(0.0))
        past = nw.when(before > 0).then(_value(metric, before, total_before)).otherwise(nw.lit(0.0))
        begins = (now > 0) & (before == 0)
        columns[f"present_{i}"] = nw.when(begins).then(nw.lit(1)).otherwise(nw.lit(0))
        columns[f"total_{i}"] = value - past
        columns[f"squares_{i}"] = value * value - past * past
    return columns


def _totals(metrics: Sequence[EventMetric]) -> dict[str, nw.Expr]:
    return {
        f"{name}_{i}": nw.col(f"{name}_{i}").sum()
        for i in range(len(metrics))
        for name in ("present", "total", "squares")
    }

"""The plan that turns exposures and events into counts, lazy and in the engine of the tables.

Each unit is reduced to one row, and the units to one row for each arm. Arms are numbered: engines
group and compare numbers in half the time and memory that the ids of variations need.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

import narwhals.stable.v2 as nw

from launchdarkly_api.analysis.frames import Table
from launchdarkly_api.analysis.metrics import EventMetric
from launchdarkly_api.analysis.times import Clock

Frame = nw.LazyFrame[Any]

#: The numbers of units that belong to no arm.
OTHER, CROSSED = -1, -2

#: How repeated events are known: by their id, by their value, or not at all.
Collapse = Literal["id", "value"] | None
_EQUAL: dict[Collapse, list[str]] = {"id": ["id", "unidentified"], "value": ["value"], None: []}


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

    def _metric_events(self, metrics: Sequence[EventMetric], *, identified: bool) -> Frame:
        """The events of the metrics, whenever they were sent.

        Args:
            metrics: The metrics.
            identified: Whether to read what identifies an event.
        """
        table = self._events
        text = table.text(table.must_have("event_key"))
        number: nw.Expr = nw.lit(0)
        chosen = text == metrics[0].event
        for index, name in list(enumerate(_event_keys(metrics)))[1:]:
            number = nw.when(text == name).then(nw.lit(index)).otherwise(number)
            chosen = chosen | (text == name)
        columns = {
            "unit": table.text(table.must_have("context_key")),
            "at": self.clock.column(table),
            "key": number,
        }
        if any(metric.reads_values for metric in metrics):
            columns["value"] = table.number(table.must_have("event_value"))
        if identified:
            columns["id"] = nw.col(table.must_have("event_id"))
            # An event without an id is unlike those at another time.
            columns["unidentified"] = nw.when(columns["id"].is_null()).then(columns["at"])
        return table.frame.filter(chosen, *self._belongs(table)).select(**columns)

    def _events_of_units(self, metrics: Sequence[EventMetric], collapse: Collapse) -> Frame:
        """The events of each unit after its first exposure, and a row for a unit without events.

        The units are joined once: an engine may compute them again for each join.
        """
        events = self._metric_events(metrics, identified=collapse == "id")
        joined = self._units.join(events, on="unit", how="left")
        counts = nw.col("at") >= nw.col("first")
        names = ["key", *_EQUAL[collapse]]
        joined = joined.with_columns(**{name: nw.when(counts).then(nw.col(name)) for name in names})
        unit = {"first": nw.col("first").min(), "last": nw.col("last").max()}
        unit |= {name: nw.col(name).min() for name in self._keys}
        return _once(joined, collapse, ["unit"], unit)

    def _events_after_exposure(self, metrics: Sequence[EventMetric], collapse: Collapse) -> Frame:
        """The events after the first exposure of their unit."""
        events = self._metric_events(metrics, identified=collapse == "id")
        units = self._units.select("unit", "first", *self._keys)
        joined = events.join(units, on="unit", how="inner")
        joined = joined.filter(nw.col("at") >= nw.col("first"))
        return _once(joined, collapse, ["unit", *self._keys], {})

    def _passes(
        self, metrics: Sequence[EventMetric]
    ) -> Iterator[tuple[list[EventMetric], Collapse]]:
        """The metrics that are computed together, and the events that count once."""
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
            events = self._events_of_units(together, collapse)
            unit = {"first": nw.col("first").min(), "last": nw.col("last").max()}
            unit |= {name: nw.col(name).min() for name in self._keys}
            sums = _sums(events, together, ["unit"], unit, times=True)
            values = sums.with_columns(**_unit_values(together))
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
            events = self._events_after_exposure(together, collapse)
            events = events.with_columns(minute=self.clock.bucket(nw.col("at")))
            keys = ["unit", "minute", *self._keys]
            sums = _sums(events, together, keys, {}, times=False)
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


def _event_keys(metrics: Iterable[EventMetric]) -> list[str]:
    """The keys of the events of metrics. The numbers of events are places in this list."""
    return list(dict.fromkeys(metric.event for metric in metrics))


def _once(events: Frame, collapse: Collapse, by: Sequence[str], also: Mapping[str, Any]) -> Frame:
    """Events of a unit that are equal, as one event at the first of their times."""
    if collapse is None:
        return events
    same = ["key", *_EQUAL[collapse]]
    has_value = "value" in events.collect_schema().names() and "value" not in same
    values = {"value": nw.col("value").min()} if has_value else {}
    return events.group_by(*by, *same).agg(at=nw.col("at").min(), **values, **also)


def _sums(
    events: Frame,
    metrics: Sequence[EventMetric],
    keys: Iterable[str],
    also: Mapping[str, nw.Expr],
    *,
    times: bool,
) -> Frame:
    """For each metric, the number of events, the sum of their values, and the time of the last."""
    columns: dict[str, nw.Expr] = {}
    aggregates: dict[str, nw.Expr] = {}
    numbers = _event_keys(metrics)
    for i, metric in enumerate(metrics):
        hit = nw.col("key") == numbers.index(metric.event)
        if metric.reads_values:
            value = nw.col("value")
            hit = hit & ~value.is_null() & ~value.is_nan()
        columns[f"events_{i}"] = nw.when(hit).then(nw.lit(1))
        aggregates[f"events_{i}"] = nw.col(f"events_{i}").count()
        if metric.numeric:
            columns[f"sum_{i}"] = nw.when(hit).then(nw.col("value")).otherwise(nw.lit(0.0))
            aggregates[f"sum_{i}"] = nw.col(f"sum_{i}").sum()
        if times:
            columns[f"at_{i}"] = nw.when(hit).then(nw.col("at"))
            aggregates[f"at_{i}"] = nw.col(f"at_{i}").max()
    return events.with_columns(**columns).group_by(*keys).agg(**aggregates, **also)


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

"""Counts and results from LaunchDarkly's Data Export, in the engine that holds it."""

from __future__ import annotations

import datetime
import warnings
from collections.abc import Iterable, Mapping
from typing import Any, Literal, overload

import duckdb
import narwhals.stable.v2 as nw

from launchdarkly_api._support.printable import shown
from launchdarkly_api.analysis.aggregation import Aggregation, Scope
from launchdarkly_api.analysis.checking import checked_share
from launchdarkly_api.analysis.columns import (
    ARM_PARAMETERS,
    EVALUATION_EVENTS,
    ITERATIONS,
    METRIC_EVENTS,
    Columns,
)
from launchdarkly_api.analysis.counting import ArmCounts, Counter, by_day
from launchdarkly_api.analysis.design import Design, design_of_model, design_of_tables
from launchdarkly_api.analysis.experiments import Methodology, checked_methodology
from launchdarkly_api.analysis.frames import Opener, Table, fetch, within_memory
from launchdarkly_api.analysis.frequentist import FrequentistResults
from launchdarkly_api.analysis.metrics import EventMetric, measured
from launchdarkly_api.analysis.outcomes import Analyst, ExportResults
from launchdarkly_api.analysis.progress import watched
from launchdarkly_api.analysis.segments import NAME, with_segment
from launchdarkly_api.analysis.times import Time, milliseconds, zone
from launchdarkly_api.exceptions import ApiTypeError, ApiValueError
from launchdarkly_api.models import Experiment, ExperimentBayesianResultsRep, IterationRep

Metric = str | EventMetric
#: Results by the key of the metric, by segment and by day, if the methodology is known.
BayesianOutcome = ExportResults[ExperimentBayesianResultsRep]
FrequentistOutcome = ExportResults[FrequentistResults]


class DataExport:
    """The exported events of one iteration of an experiment.

    Tables are frames of pandas, Polars (eager or lazy), PyArrow, PySpark or Ibis, DuckDB relations,
    or the paths of Parquet or CSV files: a file, a pattern, a folder or a list. The aggregation
    runs in the engine of the tables, and files are read by DuckDB. Only the counts of each
    treatment are fetched.

    A unit counts from its first exposure: earlier events do not count. A unit that saw more than
    one variation is counted apart and left out. An event counts before the end of the iteration.
    Times without a time zone are in UTC.

    Args:
        evaluation_events: The table of exposures.
        metric_events: The table of the events of metrics, in the same engine.
        experiment: The experiment, as ``get_experiment`` returns it with ``expand="treatments"``,
            or its key, if the tables of the export describe it.
        iteration: The iteration, or its id. The default is the current one, or in tables the one
            that started last.
        experiment_iterations: The table of iterations, if ``experiment`` is a key.
        experiment_arm_parameters: The table of treatments, if ``experiment`` is a key.
        columns: The names of columns in your tables by their names in LaunchDarkly's schema, such
            as ``{"metric_events.event_key": "event"}``, or ``{"context_key": "user_id"}`` for all
            tables. ``None`` says that a table does not have the column: the rows are not filtered
            by it. The names of ``evaluation_events`` are LaunchDarkly's documented ones, and some
            of the other tables are unverified: compare them with yours.
            Without ``experiment_iteration_id``, exposures are chosen by flag and time.
        flag_key: The flag whose variations tell the treatments apart, if there are several.
        context_kind: The context kind of the units, instead of the iteration's.
        environment_id: The client-side ID of the environment. The default is that of the
            exposures, if the tables have the column.
        start: Leave out exposures before this time: epoch milliseconds, or a datetime with a time
            zone.
        end: Leave out exposures and events from this time on. The default is the end of the
            iteration.
        deduplicate: Count events with the same ``event_id`` once, where it matters.
        progress: Show a progress bar, if DuckDB reads files, tqdm is installed and it takes longer
            than a second.

    Raises:
        ApiTypeError: An argument or a column has the wrong type.
        ApiValueError: A table lacks a column, or does not have the experiment or its iteration.
    """

    def __init__(
        self,
        evaluation_events: Any,
        metric_events: Any,
        experiment: Experiment | str,
        *,
        iteration: IterationRep | str | None = None,
        experiment_iterations: Any = None,
        experiment_arm_parameters: Any = None,
        columns: Mapping[str, str | None] | None = None,
        flag_key: str | None = None,
        context_kind: str | None = None,
        environment_id: str | None = None,
        start: Time | None = None,
        end: Time | None = None,
        deduplicate: bool = True,
        progress: bool = True,
    ) -> None:
        for name, text in (("context_kind", context_kind), ("environment_id", environment_id)):
            if text is not None and not isinstance(text, str):
                raise ApiTypeError(f"{name} must be a string, not {shown(text)}")
        opener = Opener(Columns(columns))
        self._design = _design(
            opener, experiment, iteration, experiment_iterations, experiment_arm_parameters
        )
        self._analyst = Analyst(
            experiment if isinstance(experiment, Experiment) else None,
            iteration if isinstance(iteration, IterationRep) else None,
            self._design,
        )
        self._evaluations = opener.open(EVALUATION_EVENTS, evaluation_events)
        self._events = opener.open(METRIC_EVENTS, metric_events)
        _check_engines(self._evaluations, self._events)
        self.connection = opener.connection
        self._progress = progress
        self._flag = self._design.flag(flag_key)
        self._unit = context_kind or self._design.unit
        self._environment_id = environment_id
        self._start = None if start is None else milliseconds("start", start)
        self._end = self._design.end if end is None else milliseconds("end", end)
        self._deduplicate = deduplicate

    #: The DuckDB connection that reads files, for its settings, or None if no files are read.
    connection: duckdb.DuckDBPyConnection | None

    @property
    def treatments(self) -> dict[str, str]:
        """The names of the treatments by their ids."""
        return {treatment.id: treatment.name for treatment in self._design.treatments}

    def arms(self, metric: Metric | Iterable[Metric]) -> dict[str, ArmCounts]:
        """Count the units and events of each treatment, for several metrics in one pass.

        Args:
            metric: One or more metrics, or the keys of metrics of the experiment. The kind of a
                metric is in responses of today's service; otherwise describe it with
                ``EventMetric``.

        Returns:
            The counts by the key of the metric.

        Raises:
            ApiTypeError: A column has the wrong type.
            ApiValueError: The metric or column does not exist, or nothing was exposed.
        """
        metrics = measured(metric, self._design.metrics)
        aggregation = self._aggregation()
        counter = Counter(self._design, aggregation.clock)
        for together, frame in aggregation.totals(metrics):
            for row in self._fetch(frame):
                counter.add(row, together)
        counts = {one.key: counter.counts(one) for one in metrics}
        self._check(next(iter(counts.values())))
        for one in metrics:
            _warn_without_events(counts[one.key])
        return counts

    def arms_by_segment(self, metric: Metric, segment: str) -> dict[str | None, ArmCounts]:
        """Count each treatment within each segment.

        Args:
            metric: The metric.
            segment: An attribute of the context, or a column of the exposures. The value at the
                first exposure of a unit counts.

        Returns:
            The counts by the value of the attribute as text, the segment with the most units
            first. ``None`` holds the units without a value.

        Raises:
            ApiTypeError: A column has the wrong type.
            ApiValueError: The metric, attribute or column does not exist, or nothing was exposed.
        """
        (one,) = measured([metric], self._design.metrics)
        aggregation = self._aggregation(segment)
        counters: dict[str | None, Counter] = {}
        for together, frame in aggregation.totals([one]):
            for row in self._fetch(frame):
                value = row["segment"] if isinstance(row["segment"], str) else None
                counter = counters.setdefault(value, Counter(self._design, aggregation.clock))
                counter.add(row, together)
        counts = {value: counter.counts(one) for value, counter in counters.items()}
        found = sorted(counts.items(), key=lambda item: -sum(item[1].exposed.values()))
        self._check(found[0][1] if found else Counter(self._design, aggregation.clock).counts(one))
        return dict(found)

    def arms_by_day(
        self, metric: Metric, *, time_zone: str = "UTC"
    ) -> dict[datetime.date, ArmCounts]:
        """Count each treatment at the end of each day: all units and events until then.

        The last day has the counts of ``arms``. A unit that crossed over is left out of all days.

        Args:
            metric: The metric.
            time_zone: The time zone of the days, such as ``"Europe/Berlin"``.

        Returns:
            The counts by day, from the first exposure on.

        Raises:
            ApiTypeError: A column has the wrong type.
            ApiValueError: The metric, time zone or column does not exist, or nothing was exposed.
        """
        (one,) = measured([metric], self._design.metrics)
        days = zone(time_zone)
        aggregation = self._aggregation()
        arrivals = self._fetch(aggregation.arrivals())
        ((together, frame),) = aggregation.changes([one])
        rows = arrivals, self._fetch(frame)
        counts = by_day(self._design, aggregation.clock, together[0], 0, rows, days)
        empty = Counter(self._design, aggregation.clock).counts(one)
        self._check(list(counts.values())[-1] if counts else empty)
        return counts

    @overload
    def results(
        self,
        metric: Metric | Iterable[Metric],
        *,
        methodology: Literal["bayesian"],
        level: float = 0.9,
        seed: int | None = None,
    ) -> dict[str, BayesianOutcome]: ...

    @overload
    def results(
        self,
        metric: Metric | Iterable[Metric],
        *,
        methodology: Literal["frequentist"],
        level: float = 0.9,
        seed: int | None = None,
    ) -> dict[str, FrequentistOutcome]: ...

    @overload
    def results(
        self,
        metric: Metric | Iterable[Metric],
        *,
        methodology: None = None,
        level: float = 0.9,
        seed: int | None = None,
    ) -> dict[str, ExportResults]: ...

    def results(
        self,
        metric: Metric | Iterable[Metric],
        *,
        methodology: Methodology | None = None,
        level: float = 0.9,
        seed: int | None = None,
    ) -> Mapping[str, ExportResults]:
        """Compute the results of metrics, in one pass over the tables.

        Args:
            metric: One or more metrics, as in ``arms``.
            methodology: ``"bayesian"`` or ``"frequentist"``, instead of the experiment's own.
            level: The probability of credible intervals.
            seed: The seed of draws, as in ``bayesian_analysis``.

        Returns:
            The results by the key of the metric.

        Raises:
            ApiTypeError: A column has the wrong type.
            ApiValueError: The metric or column does not exist, or nothing was exposed.
        """
        checked_methodology(methodology)
        checked_share("level", level)
        return self._analyst.outcomes(
            self.arms(metric), methodology=methodology, level=level, seed=seed
        )

    @overload
    def results_by_segment(
        self, metric: Metric, segment: str, *, methodology: Literal["bayesian"]
    ) -> dict[str | None, BayesianOutcome]: ...

    @overload
    def results_by_segment(
        self, metric: Metric, segment: str, *, methodology: Literal["frequentist"]
    ) -> dict[str | None, FrequentistOutcome]: ...

    @overload
    def results_by_segment(
        self, metric: Metric, segment: str, *, methodology: None = None
    ) -> dict[str | None, ExportResults]: ...

    def results_by_segment(
        self, metric: Metric, segment: str, *, methodology: Methodology | None = None
    ) -> Mapping[str | None, ExportResults]:
        """Compute the results within each segment, as ``arms_by_segment`` counts them.

        They are not corrected for the number of segments.

        Args:
            metric: The metric.
            segment: An attribute of the context, or a column, as in ``arms_by_segment``.
            methodology: ``"bayesian"`` or ``"frequentist"``, instead of the experiment's own.

        Returns:
            The results by the value of the attribute as text, the segment with the most units
            first. ``None`` holds the units without a value.
        """
        checked_methodology(methodology)
        return {
            value: self._analyst.outcome(counts, methodology=methodology)
            for value, counts in self.arms_by_segment(metric, segment).items()
        }

    @overload
    def results_by_day(
        self, metric: Metric, *, time_zone: str = "UTC", methodology: Literal["bayesian"]
    ) -> dict[datetime.date, BayesianOutcome]: ...

    @overload
    def results_by_day(
        self, metric: Metric, *, time_zone: str = "UTC", methodology: Literal["frequentist"]
    ) -> dict[datetime.date, FrequentistOutcome]: ...

    @overload
    def results_by_day(
        self, metric: Metric, *, time_zone: str = "UTC", methodology: None = None
    ) -> dict[datetime.date, ExportResults]: ...

    def results_by_day(
        self, metric: Metric, *, time_zone: str = "UTC", methodology: Methodology | None = None
    ) -> Mapping[datetime.date, ExportResults]:
        """Compute the results as they were at the end of each day, as ``arms_by_day`` counts.

        Results are cumulative: each day has all units and events until its end.

        Args:
            metric: The metric.
            time_zone: The time zone of the days, such as ``"Europe/Berlin"``.
            methodology: ``"bayesian"`` or ``"frequentist"``, instead of the experiment's own.

        Returns:
            A dict with one entry for each calendar day from that of the first exposure to that of
            the last exposure or event, in order and without a gap. A day without traffic has the
            counts of the day before. The key is the ``datetime.date``, and the value has
            ``results``, ``arms`` (a mapping from each treatment's id to its ``Arm``) and
            ``mismatch``. The last entry equals ``results``.
        """
        checked_methodology(methodology)
        return {
            day: self._analyst.outcome(counts, methodology=methodology)
            for day, counts in self.arms_by_day(metric, time_zone=time_zone).items()
        }

    def _aggregation(self, segment: str | None = None) -> Aggregation:
        _check_keys(self._evaluations, self._events)
        table = self._evaluations
        by_iteration = table.require("experiment_iteration_id") is not None
        scope = Scope(
            variations=[t.variations[self._flag] for t in self._design.treatments],
            unit=self._unit,
            iteration_id=self._design.iteration_id if by_iteration else None,
            flag_key=self._flag if self._needs_flag(by_iteration=by_iteration) else None,
            environment_id=self._environment(by_iteration=by_iteration),
            start=self._design.start if self._start is None and not by_iteration else self._start,
            end=self._end,
            deduplicate=self._deduplicate,
        )
        if segment is None:
            return Aggregation(table, self._events, scope)
        return Aggregation(with_segment(table, segment), self._events, scope, nw.col(NAME))

    def _needs_flag(self, *, by_iteration: bool) -> bool:
        """Whether the flag of an exposure says more than its iteration and its variation do."""
        flags = {flag for treatment in self._design.treatments for flag in treatment.variations}
        return not by_iteration or len(flags) > 1

    def _environment(self, *, by_iteration: bool) -> str | None:
        """The environment of the exposures, whose events alone count.

        An iteration is in one environment, which any of its exposures names.
        """
        names = [table.find("environment_id") for table in (self._evaluations, self._events)]
        if self._environment_id is not None:
            return self._environment_id
        if not by_iteration or None in names:
            return None
        table = self._evaluations
        iteration = table.text(table.must_have("experiment_iteration_id"))
        environment = table.text(str(names[0]))
        first = (
            table.frame.filter(iteration == self._design.iteration_id, ~environment.is_null())
            .select(environment=environment)
            .head(1)
        )
        return next((str(row["environment"]) for row in self._fetch(first)), None)

    def _fetch(self, frame: nw.LazyFrame[Any]) -> list[dict[str, Any]]:
        def compute() -> list[dict[str, Any]]:
            return within_memory(self.connection, lambda: list(fetch(frame)))

        return watched(self.connection, compute, progress=self._progress)

    def _check(self, counts: ArmCounts) -> None:
        """Raise an exception if no unit was exposed, which is a mistake in the arguments."""
        if any(counts.exposed.values()) or counts.crossovers:
            return
        which = f"of iteration {self._design.iteration_id!r} of experiment {self._design.key!r}"
        if counts.unassigned:
            raise ApiValueError(
                f"{EVALUATION_EVENTS}: none of {counts.unassigned:,} exposed units saw a variation"
                f" of a treatment {which}. Check variation_id, or choose another iteration"
            )
        raise ApiValueError(
            f"{EVALUATION_EVENTS} has no exposures {which} with the context kind {self._unit!r}"
            f"{_window(self._start, self._end)}. Choose another iteration, environment or"
            " context_kind, or export the events again"
        )


def _check_keys(first: Table, second: Table) -> None:
    """Raise an exception if the ids of units are floats in one table: 1.0 is not the id 1."""
    kinds = [table.schema[table.must_have("context_key")] for table in (first, second)]
    if kinds[0].is_float() != kinds[1].is_float():
        raise ApiTypeError(
            f"context_key holds {kinds[0]} in {first.name} and {kinds[1]} in {second.name}, so that"
            " no unit is in both. Convert one of them; pandas makes floats of integers with gaps"
        )


def _window(start: int | None, end: int | None) -> str:
    parts = [f"from {start} on"] if start is not None else []
    parts += [f"before {end}"] if end is not None else []
    return f" {' and '.join(parts)} (epoch milliseconds)" if parts else ""


def _design(
    opener: Opener,
    experiment: Experiment | str,
    iteration: IterationRep | str | None,
    iterations: Any,
    parameters: Any,
) -> Design:
    if isinstance(experiment, Experiment):
        return design_of_model(experiment, iteration)
    if not isinstance(experiment, str):
        raise ApiTypeError(f"experiment must be an Experiment or a key, not {shown(experiment)}")
    if iterations is None or parameters is None:
        raise ApiValueError(
            f"experiment is the key {experiment!r}. Pass {ITERATIONS} and {ARM_PARAMETERS} as well,"
            " or the Experiment that get_experiment returns"
        )
    if isinstance(iteration, IterationRep):
        iteration = iteration.id
    return design_of_tables(
        experiment,
        opener.open(ITERATIONS, iterations),
        opener.open(ARM_PARAMETERS, parameters),
        iteration,
    )


def _check_engines(first: Table, second: Table) -> None:
    engines = [table.frame.implementation for table in (first, second)]
    if engines[0] != engines[1]:
        raise ApiTypeError(
            f"{first.name} is a table of {engines[0].value} and {second.name} of"
            f" {engines[1].value}. Pass both in the same engine"
        )


def _warn_without_events(counts: ArmCounts) -> None:
    if counts.last_event is None:
        warnings.warn(
            f"{METRIC_EVENTS} has no event {counts.metric.event!r} of an exposed unit after its"
            f" exposure. If that is unexpected, check the key of the event, or give another:"
            f" EventMetric({counts.metric.key!r}, event_key=...)",
            stacklevel=4,
        )

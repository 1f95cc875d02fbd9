"""Counts and results from exported events, in one call."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, Any, Literal, TypedDict, overload

from launchdarkly_api.analysis.counting import ArmCounts
from launchdarkly_api.analysis.data_export import (
    BayesianOutcome,
    DataExport,
    FrequentistOutcome,
    Metric,
)
from launchdarkly_api.analysis.experiments import Methodology
from launchdarkly_api.analysis.metrics import EventMetric
from launchdarkly_api.analysis.outcomes import ExportResults
from launchdarkly_api.analysis.times import Time
from launchdarkly_api.models import Experiment, IterationRep

if TYPE_CHECKING:
    from typing_extensions import Unpack


class ExportOptions(TypedDict, total=False):
    """The options of ``DataExport``, for type checkers."""

    iteration: IterationRep | str | None
    experiment_iterations: Any
    experiment_arm_parameters: Any
    columns: Mapping[str, str | None] | None
    flag_key: str | None
    context_kind: str | None
    environment_id: str | None
    start: Time | None
    end: Time | None
    deduplicate: bool
    progress: bool


class ResultOptions(ExportOptions, total=False):
    """The options of results as well, for type checkers."""

    level: float
    seed: int | None


@overload
def arms_from_events(
    evaluation_events: Any,
    metric_events: Any,
    experiment: Experiment | str,
    metric: Metric,
    **options: Unpack[ExportOptions],
) -> ArmCounts: ...


@overload
def arms_from_events(
    evaluation_events: Any,
    metric_events: Any,
    experiment: Experiment | str,
    metric: Iterable[Metric],
    **options: Unpack[ExportOptions],
) -> dict[str, ArmCounts]: ...


def arms_from_events(
    evaluation_events: Any,
    metric_events: Any,
    experiment: Experiment | str,
    metric: Metric | Iterable[Metric],
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
) -> ArmCounts | dict[str, ArmCounts]:
    """Count the units and events of each treatment in exported events.

    ::

        arms_from_events("evaluation_events.parquet", "metric_events.parquet", experiment, "signup")

    Args:
        evaluation_events: The table of exposures: a frame of any engine, or files.
        metric_events: The table of the events of metrics.
        experiment: The experiment, or its key.
        metric: The metric, or several, which are counted in one pass.
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

    Returns:
        The counts of one metric, or of several by their keys.

    Raises:
        ApiTypeError: An argument or a column has the wrong type.
        ApiValueError: The experiment, metric or column does not exist, or nothing was exposed.
    """
    export = DataExport(
        evaluation_events,
        metric_events,
        experiment,
        iteration=iteration,
        experiment_iterations=experiment_iterations,
        experiment_arm_parameters=experiment_arm_parameters,
        columns=columns,
        flag_key=flag_key,
        context_kind=context_kind,
        environment_id=environment_id,
        start=start,
        end=end,
        deduplicate=deduplicate,
        progress=progress,
    )
    counts = export.arms(metric)
    return counts[_key(metric)] if isinstance(metric, str | EventMetric) else counts


@overload
def results_from_export(
    evaluation_events: Any,
    metric_events: Any,
    experiment: Experiment | str,
    metric: Metric,
    *,
    methodology: Literal["bayesian"],
    **options: Unpack[ResultOptions],
) -> BayesianOutcome: ...


@overload
def results_from_export(
    evaluation_events: Any,
    metric_events: Any,
    experiment: Experiment | str,
    metric: Metric,
    *,
    methodology: Literal["frequentist"],
    **options: Unpack[ResultOptions],
) -> FrequentistOutcome: ...


@overload
def results_from_export(
    evaluation_events: Any,
    metric_events: Any,
    experiment: Experiment | str,
    metric: Metric,
    *,
    methodology: None = None,
    **options: Unpack[ResultOptions],
) -> ExportResults: ...


@overload
def results_from_export(
    evaluation_events: Any,
    metric_events: Any,
    experiment: Experiment | str,
    metric: Iterable[Metric],
    *,
    methodology: Literal["bayesian"],
    **options: Unpack[ResultOptions],
) -> dict[str, BayesianOutcome]: ...


@overload
def results_from_export(
    evaluation_events: Any,
    metric_events: Any,
    experiment: Experiment | str,
    metric: Iterable[Metric],
    *,
    methodology: Literal["frequentist"],
    **options: Unpack[ResultOptions],
) -> dict[str, FrequentistOutcome]: ...


@overload
def results_from_export(
    evaluation_events: Any,
    metric_events: Any,
    experiment: Experiment | str,
    metric: Iterable[Metric],
    *,
    methodology: None = None,
    **options: Unpack[ResultOptions],
) -> dict[str, ExportResults]: ...


def results_from_export(
    evaluation_events: Any,
    metric_events: Any,
    experiment: Experiment | str,
    metric: Metric | Iterable[Metric],
    *,
    methodology: Methodology | None = None,
    level: float = 0.9,
    seed: int | None = None,
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
) -> ExportResults | Mapping[str, ExportResults]:
    """Compute results from exported events, as the experiment's configuration asks for them.

    ::

        outcome = results_from_export(
            "evaluation_events.parquet", "metric_events.parquet", experiment, "signup"
        )
        print(outcome)
        outcome.results

    Args:
        evaluation_events: The table of exposures: a frame of any engine, or files.
        metric_events: The table of the events of metrics.
        experiment: The experiment, or its key.
        metric: The metric, or several, which are counted in one pass and corrected together if the
            experiment asks for it.
        methodology: ``"bayesian"`` or ``"frequentist"``, instead of the experiment's own. Type
            checkers then know the type of the results.
        level: The probability of credible intervals.
        seed: The seed of draws, as in ``bayesian_analysis``.
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

    Returns:
        The results of one metric, or of several by their keys.

    Raises:
        ApiTypeError: An argument or a column has the wrong type.
        ApiValueError: The experiment, metric or column does not exist, or nothing was exposed.
    """
    export = DataExport(
        evaluation_events,
        metric_events,
        experiment,
        iteration=iteration,
        experiment_iterations=experiment_iterations,
        experiment_arm_parameters=experiment_arm_parameters,
        columns=columns,
        flag_key=flag_key,
        context_kind=context_kind,
        environment_id=environment_id,
        start=start,
        end=end,
        deduplicate=deduplicate,
        progress=progress,
    )
    found = export.results(metric, methodology=methodology, level=level, seed=seed)
    return found[_key(metric)] if isinstance(metric, str | EventMetric) else found


def _key(metric: Metric) -> str:
    return metric if isinstance(metric, str) else metric.key

"""Counts and results from exported events, in one call."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, overload

from launchdarkly_api.analysis.counting import ArmCounts
from launchdarkly_api.analysis.data_export import DataExport, ExportResults, Metric
from launchdarkly_api.analysis.experiments import Methodology
from launchdarkly_api.analysis.metrics import EventMetric
from launchdarkly_api.models import Experiment


@overload
def arms_from_events(
    evaluation_events: Any,
    metric_events: Any,
    experiment: Experiment | str,
    metric: Metric,
    **options: Any,
) -> ArmCounts: ...


@overload
def arms_from_events(
    evaluation_events: Any,
    metric_events: Any,
    experiment: Experiment | str,
    metric: Iterable[Metric],
    **options: Any,
) -> dict[str, ArmCounts]: ...


def arms_from_events(
    evaluation_events: Any,
    metric_events: Any,
    experiment: Experiment | str,
    metric: Metric | Iterable[Metric],
    **options: Any,
) -> ArmCounts | dict[str, ArmCounts]:
    """Count the units and events of each treatment in exported events.

    ::

        arms_from_events("evaluation_events.parquet", "metric_events.parquet", experiment, "signup")

    Args:
        evaluation_events: The table of exposures: a frame of any engine, or files.
        metric_events: The table of the events of metrics.
        experiment: The experiment, or its key.
        metric: The metric, or several, which are counted in one pass.
        **options: The other arguments of ``DataExport``.

    Returns:
        The counts of one metric, or of several by their keys.

    Raises:
        ApiTypeError: An argument or a column has the wrong type.
        ApiValueError: There is no such experiment, metric or column, or there are no exposures.
    """
    export = DataExport(evaluation_events, metric_events, experiment, **options)
    counts = export.arms(metric)
    return counts[_key(metric)] if isinstance(metric, str | EventMetric) else counts


@overload
def results_from_export(
    evaluation_events: Any,
    metric_events: Any,
    experiment: Experiment | str,
    metric: Metric,
    *,
    methodology: Methodology | None = None,
    level: float = 0.9,
    seed: int | None = None,
    **options: Any,
) -> ExportResults: ...


@overload
def results_from_export(
    evaluation_events: Any,
    metric_events: Any,
    experiment: Experiment | str,
    metric: Iterable[Metric],
    *,
    methodology: Methodology | None = None,
    level: float = 0.9,
    seed: int | None = None,
    **options: Any,
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
    **options: Any,
) -> ExportResults | dict[str, ExportResults]:
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
        methodology: ``"bayesian"`` or ``"frequentist"``, instead of the experiment's own.
        level: The probability of credible intervals.
        seed: The seed of draws, as in ``bayesian_analysis``.
        **options: The other arguments of ``DataExport``.

    Returns:
        The results of one metric, or of several by their keys.

    Raises:
        ApiTypeError: An argument or a column has the wrong type.
        ApiValueError: There is no such experiment, metric or column, or there are no exposures.
    """
    export = DataExport(evaluation_events, metric_events, experiment, **options)
    found = export.results(metric, methodology=methodology, level=level, seed=seed)
    return found[_key(metric)] if isinstance(metric, str | EventMetric) else found


def _key(metric: Metric) -> str:
    return metric if isinstance(metric, str) else metric.key

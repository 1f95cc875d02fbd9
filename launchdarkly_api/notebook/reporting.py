"""Functions that make reports: fetched from the service, or of the caller's own results."""

from __future__ import annotations

import datetime
import time
import warnings
from collections.abc import Iterable, Mapping, Sequence, Set
from dataclasses import dataclass
from functools import partial
from itertools import chain
from typing import TYPE_CHECKING, Any, TypeAlias

from launchdarkly_api.analysis.progress_bar import progress_bar
from launchdarkly_api.model.experiment import Experiment
from launchdarkly_api.model.experiment_collection_rep import ExperimentCollectionRep
from launchdarkly_api.notebook import facts
from launchdarkly_api.notebook.decisions import Rules
from launchdarkly_api.notebook.fetching import fetch_all
from launchdarkly_api.notebook.figures import RESULT_TYPES
from launchdarkly_api.notebook.listing import experiments_of
from launchdarkly_api.notebook.reported import ExperimentReport, Reports

if TYPE_CHECKING:
    from launchdarkly_api.api.experiments_beta_api import (
        Expandable,
        ExperimentsBetaApi,
        Filter,
        LifecycleState,
        Words,
    )
else:
    # Programs read annotations at run time too. These modules are imported when they are needed.
    Expandable = ExperimentsBetaApi = Filter = LifecycleState = Any
    Words = {Any: Any}

#: Metrics of which less is better: a key, several keys, or a mapping from keys to booleans.
Directions: TypeAlias = str | Sequence[str] | Set[str] | Mapping[str, bool] | None

_EXPAND: tuple[Expandable, ...] = ("treatments", "secondaryMetrics", "analysisConfig")


def report(
    api: ExperimentsBetaApi,
    project_key: str,
    environment_key: str,
    experiment_key: str,
    metrics: str | Sequence[str] | Set[str] | None = None,
    progress: bool = True,
    *,
    lower_is_better: Directions = None,
    unit: Mapping[str, str] | None = None,
    rules: Rules | None = None,
) -> ExperimentReport:
    """Fetch an experiment and the results of its metrics, several in parallel.

    Args:
        api: The ``ExperimentsBetaApi`` that makes the calls. It waits for the rate limits.
        project_key: The project's key.
        environment_key: The environment's key.
        experiment_key: The experiment's key.
        metrics: The keys of the metrics; by default all metrics of the experiment.
        progress: Whether to show a progress bar.
        lower_is_better: The metrics of which less is better: a key, several keys, or a mapping from
            keys to booleans. The service does not send it. Axes are labelled with it, and the
            summary compares it with the direction that ``p_best`` seems to assume, but ``p_best``
            itself does not change.
        unit: The units of metrics by their keys, such as ``{"page-load": "ms"}``.
        rules: The conditions under which the experiment can be decided, if not the usual ones.

    Returns:
        The report. Its ``errors`` contain the metrics whose results could not be fetched.

    Raises:
        TypeError: ``lower_is_better`` or ``unit`` does not name metrics. Nothing was fetched.
        ValueError: ``lower_is_better`` or ``unit`` names a metric that is not in the report.
        ApiException: The experiment could not be fetched.
    """
    directions, units = _directions(lower_is_better), _units(unit)
    experiment = api.get_experiment(project_key, environment_key, experiment_key, expand=_EXPAND)
    chosen = {experiment.key: _chosen(experiment, metrics)}
    problem = _unknown(chosen[experiment.key], lower_is_better=directions, unit=units)
    if problem:
        raise ValueError(f"{problem} of this report")
    place = (project_key, environment_key)
    told = _Told(directions, units, rules or Rules())
    return _fetch(api, place, [experiment], chosen, told, progress)[experiment.key]


def reports(
    api: ExperimentsBetaApi,
    project_key: str,
    environment_key: str,
    *,
    filter: Filter | None = None,
    lifecycle_state: Words[LifecycleState] | None = None,
    metrics: str | Sequence[str] | Set[str] | None = None,
    progress: bool = True,
    lower_is_better: Directions = None,
    unit: Mapping[str, str] | None = None,
    rules: Rules | None = None,
) -> Reports:
    """Fetch all or some experiments of an environment, and the results of their metrics.

    If a call for one experiment fails, its exception is among the ``errors`` and the others are
    not affected.

    Args:
        api: The same as for ``report``.
        project_key: The project's key.
        environment_key: The environment's key.
        filter: The filter of ``get_experiments``, such as ``{"status": "running"}``.
        lifecycle_state: ``active``, ``archived`` or both, the same as in ``get_experiments``.
        metrics: The keys of the metrics; by default all metrics of each experiment.
        progress: Whether to show progress bars, of the listing and of the results.
        lower_is_better: The same as for ``report``, for all experiments.
        unit: The same as for ``report``, for all experiments.
        rules: The same as for ``report``, for all experiments.

    Returns:
        The reports by the experiments' keys, in the order of the service.

    Raises:
        TypeError: ``lower_is_better`` or ``unit`` does not name metrics.
        ApiException: The list of experiments could not be fetched.

    Warns:
        UserWarning: ``lower_is_better`` or ``unit`` names a metric that none of the experiments
            has.
    """
    directions, units = _directions(lower_is_better), _units(unit)

    def page(offset: int, limit: int) -> ExperimentCollectionRep:
        return api.get_experiments(
            project_key,
            environment_key,
            limit=limit,
            offset=offset,
            filter=filter,
            lifecycle_state=lifecycle_state,
            expand=_EXPAND,
            _check_return_type=False,
        )

    experiments: list[Experiment] = []
    unreadable: dict[str, Exception] = {}
    with progress_bar("experiments", " experiment", None, shown=progress) as bar:
        for key, experiment in experiments_of(page, partial(_expect, bar)):
            bar.update()
            if isinstance(experiment, Exception):
                unreadable[key] = experiment
            else:
                experiments.append(experiment)
    chosen = {e.key: _chosen(e, metrics) for e in experiments}
    problem = _unknown(chain(*chosen.values()), lower_is_better=directions, unit=units)
    if problem:
        # Not an error: the experiments change, and one with this metric may start tomorrow.
        warnings.warn(f"{problem} of these reports", stacklevel=2)
    place = (project_key, environment_key)
    told = _Told(directions, units, rules or Rules())
    return Reports(_fetch(api, place, experiments, chosen, told, progress), unreadable)


def _expect(bar: Any, total: int | None) -> None:
    """Tell a progress bar how many experiments the service has."""
    if total is not None and bar.total is None:
        bar.total = total
        bar.refresh()


def report_of(
    experiment: Experiment,
    results: Mapping[str, Any],
    *,
    lower_is_better: Directions = None,
    unit: Mapping[str, str] | None = None,
    rules: Rules | None = None,
) -> ExperimentReport:
    """Create a report of results that you computed, as ``launchdarkly_api.analysis`` does.

    Args:
        experiment: The experiment, fetched with ``expand=["treatments", "analysisConfig"]``.
        results: The results by the keys of metrics: Bayesian or frequentist ones, or those of
            ``results_from_export``.
        lower_is_better: The same as for ``report``. Compute the results with the same direction.
            The metrics of ``results_from_export`` bring theirs.
        unit: The same as for ``report``.
        rules: The same as for ``report``.

    Returns:
        The report. It has the metrics of ``results`` in the order of the experiment.

    Raises:
        TypeError: A value of ``results`` is no result, or an argument does not name metrics.
        ValueError: ``lower_is_better`` or ``unit`` names a metric that is not in ``results``.
    """
    if not isinstance(results, Mapping):
        raise TypeError(
            "results must map the keys of metrics to their results, such as {'signup': results},"
            f" not {type(results).__name__}"
        )
    # Results of an export come with the counts that they are computed from, and their metric.
    given: dict[str, Any] = {k: getattr(v, "results", v) for k, v in results.items()}
    for key, value in given.items():
        _expect_results(key, value)
    lower = {key: True for key, value in results.items() if _of_lower(value)}
    directions, units = lower | _directions(lower_is_better), _units(unit)
    known = [m.key for m in facts.metrics_of(experiment) if m.key in given]
    metrics = _chosen(experiment, [*known, *given])
    problem = _unknown(metrics, lower_is_better=directions, unit=units)
    if problem:
        raise ValueError(f"{problem} of this report")
    outcomes = {metric.key: given[metric.key] for metric in metrics}
    return ExperimentReport(
        experiment, metrics, outcomes, _now(), directions, units, rules or Rules()
    )


def _expect_results(key: str, value: object) -> None:
    if isinstance(value, Mapping):
        raise TypeError(
            f"results[{key!r}] are counts, or another mapping. Compute results of them, with"
            " launchdarkly_api.analysis.results_for"
        )
    facts.expect(value, RESULT_TYPES, f"results[{key!r}]")


def _of_lower(value: object) -> bool:
    """Return whether results of an export are of a metric of which less is better."""
    metric = getattr(getattr(value, "arms", None), "metric", None)
    return bool(getattr(metric, "lower_is_better", False))


@dataclass(frozen=True)
class _Told:
    """The caller's options for metrics and decisions."""

    directions: Mapping[str, bool]
    units: Mapping[str, str]
    rules: Rules


def _now() -> datetime.datetime:
    return datetime.datetime.fromtimestamp(time.time_ns() / 1e9, datetime.timezone.utc)


def _fetch(
    api: ExperimentsBetaApi,
    place: tuple[str, str],
    experiments: Sequence[Experiment],
    chosen: Mapping[str, tuple[facts.Metric, ...]],
    told: _Told,
    progress: bool,
) -> dict[str, ExperimentReport]:
    """Fetch the results of all metrics of all experiments with one limited set of threads."""
    calls = {
        (key, metric.key): partial(api.get_experiment_results, *place, key, metric.key)
        for key, metrics in chosen.items()
        for metric in metrics
    }
    outcomes = fetch_all(calls, progress=progress, title="results")
    fetched_at = _now()
    return {
        e.key: ExperimentReport(
            e,
            chosen[e.key],
            {metric.key: outcomes[e.key, metric.key] for metric in chosen[e.key]},
            fetched_at,
            *(told.directions, told.units, told.rules),
        )
        for e in experiments
    }


def _chosen(
    experiment: Experiment, wanted: str | Sequence[str] | Set[str] | None
) -> tuple[facts.Metric, ...]:
    """Return the metrics of a report, including those that the experiment does not name."""
    known = {metric.key: metric for metric in facts.metrics_of(experiment)}
    if wanted is None:
        return tuple(known.values())
    keys = [wanted] if isinstance(wanted, str) else dict.fromkeys(wanted)
    return tuple(known.get(key) or facts.Metric(key, key, False, None) for key in keys)


def _directions(given: Directions) -> dict[str, bool]:
    if isinstance(given, Mapping):
        return dict(given)
    if isinstance(given, bool):
        raise TypeError(
            "lower_is_better must name the metrics of which less is better,"
            " such as 'page-load' or {'page-load': True}"
        )
    keys = [given] if isinstance(given, str) else given or ()
    return dict.fromkeys(keys, True)


def _units(given: Mapping[str, str] | None) -> dict[str, str]:
    if given is not None and not isinstance(given, Mapping):
        raise TypeError("unit must map the keys of metrics to units, such as {'page-load': 'ms'}")
    return dict(given or {})


def _unknown(metrics: Iterable[facts.Metric], **named: Iterable[str]) -> str | None:
    """Return the problem with arguments that name unknown metrics, or None."""
    known = dict.fromkeys(metric.key for metric in metrics)
    for argument, keys in named.items():
        for key in keys:
            if key not in known:
                names = ", ".join(map(repr, known)) or "none"
                return f"{argument} names {key!r}, which is not among the metrics ({names})"
    return None

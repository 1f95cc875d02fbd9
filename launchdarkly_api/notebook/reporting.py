"""Reports: an experiment with the results of all its metrics, as frames, pictures and text."""

from __future__ import annotations

import datetime
import time
import warnings
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence, Set
from dataclasses import dataclass, field
from functools import partial
from itertools import chain
from typing import TYPE_CHECKING, Any, TypeAlias

import pandas as pd  # type: ignore[import-untyped,unused-ignore]

from launchdarkly_api._display.text import as_datetime, as_number, shortened
from launchdarkly_api.model.experiment import Experiment
from launchdarkly_api.model.experiment_bayesian_results_rep import ExperimentBayesianResultsRep
from launchdarkly_api.model.experiment_collection_rep import ExperimentCollectionRep
from launchdarkly_api.notebook import facts
from launchdarkly_api.notebook.fetching import fetch_all
from launchdarkly_api.notebook.forests import rows_of
from launchdarkly_api.notebook.frames import (
    APPROXIMATIONS,
    COUNT,
    DIFFERENCES,
    NUMBER,
    RESULTS,
    TEXT,
    TIME,
    Columns,
    calendar_time,
    difference_rows,
    result_rows,
    typed_frame,
)
from launchdarkly_api.notebook.listing import experiments_of
from launchdarkly_api.notebook.pages import report_page, reports_page
from launchdarkly_api.notebook.panels import Panels, draw_panels
from launchdarkly_api.notebook.summaries import Summary, summarize
from launchdarkly_api.notebook.wording import failure_text

if TYPE_CHECKING:
    from launchdarkly_api.api.experiments_beta_api import (
        Expandable,
        ExperimentsBetaApi,
        Filter,
        LifecycleState,
        Words,
    )
    from launchdarkly_api.notebook.canvas import Picture
else:
    # Programs read annotations at run time too. These modules are imported when they are needed.
    Expandable = ExperimentsBetaApi = Filter = LifecycleState = Picture = Any
    Words = {Any: Any}

#: Metrics of which less is better: a key, several keys, or a mapping from keys to booleans.
Directions: TypeAlias = str | Sequence[str] | Set[str] | Mapping[str, bool] | None
Outcome: TypeAlias = ExperimentBayesianResultsRep | Exception

_EXPAND: tuple[Expandable, ...] = ("treatments", "secondaryMetrics", "analysisConfig")

PORTFOLIO: Columns = {
    "key": TEXT,
    "name": TEXT,
    "status": TEXT,
    "started": TIME,
    "ended": TIME,
    "days": NUMBER,
    "metric": TEXT,
    "leader": TEXT,
    "p_best": NUMBER,
    "units": COUNT,
    "probability_of_mismatch": NUMBER,
    "against": TEXT,
}


@dataclass(frozen=True, repr=False)
class ExperimentReport:
    """An experiment and the results of its metrics, created by ``report`` and ``reports``.

    Jupyter shows all of it: the summary, a picture per metric, and the figures.
    """

    #: The experiment, with its treatments and secondary metrics.
    experiment: Experiment
    #: The metrics, the primary one first.
    metrics: tuple[facts.Metric, ...]
    #: The results of each metric, or the exception if they could not be fetched.
    outcomes: Mapping[str, Outcome]
    #: The time of fetching, in UTC.
    fetched_at: datetime.datetime
    #: Whether less (True) or more (False) of a metric is better. The service does not send it.
    lower_is_better: Mapping[str, bool] = field(default_factory=dict)
    #: The units of the metrics. The service does not send them either.
    unit: Mapping[str, str] = field(default_factory=dict)

    @property
    def results(self) -> dict[str, ExperimentBayesianResultsRep]:
        """The results that could be fetched, by the metric's key."""
        return {k: v for k, v in self.outcomes.items() if not isinstance(v, Exception)}

    @property
    def errors(self) -> dict[str, Exception]:
        """The exceptions of the other metrics, by the metric's key."""
        return {k: v for k, v in self.outcomes.items() if isinstance(v, Exception)}

    @property
    def treatments(self) -> pd.DataFrame:
        """The rows of ``results_frame`` for all metrics, after a column with the metric's key.

        ``attrs["probability_of_mismatch"]`` maps the metrics' keys to that probability.
        """
        return self._stacked(RESULTS, result_rows)

    @property
    def differences(self) -> pd.DataFrame:
        """The rows of ``differences_frame`` for all metrics, after a column with the metric's key.

        ``attrs["approximations"]`` explains the columns ``approx_...``.
        """
        frame = self._stacked(DIFFERENCES, difference_rows)
        frame.attrs["approximations"] = dict(APPROXIMATIONS)
        return frame

    def _stacked(
        self,
        columns: Columns,
        rows: Callable[[ExperimentBayesianResultsRep, Experiment], Iterable[Sequence[Any]]],
    ) -> pd.DataFrame:
        frame = typed_frame(
            {"metric": TEXT, **columns},
            (
                (metric, *row)
                for metric, results in self.results.items()
                for row in rows(results, self.experiment)
            ),
        )
        frame.attrs["probability_of_mismatch"] = {
            metric: as_number(results.probability_of_mismatch)
            for metric, results in self.results.items()
        }
        return frame

    def plot(self, metric: str | None = None) -> Picture:
        """Draw means, differences and probabilities of being best side by side.

        Args:
            metric: The key of the metric to draw; all of them by default, one below the other.

        Returns:
            A matplotlib figure that pyplot does not manage, so that it never stays open.

        Raises:
            ValueError: The report has no such metric.
        """
        wanted = [m for m in self.metrics if metric in (None, m.key)]
        if metric is not None and not wanted:
            known = ", ".join(repr(m.key) for m in self.metrics) or "no metrics"
            raise ValueError(f"metric {metric!r} is not in this report, which has {known}")
        return draw_panels([self._panels(m) for m in wanted])

    def _panels(self, metric: facts.Metric) -> Panels:
        outcome, failure = self.outcomes[metric.key], None
        if isinstance(outcome, Exception):
            failure, outcome = failure_text(outcome), _NO_RESULTS
        return Panels(
            metric,
            rows_of(outcome, self.experiment),
            self.unit.get(metric.key),
            self.lower_is_better.get(metric.key),
            failure,
        )

    def summary(self) -> Summary:
        """Return the leader of each metric, with its certainty and reasons for doubt, in words."""
        return summarize(self.experiment, self.outcomes, self.metrics, self.lower_is_better)

    def __repr__(self) -> str:
        key, metrics = self.experiment.key, [m.key for m in self.metrics]
        failed = f", without results: {[*self.errors]!r}" if self.errors else ""
        return f"<ExperimentReport of {key!r}, metrics: {metrics!r}{failed}>"

    def _repr_html_(self) -> str:
        return report_page(self)


_NO_RESULTS = ExperimentBayesianResultsRep()


@dataclass(frozen=True, repr=False)
class Reports(Mapping[str, ExperimentReport]):
    """The reports of several experiments by their keys, created by ``reports``."""

    by_key: Mapping[str, ExperimentReport]
    #: The exceptions of experiments that could not be decoded, by the experiment's key.
    unreadable: Mapping[str, Exception] = field(default_factory=dict)

    def __getitem__(self, key: str) -> ExperimentReport:
        return self.by_key[key]

    def __iter__(self) -> Iterator[str]:
        return iter(self.by_key)

    def __len__(self) -> int:
        return len(self.by_key)

    @property
    def errors(self) -> dict[tuple[str, str | None], Exception]:
        """All exceptions, by the keys of the experiment and the metric.

        The metric is None if the experiment itself could not be decoded.
        """
        of_metrics: dict[tuple[str, str | None], Exception] = {
            (key, metric): error
            for key, report in self.items()
            for metric, error in report.errors.items()
        }
        return of_metrics | {(key, None): error for key, error in self.unreadable.items()}

    @property
    def frame(self) -> pd.DataFrame:
        """One row per experiment, with the conclusion from its first metric.

        ``days`` is the duration of the iteration until its end or, if it is running, until the time
        of fetching; ``units`` is the number of units in all treatments together; ``against`` lists
        reasons not to rely on the result.
        """
        return typed_frame(PORTFOLIO, map(_portfolio_row, self.values()))

    def __repr__(self) -> str:
        bad = ", ".join(self.unreadable)
        unreadable = f"; not readable: {shortened(bad, 200)}" if bad else ""
        return (
            f"<Reports of {len(self)} experiments: {shortened(', '.join(self), 200)}{unreadable}>"
        )

    def _repr_html_(self) -> str:
        return reports_page(self, self.unreadable)


def _portfolio_row(report: ExperimentReport) -> Sequence[Any]:
    iteration, summary = facts.iteration_of(report.experiment), report.summary()
    first = summary.findings[0] if summary.findings else None
    start, end = (iteration.started_at, iteration.ended_at) if iteration else (None, None)
    until = as_datetime(end) or report.fetched_at
    since = as_datetime(start)
    results = None if first is None else report.results.get(first.metric.key)
    units = [a.units for a in facts.arms(results or _NO_RESULTS) if a.units is not None]
    return (
        facts.clean_text(report.experiment.key),
        facts.clean_text(report.experiment.name),
        facts.clean_text(iteration.status) if iteration else None,
        *(calendar_time(start), calendar_time(end)),
        None if since is None else (until - since) / datetime.timedelta(days=1),
        *((first.metric.key, first.leader, first.p_best) if first else (None, None, None)),
        facts.whole(sum(units)) if units else None,
        first.probability_of_mismatch if first else None,
        "; ".join([*summary.against, *(first.against if first else ())]),
    )


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
    made = _fetch(api, place, [experiment], chosen, directions, units, progress)
    return made[experiment.key]


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
        progress: Whether to show a progress bar.
        lower_is_better: The same as for ``report``, for all experiments.
        unit: The same as for ``report``, for all experiments.

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
    for key, experiment in experiments_of(page):
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
    made = _fetch(api, place, experiments, chosen, directions, units, progress)
    return Reports(made, unreadable)


def _fetch(
    api: ExperimentsBetaApi,
    place: tuple[str, str],
    experiments: Sequence[Experiment],
    chosen: Mapping[str, tuple[facts.Metric, ...]],
    directions: Mapping[str, bool],
    units: Mapping[str, str],
    progress: bool,
) -> dict[str, ExperimentReport]:
    """Fetch the results of all metrics of all experiments with one limited set of threads."""
    calls = {
        (key, metric.key): partial(api.get_experiment_results, *place, key, metric.key)
        for key, metrics in chosen.items()
        for metric in metrics
    }
    outcomes = fetch_all(calls, progress=progress, title="results")
    fetched_at = datetime.datetime.fromtimestamp(time.time_ns() / 1e9, datetime.timezone.utc)
    return {
        e.key: ExperimentReport(
            e,
            chosen[e.key],
            {metric.key: outcomes[e.key, metric.key] for metric in chosen[e.key]},
            fetched_at,
            directions,
            units,
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

"""Models as frames: one row per item, and a fixed type for each column.

An empty frame has the same columns and types. Times are UTC. A field that is unset or null is
missing in the frame. Intervals are 90 % credible intervals in Bayesian results, confidence
intervals at one minus alpha in frequentist ones, and 95 % confidence intervals in legacy ones.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd  # type: ignore[import-untyped,unused-ignore]

from launchdarkly_api._display.text import as_datetime, as_number
from launchdarkly_api.analysis.frequentist import FrequentistResults
from launchdarkly_api.model.confidence_interval_rep import ConfidenceIntervalRep
from launchdarkly_api.model.experiment import Experiment
from launchdarkly_api.model.experiment_collection_rep import ExperimentCollectionRep
from launchdarkly_api.model.experiment_results import ExperimentResults
from launchdarkly_api.model.experiment_time_series_variation_slice import (
    ExperimentTimeSeriesVariationSlice,
)
from launchdarkly_api.model.iteration_rep import IterationRep
from launchdarkly_api.notebook import facts, figures

if TYPE_CHECKING:
    from typing import TypeAlias

TEXT, NUMBER, COUNT, TRUTH = "string[python]", "float64", "Int64", "boolean"
TIME, ANYTHING = "datetime64[ms, UTC]", "object"
#: A day of the calendar, which has no time zone.
DAY = "datetime64[ms]"

#: The columns of a frame, and the types of their values.
Columns: TypeAlias = Mapping[str, str]

EXPERIMENTS: Columns = {
    "key": TEXT,
    "name": TEXT,
    "status": TEXT,
    "created": TIME,
    "started": TIME,
    "ended": TIME,
    "archived": TIME,
    "hypothesis": TEXT,
    "primary_metric": TEXT,
    "treatments": ANYTHING,
    "maintainer": TEXT,
}

#: The difference from the baseline, for which ``compared_cells`` returns the cells.
COMPARED: Columns = {
    "rel_low": NUMBER,
    "rel_high": NUMBER,
    "rel_from": TEXT,
    "lift": NUMBER,
    "p_above_zero": NUMBER,
    "p_value": NUMBER,
    "significant": TRUTH,
}

RESULTS: Columns = {
    "id": TEXT,
    "name": TEXT,
    "is_baseline": TRUTH,
    "mean": NUMBER,
    "ci_low": NUMBER,
    "ci_high": NUMBER,
    "p_best": NUMBER,
    "units": COUNT,
    **COMPARED,
}

DIFFERENCES: Columns = {
    "id": TEXT,
    "name": TEXT,
    "from_id": TEXT,
    "from_name": TEXT,
    "from_baseline": TRUTH,
    "rel_low": NUMBER,
    "rel_high": NUMBER,
    "lift": NUMBER,
    "p_above_zero": NUMBER,
    "p_method": TEXT,
    "p_value": NUMBER,
    "significant": TRUTH,
    "approx_middle": NUMBER,
    "approx_p_above_zero": NUMBER,
}

#: How columns were computed that the service does not send. Frames have it in ``attrs``.
COMPUTED = {
    "lift": "the ratio of the means minus one",
    "p_above_zero": "the probability that the mean is above the other one: from the posteriors"
    " that have the means and intervals of the results, or else from rel_low and rel_high as the"
    " bounds of a log-normal ratio; p_method says which",
    "approx_middle": "an alias of lift",
    "approx_p_above_zero": "an alias of p_above_zero",
}

LEGACY: Columns = {
    "time": TIME,
    "variation": TEXT,
    "rate": NUMBER,
    "rate_low": NUMBER,
    "rate_high": NUMBER,
    "cumulative_rate": NUMBER,
    "cumulative_low": NUMBER,
    "cumulative_high": NUMBER,
    "count": COUNT,
    "cumulative_count": COUNT,
}


def typed_frame(columns: Columns, rows: Iterable[Sequence[Any]]) -> pd.DataFrame:
    """Return a frame with these columns and types, for any number of rows."""
    values = list(zip(*rows)) or [()] * len(columns)
    frame: pd.DataFrame = pd.DataFrame(
        {name: _series(type_, column) for (name, type_), column in zip(columns.items(), values)}
    )
    return frame


def _series(type_: str, values: Sequence[Any]) -> Any:
    if type_ in (TIME, DAY):
        moments = [
            np.datetime64("NaT", "ms") if v is None else np.datetime64(v, "ms") for v in values
        ]
        times = pd.Series(np.array(moments, dtype="datetime64[ms]"))
        return times if type_ == DAY else times.dt.tz_localize("UTC")
    if type_ == NUMBER:
        return pd.Series(np.array([np.nan if v is None else v for v in values], dtype=np.float64))
    missing = None if type_ == ANYTHING else pd.NA
    dtype = pd.api.types.pandas_dtype(type_)
    return pd.Series([missing if v is None else v for v in values], dtype=dtype)


def calendar_time(milliseconds: Any) -> int | None:
    """Epoch milliseconds, or None if they are outside the range of ``datetime``."""
    return None if as_datetime(milliseconds) is None else int(milliseconds)


def plain_frame(frame: pd.DataFrame) -> pd.DataFrame:
    """Return a copy of a frame with plain values, as spreadsheets and databases take them.

    ``plain_frame(frame).to_excel("experiments.xlsx")`` and ``plain_frame(frame).to_sql(...)`` work
    for all frames of this package.

    Args:
        frame: A frame of this package, or any other one.

    Returns:
        The copy. Times have no time zone, and are in UTC. A tuple, such as the names of treatments,
        is text with ``", "`` between its items. Control characters, which spreadsheets refuse,
        are replaced.
    """
    plain = frame.copy()
    for name in plain.columns:
        column = plain[name]
        if isinstance(column.dtype, pd.DatetimeTZDtype):
            plain[name] = column.dt.tz_convert("UTC").dt.tz_localize(None)
        elif column.dtype == object:
            plain[name] = [_plain(v) for v in column]
        elif isinstance(column.dtype, pd.StringDtype):
            plain[name] = column.str.replace(_UNPRINTABLE, "\ufffd", regex=True)
    return plain


def _plain(value: Any) -> Any:
    if isinstance(value, tuple):
        value = ", ".join(value)
    return _UNPRINTABLE.sub("\ufffd", value) if isinstance(value, str) else value


_UNPRINTABLE = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f]")


def experiments_frame(
    experiments: Iterable[Experiment] | ExperimentCollectionRep | Experiment,
) -> pd.DataFrame:
    """Return a row per experiment, with its current iteration, or its draft if none has started.

    Args:
        experiments: A list or iterator of experiments, a page of them, or one experiment.

    Returns:
        ``key``, ``name``, ``status``; ``created``, ``started``, ``ended`` and ``archived`` as UTC
        timestamps; ``hypothesis``; ``primary_metric``, the metric's key; ``treatments``, a tuple of
        names, or None if the experiment was fetched without ``expand="treatments"``;
        ``maintainer``, the id of a member.
    """
    if isinstance(experiments, Experiment):
        experiments = [experiments]
    elif isinstance(experiments, ExperimentCollectionRep):
        experiments = experiments.items or []
    return typed_frame(EXPERIMENTS, map(_experiment_row, experiments))


def _experiment_row(experiment: Experiment) -> Sequence[Any]:
    facts.expect(experiment, (Experiment,), "an item of experiments")
    iteration = facts.iteration_of(experiment)
    treatments = facts.treatments_of(experiment)
    metric = None if iteration is None else iteration.primary_metric
    return (
        facts.clean_text(experiment.key),
        facts.clean_text(experiment.name),
        facts.clean_text(iteration.status) if iteration else None,
        calendar_time(experiment.creation_date),
        calendar_time(iteration.started_at) if iteration else None,
        calendar_time(iteration.ended_at) if iteration else None,
        calendar_time(experiment.archived_date),
        facts.clean_text(iteration.hypothesis) if iteration else None,
        facts.clean_text(metric.key) if metric else None,
        None if treatments is None else tuple(facts.clean_text(t.name) or "" for t in treatments),
        facts.clean_text(experiment.maintainer_id),
    )


def results_frame(
    results: figures.Results, experiment: Experiment | IterationRep | None = None
) -> pd.DataFrame:
    """Return a row per treatment in the results of a metric.

    Args:
        results: The results of one metric.
        experiment: The experiment, fetched with ``expand="treatments"``. It names the baseline,
            which the results do not.

    Returns:
        ``id``, ``name``; ``is_baseline``, missing without the experiment; ``mean``, ``ci_low`` and
        ``ci_high`` in the metric's unit; ``p_best``, the probability of being best, for which the
        service chose the direction of success; ``units``, the number of units with events;
        ``rel_low`` and ``rel_high``, the bounds of the difference from ``rel_from`` as fractions of
        its mean. ``rel_from`` is the name of the baseline, or of the only other treatment if the
        baseline is unknown. ``lift`` is the ratio of the two means minus one; ``p_above_zero`` the
        probability that the mean is above that of ``rel_from``. Frequentist results have
        ``p_value``, after a correction, and ``significant`` instead.

        ``attrs`` contains ``interval`` (such as ``"90 % credible interval"``), ``metric`` (its
        key), ``metric_name``, ``metric_ever_seen``, ``metric_last_seen`` (ISO 8601) and
        ``probability_of_mismatch``; each is None if unknown.
    """
    frame = typed_frame(RESULTS, result_rows(results, experiment))
    frame.attrs.update(_about(results, experiment))
    return frame


def result_rows(
    results: figures.Results, experiment: facts.ExperimentLike
) -> Iterator[Sequence[Any]]:
    """Return the rows of ``results_frame``."""
    baseline = figures.baseline_of(results, experiment)
    for arm in figures.arms(results, experiment):
        yield (
            *(arm.id, arm.name, arm.is_baseline),
            *(arm.mean, arm.low, arm.high, arm.p_best, arm.units),
            *compared_cells(figures.from_baseline(arm, baseline)),
        )


def compared_cells(difference: figures.Difference | None) -> Sequence[Any]:
    """Return the cells of ``COMPARED``."""
    d = difference
    if d is None:
        return (None,) * len(COMPARED)
    named = d.from_name or d.from_id
    return (d.low, d.high, named, d.lift, d.p_above_zero, d.p_value, d.significant)


def _about(results: figures.Results, experiment: facts.ExperimentLike) -> dict[str, Any]:
    metric = figures.metric_of(results, experiment)
    seen = None if isinstance(results, FrequentistResults) else results.metric_seen
    last = as_datetime(figures.last_seen(results))
    # JSON values, so that the frame can be written to a file together with its ``attrs``.
    return {
        "metric": metric and metric.key,
        "metric_name": metric and metric.name,
        "metric_ever_seen": None if seen is None else seen.ever,
        "metric_last_seen": last and last.isoformat(),
        "probability_of_mismatch": figures.mismatch_of(results, experiment),
        "interval": str(figures.interval_of(results)),
    }


def differences_frame(
    results: figures.Results, experiment: Experiment | IterationRep | None = None
) -> pd.DataFrame:
    """Return a row per pair: the difference of each treatment from each other one.

    Args:
        results: The results of one metric.
        experiment: The same as in ``results_frame``.

    Returns:
        ``id`` and ``name`` of the treatment; ``from_id`` and ``from_name`` of the treatment that it
        is compared with; ``from_baseline``, whether that one is the baseline, missing without the
        experiment; ``rel_low`` and ``rel_high``, the 90 % bounds as fractions of that one's mean.

        ``lift`` is the ratio of the means minus one, and ``p_above_zero`` the probability that the
        mean is above the other one. ``p_method`` is ``"posteriors"`` if that is computed from
        posteriors, and ``"bounds"`` if it is approximated from the bounds. ``approx_middle`` and
        ``approx_p_above_zero`` are the former names of both. Frequentist results have ``p_value``,
        after a correction, and ``significant`` instead of probabilities. ``attrs`` contains
        ``computed``, which explains these columns, and the same as in ``results_frame``.
    """
    frame = typed_frame(DIFFERENCES, difference_rows(results, experiment))
    frame.attrs.update(_about(results, experiment), computed=dict(COMPUTED))
    return frame


def difference_rows(
    results: figures.Results, experiment: facts.ExperimentLike
) -> Iterator[Sequence[Any]]:
    """Return the rows of ``differences_frame``."""
    for arm in figures.arms(results, experiment):
        for d in arm.differences:
            yield (
                *(arm.id, arm.name, d.from_id, d.from_name, d.from_baseline, d.low, d.high),
                *(d.lift, d.p_above_zero, d.p_method, d.p_value, d.significant),
                *(d.lift, d.p_above_zero),
            )


def legacy_frame(results: ExperimentResults) -> pd.DataFrame:
    """Return the time series of legacy results: a row per time slice and variation.

    Args:
        results: The results of a legacy experiment.

    Returns:
        ``time``, the start of the slice; ``variation``, its label; ``rate`` with ``rate_low`` and
        ``rate_high``; ``cumulative_rate`` with ``cumulative_low`` and ``cumulative_high``, since
        the start of the window; ``count`` and ``cumulative_count`` of events. Rates are fractions
        if the metric measures conversions, else means in the metric's unit.

        ``attrs`` contains ``metric``, ``granularity``, ``p_value``, ``chi2``, ``winner`` (a label)
        and ``min_sample_size_met``; each is None if unknown.
    """
    names = facts.variation_labels(results)
    frame = typed_frame(
        LEGACY,
        (
            _legacy_row(calendar_time(slice_.time), names[index], variation)
            for slice_ in results.series or ()
            if slice_.variation_data is not None
            for index, variation in enumerate(slice_.variation_data)
        ),
    )
    metric, stats = figures.metric_of(results), results.stats
    winner = None if stats is None else stats.winning_variation_idx
    frame.attrs.update(
        metric=metric and metric.key,
        granularity=results.granularity,
        p_value=as_number(stats.p_value) if stats else None,
        chi2=as_number(stats.chi2) if stats else None,
        winner=names[winner] if winner is not None and 0 <= winner < len(names) else None,
        min_sample_size_met=stats.min_sample_size_met if stats else None,
    )
    return frame


def _legacy_row(
    time: int | None, name: str, slice_: ExperimentTimeSeriesVariationSlice
) -> Sequence[Any]:
    number, whole = as_number, facts.whole
    return (
        *(time, name),
        *(number(slice_.conversion_rate), *_bounds(slice_.confidence_interval)),
        number(slice_.cumulative_conversion_rate),
        *_bounds(slice_.cumulative_confidence_interval),
        *(whole(slice_.count), whole(slice_.cumulative_count)),
    )


def _bounds(interval: ConfidenceIntervalRep | None) -> tuple[float | None, float | None]:
    if interval is None:
        return None, None
    return as_number(interval.lower), as_number(interval.upper)

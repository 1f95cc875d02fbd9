"""Results over days: the difference of each treatment as it was at the end of each day."""

from __future__ import annotations

import datetime
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, TypeAlias

import pandas as pd  # type: ignore[import-untyped,unused-ignore]

from launchdarkly_api._display.text import as_datetime
from launchdarkly_api._support.errors import ApiTypeError, ApiValueError
from launchdarkly_api._support.printable import shown
from launchdarkly_api.analysis.arms import Arm
from launchdarkly_api.analysis.bayesian import bayesian_results
from launchdarkly_api.analysis.experiments import results_for
from launchdarkly_api.model.experiment import Experiment
from launchdarkly_api.model.iteration_rep import IterationRep
from launchdarkly_api.notebook import facts, figures
from launchdarkly_api.notebook.frames import (
    COMPARED,
    COUNT,
    DAY,
    NUMBER,
    TEXT,
    TRUTH,
    Columns,
    compared_cells,
    typed_frame,
)

#: The counts or the results at the end of each day, by the day or its text, ``"2026-03-30"``.
Days: TypeAlias = Mapping[Any, Any]

DAYS: Columns = {
    "day": DAY,
    "id": TEXT,
    "name": TEXT,
    "is_baseline": TRUTH,
    "mean": NUMBER,
    "units": COUNT,
    **COMPARED,
}


@dataclass(frozen=True)
class Point:
    """A treatment at the end of a day."""

    day: datetime.date
    arm: figures.Arm
    difference: figures.Difference | None


@dataclass(frozen=True)
class Course:
    """All treatments over all days."""

    points: tuple[Point, ...]
    #: The names of the treatments by their ids, in the order of the results, without the baseline.
    names: Mapping[str, str]
    baseline: str
    metric: facts.Metric | None
    interval: figures.Interval
    started: datetime.datetime | None

    def of(self, treatment_id: str) -> list[Point]:
        """Return the points of a treatment, by day."""
        return [point for point in self.points if point.arm.id == treatment_id]


def days_frame(
    days: Days,
    experiment: Experiment | IterationRep | None = None,
    *,
    baseline: str | None = None,
) -> pd.DataFrame:
    """Return a row per day and treatment: the results as they were at the end of the day.

    Args:
        days: For each day, what was known at its end: counts as ``DataExport.arms_by_day`` returns
            them, results as ``DataExport.results_by_day`` does, or your own mapping of days to
            results, or to mappings from treatment ids to ``Arm``. A day is a date, a datetime or
            text such as ``"2026-03-30"``.
        experiment: The experiment, fetched with ``expand=["treatments", "analysisConfig"]``. It
            names the treatments and the baseline, and chooses the methodology for counts.
        baseline: The id or the name of the baseline, if nothing else names it.

    Returns:
        ``day``; ``id``, ``name`` and ``is_baseline`` of the treatment; ``mean`` in the metric's
        unit and ``units``, until the end of the day; ``rel_low``, ``rel_high``, ``lift``,
        ``p_above_zero``, ``p_value`` and ``significant`` of its difference from ``rel_from``, as in
        ``results_frame``. ``attrs`` contains ``interval``, such as ``"90 % credible interval"``.

    Raises:
        ApiTypeError: ``days`` does not map days to results or counts.
        ApiValueError: A day is not a date, or the baseline is not known.
    """
    course = course_of(days, experiment, baseline)
    frame = typed_frame(DAYS, map(_row, course.points))
    frame.attrs["interval"] = str(course.interval)
    return frame


def _row(point: Point) -> Sequence[Any]:
    arm = point.arm
    return (
        *(point.day, arm.id, arm.name, arm.is_baseline, arm.mean, arm.units),
        *compared_cells(point.difference),
    )


def course_of(
    days: Days, experiment: Experiment | IterationRep | None, baseline: str | None
) -> Course:
    """Read the results of all days."""
    if not isinstance(days, Mapping):
        raise ApiTypeError(f"days must map days to results or counts, not {shown(days)}")
    by_day = {_date(day): value for day, value in days.items()}
    found = {day: _results(by_day[day], experiment) for day in sorted(by_day)}
    last = next(reversed(found.values()), None)
    known = [] if last is None else figures.arms(last, experiment)
    # Counts and frequentist results name their baseline, Bayesian results do not.
    named = (getattr(getattr(v, "arms", v), "baseline", None) for v in by_day.values())
    told = next(filter(None, named), None) or figures.baseline_of(last, experiment)
    base = _baseline(known, baseline or told)
    points = tuple(_points(found, experiment, base))
    labels = facts.labels([arm.name or arm.id for arm in known])
    iteration = facts.iteration_of(experiment)
    return Course(
        points,
        {arm.id: label for arm, label in zip(known, labels) if arm.id and arm.id != base},
        next((label for arm, label in zip(known, labels) if arm.id == base), "the baseline"),
        None if last is None else figures.metric_of(last, experiment),
        figures.CREDIBLE if last is None else figures.differences_interval(last),
        as_datetime(iteration.started_at) if iteration else None,
    )


def _points(
    found: Mapping[datetime.date, figures.Results], experiment: Any, base: str | None
) -> Iterator[Point]:
    for day, results in found.items():
        for arm in figures.arms(results, experiment):
            yield Point(day, arm, arm.difference_from(base))


def _date(day: Any) -> datetime.date:
    if isinstance(day, datetime.datetime):
        return day.date()
    if isinstance(day, datetime.date):
        return day
    try:
        return datetime.date.fromisoformat(day)
    except (TypeError, ValueError):
        raise ApiValueError(f"{shown(day)} is not a day: give a date, or '2026-03-30'") from None


def _results(value: Any, experiment: Any) -> figures.Results:
    """Return the results of a day, computed from counts if necessary."""
    results = getattr(value, "results", value)
    if isinstance(results, figures.RESULT_TYPES):
        return results
    if not isinstance(results, Mapping) or not all(isinstance(a, Arm) for a in results.values()):
        raise ApiTypeError(
            f"a day must have results, or a mapping from treatment ids to Arm, not {shown(value)}"
        )
    if isinstance(experiment, Experiment) and facts.baseline_id(experiment) is not None:
        return results_for(experiment, results)
    return bayesian_results(results, names=getattr(results, "names", None))


def _baseline(arms: Sequence[figures.Arm], wanted: str | None) -> str | None:
    if not arms:
        return None
    found = [arm.id for arm in arms if wanted is not None and wanted in (arm.id, arm.name)]
    if not found:
        names = ", ".join(repr(arm.name or arm.id) for arm in arms)
        raise ApiValueError(
            f"the baseline is not known: give the experiment, or baseline= one of {names}"
        )
    return found[0]

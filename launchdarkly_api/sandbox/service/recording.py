"""Traffic that a test records or simulates. Invalid arguments raise ``ValueError``."""

from __future__ import annotations

import datetime
import uuid
from collections.abc import Iterable, Mapping
from typing import TypeAlias

from launchdarkly_api.sandbox.state import catalogue, checks, demo
from launchdarkly_api.sandbox.state.clock import LATEST, now
from launchdarkly_api.sandbox.state.records import Experiment, Metric, Project, Treatment
from launchdarkly_api.sandbox.state.store import State
from launchdarkly_api.sandbox.state.traffic import (
    DAY,
    Effect,
    Event,
    Exposure,
    Recorded,
    Simulated,
    Traffic,
)

#: The largest value. The squares of much larger values are not finite.
LARGEST = 1e100

#: A conversion rate, or the mean and the standard deviation of a number, or an ``Effect``.
Behaviour: TypeAlias = float | tuple[float, float] | Effect
#: Epoch milliseconds, or a datetime with a time zone.
Time: TypeAlias = int | datetime.datetime
Given: TypeAlias = float | Iterable[float]
#: The keys of a project, an environment and an experiment.
Place: TypeAlias = tuple[str, str, str]


def milliseconds(at: Time | None) -> int:
    """Return a time in epoch milliseconds. None is the time of the sandbox's clock."""
    if at is None:
        return now()
    if isinstance(at, datetime.datetime):
        if at.tzinfo is None:
            raise ValueError(f"{at!r} has no time zone. Say which, such as datetime.timezone.utc")
        at = round(at.timestamp() * 1000)
    time = checks.whole("A time, in epoch milliseconds,", at)
    if time > LATEST:
        raise ValueError(f"A time must be before the year 10000, not {at!r:.80}")
    return time


def _treatment(experiment: Experiment, id_or_name: str) -> Treatment:
    treatment = experiment.current.treatment(id_or_name)
    if treatment is None:
        names = ", ".join(t.name for t in experiment.current.treatments)
        raise ValueError(
            f"Experiment {experiment.key!r} has no treatment {id_or_name!r}. It has: {names}"
        )
    return treatment


def _metric(project: Project, experiment: Experiment, key: str) -> Metric:
    if key not in experiment.current.metrics:
        measured = ", ".join(experiment.current.metrics)
        raise ValueError(f"Experiment {experiment.key!r} measures {measured}, not {key!r}")
    return project.metrics[key]


def _units(units: int | str | Iterable[str]) -> list[str]:
    if isinstance(units, str):
        return [units]
    if not isinstance(units, Iterable):
        batch = uuid.uuid4().hex[:12]
        return [f"unit-{batch}-{number}" for number in range(checks.whole("units", units))]
    names = list(units)
    for name in names:
        checks.string("The name of a unit", name)
    if len(set(names)) < len(names):
        raise ValueError("units names a unit twice")
    return names


def _values(metric: Metric, given: Given, units: int) -> list[float]:
    if metric.numeric:
        listed = checks.items(f"Metric {metric.key!r} is numeric: its events", given)
        what = f"A value of metric {metric.key!r}"
        values = [checks.number(what, value, -LARGEST, LARGEST) for value in listed]
    else:
        count = checks.whole(
            f"Metric {metric.key!r} counts conversions: how many units convert", given
        )
        values = [1.0] * min(count, units + 1)
    if len(values) > units:
        raise ValueError(f"There are more events of metric {metric.key!r} than units ({units})")
    return values


def _running(state: State, place: Place) -> tuple[Project, Experiment]:
    project_key, environment_key, experiment_key = place
    project = catalogue.project_of(state, project_key)
    experiment = state.experiment(*place)
    if experiment is None:
        raise checks.UnknownError(
            f"There is no experiment {experiment_key!r} in project {project_key!r},"
            f" environment {environment_key!r}"
        )
    if experiment.current.status != "running":
        raise ValueError(f"Experiment {experiment_key!r} is not running. Start it first")
    return project, experiment


def record(
    state: State,
    place: Place,
    treatment: str,
    *,
    units: int | str | Iterable[str],
    events: Mapping[str, Given],
    at: Time | None,
) -> list[str]:
    """Record that units were exposed to a treatment, and the events of the first of them.

    Returns:
        The names of the units.
    """
    with state.lock:
        project, experiment = _running(state, place)
        source = recorded(
            project,
            experiment,
            state.traffic_of(experiment.current.id),
            treatment,
            units=units,
            events=events,
            at=at,
        )
        state.add_source(experiment.current.id, source)
        return [exposure.unit for exposure in source.exposures]


def recorded(
    project: Project,
    experiment: Experiment,
    traffic: Traffic,
    treatment: str,
    *,
    units: int | str | Iterable[str],
    events: Mapping[str, Given],
    at: Time | None,
) -> Recorded:
    """The exposures and events that ``record`` adds to the traffic of the current iteration."""
    treatment_id = _treatment(experiment, treatment).id
    names = _units(units)
    for name in names:
        if traffic.assigned.get(name, treatment_id) != treatment_id:
            raise ValueError(f"Unit {name!r} was already exposed to another treatment")
    time = milliseconds(at)
    exposures = tuple(Exposure(name, treatment_id, time) for name in names)
    sent = tuple(
        Event(name, key, value, time)
        for key, given in events.items()
        for name, value in zip(names, _values(_metric(project, experiment, key), given, len(names)))
    )
    return Recorded(exposures, sent)


def _effect(metric: Metric, given: Behaviour) -> Effect:
    rate: float
    if isinstance(given, Effect):
        rate, mean, deviation = given.rate, given.mean, given.deviation
    elif metric.numeric:
        if not isinstance(given, tuple) or len(given) != 2:
            raise ValueError(
                f"The effect on metric {metric.key!r} must be (mean, deviation), not {given!r:.80}"
            )
        rate, (mean, deviation) = 1.0, given
    else:
        rate, mean, deviation = checks.probability(_of(metric, "conversion rate"), given), 1.0, 0.0
    effect = Effect(
        checks.probability(_of(metric, "rate"), rate),
        checks.number(_of(metric, "mean"), mean, -LARGEST, LARGEST),
        checks.number(_of(metric, "deviation"), deviation, 0.0, LARGEST),
    )
    if not effect.possible:
        raise ValueError(
            f"{_of(metric, 'deviation')} ({deviation!r}) and mean ({mean!r}) are too far apart"
        )
    return effect


def _of(metric: Metric, what: str) -> str:
    return f"The effect on metric {metric.key!r}: its {what}"


def _shares(experiment: Experiment, split: Mapping[str, float] | None) -> dict[str, float]:
    shares = {t.id: float(t.allocation_percent) for t in experiment.current.treatments}
    if split is not None:
        given = {
            _treatment(experiment, name).id: checks.number(
                f"split: the share of {name!r}", share, 0.0, LARGEST
            )
            for name, share in split.items()
        }
        shares = {treatment_id: given.get(treatment_id, 0.0) for treatment_id in shares}
    if not any(shares.values()):
        raise ValueError(f"split must hold shares of which one is positive, not {split!r}")
    return shares


def simulate(
    state: State,
    place: Place,
    *,
    units: int,
    days: float,
    effects: Mapping[str, Mapping[str, Behaviour]],
    split: Mapping[str, float] | None,
    seed: int,
    end: Time | None,
) -> None:
    """Add simulated traffic to the current iteration of an experiment."""
    with state.lock:
        project, experiment = _running(state, place)
        iteration = experiment.current
        number = len(state.traffic_of(iteration.id).sources)
        source = simulated(
            project,
            experiment,
            number,
            units=units,
            days=days,
            effects=effects,
            split=split,
            seed=seed,
            end=end,
        )
        state.add_source(iteration.id, source)


def simulated(
    project: Project,
    experiment: Experiment,
    number: int,
    *,
    units: int,
    days: float,
    effects: Mapping[str, Mapping[str, Behaviour]],
    split: Mapping[str, float] | None,
    seed: int,
    end: Time | None,
) -> Simulated:
    """The traffic that ``simulate`` adds as the source with this number, from 0."""
    behaviour = demo.default_effects(project, experiment.current)
    for key, by_treatment in effects.items():
        metric = _metric(project, experiment, key)
        for name, given in by_treatment.items():
            behaviour[key][_treatment(experiment, name).id] = _effect(metric, given)
    time = milliseconds(end)
    # Epoch milliseconds start in 1970.
    days = checks.number("days", days, 0.0, time / DAY)
    return Simulated(
        # Events do not name an experiment: a unit of two would count in both.
        name=f"{experiment.key}-{number}",
        seed=f"{experiment.key}/{seed}/{number}",
        units=checks.whole("units", units),
        shares=_shares(experiment, split),
        effects=behaviour,
        start=time - round(days * DAY),
        end=time,
    )

"""Traffic from what a test says of it, checked. ``ValueError`` says what is wrong."""

from __future__ import annotations

import datetime
import math
import uuid
from collections.abc import Iterable, Mapping
from typing import TypeAlias

from launchdarkly_api.sandbox import demo
from launchdarkly_api.sandbox.state import Experiment, Metric, Project, Treatment, now
from launchdarkly_api.sandbox.traffic import DAY, Effect, Event, Exposure, Recorded, Simulated

#: A conversion rate; or the mean and the standard deviation of a number; or all of it.
Behaviour: TypeAlias = float | tuple[float, float] | Effect
#: Epoch milliseconds, or a datetime with a time zone.
Time: TypeAlias = int | datetime.datetime
Given: TypeAlias = float | Iterable[float]


def _milliseconds(at: Time | None) -> int:
    if at is None:
        return now()
    if isinstance(at, datetime.datetime):
        if at.tzinfo is None:
            raise ValueError(f"{at!r} has no time zone. Say which, such as datetime.timezone.utc")
        return round(at.timestamp() * 1000)
    if not isinstance(at, int) or at < 0:
        raise ValueError(f"A time is epoch milliseconds, a whole number, not {at!r}")
    return at


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
    if isinstance(units, int):
        if units < 0:
            raise ValueError(f"units must not be negative, not {units!r}")
        batch = uuid.uuid4().hex[:12]
        return [f"unit-{batch}-{number}" for number in range(units)]
    names = list(units)
    if len(set(names)) < len(names):
        raise ValueError("units names a unit twice")
    return names


def _values(metric: Metric, given: Given, units: int) -> list[float]:
    if metric.numeric:
        if isinstance(given, (int, float)):
            raise ValueError(f"Metric {metric.key!r} is numeric: give a list of values")
        values = [float(value) for value in given]
        if not all(map(math.isfinite, values)):
            raise ValueError(f"A value of metric {metric.key!r} is not a finite number")
    elif isinstance(given, int) and given >= 0:
        values = [1.0] * given
    else:
        raise ValueError(f"Metric {metric.key!r} counts conversions: say how many units convert")
    if len(values) > units:
        raise ValueError(f"{len(values)} events of metric {metric.key!r} for {units} units")
    return values


def recorded(
    project: Project,
    experiment: Experiment,
    treatment: str,
    assigned: Mapping[str, str],
    *,
    units: int | str | Iterable[str],
    events: Mapping[str, Given],
    at: Time | None,
) -> Recorded:
    """Units that meet a treatment, and the events that the first of them send."""
    treatment_id = _treatment(experiment, treatment).id
    names = _units(units)
    for name in names:
        if assigned.get(name, treatment_id) != treatment_id:
            raise ValueError(f"Unit {name!r} has met another treatment already")
    time = _milliseconds(at)
    return Recorded(
        tuple(Exposure(name, treatment_id, time) for name in names),
        tuple(
            Event(name, key, value, time)
            for key, given in events.items()
            for name, value in zip(
                names, _values(_metric(project, experiment, key), given, len(names))
            )
        ),
    )


def _effect(metric: Metric, given: Behaviour) -> Effect:
    if isinstance(given, Effect):
        effect = given
    elif metric.numeric and isinstance(given, tuple) and len(given) == 2:
        effect = Effect(1.0, float(given[0]), float(given[1]))
    elif not metric.numeric and isinstance(given, (int, float)):
        effect = Effect(float(given))
    else:
        wanted = "(mean, deviation)" if metric.numeric else "a conversion rate"
        raise ValueError(f"The effect on metric {metric.key!r} must be {wanted}, not {given!r}")
    if not (
        0 <= effect.rate <= 1 and math.isfinite(effect.mean) and 0 <= effect.deviation < math.inf
    ):
        raise ValueError(f"The effect on metric {metric.key!r} is impossible: {given!r}")
    return effect


def _shares(experiment: Experiment, split: Mapping[str, float] | None) -> dict[str, float]:
    shares = {t.id: float(t.allocation_percent) for t in experiment.current.treatments}
    if split is not None:
        given = {_treatment(experiment, name).id: share for name, share in split.items()}
        shares = {treatment_id: given.get(treatment_id, 0.0) for treatment_id in shares}
    if min(shares.values()) < 0 or not 0 < sum(shares.values()) < math.inf:
        raise ValueError(f"split must hold shares of which one is positive, not {split!r}")
    return shares


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
    """The ``number``-th simulation of an iteration's traffic."""
    if units < 0 or not 0 <= days < math.inf:
        raise ValueError(f"units ({units!r}) and days ({days!r}) must not be negative")
    behaviour = demo.default_effects(project, experiment.current)
    for key, by_treatment in effects.items():
        metric = _metric(project, experiment, key)
        for name, given in by_treatment.items():
            behaviour[key][_treatment(experiment, name).id] = _effect(metric, given)
    time = _milliseconds(end)
    return Simulated(
        name=f"simulated-{number}",
        seed=f"{experiment.key}/{seed}/{number}",
        units=units,
        shares=_shares(experiment, split),
        effects=behaviour,
        start=time - round(days * DAY),
        end=time,
    )

"""Exposures and events: recorded one by one, or simulated from a seed.

A simulation is stored as its parameters. Its units are generated on each use, and are the same
each time.
"""

from __future__ import annotations

import math
import random
from collections.abc import Iterator
from dataclasses import dataclass, field

DAY = 86_400_000


@dataclass(frozen=True)
class Exposure:
    """The exposure of a unit to a treatment."""

    unit: str
    treatment_id: str
    at: int


@dataclass(frozen=True)
class Event:
    """A value that a unit sent for a metric."""

    unit: str
    metric_key: str
    value: float
    at: int


@dataclass(frozen=True)
class Recorded:
    """The traffic of one call of ``record``. Each unit with an event also has an exposure."""

    exposures: tuple[Exposure, ...]
    events: tuple[Event, ...]

    def exposed(self) -> Iterator[Exposure]:
        return iter(self.exposures)

    def events_of(self, metric_key: str) -> Iterator[Event]:
        return (event for event in self.events if event.metric_key == metric_key)


@dataclass(frozen=True)
class Effect:
    """The behaviour of the units of a treatment.

    Values have a gamma distribution if ``mean`` is positive, else a normal one. If ``deviation``
    is zero, every value is ``mean``.

    Attributes:
        rate: The share of units that send an event.
        mean: The mean of the values.
        deviation: The standard deviation of the values.
    """

    rate: float = 1.0
    mean: float = 1.0
    deviation: float = 0.0

    @property
    def _shape(self) -> float:
        ratio = self.mean / self.deviation
        return ratio * ratio

    @property
    def possible(self) -> bool:
        """Whether values can be drawn: shape and scale must be within the range of floats."""
        if self.deviation == 0 or self.mean <= 0:
            return True
        return 1e-200 < self._shape < 1e200 and 0 < self.mean / self._shape < math.inf

    def value(self, rng: random.Random) -> float:
        if self.deviation == 0:
            return self.mean
        if self.mean > 0:
            return rng.gammavariate(self._shape, self.mean / self._shape)
        return rng.normalvariate(self.mean, self.deviation)


@dataclass(frozen=True)
class Simulated:
    """Units that arrive evenly between two times and behave according to the effects."""

    name: str
    seed: str
    units: int
    shares: dict[str, float]
    effects: dict[str, dict[str, Effect]]
    start: int
    end: int

    def exposed(self) -> Iterator[Exposure]:
        rng = random.Random(f"{self.seed}/exposures")
        chosen = rng.choices(list(self.shares), list(self.shares.values()), k=self.units)
        step = (self.end - self.start) / max(self.units, 1)
        for number, treatment_id in enumerate(chosen):
            yield Exposure(f"{self.name}-{number}", treatment_id, int(self.start + step * number))

    def events_of(self, metric_key: str) -> Iterator[Event]:
        effects = self.effects[metric_key]
        rng = random.Random(f"{self.seed}/{metric_key}")
        for exposure in self.exposed():
            effect = effects[exposure.treatment_id]
            if rng.random() < effect.rate:
                # Within an hour, so that most events are on the day of the exposure.
                at = min(exposure.at + int(rng.random() * 3_600_000), self.end)
                yield Event(exposure.unit, metric_key, effect.value(rng), at)


Source = Recorded | Simulated


@dataclass
class Unit:
    """The exposure and the events of one unit, for one metric."""

    treatment_id: str
    exposed_at: int
    events: list[Event] = field(default_factory=list)


class Traffic:
    """The traffic of one iteration. Hold the lock of the state to call its methods."""

    def __init__(self) -> None:
        self.sources: list[Source] = []
        #: For a metric whose results were reset, the number of sources that no longer count.
        self.cleared: dict[str, int] = {}
        #: The treatment of each unit that was recorded by name.
        self.assigned: dict[str, str] = {}

    def add(self, source: Source) -> None:
        self.sources.append(source)
        if isinstance(source, Recorded):
            for exposure in source.exposures:
                self.assigned.setdefault(exposure.unit, exposure.treatment_id)

    def sources_of(self, metric_key: str) -> Sources:
        """The sources that count for a metric."""
        first = self.cleared.get(metric_key, 0)
        return Sources((first, len(self.sources)), tuple(self.sources[first:]))


@dataclass(frozen=True)
class Sources:
    """Some sources of an iteration. Equal revisions of one iteration have equal sources."""

    revision: tuple[int, int]
    sources: tuple[Source, ...]

    def units(self, metric_key: str) -> list[Unit]:
        """Each unit with its events for a metric."""
        units: dict[str, Unit] = {}
        for source in self.sources:
            for exposure in source.exposed():
                unit = units.setdefault(exposure.unit, Unit(exposure.treatment_id, exposure.at))
                unit.exposed_at = min(unit.exposed_at, exposure.at)
        for source in self.sources:
            for event in source.events_of(metric_key):
                units[event.unit].events.append(event)
        return list(units.values())


NOTHING = Sources((0, 0), ())

"""The conditions under which an experiment can be decided."""

from __future__ import annotations

import datetime
import math
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from launchdarkly_api._display.text import as_datetime, percent_text
from launchdarkly_api._display.thresholds import (
    MAX_AGE_DAYS,
    MAX_SKEWNESS,
    MIN_DAYS,
    MIN_UNITS,
)
from launchdarkly_api._support.errors import ApiValueError
from launchdarkly_api._support.printable import shown
from launchdarkly_api.model.iteration_rep import IterationRep
from launchdarkly_api.notebook import figures
from launchdarkly_api.notebook.wording import listed

_DAY = datetime.timedelta(days=1)


@dataclass(frozen=True, kw_only=True)
class Rules:
    """The conditions under which a finding is ready for a decision.

    A finding is ready if its leader wins, no sample-ratio mismatch is found, the experiment has run
    long enough with enough units and fresh data, and the difference is sure enough.

    If nothing differs between the treatments, at most the share ``false_alarms`` of experiments is
    ready at one look. Conversions are held against Fisher's exact test, so that this is true for
    small counts as well. Looking each day until one is ready makes it more, except with frequentist
    results of a sequential test.

    Attributes:
        min_days: The minimum duration of the iteration, in days.
        min_units: The minimum number of units of each treatment.
        max_age_days: The maximum age of the last event of a running experiment, in days.
        max_skewness: The maximum skewness of a difference of means, which is then about normal. It
            matters for amounts that few units have, in treatments of different sizes. Values below
            0 are taken not to occur; if they do, infinity turns this off.
        false_alarms: The share of false alarms to accept, in all comparisons of the experiment
            together. None accepts one minus the threshold of the experiment, or its alpha.
        correct: Whether to divide ``false_alarms`` by the number of comparisons: the metrics,
            times the treatments beside the baseline.
    """

    min_days: float = MIN_DAYS
    min_units: int = MIN_UNITS
    max_age_days: float = MAX_AGE_DAYS
    max_skewness: float = MAX_SKEWNESS
    false_alarms: float | None = None
    correct: bool = True

    def __post_init__(self) -> None:
        """Check the numbers.

        Raises:
            ApiValueError: ``false_alarms`` is not between 0 and 1, or another number is negative.
        """
        if self.false_alarms is not None and not 0 < self.false_alarms < 1:
            raise ApiValueError(
                f"false_alarms is {shown(self.false_alarms)}; it must be between 0 and 1"
            )
        for name in ("min_days", "min_units", "max_age_days", "max_skewness"):
            if not getattr(self, name) >= 0:
                raise ApiValueError(
                    f"{name} is {shown(getattr(self, name))}; it must be at least 0"
                )

    def alarms(self, threshold: float) -> float:
        """Return the share of false alarms to accept, given the experiment's threshold."""
        return 1 - threshold if self.false_alarms is None else self.false_alarms

    def each(self, alarms: float, comparisons: int) -> float:
        """Return the share of false alarms for each of several comparisons."""
        return alarms / max(comparisons, 1) if self.correct else alarms


@dataclass(frozen=True)
class Situation:
    """The inputs of the decision about one metric, apart from its results."""

    rules: Rules
    #: The number of metrics that are decided together.
    metrics: int
    iteration: IterationRep | None
    #: The time of fetching. None if it is unknown, and the age of data is not checked.
    at: datetime.datetime | None

    @property
    def days(self) -> float | None:
        """The duration of the iteration until its end, or until the time of fetching."""
        if self.iteration is None:
            return None
        start = as_datetime(self.iteration.started_at)
        end = as_datetime(self.iteration.ended_at) or self.at
        return None if start is None or end is None else (end - start) / _DAY


def time_problems(situation: Situation, last_seen: int | None) -> Iterator[str]:
    """Yield sentences about a duration that is too short, and about old data."""
    rules, days = situation.rules, situation.days
    if days is not None and days < rules.min_days:
        yield f"It ran for {days:.1f} days; at least {rules.min_days:g} days are needed"
    seen, iteration = as_datetime(last_seen), situation.iteration
    running = iteration is not None and iteration.status == "running"
    if seen is None or situation.at is None or not running:
        return
    age = (situation.at - seen) / _DAY
    if age > rules.max_age_days:
        yield (
            f"The last event of the metric is {age:,.1f} days old; in a running experiment, at most"
            f" {rules.max_age_days:g} days are expected"
        )


def few_units(arms: Sequence[figures.Arm], labels: Sequence[str], rules: Rules) -> str | None:
    """Return a sentence about treatments with fewer units than needed."""
    few = [
        f"{label} has {'an unknown number' if arm.units is None else arm.units}"
        for arm, label in zip(arms, labels)
        if arm.units is None or arm.units < rules.min_units
    ]
    if not few:
        return None
    return f"Few units: {listed(few)}; at least {rules.min_units} are needed"


def skewed(
    arms: Sequence[figures.Arm], labels: Sequence[str], baseline: str | None, rules: Rules
) -> str | None:
    """Return a sentence about a difference of means that is not near a normal distribution."""
    base = next((i for i, arm in enumerate(arms) if arm.id == baseline), None)
    for i, arm in enumerate(arms):
        if base is None or i == base:
            continue
        found = _skewness(arm, arms[base])
        if found > rules.max_skewness:
            times = (found / rules.max_skewness) ** 2
            pair = [(labels[j], arms[j].units or 0) for j in (base, i)]
            has = " and ".join(f"{label} has {units:,}" for label, units in pair)
            need = " and ".join(f"{math.ceil(units * times):,}" for _, units in pair)
            return (
                f"Not enough units for a normal approximation, as few units have most of the metric"
                f" and the treatments differ in size: {has}; about {need} are needed"
            )
    return None


def _skewness(first: figures.Arm, second: figures.Arm) -> float:
    """Return the smallest skewness that the difference of two means has, if nothing differs.

    The skewness of values of at least 0 is at least their coefficient of variation minus its
    inverse, by the inequality of Cauchy and Schwarz. It cancels in arms of the same size.
    """
    both = [
        (arm.units, arm.mean, arm.deviation)
        for arm in (first, second)
        if arm.units and arm.mean is not None and arm.deviation is not None
    ]
    units = [n for n, _, _ in both]
    if len(both) < 2 or not sum(n * mean for n, mean, _ in both) > 0:
        return 0.0
    mean = sum(n * mean for n, mean, _ in both) / sum(units)
    square = sum(n * (mean * mean + deviation**2) for n, mean, deviation in both) / sum(units)
    variation = math.sqrt(max(square / mean / mean - 1, 0.0))
    if variation <= 1:
        return 0.0
    n, m = units
    share = abs(1 / n**2 - 1 / m**2) / (1 / n + 1 / m) ** 1.5
    return float((variation - 1 / variation) * share)


@dataclass(frozen=True)
class Claim:
    """That a treatment is better than another one."""

    name: str
    other: str
    #: The probabilities that the mean of the treatment is above that of the other, and below.
    certain: tuple[float, float] | None
    #: Whether these are lower bounds of the probabilities.
    at_least: bool

    def missing(self, lower_is_better: bool | None, needed: float) -> tuple[float, str] | None:
        """Return the probability of the claim and its words, if a decision needs more.

        If the direction of success is not known, the claim is the more probable of both.
        """
        above, below = self.certain or (0.0, 0.0)
        down = below > above if lower_is_better is None else lower_is_better
        p = below if down else above
        if p >= needed:
            return None
        if lower_is_better is not None:
            return p, f"{self.name} is better than {self.other}"
        return p, f"{self.name} has a mean {'below' if down else 'above'} that of {self.other}"


def unsure(claims: Iterable[Claim], lower_is_better: bool | None, each: float) -> str | None:
    """Return a sentence if a claim is not sure enough for a decision.

    Args:
        claims: The claims that the decision depends on.
        lower_is_better: The direction of success, or None if it is unknown.
        each: The share of false alarms to accept for each claim, in both directions together.
    """
    needed = 1 - each / 2
    for claim in claims:
        if claim.certain is None:
            return f"It is not known how probably {claim.name} is better than {claim.other}"
        found = claim.missing(lower_is_better, needed)
        if found is not None:
            p, words = found
            return (
                f"{words} with a probability of {'at least ' * claim.at_least}{percent_text(p)}; a"
                f" decision needs {percent_text(needed)}, for at most {percent_text(each)} false"
                " alarms in this comparison"
            )
    return None

"""The experiments of a document, with their iterations and traffic."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Annotated, Any

from launchdarkly_api.sandbox.control.bounds import (
    Count,
    Days,
    SimulatedUnitCount,
    Time,
    UnitCount,
    Value,
)
from launchdarkly_api.sandbox.control.shapes import Range
from launchdarkly_api.sandbox.state import demo
from launchdarkly_api.sandbox.state.clock import LATEST
from launchdarkly_api.sandbox.state.records import (
    DataSource,
    ExperimentKind,
    Methodology,
    Status,
)
from launchdarkly_api.sandbox.state.traffic import Effect


@dataclass(frozen=True)
class ParameterEntry:
    """The variation of a flag that a treatment serves.

    Attributes:
        flag_key: The key of the flag.
        variation_id: The id or the name of the variation.
    """

    flag_key: str
    variation_id: str


@dataclass(frozen=True)
class TreatmentEntry:
    """A treatment of an experiment.

    Attributes:
        name: The name.
        id: The id. The default is a new one.
        baseline: Whether it is the baseline. If no treatment says so, it is the first one.
        allocation_percent: The share of the units, in percent. The default is an equal share.
        parameters: The variations that it serves. The default is the variation of each flag at
            the position of the treatment.
    """

    name: str
    id: str | None = None
    baseline: bool = False
    allocation_percent: str | None = None
    parameters: tuple[ParameterEntry, ...] | None = None


@dataclass(frozen=True)
class FlagUseEntry:
    """The rule of a flag that an iteration runs on.

    Attributes:
        key: The key of the flag.
        rule_id: The id of the rule.
        flag_config_version: The version of the flag. The default is the current one.
        not_in_experiment_variation_id: The id of the variation for those who are not in the
            experiment.
    """

    key: str
    rule_id: str = "fallthrough"
    flag_config_version: Count | None = None
    not_in_experiment_variation_id: str | None = None


@dataclass(frozen=True)
class MetricUseEntry:
    """A metric, or a metric group, that an iteration lists.

    Attributes:
        key: The key.
        group: Whether it is a metric group.
        analysis_unit: The analysis unit.
    """

    key: str
    group: bool = False
    analysis_unit: str | None = None


@dataclass(frozen=True)
class RecordedEntry:
    """Units that were exposed to a treatment, and their events.

    Attributes:
        treatment: The name or the id of the treatment.
        units: The number of new units, or the names of units.
        events: By metric key: for a conversion metric the number of units that convert, for a
            numeric metric the values, one for each of the first units.
        at: The time in epoch milliseconds. The default is now.
    """

    treatment: str
    units: UnitCount | str | tuple[str, ...] = 1
    events: dict[str, Value | tuple[Value, ...]] = field(default_factory=dict)
    at: Time | None = None


@dataclass(frozen=True)
class SimulatedEntry:
    """Simulated traffic over some days.

    Attributes:
        units: The number of units.
        days: The number of days over which the units arrive.
        effects: By metric and treatment (name or id): a conversion rate; or the mean and the
            standard deviation of a number that every unit sends; or an effect.
        split: The share of units by treatment, in place of its allocation.
        seed: The same seed gives the same traffic. A number is combined with the keys of the
            experiment; a text is used as it is.
        start: The start of the simulated days, in epoch milliseconds. It replaces `days`.
        end: The end of the simulated days, in epoch milliseconds. The default is now.
        name: The start of the names of the units. The default is the same in each run.
    """

    units: SimulatedUnitCount = 2_000
    days: Days = 14
    effects: dict[str, dict[str, Value | tuple[float, float] | Effect]] = field(
        default_factory=dict
    )
    split: dict[str, Value] | None = None
    seed: int | str = 0
    start: Annotated[int, Range(-LATEST, LATEST)] | None = None
    end: Time | None = None
    name: str | None = None


@dataclass(frozen=True)
class TrafficEntry:
    """Traffic of an iteration. It is either recorded or simulated.

    Attributes:
        recorded: Units with a known treatment and known events.
        simulated: Units that are generated.
    """

    recorded: RecordedEntry | None = None
    simulated: SimulatedEntry | None = None


@dataclass(frozen=True)
class IterationEntry:
    """An iteration of an experiment.

    Attributes:
        primary_metric: The key of the primary metric.
        secondary_metrics: The keys of the other metrics.
        flags: The flags, or their keys, at least one.
        treatments: The treatments. By default there is one for each variation of the first flag.
        status: The status. An iteration that was not started, after another one, is a draft.
        hypothesis: The hypothesis.
        id: The id. The default is a new one.
        created_at: The time of its creation in epoch milliseconds. The default is now.
        started_at: The time of its start. The default is `createdAt` if it was started.
        ended_at: The time of its end. The default is now if it was stopped.
        randomization_unit: The key of the context kind that assigns treatments. The default is
            the default unit of the project.
        can_reshuffle_traffic: Whether units may get another treatment when allocations change.
        change_justification: The reason for the start of a further iteration.
        winning_treatment_id: The name or the id of the treatment that won.
        winning_reason: The reason of its choice.
        metrics: The metrics and groups as the request listed them, for the API of 2026.
        primary_funnel: The key of the funnel whose last step is the primary metric.
        attributes: The attributes by which results can be sliced.
        covariate_id: The id of the covariate.
        reallocation_frequency_millis: The time between reallocations of a multi-armed bandit.
        version: The number of changes, plus one.
        traffic: The traffic, in its order.
        cleared: By metric key: how many entries of the traffic were reset and no longer count.
    """

    primary_metric: str
    secondary_metrics: tuple[str, ...] = ()
    flags: tuple[str | FlagUseEntry, ...] = ()
    treatments: tuple[TreatmentEntry, ...] | None = None
    status: Status = "not_started"
    hypothesis: str = "The treatment is better"
    id: str | None = None
    created_at: Time | None = None
    started_at: Time | None = None
    ended_at: Time | None = None
    randomization_unit: str | None = None
    can_reshuffle_traffic: bool = True
    change_justification: str | None = None
    winning_treatment_id: str | None = None
    winning_reason: str | None = None
    metrics: tuple[MetricUseEntry, ...] = ()
    primary_funnel: str | None = None
    attributes: tuple[str, ...] = ()
    covariate_id: str | None = None
    reallocation_frequency_millis: Count | None = None
    version: Count = 1
    traffic: tuple[TrafficEntry, ...] = ()
    cleared: dict[str, Count] = field(default_factory=dict)


@dataclass(frozen=True)
class ExperimentEntry:
    """An experiment.

    Attributes:
        key: The key.
        iterations: The iterations in the order of their creation, at least one.
        environment: The key of the environment. The default is the first one of the project.
        name: The name. The default is the key.
        description: The description.
        id: The id. The default is a new one.
        maintainer_id: The id of the member who maintains it.
        creation_date: The time of its creation in epoch milliseconds. The default is now.
        archived_date: The time at which it was archived.
        kind: The kind of the experiment.
        methodology: How its results are analysed.
        data_source: The source of its events.
        tags: The tags.
        holdout_id: The id of the holdout that it belongs to.
        analysis_config: The options of its analysis.
    """

    key: str
    iterations: tuple[IterationEntry, ...]
    environment: str | None = None
    name: str | None = None
    description: str = ""
    id: str | None = None
    maintainer_id: str = demo.OWNER.id
    creation_date: Time | None = None
    archived_date: Time | None = None
    kind: ExperimentKind = "experiment"
    methodology: Methodology = "bayesian"
    data_source: DataSource = "launchdarkly"
    tags: tuple[str, ...] = ()
    holdout_id: str | None = None
    analysis_config: dict[str, Any] = field(default_factory=dict)

"""The records of the service: projects, flags, metrics, experiments and their iterations.

Records are immutable. A change makes a new record, which replaces the old one in the state, so a
reader can keep using the record that it holds.
"""

from __future__ import annotations

import uuid
from dataclasses import dataclass, field
from typing import Any, Literal

Status = Literal["not_started", "running", "stopped"]
MetricKind = Literal["pageview", "click", "custom"]
GroupKind = Literal["funnel", "standard"]
ExperimentKind = Literal["experiment", "mab", "holdout"]
Methodology = Literal["bayesian", "frequentist", "export_only"]
DataSource = Literal["launchdarkly", "snowflake", "databricks", "redshift"]
Role = Literal["reader", "writer", "admin", "owner", "no_access"]

#: The standard randomization units that settings can refer to.
STANDARD_UNITS = ("guest", "guestTime", "organization", "request", "user", "userTime")
#: The maximum length of a key.
MAX_KEY_LENGTH = 1_000


def new_id() -> str:
    return str(uuid.uuid4())


@dataclass(frozen=True)
class Member:
    """A member of the account, to which all projects belong."""

    id: str
    email: str
    first_name: str
    last_name: str
    role: Role
    creation_date: int


@dataclass(frozen=True)
class Variation:
    """One of the values that a flag can serve."""

    id: str
    name: str
    value: Any


@dataclass(frozen=True)
class Rule:
    """A targeting rule of a flag. The rule ``fallthrough`` applies if no other does."""

    id: str
    description: str = ""
    clauses: tuple[Any, ...] = ()


#: The rule that applies if no targeting rule does.
FALLTHROUGH = Rule("fallthrough", "Default rule")


@dataclass(frozen=True)
class FlagConfig:
    """A flag in one environment."""

    on: bool = True
    version: int = 1


@dataclass(frozen=True)
class Flag:
    """A feature flag with its variations, its rules and its state in each environment."""

    key: str
    name: str
    variations: tuple[Variation, ...]
    rules: tuple[Rule, ...]
    archived: bool
    configs: dict[str, FlagConfig]

    def rule(self, rule_id: str) -> Rule | None:
        return next((rule for rule in self.rules if rule.id == rule_id), None)


@dataclass(frozen=True)
class Metric:
    """A metric: conversions, or a number per unit."""

    key: str
    name: str
    kind: MetricKind
    numeric: bool
    lower_is_better: bool


@dataclass(frozen=True)
class MetricGroup:
    """A group of metrics. Those of a funnel are its steps, in their order."""

    key: str
    name: str
    kind: GroupKind
    metrics: tuple[str, ...]


@dataclass(frozen=True)
class RandomizationUnit:
    """A context kind by which a project's experiments may assign treatments."""

    key: str
    standard: str
    default: bool


@dataclass(frozen=True)
class Project:
    """A project with everything that experiments refer to."""

    key: str
    id: str
    name: str
    creation_date: int
    environments: dict[str, str]
    context_kinds: dict[str, str]
    units: tuple[RandomizationUnit, ...]
    flags: dict[str, Flag] = field(default_factory=dict)
    metrics: dict[str, Metric] = field(default_factory=dict)
    metric_groups: dict[str, MetricGroup] = field(default_factory=dict)


@dataclass(frozen=True)
class Parameter:
    """The variation of a flag that a treatment serves."""

    flag_key: str
    variation_id: str


@dataclass(frozen=True)
class Treatment:
    """One arm of an experiment."""

    id: str
    name: str
    baseline: bool
    allocation_percent: str
    parameters: tuple[Parameter, ...]

    def variation_of(self, flag_key: str) -> str | None:
        return next((p.variation_id for p in self.parameters if p.flag_key == flag_key), None)


@dataclass(frozen=True)
class FlagUse:
    """The rule of a flag that an iteration runs on."""

    rule_id: str
    flag_config_version: int
    #: The variation for those who are not in the experiment. The default is the baseline's.
    not_in_experiment_variation_id: str | None = None


@dataclass(frozen=True)
class MetricUse:
    """A metric, or a metric group, that an iteration lists."""

    key: str
    group: bool = False
    analysis_unit: str | None = None


@dataclass(frozen=True)
class Iteration:
    """One run of an experiment, or the draft of one.

    Events of the primary and the secondary metrics are measured. These are single metrics: the
    members of a group are among them.
    """

    id: str
    number: int
    hypothesis: str
    status: Status
    created_at: int
    #: If the primary metric is a funnel, its last step.
    primary_metric: str
    secondary_metrics: tuple[str, ...]
    treatments: tuple[Treatment, ...]
    flags: dict[str, FlagUse]
    can_reshuffle_traffic: bool
    randomization_unit: str | None = None
    started_at: int | None = None
    ended_at: int | None = None
    change_justification: str | None = None
    winning_treatment_id: str | None = None
    winning_reason: str | None = None
    #: The metrics and groups as the request lists them, or nothing in the contract of 2023.
    uses: tuple[MetricUse, ...] = ()
    primary_funnel: str | None = None
    attributes: tuple[str, ...] = ()
    covariate_id: str | None = None
    reallocation_frequency_millis: int | None = None
    #: The number of changes, plus one.
    version: int = 1

    @property
    def metrics(self) -> tuple[str, ...]:
        return (self.primary_metric, *self.secondary_metrics)

    def treatment(self, id_or_name: str) -> Treatment | None:
        return next((t for t in self.treatments if id_or_name in (t.id, t.name)), None)


@dataclass(frozen=True)
class Experiment:
    """An experiment: its current iteration, the draft of the next, and the previous ones."""

    id: str
    key: str
    project_key: str
    environment_key: str
    name: str
    description: str
    maintainer_id: str
    creation_date: int
    current: Iteration
    draft: Iteration | None = None
    previous: tuple[Iteration, ...] = ()
    archived_date: int | None = None
    #: ``mab`` is a multi-armed bandit.
    kind: ExperimentKind = "experiment"
    methodology: Methodology = "bayesian"
    data_source: DataSource = "launchdarkly"
    tags: tuple[str, ...] = ()
    holdout_id: str | None = None
    analysis_config: dict[str, Any] = field(default_factory=dict)

    @property
    def iterations(self) -> tuple[Iteration, ...]:
        """All iterations in the order of their creation."""
        return (*self.previous, self.current, *((self.draft,) if self.draft else ()))

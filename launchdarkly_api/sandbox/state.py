"""What the service knows: immutable records, and the one place that holds them.

A change makes a new record and puts it in the place of the old one. A reader that holds a record
can go on reading it, whatever happens meanwhile.
"""

from __future__ import annotations

import threading
import time
import uuid
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any, Literal, Protocol

from launchdarkly_api.sandbox.traffic import NOTHING, Source, Sources, Traffic

Status = Literal["not_started", "running", "stopped"]
MetricKind = Literal["pageview", "click", "custom"]


def now() -> int:
    """The time in epoch milliseconds."""
    return time.time_ns() // 1_000_000


def new_id() -> str:
    return str(uuid.uuid4())


@dataclass(frozen=True)
class Variation:
    """One of the values that a flag can serve."""

    id: str
    name: str
    value: Any


@dataclass(frozen=True)
class Rule:
    """A targeting rule of a flag. The rule ``fallthrough`` is what is served otherwise."""

    id: str
    description: str = ""
    clauses: tuple[Any, ...] = ()


#: What a flag serves where no targeting rule applies.
FALLTHROUGH = Rule("fallthrough", "Default rule")


@dataclass(frozen=True)
class FlagConfig:
    """A flag in one environment."""

    on: bool
    version: int


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
    """What is measured: whether a unit converted, or a number."""

    key: str
    name: str
    kind: MetricKind
    numeric: bool
    lower_is_better: bool


@dataclass(frozen=True)
class RandomizationUnit:
    """A context kind by which a project's experiments may assign treatments."""

    key: str
    standard: str
    default: bool


@dataclass(frozen=True)
class Project:
    """A project with all that experiments refer to."""

    key: str
    id: str
    name: str
    creation_date: int
    environments: dict[str, str]
    context_kinds: dict[str, str]
    units: tuple[RandomizationUnit, ...]
    flags: dict[str, Flag] = field(default_factory=dict)
    metrics: dict[str, Metric] = field(default_factory=dict)


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


@dataclass(frozen=True)
class Iteration:
    """One run of an experiment, or the draft of one."""

    id: str
    number: int
    hypothesis: str
    status: Status
    created_at: int
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

    @property
    def metrics(self) -> tuple[str, ...]:
        return (self.primary_metric, *self.secondary_metrics)

    def treatment(self, id_or_name: str) -> Treatment | None:
        return next((t for t in self.treatments if id_or_name in (t.id, t.name)), None)


@dataclass(frozen=True)
class Experiment:
    """An experiment: its current iteration, the draft of the next, and those before."""

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

    @property
    def iterations(self) -> tuple[Iteration, ...]:
        """All of them, in the order in which they were made."""
        return (*self.previous, self.current, *((self.draft,) if self.draft else ()))


class StateFileError(OSError):
    """The state file cannot be read or written."""


class Storage(Protocol):
    """Where changes are written before they count. ``StateFileError`` says why they cannot be."""

    def put(self, record: Project | Experiment, sources: Mapping[str, Source]) -> None: ...

    def add_source(self, iteration_id: str, source: Source) -> None: ...

    def clear_metric(self, metric_key: str, before: Mapping[str, int]) -> None: ...

    def replace_all(self, projects: Iterable[Project]) -> None: ...


class State:
    """All records. Whoever changes something holds ``lock`` from reading to writing."""

    def __init__(self, storage: Storage | None = None) -> None:
        self.lock: threading.RLock = threading.RLock()
        self.storage = storage
        self.projects: dict[str, Project] = {}
        self.experiments: dict[tuple[str, str], dict[str, Experiment]] = {}
        self.traffic: dict[str, Traffic] = {}

    def put(
        self, record: Project | Experiment, sources: Mapping[str, Source] | None = None
    ) -> None:
        """Keep a record in the place of the one with its key, and traffic for iterations."""
        sources = sources or {}
        with self.lock:
            if self.storage is not None:
                self.storage.put(record, sources)
            self.hold(record)
            for iteration_id, source in sources.items():
                self.traffic_of(iteration_id).add(source)

    def hold(self, record: Project | Experiment) -> None:
        """Keep a record that is stored already."""
        if isinstance(record, Project):
            self.projects[record.key] = record
        else:
            place = (record.project_key, record.environment_key)
            self.experiments.setdefault(place, {})[record.key] = record

    def experiments_in(self, project_key: str, environment_key: str) -> list[Experiment]:
        """The experiments of an environment, oldest first."""
        with self.lock:
            return list(self.experiments.get((project_key, environment_key), {}).values())

    def experiment(
        self, project_key: str, environment_key: str, experiment_key: str
    ) -> Experiment | None:
        return self.experiments.get((project_key, environment_key), {}).get(experiment_key)

    def traffic_of(self, iteration_id: str) -> Traffic:
        """What was recorded for an iteration. Hold the lock while using it."""
        return self.traffic.setdefault(iteration_id, Traffic())

    def sources_of(self, iteration_id: str, metric_key: str) -> Sources:
        """What was recorded for an iteration and counts for a metric."""
        with self.lock:
            traffic = self.traffic.get(iteration_id)
            return traffic.sources_of(metric_key) if traffic else NOTHING

    def add_source(self, iteration_id: str, source: Source) -> None:
        with self.lock:
            if self.storage is not None:
                self.storage.add_source(iteration_id, source)
            self.traffic_of(iteration_id).add(source)

    def clear_metric(self, iteration_ids: Iterable[str], metric_key: str) -> None:
        """Forget what was recorded for a metric up to now."""
        with self.lock:
            before = {key: len(self.traffic_of(key).sources) for key in iteration_ids}
            if self.storage is not None:
                self.storage.clear_metric(metric_key, before)
            for iteration_id, count in before.items():
                self.traffic_of(iteration_id).cleared[metric_key] = count

    def replace_all(self, projects: Iterable[Project]) -> None:
        """Hold these projects and nothing else."""
        projects = list(projects)
        with self.lock:
            if self.storage is not None:
                self.storage.replace_all(projects)
            # New mappings: a reader without the lock must not find one that is half filled.
            self.projects = {project.key: project for project in projects}
            self.experiments = {}
            self.traffic = {}

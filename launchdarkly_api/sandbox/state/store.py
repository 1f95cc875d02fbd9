"""The state: all records and the recorded traffic, kept in memory and optionally in a file."""

from __future__ import annotations

import threading
from collections.abc import Iterable, Mapping
from typing import Protocol, TypeAlias

from launchdarkly_api.sandbox.state import demo
from launchdarkly_api.sandbox.state.clock import Clock
from launchdarkly_api.sandbox.state.records import Experiment, Member, Project
from launchdarkly_api.sandbox.state.traffic import NOTHING, Source, Sources, Traffic

Record: TypeAlias = Project | Experiment | Member


class StateFileError(OSError):
    """The state file cannot be read or written."""


class Storage(Protocol):
    """A storage that changes are written to before they take effect.

    Its methods raise ``StateFileError`` if a change cannot be written.
    """

    def put(self, record: Record, sources: Mapping[str, Source]) -> None: ...

    def add_source(self, iteration_id: str, source: Source) -> None: ...

    def clear_metric(self, metric_key: str, before: Mapping[str, int]) -> None: ...

    def replace_all(self, records: Iterable[Record], traffic: Mapping[str, Traffic]) -> None: ...


class State:
    """All records and traffic. Hold ``lock`` from reading to writing to change something."""

    def __init__(self, storage: Storage | None = None) -> None:
        self.lock: threading.RLock = threading.RLock()
        self.storage = storage
        self.clock: Clock = Clock()
        self.projects: dict[str, Project] = {}
        self.experiments: dict[tuple[str, str], dict[str, Experiment]] = {}
        self.traffic: dict[str, Traffic] = {}
        #: By id. The owner of the access token is always one of them.
        self.members: dict[str, Member] = {demo.OWNER.id: demo.OWNER}

    def put(self, record: Record, sources: Mapping[str, Source] | None = None) -> None:
        """Store a record, which replaces the one with its key, and traffic of iterations."""
        sources = sources or {}
        with self.lock:
            if self.storage is not None:
                self.storage.put(record, sources)
            self.hold(record)
            for iteration_id, source in sources.items():
                self.traffic_of(iteration_id).add(source)

    def hold(self, record: Record) -> None:
        """Hold a record in memory, without writing it to the storage."""
        if isinstance(record, Project):
            self.projects[record.key] = record
        elif isinstance(record, Member):
            self.members[record.id] = record
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
        """The traffic of an iteration. Hold the lock while using it."""
        return self.traffic.setdefault(iteration_id, Traffic())

    def sources_of(self, iteration_id: str, metric_key: str) -> Sources:
        """The traffic of an iteration that counts for a metric."""
        with self.lock:
            traffic = self.traffic.get(iteration_id)
            return traffic.sources_of(metric_key) if traffic else NOTHING

    def add_source(self, iteration_id: str, source: Source) -> None:
        with self.lock:
            if self.storage is not None:
                self.storage.add_source(iteration_id, source)
            self.traffic_of(iteration_id).add(source)

    def clear_metric(self, iteration_ids: Iterable[str], metric_key: str) -> None:
        """Discard the traffic that was recorded for a metric up to now."""
        with self.lock:
            before = {key: len(self.traffic_of(key).sources) for key in iteration_ids}
            if self.storage is not None:
                self.storage.clear_metric(metric_key, before)
            for iteration_id, count in before.items():
                self.traffic_of(iteration_id).cleared[metric_key] = count

    def replace_all(
        self, records: Iterable[Record], traffic: Mapping[str, Traffic] | None = None
    ) -> None:
        """Discard all data and hold these records, and the traffic of iterations by their ids."""
        records, traffic = list(records), dict(traffic or {})
        with self.lock:
            if self.storage is not None:
                self.storage.replace_all(records, traffic)
            # New mappings: a reader without the lock must not find a partly filled one.
            replacement = State()
            for record in records:
                replacement.hold(record)
            self.projects = replacement.projects
            self.experiments = replacement.experiments
            self.members = replacement.members
            self.traffic = traffic

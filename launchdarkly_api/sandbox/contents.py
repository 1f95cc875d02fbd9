"""The data of a sandbox: its projects, flags, metrics and traffic."""

from __future__ import annotations

import datetime
import os
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

from launchdarkly_api.sandbox.control.bounds import (
    Count,
    Days,
    SimulatedUnitCount,
    Time,
    UnitCount,
)
from launchdarkly_api.sandbox.control.face import Face
from launchdarkly_api.sandbox.export import export
from launchdarkly_api.sandbox.service import recording
from launchdarkly_api.sandbox.state import catalogue, demo
from launchdarkly_api.sandbox.state.records import (
    Flag,
    GroupKind,
    Member,
    Metric,
    MetricKind,
    Project,
    Role,
)


class Contents(Face):
    """The methods of ``Sandbox`` that add data to it."""

    def _project(self, key: str) -> Project:
        return catalogue.project_of(self._state, key)

    def add_project(
        self, key: str, *, name: str | None = None, environments: Sequence[str] = ("test",)
    ) -> None:
        """Add a project with environments and the randomization unit ``user``.

        Args:
            key: The key of the project.
            name: The name of the project. The default is its key.
            environments: The keys of its environments, at least one.

        Raises:
            ValueError: An argument is invalid, or the project exists already.
        """
        with self._changing():
            catalogue.new_key("project", key, self._state.projects)
            self._state.put(catalogue.project(key, name, environments))

    def add_environment(
        self, key: str, *, project_key: str = demo.PROJECT, name: str | None = None
    ) -> None:
        """Add an environment to a project. The project's flags are on in it, at version 1.

        Args:
            key: The key of the environment.
            project_key: The project.
            name: The name of the environment. The default is its key.

        Raises:
            ValueError: An argument is invalid, or the environment exists already.
        """
        with self._changing():
            project = self._project(project_key)
            self._state.put(catalogue.with_environment(project, key, name))

    def add_flag(
        self,
        key: str,
        *,
        project_key: str = demo.PROJECT,
        name: str | None = None,
        variations: Sequence[Any] = ("control", "treatment"),
        rules: Sequence[str] = (),
        on: bool = True,
        archived: bool = False,
        version: Count = 1,
    ) -> Flag:
        """Add a flag to a project, the same in all of its environments.

        Args:
            key: The key of the flag.
            project_key: The project.
            name: The name of the flag. The default is its key.
            variations: The values that it serves: strings, numbers, booleans or other JSON.
            rules: The ids of its targeting rules. ``fallthrough`` is always added.
            on: Whether the flag is on.
            archived: Whether the flag is archived.
            version: The version of the flag in each environment.

        Returns:
            The flag with the ids of its variations.

        Raises:
            ValueError: An argument is invalid, or the flag exists already.
        """
        with self._changing():
            project = self._project(project_key)
            flag = catalogue.flag(
                project,
                key,
                name=name,
                variations=variations,
                rules=rules,
                on=on,
                archived=archived,
                version=version,
            )
            self._state.put(catalogue.with_flag(project, flag))
            return flag

    def update_flag(
        self,
        key: str,
        *,
        project_key: str = demo.PROJECT,
        environment_key: str = demo.ENVIRONMENT,
        on: bool | None = None,
        archived: bool | None = None,
    ) -> Flag:
        """Turn a flag on or off in one environment, or archive or restore it in all.

        A change in an environment increases the flag's version in it by one.

        Args:
            key: The key of the flag.
            project_key: The project.
            environment_key: The environment in which ``on`` applies.
            on: Whether the flag is on. None leaves it unchanged.
            archived: Whether the flag is archived. None leaves it unchanged.

        Returns:
            The flag after the change.

        Raises:
            ValueError: An argument is invalid, or the flag or the environment does not exist.
        """
        with self._changing():
            project = self._project(project_key)
            flag = catalogue.changed_flag(project, key, environment_key, on=on, archived=archived)
            self._state.put(catalogue.with_flag(project, flag))
            return flag

    def add_metric(
        self,
        key: str,
        *,
        project_key: str = demo.PROJECT,
        name: str | None = None,
        kind: MetricKind = "custom",
        numeric: bool = False,
        lower_is_better: bool = False,
    ) -> None:
        """Add a conversion metric or a numeric metric to a project.

        Args:
            key: The key of the metric.
            project_key: The project.
            name: The name of the metric. The default is its key.
            kind: The kind of its events: ``"custom"``, ``"pageview"`` or ``"click"``.
            numeric: Whether its events carry numbers. If not, it counts the units that convert.
            lower_is_better: Whether a lower value is a success.

        Raises:
            ValueError: An argument is invalid, or the metric exists already.
        """
        metric = Metric(key, name or key, kind, numeric, lower_is_better)
        with self._changing():
            self._state.put(catalogue.with_metric(self._project(project_key), metric))

    def add_metric_group(
        self,
        key: str,
        metrics: Iterable[str],
        *,
        project_key: str = demo.PROJECT,
        name: str | None = None,
        kind: GroupKind = "funnel",
    ) -> None:
        """Add a group of metrics to a project.

        Args:
            key: The key of the group.
            metrics: The keys of its metrics. Those of a funnel are its steps, in this order.
            project_key: The project.
            name: The name of the group. The default is its key.
            kind: The kind of the group.
        """
        with self._changing():
            project = self._project(project_key)
            self._state.put(catalogue.with_metric_group(project, key, name, kind, metrics))

    def add_context_kind(
        self, key: str, *, project_key: str = demo.PROJECT, name: str | None = None
    ) -> None:
        """Add a context kind to a project. Its settings can then use it as randomization unit.

        Args:
            key: The key of the context kind.
            project_key: The project.
            name: The name of the context kind. The default is its key with a capital letter.

        Raises:
            ValueError: An argument is invalid, or the context kind exists already.
        """
        with self._changing():
            project = self._project(project_key)
            self._state.put(catalogue.with_context_kind(project, key, name))

    def add_member(
        self,
        email: str,
        *,
        id: str | None = None,
        first_name: str = "",
        last_name: str = "",
        role: Role = "writer",
    ) -> Member:
        """Add a member of the account, whom experiments can name as maintainer.

        Args:
            email: The email address.
            id: The id. The default follows from the address, so that it is the same in each run.
            first_name: The first name.
            last_name: The last name.
            role: The role.

        Returns:
            The member with its id.

        Raises:
            ValueError: An argument is invalid, or the member exists already.
        """
        with self._changing():
            member = catalogue.member(
                self._state, email, id=id, first_name=first_name, last_name=last_name, role=role
            )
            self._state.put(member)
            return member

    def record(
        self,
        experiment_key: str,
        treatment: str,
        *,
        units: UnitCount | str | Iterable[str] = 1,
        events: Mapping[str, float | Iterable[float]] | None = None,
        at: Time | datetime.datetime | None = None,
        project_key: str = demo.PROJECT,
        environment_key: str = demo.ENVIRONMENT,
    ) -> list[str]:
        """Record that units were exposed to a treatment, and the events that they sent.

        ::

            sandbox.record("exp", "control", units=1000, events={"signup": 100})
            sandbox.record("exp", "treatment", units="ada", events={"revenue": [12.5]})

        A unit that was recorded before is not exposed again. Its events are added.

        Args:
            experiment_key: The running experiment.
            treatment: The name or the id of the treatment.
            units: The number of new units, or the names of units.
            events: By metric key: for a conversion metric the number of units that convert, for a
                numeric metric the values, one for each of the first units.
            at: The time in epoch milliseconds or as a datetime with a time zone. The default is
                now.
            project_key: The project of the experiment.
            environment_key: The environment of the experiment.

        Returns:
            The names of the units.

        Raises:
            ValueError: An argument is invalid or names something that does not exist.
        """
        with self._changing():
            return recording.record(
                self._state,
                (project_key, environment_key, experiment_key),
                treatment,
                units=units,
                events=events or {},
                at=at,
            )

    def simulate(
        self,
        experiment_key: str,
        *,
        units: SimulatedUnitCount = demo.SAMPLE_UNITS,
        days: Days = demo.SAMPLE_DAYS,
        effects: Mapping[str, Mapping[str, recording.Behaviour]] | None = None,
        split: Mapping[str, float] | None = None,
        seed: int = 0,
        end: Time | datetime.datetime | None = None,
        project_key: str = demo.PROJECT,
        environment_key: str = demo.ENVIRONMENT,
    ) -> None:
        """Simulate traffic of a running experiment over some days.

        ::

            sandbox.simulate("exp", units=5000, effects={
                "signup": {"control": 0.10, "treatment": 0.12},
                "revenue": {"control": (50, 20), "treatment": Effect(0.3, mean=55, deviation=20)},
            })

        Args:
            experiment_key: The running experiment.
            units: The number of units.
            days: The number of days over which the units arrive.
            effects: By metric and treatment (name or id): a conversion rate; or the mean and the
                standard deviation of a number that every unit sends; or an ``Effect``. The
                default is the behaviour of the sample in ``demo``.
            split: The share of units by treatment, in place of its allocation. Use it to simulate
                a sample-ratio mismatch.
            seed: The same seed gives the same traffic.
            end: The end of the simulated days, in epoch milliseconds or as a datetime with a time
                zone. The default is now. The first unit arrives ``days`` earlier.
            project_key: The project of the experiment.
            environment_key: The environment of the experiment.

        Raises:
            ValueError: An argument is invalid or names something that does not exist.
        """
        with self._changing():
            recording.simulate(
                self._state,
                (project_key, environment_key, experiment_key),
                units=units,
                days=days,
                effects=effects or {},
                split=split,
                seed=seed,
                end=end,
            )

    def export(self, folder: str | os.PathLike[str]) -> dict[str, Path]:
        """Write all traffic as LaunchDarkly's warehouse Data Export would, in Parquet files.

        ::

            files = sandbox.export("export")
            results_from_export(
                files["evaluation_events"], files["metric_events"], experiment, "signup"
            )

        The tables are ``evaluation_events``, ``metric_events``, ``experiment_iterations``,
        ``experiment_arm_parameters`` and ``flag_variations``. Each unit has the attributes
        ``country`` and ``plan``. Events of before a reset of a metric's results are not written.

        Args:
            folder: The folder, which is created if necessary. Earlier files are replaced.

        Returns:
            The file of each table.

        Raises:
            ImportError: DuckDB is not installed, which the extra ``analysis`` brings.
            OSError: A file cannot be written.
        """
        self._life.check_usable()
        return export(self._life.state, folder)

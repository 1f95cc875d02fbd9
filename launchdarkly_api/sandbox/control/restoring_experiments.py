"""Experiments and their traffic from the entries of a document."""

from __future__ import annotations

from dataclasses import dataclass, replace

from launchdarkly_api.sandbox.control.experiment_entries import (
    ExperimentEntry,
    FlagUseEntry,
    IterationEntry,
    MetricUseEntry,
    ParameterEntry,
    RecordedEntry,
    SimulatedEntry,
    TreatmentEntry,
)
from launchdarkly_api.sandbox.control.places import distinct, located, one_of
from launchdarkly_api.sandbox.control.shapes import ShapeError
from launchdarkly_api.sandbox.service import recording, rules
from launchdarkly_api.sandbox.service.bodies import Path, place
from launchdarkly_api.sandbox.state.clock import now
from launchdarkly_api.sandbox.state.records import (
    Experiment,
    FlagUse,
    Iteration,
    MetricUse,
    Project,
    Treatment,
    new_id,
)
from launchdarkly_api.sandbox.state.traffic import Source, Traffic


def experiment(
    entry: ExperimentEntry, project: Project, path: Path
) -> tuple[Experiment, dict[str, Traffic]]:
    """An experiment, and the traffic of its iterations by their ids."""
    with located((*path, "key")):
        rules.key(entry.key, "The key")
    environment = entry.environment
    if environment is None:
        environment = next(iter(project.environments))
    one_of("environment", environment, project.environments, (*path, "environment"))
    if not entry.iterations:
        raise ShapeError(f"An experiment needs at least one iteration{place(path)}.")
    reader = _Reader(project, entry, environment)
    iterations = [
        reader.iteration(given, number, (*path, "iterations", number))
        for number, given in enumerate(entry.iterations)
    ]
    *previous, current = iterations
    draft = None
    if previous and current.status == "not_started":
        draft = current
        *previous, current = previous
    _check_order(previous, current, path)
    made = Experiment(
        id=entry.id or new_id(),
        key=entry.key,
        project_key=project.key,
        environment_key=environment,
        name=entry.name or entry.key,
        description=entry.description,
        maintainer_id=entry.maintainer_id,
        creation_date=now() if entry.creation_date is None else entry.creation_date,
        current=current,
        draft=draft,
        previous=tuple(previous),
        archived_date=entry.archived_date,
        kind=entry.kind,
        methodology=entry.methodology,
        data_source=entry.data_source,
        tags=entry.tags,
        holdout_id=entry.holdout_id,
        analysis_config=entry.analysis_config,
    )
    return made, {
        iteration.id: reader.traffic(made, iteration, given, (*path, "iterations", number))
        for number, (iteration, given) in enumerate(zip(iterations, entry.iterations))
        if given.traffic
    }


def _check_order(previous: list[Iteration], current: Iteration, path: Path) -> None:
    for number, iteration in enumerate(previous):
        if iteration.status == "running":
            raise ShapeError(
                "Only the last iteration, or the one before a draft, can be running"
                f"{place((*path, 'iterations', number, 'status'))}."
            )
    if previous and current.status == "not_started":
        raise ShapeError(
            "Only the last iteration can be a draft"
            f"{place((*path, 'iterations', len(previous), 'status'))}."
        )


@dataclass(frozen=True)
class _Reader:
    project: Project
    experiment: ExperimentEntry
    environment: str

    def iteration(self, entry: IterationEntry, number: int, path: Path) -> Iteration:
        flags = self._flags(entry, path)
        treatments = self._treatments(entry, flags, path)
        created = now() if entry.created_at is None else entry.created_at
        started, ended = _times(entry, created, path)
        winner = entry.winning_treatment_id
        if winner is not None:
            at = (*path, "winningTreatmentId")
            if all(winner != treatment.id for treatment in treatments):
                one_of("treatment", winner, (treatment.name for treatment in treatments), at)
            winner = next(t.id for t in treatments if winner in (t.id, t.name))
        made = Iteration(
            id=entry.id or new_id(),
            number=number + 1,
            hypothesis=entry.hypothesis,
            status=entry.status,
            created_at=created,
            primary_metric=entry.primary_metric,
            secondary_metrics=entry.secondary_metrics,
            treatments=treatments,
            flags=flags,
            can_reshuffle_traffic=entry.can_reshuffle_traffic,
            randomization_unit=self._unit(entry),
            started_at=started,
            ended_at=ended,
            change_justification=entry.change_justification,
            winning_treatment_id=winner,
            winning_reason=entry.winning_reason,
            uses=tuple(MetricUse(use.key, use.group, use.analysis_unit) for use in entry.metrics),
            primary_funnel=entry.primary_funnel,
            attributes=entry.attributes,
            covariate_id=entry.covariate_id,
            reallocation_frequency_millis=entry.reallocation_frequency_millis,
            version=entry.version,
        )
        self._check_metrics(made, entry.metrics, path)
        return made

    def _unit(self, entry: IterationEntry) -> str | None:
        if entry.randomization_unit is not None:
            # A snapshot may name a unit that the settings no longer have.
            return entry.randomization_unit or None
        return next((unit.key for unit in self.project.units if unit.default), None)

    def _flags(self, entry: IterationEntry, path: Path) -> dict[str, FlagUse]:
        here = (*path, "flags")
        if not entry.flags:
            raise ShapeError(f"An iteration needs at least one flag{place(here)}.")
        entries = [FlagUseEntry(flag) if isinstance(flag, str) else flag for flag in entry.flags]
        distinct("flag", (use.key for use in entries), here)
        uses: dict[str, FlagUse] = {}
        for number, use in enumerate(entries):
            at = (*here, number)
            flag = self.project.flags[one_of("flag", use.key, self.project.flags, at)]
            one_of("rule", use.rule_id, (rule.id for rule in flag.rules), at)
            rest = use.not_in_experiment_variation_id
            if rest is not None:
                one_of("variation", rest, (v.id for v in flag.variations), at)
            version = use.flag_config_version or flag.configs[self.environment].version
            uses[flag.key] = FlagUse(use.rule_id, version, rest)
        return uses

    def _treatments(
        self, entry: IterationEntry, flags: dict[str, FlagUse], path: Path
    ) -> tuple[Treatment, ...]:
        given = entry.treatments
        if given is None:
            first = self.project.flags[next(iter(flags))]
            given = tuple(TreatmentEntry(variation.name) for variation in first.variations)
        baseline = not any(treatment.baseline for treatment in given)
        bodies = [
            {
                "name": treatment.name,
                "baseline": treatment.baseline or (baseline and number == 0),
                "allocationPercent": (
                    f"{100 / len(given):.4f}".rstrip("0").rstrip(".")
                    if treatment.allocation_percent is None
                    else treatment.allocation_percent
                ),
                "parameters": self._parameters(treatment, number, flags, path),
            }
            for number, treatment in enumerate(given)
        ]
        with located(path):
            made = rules.treatments(bodies, self.project, flags, "treatments")
        treatments = tuple(
            default if entry.id is None else replace(default, id=entry.id)
            for entry, default in zip(given, made)
        )
        distinct("treatment id", (treatment.id for treatment in treatments), path)
        return treatments

    def _parameters(
        self, entry: TreatmentEntry, number: int, flags: dict[str, FlagUse], path: Path
    ) -> list[dict[str, str]]:
        given = entry.parameters
        if given is None:
            given = tuple(
                ParameterEntry(key, self.project.flags[key].variations[number].id)
                for key in flags
                if number < len(self.project.flags[key].variations)
            )
        parameters = []
        for parameter in given:
            at = (*path, "treatments", number, "parameters")
            flag = self.project.flags[one_of("flag", parameter.flag_key, flags, at)]
            chosen = parameter.variation_id
            by_name = (v.id for v in flag.variations if chosen == v.name)
            exact = (v.id for v in flag.variations if chosen == v.id)
            parameters.append(
                {
                    "flagKey": flag.key,
                    "variationId": next(exact, None) or next(by_name, chosen),
                }
            )
        return parameters

    def _check_metrics(self, made: Iteration, uses: tuple[MetricUseEntry, ...], path: Path) -> None:
        project = self.project
        one_of("metric", made.primary_metric, project.metrics, (*path, "primaryMetric"))
        for number, key in enumerate(made.secondary_metrics):
            one_of("metric", key, project.metrics, (*path, "secondaryMetrics", number))
        distinct("metric", made.metrics, path)
        distinct("metric", (use.key for use in uses), (*path, "metrics"))
        for number, use in enumerate(uses):
            at = (*path, "metrics", number)
            known = project.metric_groups if use.group else project.metrics
            one_of("metric group" if use.group else "metric", use.key, known, at)
            members = project.metric_groups[use.key].metrics if use.group else (use.key,)
            for member in members:
                one_of("primary or secondary metric", member, made.metrics, at)
        wanted = (made.primary_funnel or made.primary_metric, made.primary_funnel is not None)
        if (uses or made.primary_funnel) and wanted not in [(use.key, use.group) for use in uses]:
            raise ShapeError(
                f"metrics must list the primary metric {wanted[0]!r:.80}"
                f"{', as a group' if wanted[1] else ''}{place(path)}."
            )

    def traffic(
        self, experiment: Experiment, iteration: Iteration, entry: IterationEntry, path: Path
    ) -> Traffic:
        """The traffic of an iteration."""
        if iteration.started_at is None:
            raise ShapeError(
                f"An iteration that was not started has no traffic{place(path)}."
                " Set its status to running."
            )
        viewed = replace(experiment, current=iteration)
        traffic = Traffic()
        for number, given in enumerate(entry.traffic):
            here = (*path, "traffic", number)
            if (given.recorded is None) == (given.simulated is None):
                raise ShapeError(f"Traffic is either recorded or simulated{place(here)}.")
            with located(here):
                traffic.add(self._source(viewed, traffic, given.recorded, given.simulated))
        for key, count in entry.cleared.items():
            at = (*path, "cleared", key)
            one_of("metric", key, self.project.metrics, at)
            if count > len(traffic.sources):
                raise ShapeError(f"There are fewer entries of traffic{place(at)}.")
            traffic.cleared[key] = count
        return traffic

    def _source(
        self,
        experiment: Experiment,
        traffic: Traffic,
        recorded: RecordedEntry | None,
        simulated: SimulatedEntry | None,
    ) -> Source:
        if recorded is not None:
            return recording.recorded(
                self.project,
                experiment,
                traffic,
                recorded.treatment,
                units=recorded.units,
                events=recorded.events,
                at=recorded.at,
            )
        assert simulated is not None, "one of both is given"  # noqa: S101
        return _simulated(self.project, experiment, len(traffic.sources), simulated)


def _times(entry: IterationEntry, created: int, path: Path) -> tuple[int | None, int | None]:
    """The times of the start and the end, which the status decides on."""
    started, ended = entry.started_at, entry.ended_at
    if entry.status == "not_started":
        if started is not None or ended is not None:
            raise ShapeError(
                f"An iteration that was not started has no startedAt and no endedAt{place(path)}."
            )
        return None, None
    if started is None:
        started = created
    if entry.status == "running":
        if ended is not None:
            raise ShapeError(f"An iteration that is running has no endedAt{place(path)}.")
        return started, None
    ended = max(now(), started) if ended is None else ended
    if ended < started:
        raise ShapeError(f"An iteration cannot end before its start{place(path)}.")
    return started, ended


def _simulated(
    project: Project, experiment: Experiment, number: int, entry: SimulatedEntry
) -> Source:
    made = recording.simulated(
        project,
        experiment,
        number,
        units=entry.units,
        days=entry.days if entry.start is None else 0,
        effects=entry.effects,
        split=entry.split,
        seed=entry.seed if isinstance(entry.seed, int) else 0,
        end=entry.end,
    )
    if entry.start is not None:
        made = replace(made, start=min(entry.start, made.end))
    if isinstance(entry.seed, str):
        made = replace(made, seed=entry.seed)
    return made if entry.name is None else replace(made, name=entry.name)

"""From the records and the traffic of a sandbox to a document."""

from __future__ import annotations

from launchdarkly_api.sandbox.control.catalogue_entries import (
    ContextKindEntry,
    EnvironmentEntry,
    FlagConfigEntry,
    FlagEntry,
    MetricEntry,
    MetricGroupEntry,
    RuleEntry,
    UnitEntry,
    VariationEntry,
)
from launchdarkly_api.sandbox.control.document import MemberEntry, ProjectEntry
from launchdarkly_api.sandbox.control.experiment_entries import (
    ExperimentEntry,
    FlagUseEntry,
    IterationEntry,
    MetricUseEntry,
    ParameterEntry,
    RecordedEntry,
    SimulatedEntry,
    TrafficEntry,
    TreatmentEntry,
)
from launchdarkly_api.sandbox.state.records import Experiment, Flag, Iteration, Member, Project
from launchdarkly_api.sandbox.state.store import State
from launchdarkly_api.sandbox.state.traffic import Recorded, Simulated, Source, Traffic


def members(state: State) -> tuple[MemberEntry, ...]:
    """The members of the account. Hold the lock of the state."""
    return tuple(map(_member, state.members.values()))


def projects(state: State) -> tuple[ProjectEntry, ...]:
    """The projects with all that they hold. Hold the lock of the state."""
    return tuple(_project(project, state) for project in state.projects.values())


def _member(member: Member) -> MemberEntry:
    return MemberEntry(
        member.email,
        member.id,
        member.first_name,
        member.last_name,
        member.role,
        member.creation_date,
    )


def _project(project: Project, state: State) -> ProjectEntry:
    return ProjectEntry(
        key=project.key,
        name=project.name,
        id=project.id,
        creation_date=project.creation_date,
        environments=tuple(EnvironmentEntry(*item) for item in project.environments.items()),
        context_kinds=tuple(ContextKindEntry(*item) for item in project.context_kinds.items()),
        randomization_units=tuple(
            # Only a request could make another one, and it is checked.
            UnitEntry(unit.key, unit.standard, unit.default)  # type: ignore[arg-type]
            for unit in project.units
        ),
        flags=tuple(map(_flag, project.flags.values())),
        metrics=tuple(
            MetricEntry(m.key, m.name, m.kind, m.numeric, m.lower_is_better)
            for m in project.metrics.values()
        ),
        metric_groups=tuple(
            MetricGroupEntry(group.key, group.metrics, group.name, group.kind)
            for group in project.metric_groups.values()
        ),
        experiments=tuple(
            _experiment(experiment, project, state)
            for environment in project.environments
            for experiment in state.experiments_in(project.key, environment)
        ),
    )


def _flag(flag: Flag) -> FlagEntry:
    return FlagEntry(
        key=flag.key,
        name=flag.name,
        variations=tuple(VariationEntry(v.value, v.name, v.id) for v in flag.variations),
        rules=tuple(RuleEntry(rule.id, rule.description, rule.clauses) for rule in flag.rules),
        archived=flag.archived,
        environments=tuple(
            FlagConfigEntry(environment, config.on, config.version)
            for environment, config in flag.configs.items()
        ),
    )


def _experiment(experiment: Experiment, project: Project, state: State) -> ExperimentEntry:
    return ExperimentEntry(
        key=experiment.key,
        iterations=tuple(
            _iteration(iteration, project, state.traffic.get(iteration.id))
            for iteration in experiment.iterations
        ),
        environment=experiment.environment_key,
        name=experiment.name,
        description=experiment.description,
        id=experiment.id,
        maintainer_id=experiment.maintainer_id,
        creation_date=experiment.creation_date,
        archived_date=experiment.archived_date,
        kind=experiment.kind,
        methodology=experiment.methodology,
        data_source=experiment.data_source,
        tags=experiment.tags,
        holdout_id=experiment.holdout_id,
        analysis_config=experiment.analysis_config,
    )


def _iteration(iteration: Iteration, project: Project, traffic: Traffic | None) -> IterationEntry:
    return IterationEntry(
        primary_metric=iteration.primary_metric,
        secondary_metrics=iteration.secondary_metrics,
        flags=tuple(
            FlagUseEntry(
                key, use.rule_id, use.flag_config_version, use.not_in_experiment_variation_id
            )
            for key, use in iteration.flags.items()
        ),
        treatments=tuple(
            TreatmentEntry(
                name=treatment.name,
                id=treatment.id,
                baseline=treatment.baseline,
                allocation_percent=treatment.allocation_percent,
                parameters=tuple(
                    ParameterEntry(p.flag_key, p.variation_id) for p in treatment.parameters
                ),
            )
            for treatment in iteration.treatments
        ),
        status=iteration.status,
        hypothesis=iteration.hypothesis,
        id=iteration.id,
        created_at=iteration.created_at,
        started_at=iteration.started_at,
        ended_at=iteration.ended_at,
        # The empty text stands for none, since a missing one is the default of the project.
        randomization_unit=iteration.randomization_unit or "",
        can_reshuffle_traffic=iteration.can_reshuffle_traffic,
        change_justification=iteration.change_justification,
        winning_treatment_id=iteration.winning_treatment_id,
        winning_reason=iteration.winning_reason,
        metrics=tuple(MetricUseEntry(u.key, u.group, u.analysis_unit) for u in iteration.uses),
        primary_funnel=iteration.primary_funnel,
        attributes=iteration.attributes,
        covariate_id=iteration.covariate_id,
        reallocation_frequency_millis=iteration.reallocation_frequency_millis,
        version=iteration.version,
        traffic=tuple(
            _traffic(source, project, iteration) for source in (traffic.sources if traffic else ())
        ),
        cleared={} if traffic is None else {k: v for k, v in traffic.cleared.items() if v},
    )


def _traffic(source: Source, project: Project, iteration: Iteration) -> TrafficEntry:
    if isinstance(source, Simulated):
        return TrafficEntry(simulated=_simulated(source))
    if source.exposures:
        return TrafficEntry(recorded=_recorded(source, project))
    # A record of no units has no treatment. It stays, because later entries are counted.
    return TrafficEntry(recorded=RecordedEntry(iteration.treatments[0].id, units=(), at=0))


def _recorded(source: Recorded, project: Project) -> RecordedEntry:
    first = source.exposures[0]
    values: dict[str, list[float]] = {}
    for event in source.events:
        values.setdefault(event.metric_key, []).append(event.value)
    return RecordedEntry(
        treatment=first.treatment_id,
        units=tuple(exposure.unit for exposure in source.exposures),
        events={
            key: tuple(sent) if project.metrics[key].numeric else len(sent)
            for key, sent in values.items()
        },
        at=first.at,
    )


def _simulated(source: Simulated) -> SimulatedEntry:
    return SimulatedEntry(
        units=source.units,
        days=0,
        effects={key: dict(effects) for key, effects in source.effects.items()},
        split=dict(source.shares),
        seed=source.seed,
        start=source.start,
        end=source.end,
        name=source.name,
    )

"""Projects, flags, metrics and members from the entries of a document."""

from __future__ import annotations

from dataclasses import replace
from typing import TypeVar

from launchdarkly_api.sandbox.control.catalogue_entries import (
    ContextKindEntry,
    EnvironmentEntry,
    FlagEntry,
    RuleEntry,
    UnitEntry,
    VariationEntry,
)
from launchdarkly_api.sandbox.control.document import MemberEntry, ProjectEntry
from launchdarkly_api.sandbox.control.places import distinct, located, one_of
from launchdarkly_api.sandbox.control.shapes import ShapeError
from launchdarkly_api.sandbox.service.bodies import Path, place
from launchdarkly_api.sandbox.state import catalogue, demo
from launchdarkly_api.sandbox.state.records import (
    FALLTHROUGH,
    Flag,
    FlagConfig,
    Member,
    Metric,
    Project,
    RandomizationUnit,
    Rule,
    Variation,
)
from launchdarkly_api.sandbox.state.store import State

T = TypeVar("T")


def members(entries: tuple[MemberEntry, ...], path: Path) -> list[Member]:
    """The members of the account. An entry with the id of the owner replaces the owner."""
    state = State()
    made = []
    for number, entry in enumerate(entries):
        here = (*path, number)
        with located(here):
            if entry.id == demo.OWNER.id:
                state.members.pop(demo.OWNER.id, None)
            member = catalogue.member(
                state,
                entry.email,
                id=entry.id,
                first_name=entry.first_name,
                last_name=entry.last_name,
                role=entry.role,
            )
        if entry.creation_date is not None:
            member = replace(member, creation_date=entry.creation_date)
        state.hold(member)
        made.append(member)
    return made


def project(entry: ProjectEntry, path: Path) -> Project:
    """The project without its experiments."""
    is_demo = entry.key == demo.PROJECT
    with located(path):
        catalogue.new_key("project", entry.key, ())
        base = demo.project() if is_demo else catalogue.project(entry.key, entry.key, ("test",))
    base = replace(
        base,
        name=base.name if entry.name is None else entry.name,
        id=base.id if entry.id is None else entry.id,
        creation_date=base.creation_date if entry.creation_date is None else entry.creation_date,
    )
    made = _with_contexts(_with_environments(base, entry, path), entry, path)
    return _with_metrics(_with_flags(made, entry, path), entry, path)


def _with_environments(base: Project, entry: ProjectEntry, path: Path) -> Project:
    if entry.environments is None:
        return base
    here = (*path, "environments")
    if not entry.environments:
        raise ShapeError(f"A project needs at least one environment{place(here)}.")
    names: dict[str, str] = {}
    for number, given in enumerate(entry.environments):
        one = EnvironmentEntry(given) if isinstance(given, str) else given
        with located((*here, number)):
            catalogue.new_key("environment", one.key, names)
        names[one.key] = one.name or one.key
    return replace(base, environments=names)


def _with_contexts(base: Project, entry: ProjectEntry, path: Path) -> Project:
    if entry.context_kinds is not None:
        base = replace(base, context_kinds={})
        for number, given in enumerate(entry.context_kinds):
            one = ContextKindEntry(given) if isinstance(given, str) else given
            with located((*path, "contextKinds", number)):
                base = catalogue.with_context_kind(base, one.key, one.name)
    entries = entry.randomization_units
    if entries is None:
        return replace(base, units=tuple(u for u in base.units if u.key in base.context_kinds))
    here = (*path, "randomizationUnits")
    for number, unit in enumerate(entries):
        one_of("context kind", unit.key, base.context_kinds, (*here, number, "key"))
    distinct("randomization unit", (unit.key for unit in entries), here)
    return replace(base, units=_units(entries, here))


def _units(entries: tuple[UnitEntry, ...], path: Path) -> tuple[RandomizationUnit, ...]:
    defaults = sum(unit.default for unit in entries)
    if defaults > 1:
        raise ShapeError(f"Only one randomization unit can be the default{place(path)}.")
    return tuple(
        RandomizationUnit(unit.key, unit.standard, unit.default or (number == 0 and defaults == 0))
        for number, unit in enumerate(entries)
    )


def _with_flags(base: Project, entry: ProjectEntry, path: Path) -> Project:
    if entry.flags is None:
        kept = {
            flag.key: replace(flag, configs=dict.fromkeys(base.environments, FlagConfig()))
            for flag in base.flags.values()
        }
        return replace(base, flags=kept)
    base = replace(base, flags={})
    for number, given in enumerate(entry.flags):
        here = (*path, "flags", number)
        with located(here):
            base = catalogue.with_flag(base, _flag(base, given, here))
    return base


def _flag(project: Project, entry: FlagEntry, path: Path) -> Flag:
    variations = [
        given if isinstance(given, VariationEntry) else VariationEntry(given)
        for given in entry.variations
    ]
    rules = [given if isinstance(given, RuleEntry) else RuleEntry(given) for given in entry.rules]
    made = catalogue.flag(
        project,
        entry.key,
        name=entry.name,
        variations=[variation.value for variation in variations],
        rules=[rule.id for rule in rules],
        on=entry.on,
        archived=entry.archived,
        version=entry.version,
    )
    configs = dict(made.configs)
    distinct("environment", (c.environment for c in entry.environments), (*path, "environments"))
    for number, config in enumerate(entry.environments):
        here = (*path, "environments", number, "environment")
        key = one_of("environment", config.environment, project.environments, here)
        configs[key] = FlagConfig(config.on, config.version)
    identified = tuple(
        Variation(
            default.id if given.id is None else given.id,
            default.name if given.name is None else given.name,
            default.value,
        )
        for given, default in zip(variations, made.variations)
    )
    distinct("variation id", (variation.id for variation in identified), (*path, "variations"))
    return replace(made, variations=identified, rules=_rules(rules), configs=configs)


def _rules(entries: list[RuleEntry]) -> tuple[Rule, ...]:
    """The rules, of which the one that applies if no other does is the last."""
    rules = [Rule(entry.id, entry.description, entry.clauses) for entry in entries]
    last = [rule for rule in rules if rule.id == FALLTHROUGH.id and rule.description]
    others = (rule for rule in rules if rule.id != FALLTHROUGH.id)
    return (*others, *(last or [FALLTHROUGH]))


def _with_metrics(base: Project, entry: ProjectEntry, path: Path) -> Project:
    groups = base.metric_groups
    if entry.metrics is not None:
        base = replace(base, metrics={})
        for number, metric in enumerate(entry.metrics):
            with located((*path, "metrics", number)):
                made = Metric(
                    metric.key,
                    metric.key if metric.name is None else metric.name,
                    metric.kind,
                    metric.numeric,
                    metric.lower_is_better,
                )
                base = catalogue.with_metric(base, made)
    if entry.metric_groups is None:
        known = {
            key: group for key, group in groups.items() if set(group.metrics) <= set(base.metrics)
        }
        return replace(base, metric_groups=known)
    base = replace(base, metric_groups={})
    for number, group in enumerate(entry.metric_groups):
        with located((*path, "metricGroups", number)):
            base = catalogue.with_metric_group(
                base, group.key, group.name, group.kind, group.metrics
            )
    return base

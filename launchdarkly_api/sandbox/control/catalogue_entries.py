"""The part of a document that experiments refer to: environments, flags and metrics."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Literal

from launchdarkly_api.sandbox.control.bounds import Count
from launchdarkly_api.sandbox.state.records import GroupKind, MetricKind


@dataclass(frozen=True)
class EnvironmentEntry:
    """An environment.

    Attributes:
        key: The key.
        name: The name. The default is the key.
    """

    key: str
    name: str | None = None


@dataclass(frozen=True)
class ContextKindEntry:
    """A context kind.

    Attributes:
        key: The key.
        name: The name. The default is the key with a capital letter.
    """

    key: str
    name: str | None = None


@dataclass(frozen=True)
class UnitEntry:
    """A context kind by which experiments may assign treatments.

    Attributes:
        key: The key of the context kind.
        standard: The standard randomization unit that it stands for.
        default: Whether it is the default.
    """

    key: str
    standard: Literal["guest", "guestTime", "organization", "request", "user", "userTime"] = "user"
    default: bool = False


@dataclass(frozen=True)
class VariationEntry:
    """One of the values that a flag can serve.

    Attributes:
        value: The value, which is any JSON.
        name: The name. The default is the value as text.
        id: The id. The default is the same in each run.
    """

    value: Any
    name: str | None = None
    id: str | None = None


@dataclass(frozen=True)
class RuleEntry:
    """A targeting rule of a flag.

    Attributes:
        id: The id.
        description: The description.
        clauses: The clauses, which are any JSON.
    """

    id: str
    description: str = ""
    clauses: tuple[Any, ...] = ()


@dataclass(frozen=True)
class FlagConfigEntry:
    """A flag in one environment.

    Attributes:
        environment: The key of the environment.
        on: Whether the flag is on.
        version: The version of the flag.
    """

    environment: str
    on: bool = True
    version: Count = 1


@dataclass(frozen=True)
class FlagEntry:
    """A flag.

    Attributes:
        key: The key.
        name: The name. The default is the key.
        variations: The values that it serves, at least one. Values that are an object or a list
            need the long form.
        rules: The targeting rules, or their ids. `fallthrough` is added if it is missing.
        archived: Whether the flag is archived.
        on: Whether it is on in the environments that `environments` does not list.
        version: Its version in these environments.
        environments: The flag in single environments.
    """

    key: str
    name: str | None = None
    variations: tuple[str | bool | int | float | VariationEntry, ...] = ("control", "treatment")
    rules: tuple[str | RuleEntry, ...] = ()
    archived: bool = False
    on: bool = True
    version: Count = 1
    environments: tuple[FlagConfigEntry, ...] = ()


@dataclass(frozen=True)
class MetricEntry:
    """A metric.

    Attributes:
        key: The key.
        name: The name. The default is the key.
        kind: The kind of its events.
        numeric: Whether its events carry numbers. If not, it counts the units that convert.
        lower_is_better: Whether a lower value is a success.
    """

    key: str
    name: str | None = None
    kind: MetricKind = "custom"
    numeric: bool = False
    lower_is_better: bool = False


@dataclass(frozen=True)
class MetricGroupEntry:
    """A group of metrics.

    Attributes:
        key: The key.
        metrics: The keys of its metrics, at least one. Those of a funnel are its steps.
        name: The name. The default is the key.
        kind: The kind of the group.
    """

    key: str
    metrics: tuple[str, ...]
    name: str | None = None
    kind: GroupKind = "funnel"

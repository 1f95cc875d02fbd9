"""The document of a sandbox: its data and settings, as a seed sets them and a snapshot has them.

A person may omit all that has a default. A snapshot omits nothing that a restore needs.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Annotated

from launchdarkly_api.sandbox.control.bounds import (
    Count,
    Probability,
    Requests,
    Seconds,
    StatusCode,
    Time,
    Window,
)
from launchdarkly_api.sandbox.control.catalogue_entries import (
    ContextKindEntry,
    EnvironmentEntry,
    FlagEntry,
    MetricEntry,
    MetricGroupEntry,
    UnitEntry,
)
from launchdarkly_api.sandbox.control.experiment_entries import ExperimentEntry
from launchdarkly_api.sandbox.control.shapes import Range
from launchdarkly_api.sandbox.service.endpoints import ApiVersion, Call
from launchdarkly_api.sandbox.service.limits import Announcement
from launchdarkly_api.sandbox.state.clock import LATEST
from launchdarkly_api.sandbox.state.records import Role


@dataclass(frozen=True)
class ProjectEntry:
    """A project. Lists that the project `demo` omits are those of the demo data.

    Attributes:
        key: The key.
        name: The name. The default is the key.
        id: The id. The default is a new one.
        creation_date: The time of its creation in epoch milliseconds. The default is now.
        environments: The environments, or their keys, at least one. The default is `test`.
        context_kinds: The context kinds, or their keys. The default is `user`.
        randomization_units: The context kinds by which experiments may assign treatments. The
            default is `user`.
        flags: The flags.
        metrics: The metrics.
        metric_groups: The metric groups.
        experiments: The experiments, oldest first.
    """

    key: str
    name: str | None = None
    id: str | None = None
    creation_date: Time | None = None
    environments: tuple[str | EnvironmentEntry, ...] | None = None
    context_kinds: tuple[str | ContextKindEntry, ...] | None = None
    randomization_units: tuple[UnitEntry, ...] | None = None
    flags: tuple[FlagEntry, ...] | None = None
    metrics: tuple[MetricEntry, ...] | None = None
    metric_groups: tuple[MetricGroupEntry, ...] | None = None
    experiments: tuple[ExperimentEntry, ...] = ()


@dataclass(frozen=True)
class MemberEntry:
    """A member of the account.

    Attributes:
        email: The email address.
        id: The id. The default follows from the email address.
        first_name: The first name.
        last_name: The last name.
        role: The role.
        creation_date: The time of the creation in epoch milliseconds. The default is now.
    """

    email: str
    id: str | None = None
    first_name: str = ""
    last_name: str = ""
    role: Role = "writer"
    creation_date: Time | None = None


@dataclass(frozen=True)
class FaultEntry:
    """A fault that is planned for the next requests.

    Attributes:
        status: Respond with this status.
        drop: Close the connection without a response.
        reset: Reset the connection (TCP RST) without a response.
        cut: Apply the request and close the connection in the middle of the response.
        slow: Respond after this number of seconds. Works alone or with the other faults.
        trickle: Send the response in small pieces over this number of seconds. Works alone or with
            `status`, `cut` and `slow`.
        applied: With `status`, `drop` or `reset`: apply the request first.
        count: The number of requests that fail.
        call: Affect this call only.
        headers: Headers of the response.
        body: With `status`: the body of the response, in place of the usual one.
        body_base64: The body in base64, in place of `body`, if it is not text.
    """

    status: StatusCode | None = None
    drop: bool = False
    reset: bool = False
    cut: bool = False
    slow: Seconds = 0
    trickle: Seconds = 0
    applied: bool = False
    count: Count = 1
    call: Call | None = None
    headers: dict[str, str] = field(default_factory=dict)
    body: str | None = None
    body_base64: str | None = None


@dataclass(frozen=True)
class FaultRateEntry:
    """Faults at random.

    Attributes:
        probability: The probability that a request fails.
        statuses: Faults: respond with one of these statuses.
        drop: A fault: close the connection without a response.
        reset: A fault: reset the connection (TCP RST) without a response.
        cut: A fault: apply the request and close the connection in the middle of the response.
        slow: A fault: respond normally after this number of seconds.
        trickle: A fault: send the response in small pieces over this number of seconds.
        applied: With `statuses`, `drop` and `reset`: apply the request first.
        call: Affect this call only.
        seed: The seed of the random choices.
        used: The number of requests that the seed has already decided on.
    """

    probability: Probability
    statuses: tuple[StatusCode, ...] = (503,)
    drop: bool = False
    reset: bool = False
    cut: bool = False
    slow: Seconds = 0
    trickle: Seconds = 0
    applied: bool = False
    call: Call | None = None
    seed: int = 0
    used: Annotated[int, Range(0, 10_000_000)] = 0


@dataclass(frozen=True)
class FaultsEntry:
    """The faults.

    Attributes:
        next: The planned faults, which are used in this order.
        rate: The faults at random, at most one entry for each call.
    """

    next: tuple[FaultEntry, ...] = ()
    rate: tuple[FaultRateEntry, ...] = ()


@dataclass(frozen=True)
class RateLimitEntry:
    """A rate limit. Its window begins with the next request.

    Attributes:
        limit: The requests per window for all calls together. By default there is no limit.
        window_seconds: The length of a window in seconds.
        route_limit: The requests per window for each call. The default is `limit`.
        announce: How responses describe the limit.
    """

    limit: Requests | None = None
    window_seconds: Window = 10
    route_limit: Requests | None = None
    announce: Announcement = "ratelimit"


@dataclass(frozen=True)
class ClockEntry:
    """The clock. By default it is the computer's.

    Attributes:
        at: The time at which the clock stands still, in epoch milliseconds.
        offset_milliseconds: The milliseconds that a running clock is ahead of the computer's.
    """

    at: Time | None = None
    offset_milliseconds: Annotated[int, Range(0, LATEST)] = 0


@dataclass(frozen=True)
class Document:
    """The data and the settings of a sandbox.

    Attributes:
        api_version: The version of the API. The default is the one that the sandbox started with.
        clock: The clock.
        latency_seconds: The delay of each response in seconds.
        rate_limit: The rate limit, and its announcement.
        faults: The faults.
        members: The members of the account. The owner of the access token is always one.
        projects: The projects. The project `demo` is always one.
    """

    api_version: ApiVersion | None = None
    clock: ClockEntry = ClockEntry()
    latency_seconds: Seconds = 0
    rate_limit: RateLimitEntry = RateLimitEntry()
    faults: FaultsEntry = FaultsEntry()
    members: tuple[MemberEntry, ...] = ()
    projects: tuple[ProjectEntry, ...] = ()

"""JSON of the resources that experiments refer to: projects, flags, metrics, members and the rest.

It is the same in both versions of the API. The sandbox does not record when these were changed, so
the time of their creation is that of their project, and their ids follow from their keys.
"""

from __future__ import annotations

import uuid
from collections.abc import Collection, Iterable

from launchdarkly_api.sandbox.service import responses_2026
from launchdarkly_api.sandbox.service.endpoints import (
    CONTEXT_KINDS,
    ENVIRONMENT,
    ENVIRONMENTS,
    FLAG,
    FLAGS,
    MEMBER,
    METRIC,
    METRIC_GROUP,
    METRICS,
    PROJECT,
    path,
)
from launchdarkly_api.sandbox.service.responses import Json, experiment_path, link, present
from launchdarkly_api.sandbox.state import demo
from launchdarkly_api.sandbox.state.records import (
    FALLTHROUGH,
    Experiment,
    Flag,
    Member,
    Metric,
    MetricGroup,
    Project,
)

#: A page of the product. The sandbox has one for everything.
SITE = {"href": "/", "type": "text/html"}


def _id(*parts: str) -> str:
    """An id in the form of the service, the same for the same parts."""
    return uuid.uuid5(uuid.NAMESPACE_URL, "/".join(parts)).hex[:24]


def environment_id(record: Project, key: str) -> str:
    return _id(record.id, "environment", key)


def environment(record: Project, key: str) -> Json:
    """An ``Environment``. Its keys for SDKs open nothing."""
    own = environment_id(record, key)
    return {
        "_id": own,
        "key": key,
        "name": record.environments[key],
        "apiKey": f"sdk-{own}",
        "mobileKey": f"mob-{own}",
        "color": "417505",
        "defaultTtl": 0,
        "secureMode": False,
        "defaultTrackEvents": False,
        "requireComments": False,
        "confirmChanges": False,
        "critical": False,
        "tags": [],
        "_links": {
            "self": link(path(ENVIRONMENT, record.key, key)),
            "parent": link(path(PROJECT, record.key)),
        },
    }


def project(record: Project) -> Json:
    """A ``Project``, without its environments."""
    return {
        "_id": record.id,
        "key": record.key,
        "name": record.name,
        "includeInSnippetByDefault": False,
        "defaultClientSideAvailability": {"usingMobileKey": True, "usingEnvironmentId": False},
        "tags": [],
        "_links": {
            "self": link(path(PROJECT, record.key)),
            "environments": link(path(ENVIRONMENTS, record.key)),
        },
    }


def _summary(variations: int) -> Json:
    """A ``FlagSummary``."""
    counts = {"rules": 0, "nullRules": 0, "targets": 0, "contextTargets": 0}
    served: dict[str, Json] = {"0": {**counts, "isFallthrough": True}}
    last = str(variations - 1)
    served[last] = {**served.get(last, counts), "isOff": True}
    return {"prerequisites": 0, "variations": served}


def _flag_config(record: Flag, key: str, parent: Project, summary: bool) -> Json:
    """A ``FeatureFlagConfig``. A summary lacks the lists of rules, targets and prerequisites."""
    config = record.configs[key]
    rules = [
        {
            "_id": rule.id,
            "variation": 0,
            "clauses": list(rule.clauses),
            "trackEvents": False,
            **present(description=rule.description),
        }
        for rule in record.rules
        if rule.id != FALLTHROUGH.id
    ]
    lists = {"rules": rules, "targets": [], "contextTargets": [], "prerequisites": []}
    return {
        "on": config.on,
        "archived": record.archived,
        "salt": _id(parent.id, "salt", record.key, key),
        "sel": _id(parent.id, "sel", record.key, key),
        "lastModified": parent.creation_date,
        "version": config.version,
        **({} if summary else lists),
        "fallthrough": {"variation": 0},
        "offVariation": len(record.variations) - 1,
        "trackEvents": False,
        "trackEventsFallthrough": False,
        "_environmentName": parent.environments[key],
        "_site": SITE,
        **({"_summary": _summary(len(record.variations))} if summary else {}),
    }


def flag(
    record: Flag, parent: Project, environments: Iterable[str], *, summary: bool = False
) -> Json:
    """A ``FeatureFlag``.

    Args:
        record: The flag.
        parent: Its project.
        environments: The environments to describe.
        summary: Whether to leave out the lists of rules, targets and prerequisites.
    """
    values = [variation.value for variation in record.variations]
    boolean = len(values) == 2 and all(isinstance(value, bool) for value in values)
    configs = {key: _flag_config(record, key, parent, summary) for key in environments}
    return {
        "key": record.key,
        "name": record.name,
        "kind": "boolean" if boolean else "multivariate",
        "_version": 1 + sum(config.version - 1 for config in record.configs.values()),
        "creationDate": parent.creation_date,
        "includeInSnippet": False,
        "clientSideAvailability": {"usingMobileKey": True, "usingEnvironmentId": False},
        "variations": [
            {"_id": variation.id, "value": variation.value, "name": variation.name}
            for variation in record.variations
        ],
        "temporary": True,
        "tags": [],
        "maintainerId": demo.OWNER.id,
        "_maintainer": _member_summary(demo.OWNER),
        "experiments": {"baselineIdx": 0, "items": []},
        "customProperties": {},
        "archived": record.archived,
        "defaults": {"onVariation": 0, "offVariation": len(values) - 1},
        "_links": {
            "self": link(path(FLAG, parent.key, record.key)),
            "parent": link(path(FLAGS, parent.key)),
        },
        **present(environments=configs),
    }


def metric(record: Metric, parent: Project) -> Json:
    """A ``MetricListingRep``, or a ``MetricRep`` without expansions."""
    success = "LowerThanBaseline" if record.lower_is_better else "HigherThanBaseline"
    custom = {"isNumeric": record.numeric, "eventKey": record.key, "successCriteria": success}
    return {
        "_id": _id(parent.id, "metric", record.key),
        "_versionId": responses_2026.version_id(record.key),
        "_version": 1,
        "key": record.key,
        "name": record.name,
        "kind": record.kind,
        **(custom if record.kind == "custom" else {}),
        "randomizationUnits": [unit.key for unit in parent.units],
        "unitAggregationType": "average",
        "analysisType": "mean",
        "dataSource": {"key": "launchdarkly"},
        "maintainerId": demo.OWNER.id,
        "_maintainer": _member_summary(demo.OWNER),
        "tags": [],
        "_creationDate": parent.creation_date,
        "archived": False,
        "_links": {
            "self": link(path(METRIC, parent.key, record.key)),
            "parent": link(path(METRICS, parent.key)),
        },
    }


def metric_group(record: MetricGroup, parent: Project) -> Json:
    """A ``MetricGroupRep``."""
    dependent = responses_2026.metric_group(record, parent)
    return {
        **dependent,
        "_id": _id(parent.id, "metric-group", record.key),
        "_version": 1,
        "_creationDate": parent.creation_date,
        "_lastModified": parent.creation_date,
        "tags": [],
        "maintainer": {
            "key": demo.OWNER.id,
            "kind": "member",
            "_member": _member_summary(demo.OWNER),
        },
        "_links": {**dependent["_links"], "parent": link(path(PROJECT, parent.key))},
    }


def dependent_group(record: MetricGroup, parent: Project) -> Json:
    """A ``DependentMetricGroupRep``."""
    return {
        "key": record.key,
        "name": record.name,
        "kind": record.kind,
        "_links": {
            "self": link(path(METRIC_GROUP, parent.key, record.key)),
            "parent": link(path(PROJECT, parent.key)),
        },
    }


def dependent_experiments(records: Collection[Experiment], parent: Project) -> list[Json]:
    """A ``DependentExperimentListRep``."""
    return [
        {
            "key": record.key,
            "name": record.name,
            "environmentId": environment_id(parent, record.environment_key),
            "environmentKey": record.environment_key,
            "creationDate": record.creation_date,
            **present(archivedDate=record.archived_date),
            "_links": {
                "self": link(experiment_path(record)),
                "parent": link(path(ENVIRONMENT, parent.key, record.environment_key)),
            },
        }
        for record in records
    ]


def context_kind(key: str, parent: Project) -> Json:
    """A ``ContextKindRep``."""
    return {
        "key": key,
        "name": parent.context_kinds[key],
        "description": "",
        "version": 1,
        "creationDate": parent.creation_date,
        "lastModified": parent.creation_date,
        "createdFrom": "default" if key == "user" else "manual",
        "archived": False,
        "hideInTargeting": False,
        "_links": {"parent": link(path(CONTEXT_KINDS, parent.key))},
    }


def _member_summary(record: Member) -> Json:
    """A ``MemberSummary``."""
    return {
        "_id": record.id,
        "email": record.email,
        **present(firstName=record.first_name, lastName=record.last_name),
        "role": record.role,
        "_links": {"self": link(path(MEMBER, record.id))},
    }


def member(record: Member) -> Json:
    """A ``Member``."""
    return {
        **_member_summary(record),
        "customRoles": [],
        "mfa": "disabled",
        "_pendingInvite": False,
        "_verified": True,
        "_lastSeen": record.creation_date,
        "creationDate": record.creation_date,
    }

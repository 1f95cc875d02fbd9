"""The calls: the name, the method and the path of each, and which version has it.

Beside the calls of experiments there are those that read what experiments refer to. The sandbox has
them in both versions.

Paths stand here only: routing and the links in responses both use these templates.
"""

from __future__ import annotations

import re
from functools import lru_cache
from typing import Literal, get_args
from urllib.parse import quote

from launchdarkly_api.sandbox.state import checks

Call = Literal[
    "create_experiment",
    "create_iteration",
    "get_experiment",
    "get_experiment_results",
    "get_experimentation_settings",
    "get_experiments",
    "get_experiments_any_env",
    "get_legacy_experiment_results",
    "patch_experiment",
    "put_experimentation_settings",
    "reset_experiment",
    # Resources that experiments refer to.
    "get_context_kinds_by_project_key",
    "get_environment",
    "get_environments_by_project",
    "get_feature_flag",
    "get_feature_flags",
    "get_member",
    "get_members",
    "get_metric",
    "get_metric_group",
    "get_metric_groups",
    "get_metrics",
    "get_project",
    "get_projects",
]

CALLS: tuple[Call, ...] = get_args(Call)

ApiVersion = Literal["2023", "2026"]
#: An alias of ``ApiVersion``, for programs that use the earlier name.
Era = ApiVersion

PROJECTS = "/api/v2/projects"
PROJECT = f"{PROJECTS}/{{project}}"
ENVIRONMENTS = f"{PROJECT}/environments"
ENVIRONMENT = f"{ENVIRONMENTS}/{{environment}}"
EXPERIMENTS = f"{ENVIRONMENT}/experiments"
EXPERIMENT = f"{EXPERIMENTS}/{{experiment}}"
RESULTS = f"{EXPERIMENT}/metrics/{{metric}}/results"
SETTINGS = f"{PROJECT}/experimentation-settings"
ANY_ENVIRONMENT = f"{PROJECT}/experiments"
METRICS = "/api/v2/metrics/{project}"
METRIC = f"{METRICS}/{{metric}}"
METRIC_GROUPS = f"{PROJECT}/metric-groups"
METRIC_GROUP = f"{METRIC_GROUPS}/{{group}}"
FLAGS = "/api/v2/flags/{project}"
FLAG = f"{FLAGS}/{{flag}}"
CONTEXT_KINDS = f"{PROJECT}/context-kinds"
MEMBERS = "/api/v2/members"
MEMBER = f"{MEMBERS}/{{member}}"
LEGACY = f"{FLAG}/experiments/{{environment}}/{{metric}}"

#: The calls of the contract of 2023 that the service withdrew, and those that it added since.
WITHDRAWN: frozenset[Call] = frozenset(
    ("get_experiment_results", "get_legacy_experiment_results", "reset_experiment")
)
ADDED: frozenset[Call] = frozenset(("get_experiments_any_env",))

TABLE: tuple[tuple[Call, str, str], ...] = (
    ("get_experiment", "GET", EXPERIMENT),
    ("get_experiments", "GET", EXPERIMENTS),
    ("create_experiment", "POST", EXPERIMENTS),
    ("patch_experiment", "PATCH", EXPERIMENT),
    ("create_iteration", "POST", f"{EXPERIMENT}/iterations"),
    ("get_experiment_results", "GET", RESULTS),
    ("get_experimentation_settings", "GET", SETTINGS),
    ("put_experimentation_settings", "PUT", SETTINGS),
    ("get_legacy_experiment_results", "GET", LEGACY),
    ("reset_experiment", "DELETE", f"{LEGACY}/results"),
    ("get_experiments_any_env", "GET", ANY_ENVIRONMENT),
)


#: The calls that change something.
WRITES = frozenset(call for call, method, _ in TABLE if method != "GET")

#: The calls that read what experiments refer to.
READS: tuple[tuple[Call, str, str], ...] = (
    ("get_projects", "GET", PROJECTS),
    ("get_project", "GET", PROJECT),
    ("get_environments_by_project", "GET", ENVIRONMENTS),
    ("get_environment", "GET", ENVIRONMENT),
    ("get_feature_flags", "GET", FLAGS),
    ("get_feature_flag", "GET", FLAG),
    ("get_metrics", "GET", METRICS),
    ("get_metric", "GET", METRIC),
    ("get_metric_groups", "GET", METRIC_GROUPS),
    ("get_metric_group", "GET", METRIC_GROUP),
    ("get_context_kinds_by_project_key", "GET", CONTEXT_KINDS),
    ("get_members", "GET", MEMBERS),
    ("get_member", "GET", MEMBER),
)
#: The calls that do not need the header for beta calls.
STABLE: frozenset[Call] = frozenset(
    call for call, _, _ in READS if call not in ("get_metric_group", "get_metric_groups")
)


@lru_cache(maxsize=4096)
def path(template: str, *values: str) -> str:
    """The path of a resource.

    Args:
        template: A path with parameters, such as ``EXPERIMENT``.
        values: The values of the parameters, in their order. Each becomes one quoted segment.
    """
    segments = iter(values)
    return re.sub(r"\{\w+\}", lambda _: quote(next(segments), safe=""), template)


def api_version_of(era: ApiVersion, api_version: ApiVersion | None) -> str:
    """The version of the API, which has two names of which the second is the newer one."""
    version = checks.choice("era", era, get_args(ApiVersion))
    if api_version is not None:
        version = checks.choice("api_version", api_version, get_args(ApiVersion))
    return version

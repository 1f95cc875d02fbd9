"""The calls: the name, the method and the path of each, and which version has it.

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
]

CALLS: tuple[Call, ...] = get_args(Call)

ApiVersion = Literal["2023", "2026"]
#: An alias of ``ApiVersion``, for programs that use the earlier name.
Era = ApiVersion

PROJECT = "/api/v2/projects/{project}"
ENVIRONMENT = f"{PROJECT}/environments/{{environment}}"
EXPERIMENTS = f"{ENVIRONMENT}/experiments"
EXPERIMENT = f"{EXPERIMENTS}/{{experiment}}"
RESULTS = f"{EXPERIMENT}/metrics/{{metric}}/results"
SETTINGS = f"{PROJECT}/experimentation-settings"
ANY_ENVIRONMENT = f"{PROJECT}/experiments"
METRIC = "/api/v2/metrics/{project}/{metric}"
METRIC_GROUP = f"{PROJECT}/metric-groups/{{group}}"
FLAG = "/api/v2/flags/{project}/{flag}"
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

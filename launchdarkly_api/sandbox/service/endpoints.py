"""The ten calls: the name, the method and the path of each.

Paths stand here only: routing and the links in responses both use these templates.
"""

from __future__ import annotations

import re
from functools import lru_cache
from typing import Literal, get_args
from urllib.parse import quote

Call = Literal[
    "create_experiment",
    "create_iteration",
    "get_experiment",
    "get_experiment_results",
    "get_experimentation_settings",
    "get_experiments",
    "get_legacy_experiment_results",
    "patch_experiment",
    "put_experimentation_settings",
    "reset_experiment",
]

CALLS: tuple[Call, ...] = get_args(Call)

PROJECT = "/api/v2/projects/{project}"
ENVIRONMENT = f"{PROJECT}/environments/{{environment}}"
EXPERIMENTS = f"{ENVIRONMENT}/experiments"
EXPERIMENT = f"{EXPERIMENTS}/{{experiment}}"
RESULTS = f"{EXPERIMENT}/metrics/{{metric}}/results"
SETTINGS = f"{PROJECT}/experimentation-settings"
METRIC = "/api/v2/metrics/{project}/{metric}"
FLAG = "/api/v2/flags/{project}/{flag}"
LEGACY = f"{FLAG}/experiments/{{environment}}/{{metric}}"

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

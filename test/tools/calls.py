"""One call of each kind, and all ten calls by name."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from launchdarkly_api.apis import ExperimentsBetaApi
from test.contract import ENDPOINTS, arguments
from test.resilience.tools import PATCH, POST

SETTINGS: dict[str, Any] = {"randomizationUnits": []}
#: A call of each method, by its name. Takes the API and the options of the call.
BY_METHOD: dict[str, Callable[..., Any]] = {
    "GET": lambda api, **o: api.get_experiment("p", "e", "x", **o),
    "POST": lambda api, **o: api.create_experiment("p", "e", POST, **o),
    "PATCH": lambda api, **o: api.patch_experiment("p", "e", "x", PATCH, **o),
    "PUT": lambda api, **o: api.put_experimentation_settings("p", SETTINGS, **o),
    "DELETE": lambda api, **o: api.reset_experiment("p", "f", "e", "m", **o),
}
WRITES = ["POST", "PATCH", "PUT", "DELETE"]

each_method = pytest.mark.parametrize("method", list(BY_METHOD))
each_write = pytest.mark.parametrize("method", WRITES)
each_call = pytest.mark.parametrize("endpoint", ENDPOINTS, ids=[e["name"] for e in ENDPOINTS])


def make(api: ExperimentsBetaApi, endpoint: dict[str, Any], **options: Any) -> Any:
    """Call the method of an endpoint with its required arguments."""
    return getattr(api, endpoint["name"])(*arguments(endpoint), **options)


def make_all(api: ExperimentsBetaApi) -> list[Any]:
    """The results of all ten calls."""
    return [make(api, endpoint) for endpoint in ENDPOINTS]

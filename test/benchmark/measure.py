"""One measurement, in a process of its own: the two clients have the same package name.

``python -m test.benchmark.measure SUBJECT WHAT [URL]`` prints a number: seconds for one, the best
of many, or bytes. The subject ``client`` is whichever ``launchdarkly_api`` the path holds,
``without msgspec`` is the same without the extra ``fast``, and ``bare`` is ``json.loads`` and
urllib3.
"""

from __future__ import annotations

import gc
import json
import sys
import time
import tracemalloc
import warnings
from collections.abc import Callable
from typing import Any

from test.benchmark.payload import page

warnings.simplefilter("ignore")
TEXT = json.dumps(page(200))


class _Answer:
    data = TEXT


def best(work: Callable[[], Any], seconds: float = 2.0) -> float:
    """The shortest of as many runs as fit into this time, three at least."""
    end = time.perf_counter() + seconds
    times: list[float] = []
    while len(times) < 3 or time.perf_counter() < end:
        gc.collect(1)
        start = time.perf_counter()
        kept = work()
        times.append(time.perf_counter() - start)
        del kept
    return min(times)


def bytes_kept(work: Callable[[], Any]) -> int:
    """The memory that the result of this work keeps alive."""
    work()
    gc.collect()
    tracemalloc.start()
    before = tracemalloc.get_traced_memory()[0]
    kept = work()
    gc.collect()
    used = tracemalloc.get_traced_memory()[0] - before
    del kept
    return used


def bare(what: str, url: str) -> float:
    def loads() -> Any:
        return json.loads(TEXT)

    if what == "decode":
        return best(loads)
    if what.startswith("memory"):
        return bytes_kept(loads)
    import urllib3

    manager = urllib3.PoolManager()
    headers = {"Accept": "application/json", "Authorization": "token"}

    def call() -> Any:
        return json.loads(manager.request("GET", url, headers=headers).data)

    return best(lambda: [call() for _ in range(100)]) / 100


def client(what: str, url: str) -> float:
    import launchdarkly_api
    from launchdarkly_api.api.experiments_beta_api import ExperimentsBetaApi
    from launchdarkly_api.model.experiment_collection_rep import ExperimentCollectionRep

    configuration = launchdarkly_api.Configuration(host=url.partition("/api/")[0] or None)
    configuration.api_key["ApiKey"] = "token"
    api_client = launchdarkly_api.ApiClient(configuration)

    def decode() -> Any:
        return api_client.deserialize(_Answer, (ExperimentCollectionRep,), True)

    if what == "decode":
        return best(decode)
    if what == "memory":
        return bytes_kept(decode)
    if what == "memory of a page read":
        return bytes_kept(lambda: walked(decode()))
    if what == "walk":
        return best(lambda: walked(decode()))
    if what == "read":
        pairs = list(_attributes(decode()))
        return best(lambda: [getattr(model, name) for model, name in pairs])
    if what == "build":
        return best(lambda: [_serialised(api_client) for _ in range(50)]) / 50
    api = ExperimentsBetaApi(api_client)
    if what == "get_experiment":
        return best(lambda: [api.get_experiment("demo", "test", "x") for _ in range(100)]) / 100
    return best(lambda: [api.get_experiments("demo", "test") for _ in range(100)]) / 100


def walked(value: Any) -> Any:
    """The same value, of which every attribute was read."""
    for _ in _attributes(value):
        pass
    return value


def without_msgspec(what: str, url: str) -> float:
    sys.modules["msgspec"] = None  # type: ignore[assignment]
    return client(what, url)


KINDS = {"bare": bare, "client": client, "without msgspec": without_msgspec}


def _attributes(value: Any) -> Any:
    """Every model in a decoded answer, with every attribute that is set."""
    if isinstance(value, dict):
        value = list(value.values())
    if isinstance(value, list):
        for item in value:
            yield from _attributes(item)
    elif hasattr(type(value), "openapi_types"):
        for name in type(value).openapi_types:
            if name in value:
                yield value, name
                yield from _attributes(getattr(value, name))


def _serialised(api_client: Any) -> str:
    from launchdarkly_api import models

    post = models.ExperimentPost(
        name="Example experiment",
        description="An example experiment, used in testing",
        maintainer_id="12ab3c45de678910fgh12345",
        key="experiment-key-123abc",
        iteration=models.IterationInput(
            hypothesis="The new button placement will increase conversion",
            can_reshuffle_traffic=True,
            metrics=models.MetricsInput([models.MetricInput(key="signup", primary=True)]),
            treatments=models.TreatmentsInput(
                [
                    models.TreatmentInput(
                        name=name,
                        baseline=name == "Control",
                        allocation_percent="50",
                        parameters=[
                            models.TreatmentParameterInput(
                                flag_key="checkout-button", variation_id=name
                            )
                        ],
                    )
                    for name in ("Control", "Larger button")
                ]
            ),
            flags=models.FlagsInput(
                key=models.FlagInput(rule_id="fallthrough", flag_config_version=12)
            ),
            randomization_unit="user",
        ),
    )
    return json.dumps(api_client.sanitize_for_serialization(post))


if __name__ == "__main__":
    subject, what, *rest = sys.argv[1:]
    print(KINDS[subject](what, *(rest or [""])))

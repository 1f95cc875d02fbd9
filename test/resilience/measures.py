"""Measurements of the client in bulk, under faults and under a limit. ``__main__`` prints it."""

from __future__ import annotations

import gc
import json
import sys
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from typing import Any

from launchdarkly_api import ApiClient, Configuration
from launchdarkly_api._support.clock import Clock
from launchdarkly_api.apis import ExperimentsBetaApi
from launchdarkly_api.exceptions import ApiException
from launchdarkly_api.rest import RESTClient
from launchdarkly_api.retry import RetryPolicy
from launchdarkly_api.sandbox.state import demo
from test.resilience.service import WINDOW, service
from test.sandbox.client import experiment_post

TOKEN = demo.ACCESS_TOKEN


def in_threads(threads: int, work: Callable[[int], Any], numbers: Iterable[int]) -> None:
    """Call ``work`` for each number, in several threads that take the numbers in turn."""
    todo = iter(numbers)
    lock = threading.Lock()
    problems: list[BaseException] = []

    def run() -> None:
        while not problems:
            with lock:
                number = next(todo, None)
            if number is None:
                return
            try:
                work(number)
            except BaseException as error:  # noqa: BLE001 - the caller gets it
                problems.append(error)

    running = [threading.Thread(target=run) for _ in range(threads)]
    for thread in running:
        thread.start()
    for thread in running:
        thread.join()
    if problems:
        raise problems[0]


@dataclass
class Soak:
    """The result of many calls under faults."""

    calls: int = 0
    threads: int = 16
    seconds: float = 0.0
    #: By method.
    succeeded: Counter[str] = field(default_factory=Counter)
    failed: Counter[str] = field(default_factory=Counter)
    retries: int = 0
    #: The requests that the service reports.
    requests: int = 0
    statuses: Counter[str] = field(default_factory=Counter)
    #: Writes that were carried out more than once, and writes that succeeded and were not.
    twice: list[str] = field(default_factory=list)
    never: list[str] = field(default_factory=list)
    #: Blocks of memory in use after a fifth of the calls, and at the end.
    blocks_before: int = 0
    blocks_after: int = 0

    @property
    def faults(self) -> int:
        """Requests that met a fault of which the service's log tells."""
        return sum(n for status, n in self.statuses.items() if status in ("0", "429", "502", "503"))


def soak(calls: int = 5000) -> Soak:
    """Of ten calls eight read and two write, in 16 threads, one request in twenty going wrong."""
    found = Soak(calls)
    with service() as running:
        configuration = Configuration(host=running.url, api_key={"ApiKey": TOKEN})
        # With three repetitions, one read in 200,000 would meet four faults in a row.
        configuration.retries = RetryPolicy(6, backoff_factor=0.05)
        configuration.connection_pool_maxsize = found.threads
        configuration.event_hooks["retry"].append(lambda _: retried.append(1))
        retried: list[int] = []
        with ApiClient(configuration) as client:
            api = ExperimentsBetaApi(client)
            written: dict[str, bool] = {}
            lock = threading.Lock()

            def write(method: str, body: dict[str, Any], call: Callable[[], Any]) -> None:
                try:
                    call()
                except ApiException:
                    done = False
                else:
                    done = True
                with lock:
                    (found.succeeded if done else found.failed)[method] += 1
                    written[json.dumps(body)] = done

            def work(number: int) -> None:
                match number % 10:
                    case 0:
                        post = experiment_post(f"exp-{number}")
                        write("POST", post, lambda: api.create_experiment("demo", "test", post))
                    case 5:
                        patch = {"instructions": [{"kind": "updateName", "value": f"n {number}"}]}
                        write(
                            "PATCH",
                            patch,
                            lambda: api.patch_experiment("demo", "test", "soak", patch),
                        )
                    case 1 | 6:
                        api.get_experiments("demo", "test", limit=2)
                    case 2 | 7:
                        api.get_experimentation_settings("demo")
                    case _:
                        assert api.get_experiment("demo", "test", "soak").key == "soak"
                if number % 5:
                    with lock:
                        found.succeeded["GET"] += 1

            while not experiment_there(api):
                pass
            begin = time.perf_counter()
            in_threads(found.threads, work, range(calls // 5))
            found.blocks_before = blocks()
            in_threads(found.threads, work, range(calls // 5, calls))
            found.seconds = time.perf_counter() - begin
            found.blocks_after = blocks()
        counted = running.counted()
    found.retries = len(retried)
    found.requests = counted["requests"]
    found.statuses = Counter(counted["statuses"])
    carried_out = counted["carried out"]
    found.twice = [body for body in written if carried_out.get(body, 0) > 1]
    found.never = [body for body, done in written.items() if done and body not in carried_out]
    keys = counted["experiments"]
    found.twice += [key for key, number in Counter(keys).items() if number > 1]
    return found


def experiment_there(api: ExperimentsBetaApi) -> bool:
    """Create the experiment that the others read, whatever goes wrong."""
    try:
        api.create_experiment("demo", "test", experiment_post("soak"))
    except ApiException as error:
        return error.status == 409
    return True


def blocks() -> int:
    """Blocks of memory in use, when all that can go has gone."""
    gc.collect()
    return sys.getallocatedblocks()


class NotingClock(Clock):
    """The machine's clock; it adds up what each thread is asked to sleep."""

    def __init__(self) -> None:
        self.slept: Counter[int] = Counter()

    def sleep(self, seconds: float) -> None:
        self.slept[threading.get_ident()] += seconds  # type: ignore[assignment]
        super().sleep(seconds)


@dataclass
class Bulk:
    """The result of many calls under a limit."""

    calls: int = 400
    threads: int = 8
    #: Seconds: the time if no place in a window is lost, and the time it took.
    ideal: float = 0.0
    taken: float = 0.0
    #: The most that a thread was asked to sleep.
    slept: float = 0.0
    requests: int = 0
    refused: int = 0


def bulk(calls: int = 400, threads: int = 8, respect: bool = True, limit: int = 100) -> Bulk:
    """Calls under a limit of ``limit`` a second."""
    found = Bulk(calls, threads, ideal=(calls / limit - 1) * WINDOW)
    with service(limit) as running:
        configuration = Configuration(host=running.url, api_key={"ApiKey": TOKEN})
        configuration.respect_rate_limits = respect
        configuration.connection_pool_maxsize = threads
        with ApiClient(configuration) as client:
            clock = NotingClock()
            client.rest_client = RESTClient(configuration, clock)
            api = ExperimentsBetaApi(client)
            begin = time.perf_counter()
            in_threads(threads, lambda _: api.get_experimentation_settings("demo"), range(calls))
            found.taken = time.perf_counter() - begin
        counted = running.counted()
    found.slept = max(clock.slept.values(), default=0.0)
    found.requests = counted["requests"]
    found.refused = counted["statuses"].get("429", 0)
    return found

"""Sixteen threads at once lose nothing and duplicate nothing."""

from __future__ import annotations

import threading
from collections import Counter
from collections.abc import Callable

from launchdarkly_api.sandbox import Sandbox
from test.sandbox.client import Client, experiment, experiments, iteration_input, on_flag

THREADS = 16


def together(work: Callable[[int], None]) -> None:
    """Run the work in all threads at once, and raise what one of them raises."""
    failed: list[BaseException] = []
    barrier = threading.Barrier(THREADS)

    def guarded(number: int) -> None:
        try:
            barrier.wait()
            work(number)
        except BaseException as error:  # noqa: BLE001
            failed.append(error)

    threads = [threading.Thread(target=guarded, args=(number,)) for number in range(THREADS)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    if failed:
        raise failed[0]


def test_sixteen_threads_lose_and_duplicate_nothing(sandbox: Sandbox, client: Client) -> None:
    each = 12

    def work(number: int) -> None:
        flag = sandbox.add_flag(f"flag-{number}")
        for part in range(each):
            key = f"exp-{number}-{part}"
            assert client.create(key, **on_flag(flag)).status == 201
            assert client.patch({"kind": "updateName", "value": f"name of {key}"}, key=key)
            assert client.start(key).status == 200
            listed = client.get(experiments(), limit=1000).json
            assert key in {item["key"] for item in listed["items"]}
            assert len(listed["items"]) == listed["total_count"]
            assert client.stop(key).status == 200

    together(work)
    listed = client.get(experiments(), limit=1000).json["items"]
    assert Counter(item["key"] for item in listed) == {
        f"exp-{number}-{part}": 1 for number in range(THREADS) for part in range(each)
    }
    for item in listed:
        assert item["name"] == f"name of {item['key']}"
        assert item["currentIteration"]["status"] == "stopped"
    assert len(sandbox.requests) == THREADS * each * 5 + 1


def test_one_key_is_created_once(client: Client) -> None:
    statuses: list[int] = []
    together(lambda _: statuses.append(client.create().status))
    assert Counter(statuses) == {201: 1, 409: THREADS - 1}
    assert client.get(experiments()).json["total_count"] == 1


def test_one_rule_starts_one_experiment(client: Client) -> None:
    for number in range(THREADS):
        client.create(f"exp-{number}")
    statuses: list[int] = []
    together(lambda number: statuses.append(client.start(f"exp-{number}").status))
    assert Counter(statuses) == {200: 1, 409: THREADS - 1}
    assert client.get(experiments(), filter="status:running").json["total_count"] == 1


def test_one_draft_is_created_once_and_patches_do_not_undo_it(client: Client) -> None:
    client.run()
    statuses: list[int] = []

    def work(number: int) -> None:
        if number % 2:
            answer = client.call("POST", experiment() + "/iterations", iteration_input())
            statuses.append(answer.status)
        else:
            for _ in range(10):
                client.patch({"kind": "updateDescription", "value": str(number)})

    together(work)
    assert Counter(statuses) == {200: 1, 400: THREADS // 2 - 1}
    assert "draftIteration" in client.get(experiment(), expand="draftIteration").json


def test_no_traffic_is_lost(client: Client, sandbox: Sandbox) -> None:
    sandbox.add_project("p")
    flag = sandbox.add_flag("f", project_key="p")
    sandbox.add_metric("m", project_key="p")
    metrics = [{"key": "m", "primary": True}]
    client.run(place="p/test", **on_flag(flag, metrics=metrics))

    def work(_: int) -> None:
        for _ in range(20):
            sandbox.record("exp", "control", units=5, events={"m": 1}, project_key="p")

    together(work)
    control = client.results("m", place="p/test").json["treatmentResults"][0]
    assert control["units"] == THREADS * 20 * 5
    assert control["mean"] == (1 + THREADS * 20) / (2 + THREADS * 20 * 5)

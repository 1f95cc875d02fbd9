"""State in a file: after a restart or a kill, in two processes, and foreign files."""

from __future__ import annotations

import contextlib
import os
import re
import shutil
import signal
import sqlite3
import subprocess
import sys
import threading
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import urllib3

from launchdarkly_api.sandbox import Sandbox
from launchdarkly_api.sandbox.__main__ import main
from launchdarkly_api.sandbox.state import storage
from launchdarkly_api.sandbox.state.records import Experiment
from launchdarkly_api.sandbox.state.traffic import Recorded
from test.sandbox.client import (
    Client,
    experiment,
    experiment_post,
    experiments,
    iteration_input,
    legacy,
    on_flag,
    settings,
)

EVERYTHING = "previousIterations,draftIteration,secondaryMetrics,treatments"


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "state.db"


def everything(client: Client) -> list[Any]:
    """All responses about the data that ``fill`` created."""
    return [
        client.get(experiments(), expand=EVERYTHING, lifecycleState="active,archived").json,
        client.get(experiments("other/prod"), expand=EVERYTHING).json,
        client.get(settings()).json,
        client.results("signup").json,
        client.results("revenue").json,
        client.legacy().json,
        client.results("m", "there", "other/prod").json,
    ]


def fill(sandbox: Sandbox, client: Client) -> None:
    """Something of each kind."""
    client.run()
    client.call("POST", experiment() + "/iterations", iteration_input(hypothesis="again"))
    client.start(changeJustification="better")
    client.call("POST", experiment() + "/iterations", iteration_input())
    sandbox.simulate("exp", units=50, seed=3)
    client.call("DELETE", legacy("signup") + "/results")
    sandbox.record("exp", "control", units=["ada"], events={"signup": 1, "revenue": [2.5]})
    client.create("shelved")
    client.patch({"kind": "archiveExperiment"}, key="shelved")
    sandbox.add_context_kind("org")
    body = {"randomizationUnit": "org", "default": True, "standardRandomizationUnit": "user"}
    client.call("PUT", settings(), {"randomizationUnits": [body]})
    sandbox.add_project("other", environments=["prod"])
    flag = sandbox.add_flag("f", project_key="other", variations=[1, {"a": [None, 2.5]}, "💡"])
    sandbox.add_metric("m", project_key="other", numeric=True, lower_is_better=True)
    metrics = [{"key": "m", "primary": True}]
    client.run("there", "other/prod", **on_flag(flag, metrics=metrics, randomizationUnit="user"))
    sandbox.record(
        "there", "1", units=3, events={"m": [1, 2]}, project_key="other", environment_key="prod"
    )


def test_a_restart_keeps_all_data(file: Path) -> None:
    with Sandbox(state=file) as sandbox:
        client = Client(sandbox.url)
        fill(sandbox, client)
        before = everything(client)
        state = sandbox._state
        client.close()
    with Sandbox(state=str(file)) as sandbox:
        client = Client(sandbox.url)
        assert everything(client) == before
        assert sandbox._state.projects == state.projects
        assert sandbox._state.experiments == state.experiments
        with pytest.raises(ValueError, match="'ada' was already exposed"):
            sandbox.record("exp", "treatment", units="ada")
        client.close()


def test_the_same_sandbox_can_start_again(file: Path) -> None:
    sandbox = Sandbox(state=file).start()
    client = Client(sandbox.url)
    fill(sandbox, client)
    before = everything(client)
    sandbox.stop()
    with Sandbox(state=file) as another:
        another.add_project("meanwhile")
    with sandbox:
        assert everything(client) == before
        assert client.get(experiments("meanwhile/test")).status == 200
    client.close()


def test_a_restart_keeps_the_order_of_experiments(file: Path) -> None:
    with Sandbox(state=file) as sandbox:
        client = Client(sandbox.url)
        for key in "abc":
            client.create(key)
        client.patch({"kind": "updateName", "value": "changed"}, key="a")
        client.close()
    with Sandbox(state=file) as sandbox:
        client = Client(sandbox.url)
        assert [item["key"] for item in client.get(experiments()).json["items"]] == ["a", "b", "c"]
        client.close()


Serve = Callable[[], tuple[subprocess.Popen[str], Client]]


@pytest.fixture
def serve(file: Path) -> Iterator[Serve]:
    """Starts the program with the state file, and ends it after the test."""
    running: list[tuple[subprocess.Popen[str], Client]] = []

    def start() -> tuple[subprocess.Popen[str], Client]:
        process = subprocess.Popen(
            [sys.executable, "-m", "launchdarkly_api.sandbox", "--state", str(file)],
            stdout=subprocess.PIPE,
            text=True,
        )
        assert process.stdout is not None
        url = process.stdout.readline().split()[-1]
        running.append((process, Client(url)))
        return running[-1]

    yield start
    for process, client in running:
        process.kill()
        process.wait()
        assert process.stdout is not None
        process.stdout.close()
        client.close()


def test_confirmed_changes_survive_kill_9(serve: Serve) -> None:
    process, client = serve()
    answers: dict[str, Any] = {}
    for number in range(12):
        key = f"exp-{number}"
        answers[key] = client.create(key).json
        if number % 3 == 2:
            answers[key] = client.patch(
                {"kind": "updateName", "value": "new"}, {"kind": "archiveExperiment"}, key=key
            ).json
            os.kill(process.pid, signal.SIGKILL)
            process.wait()
            process, client = serve()
            for known, answer in answers.items():
                assert client.get(experiment(known)).json == answer
    assert client.start("exp-0").status == 200
    before = client.results("signup", "exp-0").json
    os.kill(process.pid, signal.SIGKILL)
    process.wait()
    _, client = serve()
    assert client.results("signup", "exp-0").json == before


def test_a_file_serves_one_sandbox_at_a_time(file: Path, serve: Serve) -> None:
    serve()
    with pytest.raises(OSError, match="another sandbox uses it"):
        Sandbox(state=file)


def test_a_backup_does_not_open_the_file_to_another(file: Path, tmp_path: Path) -> None:
    with Sandbox(state=file):
        shutil.copy(file, tmp_path / "copy")
        ended = subprocess.run(
            [sys.executable, "-m", "launchdarkly_api.sandbox", "--state", str(file)],
            capture_output=True,
            text=True,
            timeout=120,
            check=False,
        )
    assert (ended.returncode, ended.stdout) == (1, "")
    assert "another sandbox uses it" in ended.stderr


def test_a_file_in_use_by_another_program_is_reported(file: Path) -> None:
    Sandbox(state=file).stop()
    connection = sqlite3.connect(file, isolation_level=None)
    connection.execute("BEGIN EXCLUSIVE")
    with pytest.raises(OSError, match="another program uses it"):
        Sandbox(state=file)
    connection.close()
    Sandbox(state=file).stop()


def test_a_state_file_works_without_side_locks(file: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(storage, "fcntl", None)
    with Sandbox(state=file), pytest.raises(OSError, match="another program uses it"):
        Sandbox(state=file)
    Sandbox(state=file).stop()


def test_a_file_serves_one_sandbox_of_a_process_at_a_time(file: Path) -> None:
    with Sandbox(state=file), pytest.raises(OSError, match="another sandbox uses it"):
        Sandbox(state=file)
    Sandbox(state=file).stop()


def test_a_file_that_is_not_a_state_file_is_refused(tmp_path: Path) -> None:
    text = tmp_path / "notes.txt"
    text.write_text("not a database, but long enough to be taken for one\n" * 100)
    with pytest.raises(OSError, match="file is not a database"):
        Sandbox(state=text)
    assert text.read_text().startswith("not a database")
    other = tmp_path / "other.db"
    with sqlite3.connect(other) as connection:
        connection.execute("CREATE TABLE mine (x)")
    connection.close()
    with pytest.raises(OSError, match="not a state file of this version"):
        Sandbox(state=other)
    with pytest.raises(OSError, match="Cannot open the state file"):
        Sandbox(state=tmp_path / "no" / "such" / "folder")
    with pytest.raises(OSError, match="Cannot open the state file"):
        Sandbox(state=tmp_path)


def test_a_state_file_of_a_later_version_is_refused(file: Path) -> None:
    Sandbox(state=file).stop()
    connection = sqlite3.connect(file)
    connection.execute(f"PRAGMA user_version = {storage.VERSION + 1}")
    connection.close()
    with pytest.raises(OSError, match="not a state file of this version"):
        Sandbox(state=file)


@pytest.mark.parametrize("body", ["{", "{}", "[]", '{"key": 5}'])
def test_an_edited_state_file_is_reported_as_damaged(file: Path, body: str) -> None:
    Sandbox(state=file).stop()
    connection = sqlite3.connect(file)
    connection.execute("UPDATE record SET body = ?", (body,))
    connection.commit()
    connection.close()
    for _ in range(2):
        with pytest.raises(OSError, match="is damaged"):
            Sandbox(state=file)


def test_a_state_file_with_damaged_pages_is_reported(
    file: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    with Sandbox(state=file) as sandbox:
        for number in range(50):
            sandbox.add_project(f"project-{number}")
    whole = file.read_bytes()
    file.write_bytes(whole[:4096] + b"\xff" * (len(whole) - 4096))
    for _ in range(2):
        with pytest.raises(OSError, match=re.escape(str(file))) as caught:
            Sandbox(state=file)
        assert "another sandbox" not in str(caught.value)
    assert main(["--state", str(file)]) == 1
    said = capsys.readouterr().err
    assert said.count("\n") == 1
    assert str(file) in said
    file.write_bytes(whole)
    Sandbox(state=file).stop()


def test_a_state_file_without_a_table_is_reported(file: Path) -> None:
    Sandbox(state=file).stop()
    connection = sqlite3.connect(file)
    connection.execute("DROP TABLE source")
    connection.close()
    for _ in range(2):
        with pytest.raises(OSError, match=r"is damaged.*no such table"):
            Sandbox(state=file)


def test_a_failed_start_releases_the_file(file: Path) -> None:
    with Sandbox() as other:
        sandbox = Sandbox(state=file, port=int(other.url.rpartition(":")[2]))
        sandbox.add_project("kept")
        for _ in range(2):
            with pytest.raises(OSError, match="Address already in use"):
                sandbox.start()
        with pytest.raises(RuntimeError, match="is stopped"):
            sandbox.add_project("more")
        Sandbox(state=file).stop()
    with sandbox:
        client = Client(sandbox.url)
        assert client.get(experiments("kept/test")).status == 200
        client.close()


@pytest.mark.parametrize("in_file", [True, False])
def test_readers_find_the_demo_project_during_a_reset(file: Path, in_file: bool) -> None:
    with Sandbox(state=file if in_file else None) as sandbox:
        client = Client(sandbox.url)
        statuses = Counter[int]()
        over = threading.Event()

        def read() -> None:
            while not over.is_set():
                # A reset drops what is not answered yet.
                with contextlib.suppress(urllib3.exceptions.ProtocolError):
                    statuses[client.get(experiments()).status] += 1
                    statuses[client.get(settings()).status] += 1

        threads = [threading.Thread(target=read) for _ in range(4)]
        for thread in threads:
            thread.start()
        for _ in range(150):
            flag = sandbox.add_flag("newer")
            with contextlib.suppress(urllib3.exceptions.ProtocolError):
                client.create(**on_flag(flag))
            sandbox.reset()
        over.set()
        for thread in threads:
            thread.join()
        assert statuses.keys() == {200}
        client.close()


def test_every_path_is_the_path_of_a_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    Sandbox(state=":memory:").stop()
    assert (tmp_path / ":memory:").exists()


def test_reset_empties_the_file(file: Path) -> None:
    with Sandbox(state=file) as sandbox:
        client = Client(sandbox.url)
        fill(sandbox, client)
        sandbox.reset()
        client.close()
    with Sandbox(state=file) as sandbox:
        assert list(sandbox._state.projects) == ["demo"]
        assert not sandbox._state.experiments
        assert not sandbox._state.traffic


def test_a_change_that_cannot_be_stored_has_no_effect(
    file: Path, caplog: pytest.LogCaptureFixture
) -> None:
    with Sandbox(state=file) as sandbox:
        client = Client(sandbox.url)
        client.create("before")
        assert sandbox._life.storage is not None
        connection = sandbox._life.storage._connection
        connection.execute("PRAGMA query_only = 1")
        refused = client.create("after")
        assert (refused.status, str(file) in refused.message) == (507, True)
        assert "cannot be written: attempt to write a readonly database" in refused.message
        assert client.start("before").status == 507
        with pytest.raises(OSError, match=r"cannot be written.* Nothing was changed"):
            sandbox.add_project("after")
        with pytest.raises(OSError, match="cannot be written"):
            sandbox.reset()
        connection.execute("PRAGMA query_only = 0")
        assert client.get(experiment("after")).status == 404
        unchanged = client.get(experiment("before")).json["currentIteration"]
        assert unchanged["status"] == "not_started"
        assert client.start("before").status == 200
        assert not caplog.text
        client.close()


def test_the_reset_of_a_metric_survives_a_restart(file: Path) -> None:
    for restarted in (False, True):
        with Sandbox(api_version="2023", state=file, sample_traffic=False) as sandbox:
            client = Client(sandbox.url)
            if not restarted:
                client.run()
                sandbox.record("exp", "control", units=10, events={"signup": 5, "revenue": [1.0]})
                assert client.call("DELETE", legacy() + "/results").status == 204
            assert client.legacy().json["totals"][0]["cumulativeImpressionCount"] == 0
            assert client.legacy("revenue").json["totals"][0]["cumulativeImpressionCount"] == 10
            client.close()


def test_a_limit_on_the_size_of_files_is_a_507(file: Path, tmp_path: Path) -> None:
    process = subprocess.Popen(
        [
            "sh",
            "-c",
            f"ulimit -f 200; exec '{sys.executable}' -m launchdarkly_api.sandbox --state '{file}'",
        ],
        stdout=subprocess.PIPE,
        text=True,
    )
    assert process.stdout is not None
    client = Client(process.stdout.readline().split()[-1])
    assert client.create().status == 201
    large = {**experiment_post("large"), "description": "x" * 900_000}
    refused = client.call("POST", experiments(), large)
    assert (refused.status, "cannot be written" in refused.message) == (507, True)
    assert client.get(experiments()).json["total_count"] == 1
    process.terminate()
    assert process.wait() == 0
    process.stdout.close()
    client.close()
    with Sandbox(state=file) as sandbox:
        assert sandbox._state.experiment("demo", "test", "exp") is not None


def test_a_full_disk_loses_no_earlier_change(
    file: Path,
) -> None:
    with Sandbox(state=file) as sandbox:
        client = Client(sandbox.url)
        assert client.create("before").status == 201
        assert sandbox._life.storage is not None
        connection = sandbox._life.storage._connection
        (pages,) = connection.execute("PRAGMA page_count").fetchone()
        connection.execute(f"PRAGMA max_page_count = {pages}")
        large = {**experiment_post("large"), "description": "x" * 500_000}
        refused = client.call("POST", experiments(), large)
        assert (refused.status, "database or disk is full" in refused.message) == (507, True)
        connection.execute("PRAGMA max_page_count = 1000000")
        assert client.call("POST", experiments(), large).status == 201
        client.close()
    with Sandbox(state=file) as sandbox:
        client = Client(sandbox.url)
        assert client.get(experiments()).json["total_count"] == 2
        client.close()


def test_a_change_is_written_as_a_whole(file: Path) -> None:
    with Sandbox(state=file) as sandbox:
        client = Client(sandbox.url)
        client.create()
        held = sandbox._state.experiment("demo", "test", "exp")
        assert isinstance(held, Experiment)
        assert sandbox._life.storage is not None
        renamed = replace(held, name="renamed")
        source = Recorded((), ())
        # The second statement of the transaction fails: an iteration must have an id.
        broken: Any = {None: source}
        with pytest.raises(OSError, match="NOT NULL constraint failed"):
            sandbox._state.put(renamed, broken)
        assert client.get(experiment()).json["name"] == held.name
        assert client.start().status == 200
        client.close()
    with Sandbox(state=file) as sandbox:
        kept = sandbox._state.experiment("demo", "test", "exp")
        assert kept is not None
        assert (kept.name, kept.current.status) == (held.name, "running")


@pytest.mark.parametrize("suffix", ["", "-wal"])
@pytest.mark.parametrize("replaced", [False, True])
def test_no_write_is_confirmed_after_the_file_was_removed(
    file: Path, suffix: str, replaced: bool
) -> None:
    with Sandbox(state=file) as sandbox:
        client = Client(sandbox.url)
        assert client.create("before").status == 201
        removed = file.with_name(file.name + suffix)
        aside = removed.rename(removed.with_suffix(".aside"))
        if replaced:
            shutil.copy(aside, removed)
        refused = client.create("after")
        assert refused.status == 507
        assert str(file) in refused.message
        assert "was removed or replaced" in refused.message
        assert "\n" not in refused.message
        with pytest.raises(OSError, match="was removed or replaced"):
            sandbox.add_project("more")
        assert client.get(experiments()).json["total_count"] == 1
        assert client.get("/").status == 200
        # The remedy that the message names.
        aside.rename(removed)
        assert client.create("again").status == 201
        client.close()
    with Sandbox(state=file) as sandbox:
        client = Client(sandbox.url)
        keys = {each["key"] for each in client.get(experiments()).json["items"]}
        assert keys == {"before", "again"}
        client.close()


@pytest.mark.skipif(not hasattr(os, "fork"), reason="this system has no such limit")
def test_no_write_is_confirmed_when_the_disk_is_full(file: Path) -> None:
    process = subprocess.Popen(
        [
            "sh",
            "-c",
            f"ulimit -f 300; exec '{sys.executable}' -m launchdarkly_api.sandbox --state '{file}'",
        ],
        stdout=subprocess.PIPE,
        text=True,
    )
    assert process.stdout is not None
    client = Client(process.stdout.readline().split()[-1])
    confirmed: list[str] = []
    try:
        while True:
            key = f"exp-{len(confirmed)}"
            body = {**experiment_post(key), "description": "x" * 20_000}
            answer = client.call("POST", experiments(), body)
            if answer.status != 201:
                break
            confirmed.append(key)
        assert (answer.status, str(file) in answer.message) == (507, True)
        assert client.get(experiments()).json["total_count"] == len(confirmed)
    finally:
        process.kill()
        process.wait()
        process.stdout.close()
        client.close()
    assert confirmed
    with Sandbox(state=file) as sandbox:
        client = Client(sandbox.url)
        items = client.get(experiments(), limit=100).json["items"]
        assert [each["key"] for each in items] == confirmed
        client.close()

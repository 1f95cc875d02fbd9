"""The life of a sandbox: start, stop and restart, in threads, in forks, side by side."""

from __future__ import annotations

import contextlib
import json
import os
import socket
import subprocess
import sys
import textwrap
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest
import urllib3

from launchdarkly_api.sandbox import Sandbox
from test.sandbox.client import Client, experiment, experiments


def reachable(url: str) -> bool:
    address = urlsplit(url)
    try:
        socket.create_connection((address.hostname, address.port or 0), timeout=2).close()
    except OSError:
        return False
    return True


def sandbox_threads() -> set[threading.Thread]:
    """All threads. Compare with those of before: a thread of another test may end meanwhile."""
    return set(threading.enumerate())


def test_a_new_sandbox_has_the_demo_data(sandbox: Sandbox, client: Client) -> None:
    assert sandbox.access_token == "sandbox-token"
    assert client.run()["currentIteration"]["status"] == "running"


def test_the_default_host_is_reachable_from_this_computer_only(sandbox: Sandbox) -> None:
    assert sandbox.url.startswith("http://127.0.0.1:")


def test_a_sandbox_can_listen_on_ipv6() -> None:
    try:
        sandbox = Sandbox(host="::1").start()
    except OSError:
        pytest.skip("this computer has no IPv6 loopback")
    with sandbox:
        assert sandbox.url.startswith("http://[::1]:")
        assert Client(sandbox.url).get(experiments()).status == 200


def test_stop_leaves_nothing_behind() -> None:
    before = sandbox_threads()
    sandbox = Sandbox().start()
    url = sandbox.url
    client = Client(url)
    client.get(experiments())
    assert len(sandbox_threads() - before) == 2
    sandbox.stop()
    assert sandbox_threads() <= before
    assert not reachable(url)
    client.close()


def test_a_second_start_or_stop_does_nothing() -> None:
    sandbox = Sandbox()
    assert not sandbox.running
    sandbox.start()
    url = sandbox.url
    assert sandbox.start() is sandbox
    assert (sandbox.url, sandbox.running) == (url, True)
    with sandbox:
        assert sandbox.url == url
    sandbox.stop()
    sandbox.stop()
    assert not sandbox.running


def test_a_restart_keeps_the_port_and_the_state() -> None:
    sandbox = Sandbox().start()
    url = sandbox.url
    client = Client(url)
    client.run()
    sandbox.stop()
    with pytest.raises(Exception, match="refused"):
        client.get(experiments())
    with sandbox:
        assert sandbox.url == url
        assert client.get(experiment()).json["currentIteration"]["status"] == "running"
    client.close()


def test_a_stopped_sandbox_refuses_changes() -> None:
    sandbox = Sandbox()
    sandbox.add_flag("early")
    assert repr(sandbox) == "<Sandbox, not running>"
    with pytest.raises(RuntimeError, match=r"not running. Use it in a with statement, or call"):
        sandbox.url  # noqa: B018
    with pytest.raises(RuntimeError, match="not running"):
        sandbox.configuration()
    sandbox.start().stop()
    uses: list[Any] = [
        lambda: sandbox.add_flag("late"),
        lambda: sandbox.add_project("late"),
        lambda: sandbox.record("exp", "control"),
        lambda: sandbox.fail_next(503),
        lambda: sandbox.fail_rate(0.5),
        lambda: sandbox.rate_limit(1),
        lambda: sandbox.latency(1),
        sandbox.reset,
    ]
    for use in uses:
        with pytest.raises(RuntimeError, match="Start it again"):
            use()
    assert list(sandbox.requests) == []


def test_a_taken_port_is_reported(sandbox: Sandbox) -> None:
    port = int(sandbox.url.rpartition(":")[2])
    with pytest.raises(
        OSError, match=rf"Cannot listen on 127\.0\.0\.1 port {port}: Address already"
    ):
        Sandbox(port=port).start()


def test_a_host_that_is_not_this_computer_is_reported() -> None:
    with pytest.raises(OSError, match=r"Cannot listen on 203\.0\.113\.1 port 0"):
        Sandbox(host="203.0.113.1").start()
    with pytest.raises(OSError, match=r"Cannot listen on no-such-host\.invalid port 0: [A-Z]"):
        Sandbox(host="no-such-host.invalid").start()


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        ({"era": "2024"}, "era must be one of 2023, 2026"),
        ({"api_version": "2024"}, "api_version must be one of 2023, 2026"),
        ({"access_token": ""}, "access_token"),
        ({"access_token": "a\nb"}, "access_token"),
        ({"access_token": "ü"}, "access_token"),
        ({"access_token": " a"}, "access_token"),
        ({"host": ""}, "host must not be empty"),
        ({"state": ""}, "state must not be empty"),
        ({"port": -1}, "port must be a whole number, at least 0"),
        ({"port": "80"}, "port must be a whole number"),
        ({"port": 65_536}, "port must be at most 65535"),
    ],
)
def test_invalid_arguments_are_refused(arguments: dict[str, Any], said: str) -> None:
    with pytest.raises(ValueError, match=said):
        Sandbox(**arguments)


def test_two_sandboxes_share_nothing() -> None:
    with Sandbox() as first, Sandbox() as second:
        one, two = Client(first.url), Client(second.url)
        one.create()
        first.fail_next(503)
        assert two.get(experiment()).status == 404
        assert (len(first.requests), len(second.requests)) == (1, 1)
        one.close()
        two.close()


def test_reset_returns_to_the_demo_data(sandbox: Sandbox, client: Client) -> None:
    sandbox.add_project("other")
    client.run()
    sandbox.fail_next(503)
    sandbox.rate_limit(0)
    sandbox.latency(60)
    sandbox.reset()
    assert len(sandbox.requests) == 0
    assert client.get(experiments()).json["total_count"] == 0
    assert client.get(experiments("other/test")).status == 404
    client.run()
    assert client.results("signup").json["metricSeen"]["ever"] is True


def test_many_threads_can_change_a_sandbox(sandbox: Sandbox) -> None:
    failed: list[BaseException] = []

    def work(number: int) -> None:
        try:
            for part in range(20):
                flag = sandbox.add_flag(f"flag-{number}-{part}")
                sandbox.update_flag(flag.key, on=False)
                sandbox.add_metric(f"metric-{number}-{part}")
                sandbox.fail_next(503, call="reset_experiment")
        except BaseException as error:  # noqa: BLE001
            failed.append(error)

    threads = [threading.Thread(target=work, args=(number,)) for number in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert not failed
    project = sandbox._state.projects["demo"]
    assert len(project.flags) == 161
    assert len(project.metrics) == 163


def test_many_threads_can_start_and_stop_a_sandbox() -> None:
    sandbox = Sandbox()
    before = sandbox_threads()
    calls = [sandbox.start, sandbox.stop] * 10
    threads = [threading.Thread(target=call) for call in calls]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    sandbox.stop()
    assert sandbox_threads() <= before


def in_a_forked_child(work: Callable[[], list[str]]) -> list[str]:
    """Do the work in a fork of this process, and return its messages."""
    reading, writing = os.pipe()
    child = os.fork()
    if child == 0:
        try:
            os.write(writing, json.dumps(work()).encode())
        finally:
            os._exit(0)
    os.close(writing)
    with os.fdopen(reading) as pipe:
        said: list[str] = json.loads(pipe.read())
    os.waitpid(child, 0)
    return said


@pytest.mark.skipif(not hasattr(os, "fork"), reason="this system does not fork")
@pytest.mark.filterwarnings("ignore:.*fork.*:DeprecationWarning")
def test_a_forked_child_can_call_the_sandbox_but_not_change_or_stop_it(
    sandbox: Sandbox, client: Client
) -> None:
    def work() -> list[str]:
        said = []
        for change in (lambda: sandbox.add_flag("x"), sandbox.start, sandbox.reset):
            try:
                change()
            except RuntimeError as error:
                said.append(str(error))
        said.append(str(Client(sandbox.url).create("from-the-child").status))
        sandbox.stop()
        return said

    *refusals, status = in_a_forked_child(work)
    assert len(refusals) == 3
    assert all(f"lives in process {os.getpid()}" in text for text in refusals)
    assert status == "201"
    assert client.get(experiment("from-the-child")).status == 200


def test_a_program_can_exit_without_stopping_the_sandbox(tmp_path: Path) -> None:
    program = """
        from launchdarkly_api.sandbox import Sandbox
        import urllib3
        sandbox = Sandbox().start()
        urllib3.PoolManager().request("GET", sandbox.url)
        print("done")
    """
    ended = subprocess.run(
        [sys.executable, "-W", "error", "-c", textwrap.dedent(program)],
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert (ended.returncode, ended.stdout, ended.stderr) == (0, "done\n", "")


def test_configuration_connects_a_client_to_the_sandbox(sandbox: Sandbox) -> None:
    configuration = sandbox.configuration()
    assert configuration.host == sandbox.url
    assert configuration.api_key["ApiKey"] == "sandbox-token"


def run_python(program: str, *arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, *arguments, "-c", textwrap.dedent(program)],
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )


@pytest.mark.parametrize("name", ["Werkzeug", "waitress"])
def test_without_a_library_one_sentence_gives_the_remedy(name: str) -> None:
    missing = f"import sys; sys.modules[{name.lower()!r}] = None\n"
    said = (
        f"The sandbox needs {name}, which is not installed."
        ' Install it with: pip install "launchdarkly-experiments[sandbox]"'
    )
    ended = run_python(missing + "from launchdarkly_api.sandbox import Sandbox")
    assert ended.returncode == 1
    assert ended.stderr.strip().splitlines()[-1].endswith(said)
    ended = run_python(
        missing + "from launchdarkly_api.sandbox.__main__ import main; raise SystemExit(main([]))"
    )
    assert (ended.returncode, ended.stdout) == (1, "")
    assert ended.stderr == f"launchdarkly-sandbox: {said}\n"


def test_another_module_that_is_missing_is_not_called_by_another_name() -> None:
    program = (
        "import sys; sys.modules['sqlite3'] = None; from launchdarkly_api.sandbox import Sandbox"
    )
    ended = run_python(program)
    assert "sqlite3" in ended.stderr.strip().splitlines()[-1]


def test_the_sandbox_loads_neither_a_client_nor_a_heavy_library() -> None:
    program = """
        import sys
        from launchdarkly_api.sandbox import Sandbox
        with Sandbox() as sandbox:
            pass
        parts = {name for name in sys.modules if name.startswith("launchdarkly_api.")}
        parts -= {name for name in parts if name.startswith("launchdarkly_api.sandbox")}
        print(sorted(parts & {"launchdarkly_api.api_client", "launchdarkly_api.rest",
                              "launchdarkly_api.configuration"}),
              sorted({"duckdb", "narwhals", "numpy", "pandas", "scipy", "urllib3"}
                     & set(sys.modules)))
    """
    assert run_python(program).stdout == "[] []\n"


def test_the_package_has_no_other_names() -> None:
    from launchdarkly_api import sandbox

    assert sandbox.__all__ == ["Effect", "RecordedRequest", "Sandbox"]
    assert [getattr(sandbox, name).__name__ for name in sandbox.__all__] == sandbox.__all__
    with pytest.raises(AttributeError, match="has no attribute 'nope'"):
        getattr(sandbox, "nope")  # noqa: B009


@pytest.mark.parametrize(
    ("call", "said"),
    [
        (lambda s: s.add_project("demo"), "The project 'demo' exists already"),
        (lambda s: s.add_project(""), "cannot be used as project key"),
        (
            lambda s: s.add_project("p", environments=["a", "a"]),
            "The environment 'a' exists already in 'p'",
        ),
        (lambda s: s.add_environment("test"), "The environment 'test' exists already in 'demo'"),
        (lambda s: s.add_environment(".."), "'..' cannot be used as environment key"),
        (lambda s: s.add_environment("x", project_key="nope"), "no project 'nope'. Add it"),
        (lambda s: s.add_flag("checkout-button"), "The flag 'checkout-button' exists already"),
        (lambda s: s.add_flag("x", variations=[]), "at least one variation"),
        (lambda s: s.add_flag("x", variations="ab"), "variations must be a list, not 'ab'"),
        (lambda s: s.add_flag("x", rules="ab"), "rules must be a list"),
        (lambda s: s.add_project("x", environments="ab"), "environments must be a list"),
        (lambda s: s.add_flag("x", variations=[object()]), "A variation must be JSON"),
        (lambda s: s.add_flag("x", variations=[float("nan")]), "A variation must be JSON"),
        (lambda s: s.add_flag("x", version=0), "version must be a whole number, at least 1"),
        (lambda s: s.add_flag("x", version=1.5), "version must be a whole number"),
        (lambda s: s.add_flag("x", on="no"), "on must be True or False, not 'no'"),
        (lambda s: s.add_flag("x", archived=0), "archived must be True or False, not 0"),
        (lambda s: s.update_flag("checkout-button", on="no"), "on must be True or False"),
        (lambda s: s.add_flag("x", rules=[1]), "1 cannot be used as rule key"),
        (lambda s: s.add_flag("x", rules=["a", "a"]), "The rule 'a' exists already in 'x'"),
        (lambda s: s.add_project("x", environments=[]), "at least one environment"),
        (lambda s: s.add_project("x" * 1001), "at most 1000 characters, not 1001"),
        (lambda s: s.update_flag("x"), "no flag 'x' in 'demo'"),
        (lambda s: s.update_flag("checkout-button", environment_key="x"), "no environment 'x'"),
        (lambda s: s.add_metric("signup"), "The metric 'signup' exists already"),
        (lambda s: s.add_metric("x", kind="funnel"), "kind must be one of"),
        (lambda s: s.add_metric("x", kind="click", numeric=True), "is of kind 'custom'"),
        (lambda s: s.add_context_kind("user"), "The context kind 'user' exists already"),
    ],
)
def test_invalid_data_is_refused(sandbox: Sandbox, call: Any, said: str) -> None:
    with pytest.raises(ValueError) as caught:
        call(sandbox)
    assert said in str(caught.value)


def test_a_flag_keeps_its_own_copy_of_a_value(sandbox: Sandbox) -> None:
    value = {"colour": "red"}
    flag = sandbox.add_flag("banner", variations=[value])
    value["colour"] = "blue"
    assert flag.variations[0].value == {"colour": "red"}


def test_a_sandbox_can_stop_during_requests() -> None:
    before = sandbox_threads()
    sandbox = Sandbox().start()
    client = Client(sandbox.url)
    client.run()
    enough = threading.Event()

    def ask() -> None:
        with contextlib.suppress(urllib3.exceptions.HTTPError):
            while client.get(experiment()).status == 200:
                if len(sandbox.requests) > 200:
                    enough.set()

    threads = [threading.Thread(target=ask) for _ in range(8)]
    for thread in threads:
        thread.start()
    assert enough.wait(60)
    sandbox.stop()
    for thread in threads:
        thread.join()
    assert sandbox_threads() <= before
    client.close()


def test_variation_ids_are_the_same_each_time(sandbox: Sandbox) -> None:
    flag = sandbox.add_flag("banner", variations=["a", "b"])
    with Sandbox() as another:
        assert another.add_flag("banner", variations=["a", "b"]) == flag
    assert len({variation.id for variation in flag.variations}) == 2

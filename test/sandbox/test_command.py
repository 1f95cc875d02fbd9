"""The sandbox as a program."""

from __future__ import annotations

import contextlib
import io
import json
import os
import re
import select
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import urllib3

from launchdarkly_api.sandbox import Sandbox
from launchdarkly_api.sandbox.__main__ import main
from launchdarkly_api.sandbox.output import CAPACITY
from launchdarkly_api.sandbox.service.examples import put_examples
from test.sandbox.client import Client, experiment, experiments

TIMEOUT = 120
#: Seconds until a signal is sent again.
AGAIN = 10


class Program:
    """A running sandbox program."""

    def __init__(self, *arguments: str, **options: Any) -> None:
        self.process: Any = subprocess.Popen(
            [sys.executable, "-m", "launchdarkly_api.sandbox", *arguments],
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            bufsize=0,
            **options,
        )

    def line(self) -> str:
        """The next line on standard output, which must come within the timeout."""
        output = self.process.stdout
        assert output is not None
        text = b""
        while not text.endswith(b"\n"):
            ready, _, _ = select.select([output], [], [], TIMEOUT)
            assert ready, f"no line, only {text!r}"
            byte = output.read(1)
            assert byte, f"the program ended after {text!r}"
            text += byte
        return text.decode().rstrip("\n")

    def client(self, token: str = "sandbox-token") -> Client:
        """A client, as soon as the program reports that it is ready."""
        ready = self.line()
        assert re.fullmatch(r"Sandbox ready at http://\S+:\d+", ready)
        assert self.line() == f"Access token: {token}"
        return Client(ready.split()[-1], token)

    def end(self, number: int) -> tuple[int, str]:
        """Send a signal and return the exit code and the text on standard error.

        Python handles a signal that arrives between two instructions before the next one. If that
        one is a read which has just begun, the handler waits for it, or for a second signal.
        """
        for _ in range(TIMEOUT // AGAIN):
            self.process.send_signal(number)
            with contextlib.suppress(subprocess.TimeoutExpired):
                _, errors = self.process.communicate(timeout=AGAIN)
                return self.process.returncode, errors.decode()
        raise AssertionError("The signal did not end the program")


@pytest.fixture
def programs() -> Iterator[list[Program]]:
    running: list[Program] = []
    yield running
    for program in running:
        program.process.kill()
        program.process.communicate()


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_the_program_serves_until_a_signal_ends_it(programs: list[Program], number: int) -> None:
    programs.append(program := Program("--port", "0"))
    client = program.client()
    assert client.get(experiments()).status == 200
    assert program.end(number) == (0, "")
    with pytest.raises(urllib3.exceptions.HTTPError):
        client.get(experiments())
    client.close()


def test_a_signal_just_after_the_start_ends_the_program(programs: list[Program]) -> None:
    for _ in range(10):
        programs.append(program := Program())
        program.line()
        program.line()
        assert program.end(signal.SIGTERM) == (0, "")


def test_a_signal_ends_the_program_during_slow_responses(programs: list[Program]) -> None:
    programs.append(program := Program("--latency-ms", "60000"))
    client = program.client()
    client.pool = urllib3.PoolManager(retries=False, timeout=0.2)
    with pytest.raises(urllib3.exceptions.ReadTimeoutError):
        client.get(experiments())
    assert program.end(signal.SIGTERM) == (0, "")
    client.close()


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="Windows has no named pipes")
@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
@pytest.mark.parametrize("name", ["seed.json", "seed.yaml"])
def test_a_signal_ends_the_start_while_a_pipe_gives_no_seed(
    programs: list[Program], tmp_path: Path, name: str, number: int
) -> None:
    pipe = tmp_path / name
    os.mkfifo(pipe)
    programs.append(program := Program("--seed", str(pipe), "--state", str(tmp_path / "state")))
    while True:
        # This fails until the program reads the pipe.
        with contextlib.suppress(OSError):
            writer = os.open(pipe, os.O_WRONLY | os.O_NONBLOCK)
            break
        assert program.process.poll() is None
        time.sleep(0.01)
    assert program.end(number) == (0, "")
    os.close(writer)


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_a_signal_ends_an_export(programs: list[Program], tmp_path: Path, number: int) -> None:
    seed, folder = tmp_path / "seed.json", tmp_path / "export"
    traffic = [{"simulated": {"units": 10_000_000, "days": 7, "seed": 1}}]
    running = {"flags": ["checkout-button"], "status": "running", "traffic": traffic}
    iteration = {"primaryMetric": "signup", **running}
    experiments = [{"key": "colour", "iterations": [iteration]}]
    seed.write_text(json.dumps({"projects": [{"key": "demo", "experiments": experiments}]}))
    programs.append(program := Program("--seed", str(seed), "--export", str(folder)))
    while not folder.exists():
        assert program.process.poll() is None
        time.sleep(0.01)
    said = "launchdarkly-sandbox: The export was interrupted, so it is incomplete\n"
    assert program.end(number) == (1, said)


def test_a_seed_sets_the_program_up_and_options_go_before_it(
    programs: list[Program], tmp_path: Path
) -> None:
    seed = tmp_path / "seed.yaml"
    seed.write_text("apiVersion: '2026'\nlatencySeconds: 0.5\nrateLimit: {limit: 3}\n")
    programs.append(program := Program("--seed", str(seed), "--api-version", "2023"))
    client = program.client()
    state = client.get("/__sandbox/state").json
    assert (state["apiVersion"], state["rateLimit"]["limit"]) == ("2023", 3)
    assert state["latencySeconds"] == 0.5
    client.call("POST", "/__sandbox/reset", {})
    assert client.get("/__sandbox/state").json["apiVersion"] == "2026"
    # The lines of the program go on after a reset.
    client.get(experiments())
    assert " GET /api/v2/projects/demo/environments/test/experiments 200 " in program.line()
    client.close()


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("{", "The seed '{}' is invalid: it is not JSON"),
        ('{"projects": [{"key": 1}]}', "Expected a string, not 1 at projects[0].key"),
        (None, "Cannot read the seed '{}': No such file or directory"),
    ],
)
def test_a_bad_seed_is_one_line(tmp_path: Path, text: str | None, said: str) -> None:
    seed = tmp_path / "seed.json"
    if text is not None:
        seed.write_text(text)
    program = Program("--seed", str(seed))
    _, errors = program.process.communicate(timeout=TIMEOUT)
    assert program.process.returncode == 1
    assert errors.decode().startswith("launchdarkly-sandbox: ")
    assert said.replace("{}", str(seed)) in errors.decode()
    assert errors.decode().count("\n") == 1


def test_a_seed_and_the_examples_exclude_each_other() -> None:
    program = Program("--seed", "x.json", "--demo")
    _, errors = program.process.communicate(timeout=TIMEOUT)
    assert program.process.returncode == 2
    assert b"not allowed with argument" in errors


def test_the_program_logs_each_request(programs: list[Program]) -> None:
    programs.append(program := Program())
    client = program.client()
    client.get(experiments(), limit=3)
    client.get("/%1B")
    first, second = program.line(), program.line()
    assert re.fullmatch(rf"\d\d:\d\d:\d\d GET {experiments()}\?limit=3 200 \d+\.\d ms", first), (
        first
    )
    assert " GET /%1B 404 " in second
    client.close()


def test_the_log_has_one_printable_line_per_request(programs: list[Program]) -> None:
    programs.append(program := Program())
    ready = program.line()
    program.line()
    host, port = ready.split("//")[1].split(":")
    with socket.create_connection((host, int(port))) as wire:
        wire.sendall(b"GET /\x1b[31m\x9bred HTTP/1.1\r\nConnection: close\r\n\r\n")
        while wire.recv(65_536):
            pass
    assert "GET /\\x1b[31m\\x9bred 400" in program.line()


def test_every_option_takes_effect(programs: list[Program], tmp_path: Path) -> None:
    programs.append(
        program := Program(
            *("--host", "127.0.0.1", "--port", "0", "--access-token", "other"),
            *("--rate-limit", "3/60", "--latency-ms", "20", "--fail-rate", "0"),
            *("--era", "2026", "--state", str(tmp_path / "state"), "--lenient"),
        )
    )
    client = program.client("other")
    created = client.create()
    assert created.json["environmentKey"] == "test"
    assert created.headers["X-Ratelimit-Global-Remaining"] == "2"
    body = {"instructions": [{"kind": "archiveExperiment"}]}
    assert client.call("PATCH", experiment(), body).status == 200
    assert client.get(experiments()).status == 200
    assert client.get(experiments()).status == 429
    assert program.end(signal.SIGTERM) == (0, "")
    assert (tmp_path / "state").exists()
    client.close()


@pytest.mark.parametrize("version", ["2023", "2026"])
def test_demo_adds_the_experiments_of_the_guides(
    version: str, programs: list[Program], tmp_path: Path
) -> None:
    state = ("--api-version", version, "--state", str(tmp_path / "state"))
    programs.append(program := Program("--demo", *state))
    client = program.client()
    running = client.get(experiment("checkout-button"), expand="treatments").json
    iteration = running["currentIteration"]
    assert iteration["status"] == "running"
    assert [each["name"] for each in iteration["treatments"]] == ["Control", "Larger button"]
    assert iteration["primaryMetric"]["key"] == "signup"
    results = client.get(f"{experiment('checkout-button')}/metrics/signup/results")
    if version == "2023":
        assert sum(each["units"] for each in results.json["treatmentResults"]) == 2_000
    else:
        assert results.status == 404
    assert "archivedDate" in client.get(experiment("old-banner")).json
    client.patch({"kind": "updateName", "value": "Mine"}, key="checkout-button")
    client.close()
    assert program.end(signal.SIGTERM) == (0, "")

    programs.append(program := Program("--demo", *state))
    client = program.client()
    assert client.get(experiment("checkout-button")).json["name"] == "Mine"
    client.close()


def test_the_command_imitates_the_service_of_today(programs: list[Program]) -> None:
    programs.append(program := Program())
    client = program.client()
    assert client.get("/api/v2/projects/demo/experiments").status == 200
    client.close()


def test_the_experiments_of_the_guides_are_added_once() -> None:
    with Sandbox() as sandbox:
        put_examples(sandbox._state)
        made = dict(sandbox._state.experiments["demo", "test"])
        assert sorted(made) == ["checkout-button", "old-banner"]
        put_examples(sandbox._state)
        assert sandbox._state.experiments["demo", "test"] == made


def test_a_conflict_with_the_experiments_of_the_guides_is_reported(
    programs: list[Program], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    state = ["--state", str(tmp_path / "state")]
    programs.append(program := Program(*state))
    client = program.client()
    client.run()
    client.close()
    program.end(signal.SIGTERM)
    assert main(["--demo", *state]) == 1
    out, err = capsys.readouterr()
    assert out == ""
    assert err.startswith("launchdarkly-sandbox: Cannot add 'checkout-button': ")


def test_fail_rate_makes_calls_fail(programs: list[Program]) -> None:
    programs.append(program := Program("--fail-rate", "1"))
    client = program.client()
    assert client.get(experiments()).status == 503
    client.close()


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["--nope"], "unrecognized arguments: --nope"),
        (["--port", "x"], "argument --port: must be a number from 0 to 65535, not 'x'"),
        (["--port", "70000"], "argument --port: must be a number from 0 to 65535, not '70000'"),
        (["--port", "-1"], "argument --port: must be a number from 0 to 65535"),
        (["--era", "1999"], "argument --api-version/--era: invalid choice"),
        (["--rate-limit", "often"], "argument --rate-limit: must be N/SECONDS"),
        (["--rate-limit", "1/x"], "argument --rate-limit: must be N/SECONDS"),
        (["--rate-limit", "0/0"], "argument --rate-limit: must be N/SECONDS"),
        (["--rate-limit=-1/10"], "argument --rate-limit: must be N/SECONDS"),
        (["--latency-ms", "x"], "argument --latency-ms: must be a number of milliseconds"),
        (["--latency-ms", "-1"], "argument --latency-ms: must be a number of milliseconds"),
        (["--latency-ms", "nan"], "argument --latency-ms: must be a number of milliseconds"),
        (["--fail-rate", "2"], "argument --fail-rate: must be a number from 0 to 1, not '2'"),
        (["--access-token", ""], "argument --access-token: must be printable ASCII"),
        (["--access-token", "é"], "argument --access-token: must be printable ASCII"),
        (["--host", ""], "argument --host: must be an address"),
        (["--state", ""], "argument --state: must be the name of a file"),
        (["--state"], "argument --state: expected one argument"),
    ],
)
def test_a_bad_option_is_one_clear_line(
    arguments: list[str], said: str, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    state = tmp_path / "state"
    with pytest.raises(SystemExit) as ended:
        main(["--state", str(state), *arguments])
    assert not state.exists()
    out, err = capsys.readouterr()
    assert (ended.value.code, out) == (2, "")
    assert err.startswith("launchdarkly-sandbox: ")
    assert said in err
    assert err.count("\n") == 1


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["--host", "203.0.113.1"], "Cannot listen on 203.0.113.1"),
        (["--state", "/no/such/folder"], "Cannot open the state file '/no/such/folder'"),
    ],
)
def test_a_failed_start_is_one_clear_line(
    arguments: list[str], said: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(arguments) == 1
    out, err = capsys.readouterr()
    assert out == ""
    assert said in err
    assert err.count("\n") == 1


@pytest.fixture(autouse=True)
def signals_as_they_were() -> Iterator[None]:
    before = [(number, signal.getsignal(number)) for number in (signal.SIGINT, signal.SIGTERM)]
    yield
    for number, handler in before:
        signal.signal(number, handler)


def test_a_taken_port_is_reported(programs: list[Program]) -> None:
    programs.append(program := Program())
    port = program.line().rpartition(":")[2]
    ended = subprocess.run(
        [sys.executable, "-m", "launchdarkly_api.sandbox", "--port", port],
        capture_output=True,
        text=True,
        timeout=TIMEOUT,
        check=False,
    )
    assert (ended.returncode, ended.stdout) == (1, "")
    assert ended.stderr == (
        f"launchdarkly-sandbox: Cannot listen on 127.0.0.1 port {port}: Address already in use\n"
    )


def test_help_lists_the_options(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as ended:
        main(["--help"])
    out, _ = capsys.readouterr()
    assert ended.value.code == 0
    for option in ("--host", "--rate-limit N/SECONDS", "--era {2023,2026}", "--lenient"):
        assert option in out


def test_the_program_goes_on_after_the_reader_of_its_log_leaves(programs: list[Program]) -> None:
    programs.append(program := Program())
    client = program.client()
    assert program.process.stdout is not None
    program.process.stdout.close()
    for _ in range(3):
        assert client.get(experiments()).status == 200
    program.process.send_signal(signal.SIGTERM)
    assert program.process.wait(TIMEOUT) == 0
    client.close()


def test_the_program_responds_while_its_log_is_not_read(programs: list[Program]) -> None:
    programs.append(program := Program())
    client = program.client()
    # The pipe and the queue of lines both fill up.
    for _ in range(2 * CAPACITY + 500):
        assert client.get(f"/{'x' * 500}").status == 404
    texts = [program.line()]
    while "lines dropped" not in texts[-1]:
        texts.append(program.line())
    dropped = int(texts.pop().split()[1])
    while len(texts) + dropped < 2 * CAPACITY + 500:
        texts.append(program.line())
        if "lines dropped" in texts[-1]:
            dropped += int(texts.pop().split()[1])
    assert all(" 404 " in text for text in texts)
    assert client.get(experiments()).status == 200
    assert f"GET {experiments()} 200" in program.line()
    client.close()


def test_the_program_ends_while_its_log_is_not_read(programs: list[Program]) -> None:
    programs.append(program := Program())
    client = program.client()
    for _ in range(400):
        assert client.get(f"/{'x' * 500}").status == 404
    program.process.send_signal(signal.SIGTERM)
    assert program.process.wait(TIMEOUT) == 0
    client.close()


def test_the_program_needs_no_standard_output() -> None:
    # The port stays bound, so that no other program gets it before this one listens.
    with socket.socket() as reserved:
        reserved.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        reserved.bind(("127.0.0.1", 0))
        port = reserved.getsockname()[1]
        process = subprocess.Popen(
            ["sh", "-c", f"exec '{sys.executable}' -m launchdarkly_api.sandbox --port {port} >&-"],
            stderr=subprocess.PIPE,
        )
        client = Client(f"http://127.0.0.1:{port}")
        try:
            while process.poll() is None:
                with contextlib.suppress(urllib3.exceptions.NewConnectionError):
                    assert client.get(experiments()).status == 200
                    break
                time.sleep(0.01)
            process.send_signal(signal.SIGTERM)
            _, errors = process.communicate(timeout=TIMEOUT)
        finally:
            process.kill()
            process.wait()
            client.close()
    assert (process.returncode, errors) == (0, b"")


def test_main_ends_on_a_signal_in_this_process(monkeypatch: pytest.MonkeyPatch) -> None:
    ready = threading.Event()

    class Output(io.StringIO):
        def write(self, text: str) -> int:
            if text.startswith("Access token"):
                ready.set()
            return super().write(text)

    def interrupt() -> None:
        ready.wait(TIMEOUT)
        os.kill(os.getpid(), signal.SIGINT)

    monkeypatch.setattr(sys, "stdout", output := Output())
    interrupting = threading.Thread(target=interrupt)
    interrupting.start()
    assert main([]) == 0
    interrupting.join()
    assert output.getvalue().startswith("Sandbox ready at http://127.0.0.1:")


def test_the_console_script_is_the_same_program() -> None:
    from importlib.metadata import entry_points

    (script,) = entry_points(group="console_scripts", name="launchdarkly-sandbox")
    assert script.load() is main

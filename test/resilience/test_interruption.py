"""Control-C in the middle of a call, and the end of the interpreter in the middle of one."""

from __future__ import annotations

import signal
import subprocess
import sys
import threading
from typing import Any

import pytest

from test.fault_server import BODY, FaultServer, answer, doing, head, raw, stall, then
from test.resilience import canary
from test.resilience.tools import TOKEN, Caller, RecordingClock


def interrupt() -> None:
    """Press Control-C, as the main thread sees it."""
    signal.pthread_kill(threading.main_thread().ident or 0, signal.SIGINT)


CUT = head(200, {"Content-Length": str(len(BODY))}) + BODY[:10]


@pytest.mark.skipif(not hasattr(signal, "pthread_kill"), reason="there are no such signals here")
@pytest.mark.parametrize(
    "first", [b"", b"HTTP/1.1 200 OK\r\n", CUT], ids=["answer", "head", "body"]
)
@pytest.mark.parametrize("method", ["GET", "POST"])
def test_control_c_during_a_response_leaves_a_usable_client(first: bytes, method: str) -> None:
    interrupted = then(raw(first, keep=True), doing(interrupt), stall())
    with FaultServer(interrupted) as server, Caller(server.url) as caller:
        with pytest.raises(KeyboardInterrupt) as raised:
            caller.call(method)
        assert caller.sleeps == []
        assert TOKEN not in canary.with_locals(raised.value)
        assert not any(TOKEN in text for text in canary.reachable(raised.value))
        # The client still works, and the partial response is not taken for one.
        assert caller.call().key == "exp"
        assert len(server.requests) == server.connections == 2


def test_control_c_during_a_wait_leaves_a_usable_client() -> None:
    class Impatient(RecordingClock):
        def sleep(self, seconds: float) -> None:
            super().sleep(seconds)
            raise KeyboardInterrupt

    with FaultServer(answer(503)) as server, Caller(server.url, Impatient()) as caller:
        with pytest.raises(KeyboardInterrupt):
            caller.call()
        assert caller.call().key == "exp"
        assert server.connections == 1


@pytest.mark.parametrize("kind", [KeyboardInterrupt, SystemExit, GeneratorExit, MemoryError])
def test_an_exception_in_a_hook_leaves_a_usable_client(kind: type[BaseException]) -> None:
    def leave(_: Any) -> None:
        raise kind

    for event in ("request", "response"):
        with FaultServer() as server, Caller(server.url) as caller:
            caller.configuration.event_hooks[event].append(leave)
            with pytest.raises(kind):
                caller.call()
            caller.configuration.event_hooks[event].clear()
            assert caller.call().key == "exp"
            assert server.connections == 1


def test_control_c_in_a_hook_loses_no_place_in_a_limit() -> None:
    """The interrupted call no longer counts as in flight."""
    clock = RecordingClock()
    limits = {
        "X-Ratelimit-Global-Limit": "2",
        "X-Ratelimit-Global-Remaining": "1",
        "X-Ratelimit-Reset": clock.milliseconds(5),
    }

    def leave(_: Any) -> None:
        raise KeyboardInterrupt

    with FaultServer(answer(200, headers=limits)) as server, Caller(server.url, clock) as caller:
        caller.call()
        caller.configuration.event_hooks["request"].append(leave)
        with pytest.raises(KeyboardInterrupt):
            caller.call()
        caller.configuration.event_hooks["request"].clear()
        clock.advance(6)
        for _ in range(2):
            caller.call()
        assert caller.sleeps == []


PROGRAM = """
import sys, threading
from launchdarkly_api import ApiClient, Configuration
client = ApiClient(Configuration(host={url!r}), pool_threads=2)
futures = [client.call_api("/x", "GET", async_req=True) for _ in range({calls})]
futures[-1].add_done_callback(lambda future: print(future.exception()))
{end}
"""


@pytest.mark.parametrize("end", ["", "sys.exit(0)", "client.close()", "del client", "del futures"])
@pytest.mark.parametrize("calls", [1, 5])
def test_calls_in_the_background_are_completed_at_interpreter_exit(end: str, calls: int) -> None:
    """The calls that have begun are carried out, and nothing is printed."""
    with FaultServer() as server:
        program = PROGRAM.format(url=server.url, calls=calls, end=end)
        done = subprocess.run(
            [sys.executable, "-W", "error", "-X", "dev", "-c", program],
            capture_output=True,
            text=True,
            timeout=120,
            check=False,
        )
        assert (done.returncode, done.stdout, done.stderr) == (0, "None\n", "")
        assert len(server.requests) == calls


def test_control_c_ends_a_waiting_program_as_usual() -> None:
    """The process ends by the signal, with the traceback of a KeyboardInterrupt."""
    with FaultServer() as server:
        waiting = threading.Event()
        server.script(then(doing(waiting.set), stall()))
        program = f"""
from launchdarkly_api import ApiClient, Configuration
with ApiClient(Configuration(host={server.url!r})) as client:
    client.call_api("/x", "GET")
"""
        with subprocess.Popen(
            [sys.executable, "-W", "error", "-X", "dev", "-c", program],
            stderr=subprocess.PIPE,
            text=True,
        ) as process:
            assert waiting.wait(120)
            process.send_signal(signal.SIGINT)
            _, stderr = process.communicate(timeout=120)
        assert process.returncode == -signal.SIGINT
        assert stderr.rstrip().endswith("KeyboardInterrupt")
        assert "ResourceWarning" not in stderr

"""A forked child uses its parent's client, whatever the parent's threads hold at that moment."""

from __future__ import annotations

import os
import sys
import threading
import traceback
import warnings
from collections.abc import Callable
from typing import Any
from unittest import mock

import pytest
import urllib3
import urllib3.connection

from launchdarkly_api._support.clock import Clock
from test.fault_server import FaultServer
from test.resilience.tools import Caller

pytestmark = [
    pytest.mark.skipif(not hasattr(os, "fork"), reason="there is no fork here"),
    # Python warns of a fork in a program with threads, which these tests need.
    pytest.mark.filterwarnings("ignore:This process .* is multi-threaded:DeprecationWarning"),
]


def in_a_child(work: Callable[[], Any]) -> None:
    """Fork, do this in the child, and wait for it. It must end well."""
    child = os.fork()
    if child == 0:
        status = 1
        try:
            warnings.simplefilter("error")
            work()
            status = 0
        except BaseException:  # noqa: BLE001 - the parent is told
            traceback.print_exc()
        finally:
            sys.stdout.flush()
            sys.stderr.flush()
            os._exit(status)
    for _ in range(6000):
        done, status = os.waitpid(child, os.WNOHANG)
        if done:
            assert os.waitstatus_to_exitcode(status) == 0
            return
        threading.Event().wait(0.01)
    os.kill(child, 9)
    os.waitpid(child, 0)
    pytest.fail("the child does not end")


def test_parent_and_child_can_both_call() -> None:
    with FaultServer() as server, Caller(server.url, Clock()) as caller:
        caller.call()

        def work() -> None:
            for _ in range(3):
                assert caller.call().key == "exp"
            caller.client.close()

        in_a_child(work)
        # The connection of the parent is as it was.
        caller.call("POST")
        assert [request.connection for request in server.requests] == [1, 2, 2, 2, 1]


def test_parent_and_child_can_both_call_in_the_background() -> None:
    with FaultServer() as server, Caller(server.url, Clock()) as caller:
        assert caller.call(async_req=True).get(60).key == "exp"

        def work() -> None:
            assert caller.call(async_req=True).get(60).key == "exp"
            caller.client.close()

        in_a_child(work)
        in_a_child(caller.client.close)
        assert caller.call(async_req=True).get(60).key == "exp"


def test_a_child_forked_while_a_thread_takes_a_connection_can_call() -> None:
    taking, go_on = threading.Event(), threading.Event()

    class Slow(urllib3.connection.HTTPConnection):
        """A tool's connection, which takes its time to be made."""

        def __init__(self, *arguments: Any, **options: Any) -> None:
            if threading.current_thread().name == "slow":
                taking.set()
                go_on.wait(60)
            super().__init__(*arguments, **options)

    with FaultServer() as server, Caller(server.url, Clock()) as caller:

        def work() -> None:
            caller.call()
            caller.client.close()

        with mock.patch.object(urllib3.HTTPConnectionPool, "ConnectionCls", Slow):
            thread = threading.Thread(target=caller.call, name="slow")
            thread.start()
            assert taking.wait(60)
            try:
                in_a_child(work)
            finally:
                go_on.set()
                thread.join()
        assert len(server.requests) == 2


def test_a_child_forked_while_other_threads_call_can_call() -> None:
    with FaultServer() as server, Caller(server.url, Clock()) as caller:
        stop = threading.Event()

        def busy() -> None:
            while not stop.is_set():
                caller.call()

        threads = [threading.Thread(target=busy) for _ in range(3)]
        for thread in threads:
            thread.start()
        try:
            for _ in range(5):
                in_a_child(lambda: [caller.call() for _ in range(3)])
        finally:
            stop.set()
            for thread in threads:
                thread.join()
        assert caller.call().key == "exp"


def locks(caller: Caller) -> list[Any]:
    """All locks that a client has."""
    found = []
    waiting: list[Any] = [caller.client]
    known: set[int] = set()
    while waiting:
        one = waiting.pop()
        if id(one) in known:
            continue
        known.add(id(one))
        if isinstance(one, (type(threading.Lock()), type(threading.RLock()))):
            found.append(one)
        elif isinstance(one, dict):
            waiting += one.values()
        elif isinstance(one, (list, tuple)):
            waiting += one
        elif type(one).__module__.startswith(("launchdarkly_api", "urllib3")):
            waiting += getattr(one, "__dict__", {}).values()
    return found


def test_a_child_forked_while_a_thread_holds_every_lock_can_call() -> None:
    with FaultServer() as server, Caller(server.url, Clock()) as caller:
        caller.call()
        caller.call(async_req=True).wait()
        held = locks(caller)
        assert len(held) >= 3
        ready, done = threading.Event(), threading.Event()

        def hold() -> None:
            for lock in held:
                lock.acquire()
            ready.set()
            done.wait(60)
            for lock in held:
                lock.release()

        holder = threading.Thread(target=hold)
        holder.start()
        ready.wait(60)

        def work() -> None:
            assert caller.call().key == "exp"
            assert caller.call(async_req=True).get(60).key == "exp"
            caller.client.close()

        try:
            in_a_child(work)
        finally:
            done.set()
            holder.join()
        assert caller.call().key == "exp"


def test_a_child_exits_as_other_programs_do() -> None:
    """Not by ``os._exit``: with all that Python does at the end of a process."""
    import subprocess

    with FaultServer() as server:
        program = f"""
import os, sys, warnings
warnings.simplefilter("ignore", DeprecationWarning)
from launchdarkly_api import ApiClient, Configuration
client = ApiClient(Configuration(host={server.url!r}))
client.call_api("/x", "GET")
client.call_api("/x", "GET", async_req=True).get()
child = os.fork()
client.call_api("/x", "GET")
client.call_api("/x", "GET", async_req=True).get()
if child:
    _, status = os.waitpid(child, 0)
    sys.exit(os.waitstatus_to_exitcode(status))
"""
        done = subprocess.run(
            [sys.executable, "-W", "error::ResourceWarning", "-c", program],
            capture_output=True,
            text=True,
            timeout=120,
            check=False,
        )
        assert (done.returncode, done.stderr) == (0, "")
        assert len(server.requests) == 6

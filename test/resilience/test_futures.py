"""Calls in the background: their futures, their threads, and asyncio."""

from __future__ import annotations

import asyncio
import builtins
import concurrent.futures
import gc
import multiprocessing
import pickle
import threading
import weakref
from typing import Any

import pytest

from launchdarkly_api.exceptions import ApiValueError, NotFoundException, OpenApiException
from launchdarkly_api.future import ApiFuture, ResultTimeout
from test.fault_server import FaultServer, answer, doing, then
from test.resilience.tools import Caller


def ours() -> list[threading.Thread]:
    """The threads of the library."""
    return [t for t in threading.enumerate() if t.name.startswith("launchdarkly_api")]


@pytest.fixture(autouse=True)
def no_thread_is_left() -> Any:
    yield
    gc.collect()
    for thread in ours():
        thread.join(10)
    assert ours() == []


class Gate:
    """A server whose answers wait until the test lets them out."""

    def __init__(self, count: int = 1) -> None:
        self.open = threading.Event()
        self.arrived = threading.Semaphore(0)
        waiting = then(doing(self.arrived.release), doing(lambda: self.open.wait(10)), answer())
        self.server = FaultServer(*[waiting] * count)

    def __enter__(self) -> Gate:
        self.server.__enter__()
        return self

    def __exit__(self, *_: object) -> None:
        self.open.set()
        self.server.__exit__(None, None, None)


def test_a_result() -> None:
    with FaultServer() as server, Caller(server.url) as caller:
        future = caller.call(async_req=True)
        assert isinstance(future, ApiFuture)
        assert future.get().key == "exp"
        assert future.get(5) is future.result(0)
        assert future.ready()
        assert future.done()
        assert future.successful()
        assert future.exception(1) is None
        assert not future.cancel()


def test_an_exception() -> None:
    with FaultServer(answer(404, "")) as server, Caller(server.url) as caller:
        future = caller.call(async_req=True)
        with pytest.raises(NotFoundException):
            future.get()
        assert future.ready()
        assert not future.successful()
        assert isinstance(future.exception(), NotFoundException)


@pytest.mark.parametrize(
    "kind",
    [
        ResultTimeout,
        OpenApiException,
        multiprocessing.TimeoutError,
        concurrent.futures.TimeoutError,
        builtins.TimeoutError,
    ],
)
@pytest.mark.parametrize("how", ["get", "result", "exception"])
def test_not_done_in_time(kind: type[Exception], how: str) -> None:
    with Gate() as gate, Caller(gate.server.url) as caller:
        future = caller.call(async_req=True)
        with pytest.raises(kind) as raised:
            getattr(future, how)(0.001)
        assert str(raised.value) == "The call was not done in 0.001 s"
        assert str(pickle.loads(pickle.dumps(raised.value))) == str(raised.value)
        with pytest.raises(ValueError, match="not done"):
            future.successful()
        assert not future.ready()
        future.wait(0.001)
        assert not future.ready()
        gate.open.set()
        future.wait()
        assert future.successful()


def test_a_timeout_of_the_call_is_its_own() -> None:
    """It is the call that failed, and not the waiting for it."""
    from launchdarkly_api.exceptions import ApiTimeoutException

    with Gate() as gate, Caller(gate.server.url, retries=0) as caller:
        future = caller.call(async_req=True, _request_timeout=0.05)
        with pytest.raises(ApiTimeoutException):
            future.get(10)
        assert future.done()


def test_cancelled_before_it_begins() -> None:
    with Gate() as gate, Caller(gate.server.url) as caller:
        running = caller.call(async_req=True)
        waiting = caller.call("POST", async_req=True)
        gate.arrived.acquire()
        assert not running.cancel()
        assert waiting.cancel()
        assert waiting.ready()
        assert not waiting.successful()
        with pytest.raises(concurrent.futures.CancelledError):
            waiting.get(1)
        gate.open.set()
        assert running.get().key == "exp"
    assert [request.method for request in gate.server.requests] == ["GET"]


def test_callbacks_and_the_functions_of_concurrent_futures() -> None:
    heard: list[Any] = []
    with FaultServer() as server, Caller(server.url, pool_threads=3) as caller:
        futures = [caller.call(async_req=True) for _ in range(6)]
        for future in futures:
            future.add_done_callback(heard.append)
        done = list(concurrent.futures.as_completed(futures, timeout=10))
        concurrent.futures.wait(futures)
        assert sorted(map(id, done)) == sorted(map(id, futures))
    assert sorted(map(id, heard)) == sorted(map(id, futures))


def test_as_many_threads_as_were_asked_for() -> None:
    with Gate(5) as gate, Caller(gate.server.url, pool_threads=3) as caller:
        assert ours() == []
        futures = [caller.call(async_req=True) for _ in range(5)]
        for _ in range(3):
            gate.arrived.acquire()
        assert len(ours()) == 3
        assert not gate.arrived.acquire(timeout=0.05)
        gate.open.set()
        assert [future.get().key for future in futures] == ["exp"] * 5


def test_close_waits_for_them() -> None:
    with FaultServer() as server:
        caller = Caller(server.url)
        futures = [caller.call(async_req=True) for _ in range(5)]
        caller.client.close()
        assert ours() == []
        assert all(future.successful() for future in futures)
        # It opens again when it is used again.
        assert caller.call(async_req=True).get().key == "exp"
        caller.client.close()


def test_a_call_that_closes_its_client() -> None:
    with FaultServer() as server:
        caller = Caller(server.url)
        closed = threading.Event()
        future = caller.call(async_req=True)
        future.wait()

        def close(_: Any) -> None:
            caller.client.close()
            closed.set()

        caller.configuration.event_hooks["response"].append(close)
        future = caller.call(async_req=True)
        assert future.get(10).key == "exp"
        assert closed.is_set()
        caller.configuration.event_hooks["response"].clear()
        future.add_done_callback(lambda _: caller.client.close())
        caller.client.close()


@pytest.mark.parametrize("status", [200, 404])
def test_nothing_is_left_of_a_client_that_is_forgotten(status: int) -> None:
    with FaultServer(answer(status)) as server:
        caller = Caller(server.url)
        kept = caller.call(async_req=True)
        kept.wait()
        (thread,) = ours()
        client = weakref.ref(caller.client)
        del caller
        if status == 404:
            # An exception keeps the frames that it came through, and these keep the client.
            del kept
        gc.collect()
        thread.join(10)
        assert not thread.is_alive()
        assert client() is None


def test_a_client_that_is_forgotten_with_work_to_do() -> None:
    with Gate(3) as gate:
        futures = [Caller(gate.server.url).call(async_req=True) for _ in range(3)]
        gc.collect()
        gate.open.set()
        assert [future.get(10).key for future in futures] == ["exp"] * 3


def test_threads_that_begin_at_the_same_time() -> None:
    """They get the same pool, and not one each."""
    for _ in range(20):
        with FaultServer() as server, Caller(server.url) as caller:
            begin_eight_at_once(caller)


def begin_eight_at_once(caller: Caller) -> None:
    barrier = threading.Barrier(8)
    futures: list[Any] = []

    def begin() -> None:
        barrier.wait()
        futures.append(caller.call(async_req=True))

    threads = [threading.Thread(target=begin) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(ours()) == 1
    assert all(future.get(10).key == "exp" for future in futures)


def test_calls_that_race_with_close() -> None:
    """Each is carried out, whether it came before or after."""
    with FaultServer() as server, Caller(server.url, pool_threads=2) as caller:
        futures: list[Any] = []
        stop = threading.Event()

        def close() -> None:
            while not stop.is_set():
                caller.client.close()

        closing = threading.Thread(target=close)
        closing.start()
        try:
            for _ in range(100):
                futures.append(caller.call(async_req=True))
        finally:
            stop.set()
            closing.join()
        assert [future.get(10).key for future in futures] == ["exp"] * 100


@pytest.mark.parametrize("threads", [0, -1, True, "3", None, 1.5])
def test_threads_that_are_no_number(threads: Any) -> None:
    with pytest.raises(ApiValueError, match="pool_threads"):
        Caller("http://127.0.0.1:1", pool_threads=threads)


class TestAsyncio:
    def test_awaited(self) -> None:
        async def main(caller: Caller) -> Any:
            return await caller.call(async_req=True)

        with FaultServer() as server, Caller(server.url) as caller:
            assert asyncio.run(main(caller)).key == "exp"

    def test_an_exception(self) -> None:
        async def main(caller: Caller) -> None:
            with pytest.raises(NotFoundException):
                await caller.call(async_req=True)

        with FaultServer(answer(404, "")) as server, Caller(server.url) as caller:
            asyncio.run(main(caller))

    def test_fifty_at_once_and_the_loop_goes_on(self) -> None:
        """The answers wait for the loop: were it blocked, they would never come."""
        with Gate(50) as gate, Caller(gate.server.url, pool_threads=50) as caller:

            async def let_out() -> int:
                turns = 0
                for _ in range(50):
                    while not gate.arrived.acquire(blocking=False):
                        turns += 1
                        await asyncio.sleep(0.001)
                gate.open.set()
                return turns

            async def main() -> list[Any]:
                calls = [caller.call(async_req=True) for _ in range(50)]
                _, *models = await asyncio.gather(let_out(), *calls)
                return models

            models = asyncio.run(main())
        assert [model.key for model in models] == ["exp"] * 50
        assert len(gate.server.requests) == 50

    def test_wait_for_cancels_what_has_not_begun(self) -> None:
        async def main(caller: Caller) -> Any:
            running, waiting = caller.call(async_req=True), caller.call("POST", async_req=True)
            with pytest.raises(asyncio.TimeoutError):
                await asyncio.wait_for(waiting, 0.01)
            gate.open.set()
            await running
            return waiting

        with Gate(2) as gate, Caller(gate.server.url) as caller:
            assert asyncio.run(main(caller)).cancelled()
        assert [request.method for request in gate.server.requests] == ["GET"]

    def test_submit(self) -> None:
        async def main(caller: Caller) -> Any:
            return await caller.api.submit(caller.api.get_experiment, "p", "e", "x")

        with FaultServer() as server, Caller(server.url) as caller:
            assert asyncio.run(main(caller)).key == "exp"


def test_what_a_call_raises_beside_exceptions_reaches_the_caller() -> None:
    def leave(_: Any) -> None:
        raise SystemExit(3)

    with FaultServer() as server, Caller(server.url) as caller:
        caller.configuration.event_hooks["request"].append(leave)
        assert isinstance(caller.call(async_req=True).exception(10), SystemExit)
        caller.configuration.event_hooks["request"].clear()
        assert caller.call(async_req=True).get(10).key == "exp"


def test_last_response_is_of_some_thread() -> None:
    with FaultServer() as server, Caller(server.url, pool_threads=4) as caller:
        before = caller.client.last_response
        assert before is None
        for future in [caller.call(async_req=True) for _ in range(20)]:
            future.wait()
        assert caller.client.last_response is not None
        assert caller.client.last_response.status == 200


def test_time_passes_for_who_waits() -> None:
    """``wait`` blocks its own thread, and lets others run."""
    with Gate() as gate, Caller(gate.server.url) as caller:
        future = caller.call(async_req=True)
        opener = threading.Timer(0.01, gate.open.set)
        opener.start()
        future.wait(10)
        assert future.successful()
        opener.join()

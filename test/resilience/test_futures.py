"""Calls in the background: their futures, their threads, and asyncio."""

from __future__ import annotations

import asyncio
import builtins
import concurrent.futures
import contextvars
import gc
import multiprocessing
import pickle
import sys
import threading
import weakref
from collections.abc import Callable
from typing import Any

import pytest

from launchdarkly_api.exceptions import (
    ApiTypeError,
    ApiValueError,
    NotFoundException,
    OpenApiException,
)
from launchdarkly_api.future import ApiFuture, ResultTimeout
from test.fault_server import FaultServer, answer, doing, then
from test.resilience.tools import Caller


def ours() -> list[threading.Thread]:
    """The threads of the library."""
    return [t for t in threading.enumerate() if t.name.startswith("launchdarkly_api")]


@pytest.fixture(autouse=True)
def no_thread_is_left() -> Any:
    yield
    for thread in ours():
        end_without_client(thread)
    assert ours() == []


def end_without_client(thread: threading.Thread) -> None:
    """Wait until a thread has ended, because its client is garbage.

    A result arrives a moment before the thread releases the client.
    """
    for _ in range(500):
        gc.collect()
        thread.join(0.02)
        if not thread.is_alive():
            return


class Gate:
    """A server that holds its responses back until the test opens it."""

    def __init__(self, count: int = 1, reaction: Any = None) -> None:
        self.open = threading.Event()
        self.arrived = threading.Semaphore(0)
        waiting = then(
            doing(self.arrived.release), doing(lambda: self.open.wait(60)), reaction or answer()
        )
        self.server = FaultServer(*[waiting] * count)

    def __enter__(self) -> Gate:
        self.server.__enter__()
        return self

    def __exit__(self, *_: object) -> None:
        self.open.set()
        self.server.__exit__(None, None, None)


def test_a_future_returns_the_result() -> None:
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


def test_a_future_raises_the_exception() -> None:
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
def test_a_wait_that_is_too_short_raises_every_timeout_error(
    kind: type[Exception], how: str
) -> None:
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


def test_a_timeout_of_the_call_is_not_one_of_the_wait() -> None:
    """The call failed, and not the wait for it."""
    from launchdarkly_api.exceptions import ApiTimeoutException

    with Gate() as gate, Caller(gate.server.url, retries=0) as caller:
        future = caller.call(async_req=True, _request_timeout=0.05)
        with pytest.raises(ApiTimeoutException):
            future.get(60)
        assert future.done()


def test_a_call_that_has_not_begun_can_be_cancelled() -> None:
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


def test_callbacks_wait_and_as_completed_take_futures() -> None:
    heard: list[Any] = []
    with FaultServer() as server, Caller(server.url, pool_threads=3) as caller:
        futures = [caller.call(async_req=True) for _ in range(6)]
        for future in futures:
            future.add_done_callback(heard.append)
        done = list(concurrent.futures.as_completed(futures, timeout=60))
        concurrent.futures.wait(futures)
        assert sorted(map(id, done)) == sorted(map(id, futures))
    assert sorted(map(id, heard)) == sorted(map(id, futures))


def test_pool_threads_bounds_the_calls_in_the_background() -> None:
    with Gate(5) as gate, Caller(gate.server.url, pool_threads=3) as caller:
        assert ours() == []
        futures = [caller.call(async_req=True) for _ in range(5)]
        for _ in range(3):
            gate.arrived.acquire()
        assert len(ours()) == 3
        assert not gate.arrived.acquire(timeout=0.05)
        gate.open.set()
        assert [future.get().key for future in futures] == ["exp"] * 5


def test_close_waits_for_calls_in_the_background() -> None:
    with FaultServer() as server:
        caller = Caller(server.url)
        futures = [caller.call(async_req=True) for _ in range(5)]
        caller.client.close()
        assert ours() == []
        assert all(future.successful() for future in futures)
        # It opens again when it is used again.
        assert caller.call(async_req=True).get().key == "exp"
        caller.client.close()


def test_a_call_may_close_its_own_client() -> None:
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
        assert future.get(60).key == "exp"
        assert closed.is_set()
        caller.configuration.event_hooks["response"].clear()
        future.add_done_callback(lambda _: caller.client.close())
        caller.client.close()


@pytest.mark.parametrize("status", [200, 404])
def test_a_forgotten_client_leaves_no_thread(status: int) -> None:
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
        end_without_client(thread)
        assert not thread.is_alive()
        assert client() is None


def test_a_forgotten_client_completes_its_calls() -> None:
    with Gate(3) as gate:
        futures = [Caller(gate.server.url).call(async_req=True) for _ in range(3)]
        gc.collect()
        gate.open.set()
        assert [future.get(60).key for future in futures] == ["exp"] * 3


def test_threads_that_begin_at_the_same_time_share_a_pool() -> None:
    """They do not get a pool each."""
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
    assert all(future.get(60).key == "exp" for future in futures)


def test_a_call_that_races_with_close_is_carried_out() -> None:
    """Whether it began before the close or after it."""
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
        assert [future.get(60).key for future in futures] == ["exp"] * 100


@pytest.mark.parametrize("threads", [0, -1, True, "3", None, 1.5])
def test_pool_threads_that_is_not_a_number_from_1_is_refused(threads: Any) -> None:
    with pytest.raises(ApiValueError, match="pool_threads"):
        Caller("http://127.0.0.1:1", pool_threads=threads)


class TestAsyncio:
    def test_a_future_can_be_awaited(self) -> None:
        async def main(caller: Caller) -> Any:
            return await caller.call(async_req=True)

        with FaultServer() as server, Caller(server.url) as caller:
            assert asyncio.run(main(caller)).key == "exp"

    def test_an_awaited_future_raises_the_exception(self) -> None:
        async def main(caller: Caller) -> None:
            with pytest.raises(NotFoundException):
                await caller.call(async_req=True)

        with FaultServer(answer(404, "")) as server, Caller(server.url) as caller:
            asyncio.run(main(caller))

    def test_fifty_awaited_calls_do_not_block_the_loop(self) -> None:
        """The server responds only after the loop has run."""
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

    def test_wait_for_cancels_a_call_that_has_not_begun(self) -> None:
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

    def test_submit_can_be_awaited(self) -> None:
        async def main(caller: Caller) -> Any:
            return await caller.api.submit(caller.api.get_experiment, "p", "e", "x")

        with FaultServer() as server, Caller(server.url) as caller:
            assert asyncio.run(main(caller)).key == "exp"


#: The functions of asyncio that take a coroutine or a future. Each returns the call's result.
WAYS: dict[str, Callable[[ApiFuture[Any]], Any]] = {
    "await": lambda future: future,
    "create_task": lambda future: asyncio.create_task(future),
    "loop.create_task": lambda future: asyncio.get_running_loop().create_task(future),
    "ensure_future": asyncio.ensure_future,
    "wrap_future": asyncio.wrap_future,
    "shield": asyncio.shield,
    "wait_for": lambda future: asyncio.wait_for(future, 60),
    "gather": lambda future: first(asyncio.gather(future, future)),
    "as_completed": lambda future: next(iter(asyncio.as_completed([future]))),
    "wait for a task": lambda future: waited(asyncio.create_task(future)),
    "wait for what wraps it": lambda future: waited(asyncio.wrap_future(future)),
    "to_thread": lambda future: asyncio.to_thread(future.result),
    "two tasks": lambda future: first(
        asyncio.gather(asyncio.create_task(future), asyncio.create_task(future))
    ),
    **({} if sys.version_info < (3, 11) else {"TaskGroup": lambda future: in_a_group(future)}),
}


async def first(several: Any) -> Any:
    one, other = await several
    assert one is other
    return one


async def waited(waiting: Any) -> Any:
    done, pending = await asyncio.wait([waiting], timeout=60)
    assert (len(done), len(pending)) == (1, 0)
    return done.pop().result()


async def in_a_group(future: ApiFuture[Any]) -> Any:
    group: Any = vars(asyncio)["TaskGroup"]()
    async with group:
        task = group.create_task(future)
    return task.result()


class TestWhatAsyncioTakes:
    @pytest.mark.parametrize("way", WAYS.values(), ids=WAYS)
    def test_asyncio_returns_the_result_of_a_future(
        self, way: Callable[[ApiFuture[Any]], Any]
    ) -> None:
        async def main(caller: Caller) -> Any:
            return await way(caller.call(async_req=True))

        with FaultServer() as server, Caller(server.url) as caller:
            assert asyncio.run(main(caller), debug=True).key == "exp"

    @pytest.mark.parametrize("way", WAYS.values(), ids=WAYS)
    def test_asyncio_raises_the_exception_of_a_future(
        self, way: Callable[[ApiFuture[Any]], Any]
    ) -> None:
        async def main(caller: Caller) -> Any:
            return await way(caller.call(async_req=True))

        with FaultServer(answer(404, "")) as server, Caller(server.url) as caller:
            with pytest.raises(Exception) as raised:
                asyncio.run(main(caller))
        (error,) = getattr(raised.value, "exceptions", (raised.value,))
        assert isinstance(error, NotFoundException)

    def test_asyncio_run_takes_a_future(self) -> None:
        with FaultServer() as server, Caller(server.url) as caller:
            assert asyncio.run(caller.call(async_req=True)).key == "exp"

    def test_another_loop_can_await_the_same_future(self) -> None:
        async def main() -> Any:
            loop = asyncio.get_running_loop()
            future = caller.call(async_req=True)
            elsewhere = await asyncio.to_thread(lambda: asyncio.run(one(future)))
            across = asyncio.run_coroutine_threadsafe(caller.call(async_req=True), loop)
            return elsewhere, await asyncio.wrap_future(across)

        async def one(future: Any) -> Any:
            return await future

        with FaultServer() as server, Caller(server.url) as caller:
            assert [model.key for model in asyncio.run(main())] == ["exp", "exp"]

    @pytest.mark.skipif(sys.version_info < (3, 11), reason="it takes coroutines, with a warning")
    @pytest.mark.parametrize("kind", [set, list])
    def test_asyncio_wait_refuses_a_future_at_once(self, kind: Any) -> None:
        async def main() -> None:
            future = caller.call(async_req=True)
            with pytest.raises(TypeError, match="use tasks explicitly"):
                await asyncio.wait(kind([future]))
            gate.open.set()
            await future

        with Gate() as gate, Caller(gate.server.url) as caller:
            asyncio.run(main())

    def test_a_future_can_be_awaited_again_after_wait_for_ended(self) -> None:
        async def main() -> Any:
            future = caller.call(async_req=True)
            for _ in range(3):
                with pytest.raises(asyncio.TimeoutError):
                    await asyncio.wait_for(asyncio.create_task(future), 0.01)
            gate.open.set()
            return await asyncio.create_task(future)

        with Gate() as gate, Caller(gate.server.url) as caller:
            assert asyncio.run(main()).key == "exp"

    def test_a_cancelled_task_does_not_stop_a_call_under_way(self) -> None:
        async def main() -> Any:
            running, waiting = caller.call(async_req=True), caller.call("POST", async_req=True)
            while not gate.arrived.acquire(blocking=False):
                await asyncio.sleep(0.001)
            tasks = [asyncio.create_task(running), asyncio.create_task(waiting)]
            await asyncio.sleep(0)
            for task in tasks:
                task.cancel()
            assert all(
                isinstance(one, asyncio.CancelledError)
                for one in await asyncio.gather(*tasks, return_exceptions=True)
            )
            gate.open.set()
            assert waiting.cancelled()
            return await running

        with Gate(2) as gate, Caller(gate.server.url) as caller:
            assert asyncio.run(main()).key == "exp"
        assert [request.method for request in gate.server.requests] == ["GET"]

    def test_a_task_cancelled_before_its_first_step_ends_and_logs_nothing(
        self, caplog: pytest.LogCaptureFixture
    ) -> None:
        """A call that has not begun is not made."""

        async def main() -> Any:
            running, waiting = caller.call(async_req=True), caller.call("POST", async_req=True)
            while not gate.arrived.acquire(blocking=False):
                await asyncio.sleep(0.001)
            for future in (running, waiting):
                task = asyncio.create_task(future)
                task.cancel()
                with pytest.raises(asyncio.CancelledError):
                    await task
                with pytest.raises((asyncio.TimeoutError, asyncio.CancelledError)):
                    await asyncio.wait_for(future, 0)
            gate.open.set()
            assert waiting.cancelled()
            with pytest.raises(NotFoundException):
                await running

        with Gate(1, answer(404, "")) as gate, Caller(gate.server.url) as caller:
            asyncio.run(main())
        gc.collect()
        assert [request.method for request in gate.server.requests] == ["GET"]
        assert "never retrieved" not in caplog.text

    @pytest.mark.parametrize("do", [lambda future: future.send(None), lambda f: f.__await__()])
    def test_a_future_awaited_outside_asyncio_says_to_call_result(self, do: Any) -> None:
        with FaultServer() as server, Caller(server.url) as caller:
            future = caller.call(async_req=True)
            with pytest.raises(ApiTypeError, match=r"call result\(\)"):
                do(future)
            assert future.get(60).key == "exp"

    def test_closing_a_future_as_a_coroutine_does_not_stop_the_call(self) -> None:
        with FaultServer() as server, Caller(server.url) as caller:
            future = caller.call(async_req=True)
            future.close()
            assert future.get(60).key == "exp"

    @pytest.mark.parametrize("backend", ["asyncio", "trio"])
    def test_a_call_works_in_a_thread_of_anyio(self, backend: str) -> None:
        import anyio

        async def main() -> Any:
            return await anyio.to_thread.run_sync(caller.call(async_req=True).result)

        with FaultServer() as server, Caller(server.url) as caller:
            assert anyio.run(main, backend=backend).key == "exp"

    def test_a_future_awaited_in_trio_says_to_use_a_thread(self) -> None:
        import trio

        async def wrong() -> Any:
            return await caller.call(async_req=True)

        async def right() -> Any:
            return await trio.to_thread.run_sync(caller.call(async_req=True).result)

        with FaultServer() as server, Caller(server.url) as caller:
            with pytest.raises(ApiTypeError, match=r"trio\.to_thread\.run_sync\(future\.result\)"):
                trio.run(wrong)
            assert trio.run(right).key == "exp"


TEAM: contextvars.ContextVar[str] = contextvars.ContextVar("team", default="nobody")


class TestContextVariables:
    def test_a_call_in_the_background_sees_its_callers_context(self) -> None:
        heard: list[str] = []
        with FaultServer() as server, Caller(server.url) as caller:
            caller.configuration.event_hooks["request"].append(lambda _: heard.append(TEAM.get()))
            calls = []
            for team in ("growth", "checkout"):
                token = TEAM.set(team)
                calls.append(caller.call(async_req=True))
                calls.append(caller.api.submit(caller.api.get_experiment, "p", "e", "x"))
                TEAM.reset(token)
            calls.append(caller.call(async_req=True))
            for call in calls:
                call.get(60)
        assert heard == ["growth", "growth", "checkout", "checkout", "nobody"]

    def test_each_task_has_its_own_context(self) -> None:
        heard: list[tuple[str, str]] = []

        async def one(team: str) -> None:
            TEAM.set(team)
            await caller.call(async_req=True, _headers={"X-Team": team})

        async def main() -> None:
            await asyncio.gather(*(one(str(number)) for number in range(20)))

        with FaultServer() as server, Caller(server.url, pool_threads=4) as caller:
            hook = caller.configuration.event_hooks["request"]
            hook.append(lambda event: heard.append((TEAM.get(), event.headers["X-Team"])))
            asyncio.run(main())
        assert sorted(heard) == sorted((str(number), str(number)) for number in range(20))

    def test_a_nested_call_in_the_background_sees_its_callers_context(self) -> None:
        heard: list[str] = []
        nested: list[Any] = []

        def hook(event: Any) -> None:
            heard.append(TEAM.get())
            if event.method == "GET":
                TEAM.set("nested")
                nested.append(caller.call("POST", async_req=True))

        with FaultServer() as server, Caller(server.url, pool_threads=2) as caller:
            caller.configuration.event_hooks["request"].append(hook)
            token = TEAM.set("growth")
            caller.call(async_req=True).get(60)
            assert nested[0].get(60).key == "exp"
            assert TEAM.get() == "growth"
            TEAM.reset(token)
            caller.configuration.event_hooks["request"].clear()
        assert heard == ["growth", "nested"]

    def test_a_context_variable_set_in_a_call_does_not_stay_in_its_thread(self) -> None:
        heard: list[str] = []

        def hook(_: Any) -> None:
            heard.append(TEAM.get())
            TEAM.set("left behind")

        with FaultServer() as server, Caller(server.url) as caller:
            caller.configuration.event_hooks["request"].append(hook)
            for _ in range(2):
                caller.call(async_req=True).get(60)
        assert heard == ["nobody", "nobody"]


def test_a_base_exception_in_the_background_reaches_the_caller() -> None:
    def leave(_: Any) -> None:
        raise SystemExit(3)

    with FaultServer() as server, Caller(server.url) as caller:
        caller.configuration.event_hooks["request"].append(leave)
        assert isinstance(caller.call(async_req=True).exception(60), SystemExit)
        caller.configuration.event_hooks["request"].clear()
        assert caller.call(async_req=True).get(60).key == "exp"


def test_last_response_is_set_by_calls_in_the_background() -> None:
    with FaultServer() as server, Caller(server.url, pool_threads=4) as caller:
        before = caller.client.last_response
        assert before is None
        for future in [caller.call(async_req=True) for _ in range(20)]:
            future.wait()
        assert caller.client.last_response is not None
        assert caller.client.last_response.status == 200


def test_wait_lets_other_threads_run() -> None:
    """``wait`` blocks its own thread, and lets others run."""
    with Gate() as gate, Caller(gate.server.url) as caller:
        future = caller.call(async_req=True)
        opener = threading.Timer(0.01, gate.open.set)
        opener.start()
        future.wait(60)
        assert future.successful()
        opener.join()

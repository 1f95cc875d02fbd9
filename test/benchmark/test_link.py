"""The link forwards every byte in order, and at the time that it promises.

Times are those of an event loop whose clock jumps to the next timer.
"""

from __future__ import annotations

import asyncio
import contextlib
import random
import selectors
import socket
import struct
import subprocess
import sys
import threading
import time
from collections.abc import Awaitable, Callable, Generator
from typing import Any

import pytest

from test.benchmark.link import HOST, Direction, Link, serve
from test.fault_server import refusing

FAST = {"round_trip": 0.0, "bandwidth": 1e9}
DATA = random.Random(1).randbytes(300_000)


@contextlib.contextmanager
def linked(port: int, **options: float) -> Generator[tuple[Link, int], None, None]:
    """A link in a thread of its own, and its port."""
    loop = asyncio.new_event_loop()
    link = Link(port, **{**FAST, **options})
    server = loop.run_until_complete(link.start())
    thread = threading.Thread(target=loop.run_forever)
    thread.start()
    try:
        yield link, server.sockets[0].getsockname()[1]
    finally:
        loop.call_soon_threadsafe(loop.stop)
        thread.join()
        server.close()
        for task in asyncio.all_tasks(loop):
            task.cancel()
        loop.run_until_complete(asyncio.sleep(0.01))
        loop.close()


@contextlib.contextmanager
def serving(work: Callable[[socket.socket], Any]) -> Generator[int, None, None]:
    """A server that does this with each connection, and its port."""
    with socket.create_server((HOST, 0)) as listener:

        def one(connection: socket.socket) -> None:
            with connection, contextlib.suppress(OSError):
                work(connection)

        def accept() -> None:
            with contextlib.suppress(OSError):
                while True:
                    connection, _ = listener.accept()
                    threading.Thread(target=one, args=(connection,), daemon=True).start()

        threading.Thread(target=accept, daemon=True).start()
        yield listener.getsockname()[1]
        listener.shutdown(socket.SHUT_RDWR)


def received(connection: socket.socket) -> bytes:
    """Everything up to the end."""
    return b"".join(iter(lambda: connection.recv(65536), b""))


def echo(connection: socket.socket) -> None:
    """Send everything back once all of it came."""
    connection.sendall(received(connection))
    connection.shutdown(socket.SHUT_WR)


def exchanged(port: int, data: bytes) -> bytes:
    with socket.create_connection((HOST, port)) as connection:
        connection.sendall(data)
        connection.shutdown(socket.SHUT_WR)
        return received(connection)


def test_every_byte_arrives_in_order_in_both_directions() -> None:
    with serving(echo) as server, linked(server, round_trip=0.002) as (link, port):
        assert exchanged(port, DATA) == DATA
        assert link.to_server.carried == link.to_client.carried == len(DATA)


def test_connections_do_not_mix() -> None:
    with serving(echo) as server, linked(server, round_trip=0.002) as (link, port):
        sent = [bytes([number]) * 50_000 for number in range(8)]
        back: dict[int, bytes] = {}

        def exchange(number: int) -> None:
            back[number] = exchanged(port, sent[number])

        threads = [threading.Thread(target=exchange, args=(number,)) for number in range(8)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert back == dict(enumerate(sent))
        assert link.to_server.carried == 8 * 50_000


def test_one_side_may_end_while_the_other_goes_on() -> None:
    def greet(connection: socket.socket) -> None:
        connection.sendall(b"hello")
        connection.shutdown(socket.SHUT_WR)
        got.append(received(connection))
        ended.set()

    got: list[bytes] = []
    ended = threading.Event()
    with serving(greet) as server, linked(server) as (_, port):
        with socket.create_connection((HOST, port)) as connection:
            assert received(connection) == b"hello"
            connection.sendall(DATA)
        assert ended.wait(60)
        assert got == [DATA]


def test_a_reset_of_the_server_reaches_the_client() -> None:
    def reset(connection: socket.socket) -> None:
        connection.recv(1)
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))

    with serving(reset) as server, linked(server) as (_, port):
        with socket.create_connection((HOST, port)) as connection:
            connection.sendall(b"x")
            with pytest.raises(ConnectionResetError):
                connection.recv(1)


def test_a_server_that_refuses_ends_the_connection() -> None:
    with refusing() as url, linked(int(url.rpartition(":")[2])) as (_, port):
        with socket.create_connection((HOST, port)) as connection:
            with pytest.raises(ConnectionResetError):
                connection.recv(1)


def test_the_first_byte_of_a_connection_waits_for_a_round_trip() -> None:
    times: list[float] = []
    noted = threading.Event()

    class Noting(Direction):
        async def carry(
            self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, opened: float
        ) -> None:
            times.append(opened)
            noted.set()

    with serving(echo) as server, linked(server, round_trip=1000) as (link, port):
        link.to_server = link.to_client = Noting(0, 1)
        before = time.monotonic()
        with socket.create_connection((HOST, port)):
            assert noted.wait(60)
        assert times[0] >= before + 1000


def test_the_program_prints_its_port_and_what_it_carried_since_the_last_line() -> None:
    with serving(echo) as server:
        words = ["-m", "test.benchmark.link", str(server), "--round-trip=0.001"]
        with subprocess.Popen(
            [sys.executable, *words], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
        ) as program:
            assert program.stdin
            assert program.stdout
            port = int(program.stdout.readline())
            for data in (b"abc", b"de"):
                assert exchanged(port, data) == data
                print(file=program.stdin, flush=True)
                assert program.stdout.readline() == f"{len(data)} {len(data)}\n"
            program.stdin.close()
            assert program.wait(120) == 0


def test_it_ends_with_its_input(capsys: pytest.CaptureFixture[str]) -> None:
    lines = iter(("\n", ""))

    async def line() -> str:
        return next(lines)

    asyncio.run(serve(Link(1, **FAST), line))
    port, counts = capsys.readouterr().out.splitlines()
    assert int(port)
    assert counts == "0 0"


class _JumpingSelector(selectors.DefaultSelector):
    """Jumps over the time that it is to wait."""

    now = 0.0

    def select(self, timeout: float | None = None) -> Any:
        ready = super().select(0)
        if not ready and timeout:
            self.now += timeout
        return ready


class _JumpingLoop(asyncio.SelectorEventLoop):
    def __init__(self) -> None:
        self.selector = _JumpingSelector()
        super().__init__(self.selector)

    def time(self) -> float:
        return self.selector.now


class _Arrivals:
    """The end of a stream that notes when what arrived."""

    def __init__(self, loop: asyncio.AbstractEventLoop) -> None:
        self.times: list[float] = []
        self.data = b""
        self.ended: float | None = None
        self._loop = loop

    def write(self, data: bytes) -> None:
        self.times.append(self._loop.time())
        self.data += data

    async def drain(self) -> None:
        pass

    def write_eof(self) -> None:
        self.ended = self._loop.time()


def test_an_end_that_does_not_read_holds_up_the_sender() -> None:
    class Deaf(_Arrivals):
        async def drain(self) -> None:
            await asyncio.Event().wait()

    async def carry() -> None:
        reader = asyncio.StreamReader()
        reader.feed_data(bytes(2**24))
        writer: Any = Deaf(loop)
        work = Direction(0.03, 1e8).carry(reader, writer, 0.0)
        with pytest.raises(asyncio.TimeoutError):
            await asyncio.wait_for(work, 1000)
        reader.feed_eof()
        assert len(await reader.read()) > 2**23

    loop = _JumpingLoop()
    loop.run_until_complete(carry())
    loop.close()


def test_a_lost_end_ends_the_stream() -> None:
    class Lost(_Arrivals):
        async def drain(self) -> None:
            raise ConnectionResetError

    async def carry() -> None:
        reader = asyncio.StreamReader()
        reader.feed_data(b"x")
        writer: Any = Lost(loop)
        with pytest.raises(ConnectionResetError):
            await Direction(0.03, 1e8).carry(reader, writer, 0.0)

    loop = _JumpingLoop()
    loop.run_until_complete(carry())
    loop.close()


def carried(*streams: bytes, latency: float, rate: float, opened: float = 0.0) -> list[_Arrivals]:
    """The arrivals, with their times, of streams that share one direction from the time 0 on."""
    loop = _JumpingLoop()
    direction = Direction(latency, rate)
    ends = [_Arrivals(loop) for _ in streams]

    async def carry() -> None:
        works: list[Awaitable[None]] = []
        for data, end in zip(streams, ends):
            reader = asyncio.StreamReader()
            reader.feed_data(data)
            reader.feed_eof()
            writer: Any = end
            works.append(direction.carry(reader, writer, opened))
        await asyncio.gather(*works)

    loop.run_until_complete(carry())
    loop.close()
    assert [end.data for end in ends] == list(streams)
    assert direction.carried == sum(map(len, streams))
    return ends


def test_a_byte_arrives_after_the_latency() -> None:
    (end,) = carried(b"x", latency=0.03, rate=1e9)
    assert end.times == [pytest.approx(0.03, abs=1e-3)]


def test_the_last_byte_arrives_when_the_bandwidth_lets_it() -> None:
    (end,) = carried(DATA, latency=0.03, rate=100_000)
    assert end.times[-1] == pytest.approx(3.03, abs=1e-3)
    assert end.ended == pytest.approx(3.03, abs=1e-3)
    assert end.times == sorted(end.times)
    assert len(end.times) > 50


def test_connections_share_the_bandwidth() -> None:
    first, second = carried(DATA, DATA, latency=0.03, rate=100_000)
    assert max(first.times + second.times) == pytest.approx(6.03, abs=1e-3)
    # Neither waits for the other's end.
    assert first.times[-1] == pytest.approx(second.times[-1], abs=0.1)


def test_a_new_connection_costs_a_round_trip() -> None:
    (end,) = carried(b"x", latency=0.03, rate=1e9, opened=0.06)
    assert end.times == [pytest.approx(0.09, abs=1e-3)]

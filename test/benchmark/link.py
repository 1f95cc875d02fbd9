"""``python -m test.benchmark.link PORT``: a network link in user space, to a port of this machine.

A link has a round trip and a bandwidth. All of its connections share the bandwidth of a direction,
each byte arrives half a round trip after it was sent, and a new connection costs a round trip.
There is no loss, no slow start and no jitter, so that two runs are alike.

The link prints its port. A line on its standard input prints how many bytes went to the server and
to the client since the line before, and it ends with its standard input.
"""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import socket
import struct
import sys
from collections.abc import Awaitable, Callable

HOST = "127.0.0.1"
#: The bytes that are sent at a time. Small, so that connections share the bandwidth fairly.
_PIECE = 4096
#: Seconds of sending that a connection may be ahead of the link, as with the buffer of a socket.
_AHEAD = 0.02
#: Pieces on their way. If the other end does not read, the sender has to wait as with TCP's window.
_WINDOW = 1024
#: When each piece arrives, and the piece. The end of a stream is an empty one.
_Pieces = asyncio.Queue[tuple[float, bytes]]


class Direction:
    """One way through the link: first in, first out.

    Args:
        latency: Seconds from the last byte that is sent to its arrival.
        rate: Bytes a second.
    """

    def __init__(self, latency: float, rate: float) -> None:
        self.carried = 0
        self._latency = latency
        self._rate = rate
        self._free_at = 0.0

    async def carry(
        self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, opened: float
    ) -> None:
        """Forward a stream to its end. Its first byte is sent when the connection is open."""
        pieces: _Pieces = asyncio.Queue(_WINDOW)
        await _first_error(self._send(reader, pieces, opened), self._arrive(pieces, writer))

    async def _send(self, reader: asyncio.StreamReader, pieces: _Pieces, opened: float) -> None:
        loop = asyncio.get_running_loop()
        while piece := await reader.read(_PIECE):
            start = max(loop.time(), opened, self._free_at)
            self._free_at = start + len(piece) / self._rate
            await pieces.put((self._free_at + self._latency, piece))
            await asyncio.sleep(self._free_at - loop.time() - _AHEAD)
        await pieces.put((max(loop.time(), opened, self._free_at) + self._latency, b""))

    async def _arrive(self, pieces: _Pieces, writer: asyncio.StreamWriter) -> None:
        loop = asyncio.get_running_loop()
        while True:
            due, piece = await pieces.get()
            await asyncio.sleep(due - loop.time())
            if not piece:
                with contextlib.suppress(OSError):
                    writer.write_eof()
                return
            writer.write(piece)
            await writer.drain()
            self.carried += len(piece)


class Link:
    """A link to a port of this machine.

    Args:
        port: The port of the server at the other end.
        round_trip: Seconds.
        bandwidth: Bits a second, in each direction.
    """

    def __init__(self, port: int, round_trip: float, bandwidth: float) -> None:
        self.to_server: Direction = Direction(round_trip / 2, bandwidth / 8)
        self.to_client: Direction = Direction(round_trip / 2, bandwidth / 8)
        self._port = port
        self._round_trip = round_trip

    async def start(self) -> asyncio.Server:
        """Listen on a free port."""
        return await asyncio.start_server(self._connected, HOST, 0)

    async def _connected(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        # The kernel opens the client's side at once, and nothing can delay that. The first byte
        # waits instead.
        opened = asyncio.get_running_loop().time() + self._round_trip
        streams = [writer]
        try:
            server_reader, server_writer = await asyncio.open_connection(HOST, self._port)
            streams.append(server_writer)
            await _first_error(
                self.to_server.carry(reader, server_writer, opened),
                self.to_client.carry(server_reader, writer, opened),
            )
        except OSError:
            # One end was lost, and so must the other be.
            for stream in streams:
                _reset(stream)
        finally:
            for stream in streams:
                stream.close()


def _reset(stream: asyncio.StreamWriter) -> None:
    """Close with RST in place of FIN, which would say that all data came."""
    with contextlib.suppress(OSError):
        lingering = struct.pack("ii", 1, 0)
        stream.get_extra_info("socket").setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, lingering)
    stream.transport.abort()


async def _first_error(*works: Awaitable[None]) -> None:
    """Wait for all of these, or for the first that fails; then the others are cancelled."""
    tasks = [asyncio.ensure_future(work) for work in works]
    try:
        await asyncio.gather(*tasks)
    finally:
        for task in tasks:
            task.cancel()


async def serve(link: Link, line: Callable[[], Awaitable[str]]) -> None:
    """Print the port, and then the bytes of each direction for each line, until there is none."""
    server = await link.start()
    async with server:
        print(server.sockets[0].getsockname()[1], flush=True)
        before = 0, 0
        while await line():
            now = link.to_server.carried, link.to_client.carried
            print(now[0] - before[0], now[1] - before[1], flush=True)
            before = now


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m test.benchmark.link", description=__doc__)
    parser.add_argument("port", type=int, help="the server's port")
    parser.add_argument("--round-trip", type=float, default=0.06, help="seconds")
    parser.add_argument("--bandwidth", type=float, default=20e6, help="bits a second")
    given = parser.parse_args()

    async def line() -> str:
        return await asyncio.to_thread(sys.stdin.readline)

    asyncio.run(serve(Link(given.port, given.round_trip, given.bandwidth), line))


if __name__ == "__main__":
    main()

"""A server that answers from memory, so that the client is what is measured."""

from __future__ import annotations

import json
import socket
import threading

from test.benchmark.payload import experiment, page


def _answer(body: object) -> bytes:
    text = json.dumps(body).encode()
    head = (
        f"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: {len(text)}\r\n\r\n"
    )
    return head.encode() + text


def _serve(connection: socket.socket, one: bytes, twenty: bytes) -> None:
    connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    received = b""
    while part := connection.recv(65536):
        received += part
        while b"\r\n\r\n" in received:
            head, _, received = received.partition(b"\r\n\r\n")
            path = head.split(b" ", 2)[1].partition(b"?")[0]
            connection.sendall(twenty if path.endswith(b"/experiments") else one)


def main() -> None:
    """Serve on a free port, which is the only line printed, until standard input is closed."""
    one = _answer(experiment(1, expanded=False))
    twenty = _answer(page(20, expanded=False))
    listener = socket.create_server(("127.0.0.1", 0), backlog=64)
    print(listener.getsockname()[1], flush=True)
    while True:
        connection, _ = listener.accept()
        threading.Thread(target=_serve, args=(connection, one, twenty), daemon=True).start()


if __name__ == "__main__":
    main()

"""A proxy that remembers what it was asked, and leads everybody to the same place."""

from __future__ import annotations

import contextlib
import socket
import ssl
import threading

from test.fault_server import FaultServer, Peer, Reaction, answer, head

TUNNEL = head(200, reason="Connection established")


class ProxyServer(FaultServer):
    """An HTTP proxy. ``CONNECT`` leads to ``upstream``, whatever its host; a GET it answers itself.

    With ``authorization`` it wants that value in ``Proxy-Authorization``.
    """

    def __init__(
        self,
        *script: Reaction,
        upstream: FaultServer | None = None,
        authorization: str | None = None,
        context: ssl.SSLContext | None = None,
    ) -> None:
        super().__init__(*script, context=context)
        self._upstream = upstream
        self._authorization = authorization

    def converse(self, peer: Peer) -> None:
        while (request := peer.receive()) is not None:
            scripted = self.reaction_to(request)
            allowed = request.header("Proxy-Authorization") == self._authorization
            if scripted is None and request.method == "CONNECT" and allowed:
                assert self._upstream is not None
                peer.send(TUNNEL)
                self._pipe(peer.sock, self._upstream.address)
                return
            refusal = answer(407, "", {"Proxy-Authenticate": 'Basic realm="proxy"'})
            if not (scripted or (answer() if allowed else refusal))(peer):
                return

    def _pipe(self, client: socket.socket, address: tuple[str, int]) -> None:
        with socket.create_connection(address) as upstream:
            self._open.add(upstream)
            back = threading.Thread(target=_copy, args=(upstream, client), daemon=True)
            back.start()
            _copy(client, upstream)
            back.join()
            self._open.discard(upstream)


def _copy(source: socket.socket, target: socket.socket) -> None:
    with contextlib.suppress(OSError):
        while data := source.recv(65536):
            target.sendall(data)
    with contextlib.suppress(OSError):
        target.shutdown(socket.SHUT_WR)

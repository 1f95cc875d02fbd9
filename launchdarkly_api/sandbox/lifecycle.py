"""The life of a sandbox: its state file, its server and the process that owns both."""

from __future__ import annotations

import os
import threading

from launchdarkly_api.sandbox.http.application import Application
from launchdarkly_api.sandbox.http.gate import Access, Gate
from launchdarkly_api.sandbox.http.server import Server
from launchdarkly_api.sandbox.state import demo
from launchdarkly_api.sandbox.state.storage import FileStorage
from launchdarkly_api.sandbox.state.store import State


class Lifecycle:
    """Opens and closes the server and the state file of one sandbox."""

    def __init__(
        self, host: str, port: int, path: str | os.PathLike[str] | None, access: Access
    ) -> None:
        self.state: State = State()
        self.server: Server | None = None
        self.storage: FileStorage | None = None
        self._host = host
        self._port = port
        self._path = path
        self._access = access
        self._process = os.getpid()
        self._lock = threading.RLock()
        self._stopped = False
        self._open_state()

    def start(self, application: Application) -> None:
        """Open the state file and the port. Does nothing if the sandbox is running.

        Raises:
            OSError: The port is taken, or the state file is in use.
        """
        with self._lock:
            self._check_process()
            if self.server is not None:
                return
            if self._stopped:
                self._open_state()
            try:
                gate = Gate(application, self._access, application.refused)
                server = Server(self._host, self._port, gate, application.refused, application.over)
            except BaseException:
                # A later start opens the file again.
                self._stopped = True
                self._close_state()
                raise
            application.start()
            server.start()
            self._port = server.port
            self.server = server
            self._stopped = False

    def stop(self, application: Application) -> None:
        """Close all connections, the port and the state file."""
        with self._lock:
            server, self.server = self.server, None
            self._stopped = True
            if server is not None:
                application.stop()
                server.stop()
            self._close_state()

    @property
    def url(self) -> str:
        """The URL of the running sandbox."""
        if self.server is None:
            raise RuntimeError(
                "This sandbox is not running. Use it in a with statement, or call start()"
            )
        return self.server.url

    def check_usable(self) -> None:
        """Raise ``RuntimeError`` if the sandbox is stopped or belongs to another process."""
        self._check_process()
        if self._stopped:
            raise RuntimeError("This sandbox is stopped. Start it again with start()")

    def _check_process(self) -> None:
        if os.getpid() != self._process:
            raise RuntimeError(
                f"This sandbox lives in process {self._process}. A forked process can call it at"
                " its URL, but not change it."
            )

    def _open_state(self) -> None:
        if self._path is not None:
            self.storage = FileStorage(self._path)
            with self.state.lock:
                self.state.storage = None
                self.state.replace_all([])
                try:
                    self.storage.load(self.state)
                    self.state.storage = self.storage
                    self._hold_demo()
                except BaseException:
                    self._close_state()
                    raise
        self._hold_demo()

    def _hold_demo(self) -> None:
        if demo.PROJECT not in self.state.projects:
            self.state.put(demo.project())

    def _close_state(self) -> None:
        # A SQLite connection must not be used in a process other than the one that opened it.
        if self.storage is not None and os.getpid() == self._process:
            with self.state.lock:
                self.storage.close()
            self.storage = None

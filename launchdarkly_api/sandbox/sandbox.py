"""``Sandbox``: the Python interface to set up, inspect and break the stand-in."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Mapping
from types import TracebackType
from typing import TYPE_CHECKING, Any

from launchdarkly_api.sandbox.control import seeds
from launchdarkly_api.sandbox.control.interface import ControlInterface
from launchdarkly_api.sandbox.control.verbs import ControlFace
from launchdarkly_api.sandbox.http.application import Application
from launchdarkly_api.sandbox.http.gate import Access, is_loopback
from launchdarkly_api.sandbox.http.log import RecordedRequest, RequestLog
from launchdarkly_api.sandbox.lifecycle import Lifecycle
from launchdarkly_api.sandbox.service.calls import Calls
from launchdarkly_api.sandbox.service.endpoints import ApiVersion, Era, api_version_of
from launchdarkly_api.sandbox.state import checks, demo

if TYPE_CHECKING:
    from launchdarkly_api import Configuration
else:
    # Annotations must also resolve at run time.
    Configuration = Any


class Sandbox(ControlFace):
    """A local stand-in for LaunchDarkly's Experiments (beta) API.

    ::

        with Sandbox() as sandbox:
            api = ExperimentsBetaApi(ApiClient(sandbox.configuration()))
            api.get_experiments("demo", "test")

    It starts with the demo data: the project ``demo`` with the environment ``test``, the flag
    ``checkout-button``, the metrics ``signup``, ``revenue`` and ``page-load-ms`` and the
    randomization unit ``user``. All methods are thread-safe.

    Args:
        host: The address to listen on. The default accepts connections from this computer only.
        port: The port to listen on. 0 selects a free port.
        access_token: The access token that requests must send.
        api_version: The version of the API to imitate: ``"2023"``, the contract of the ten calls,
            or ``"2026"``, the service of today, which is the default.
        era: An alias of ``api_version``, for programs that use the earlier name.
        state: A file that keeps all data across restarts. By default data is kept in memory only.
        lenient: Accept a PATCH without the content type of a semantic patch.
        sample_traffic: Give each iteration that is started in ``demo`` a fixed sample of traffic,
            so that there are results to read.
        unusual_values: Send values that no document lists, such as timestamps as strings.
        seed: The data and settings to start with: a document, as ``snapshot`` returns it, or the
            name of a file with one, in JSON or YAML. With a state file, the data is used only if
            the file is new. ``reset`` returns to it.
        allow_hosts: Further names of the sandbox, such as ``"sandbox.example.com"``. IP addresses
            and ``localhost`` are always accepted.
        allow_origins: The origins of web pages that may use the sandbox, such as
            ``"https://app.example.com"``. By default web pages cannot use it.

    Raises:
        ValueError: An argument is invalid.
        OSError: The state file cannot be used.
    """

    def __init__(
        self,
        *,
        host: str = "127.0.0.1",
        port: int = 0,
        access_token: str = demo.ACCESS_TOKEN,
        era: Era = "2026",
        state: str | os.PathLike[str] | None = None,
        lenient: bool = False,
        sample_traffic: bool = True,
        api_version: ApiVersion | None = None,
        unusual_values: bool = False,
        seed: str | os.PathLike[str] | Mapping[str, Any] | None = None,
        allow_hosts: Iterable[str] = (),
        allow_origins: Iterable[str] = (),
    ) -> None:
        newer = api_version_of(era, api_version) == "2026"
        checks.boolean("unusual_values", unusual_values)
        checks.access_token(access_token)
        checks.not_empty("host", host)
        checks.not_empty("state", state)
        checks.port(port)
        self._access_token = access_token
        self._seed = seeds.load(seed)
        self._first_version = "2026" if newer else "2023"
        kept = state is not None and os.path.exists(state)
        access = Access(host, allow_hosts, allow_origins)
        self._life = Lifecycle(host, port, state, access)
        self._state = self._life.state
        calls = Calls(
            self._state, newer=newer, unusual=unusual_values, lenient=lenient, sample=sample_traffic
        )
        self._application = Application(
            calls, access_token, ControlInterface(self), guarded=not is_loopback(host)
        )
        if seed is not None:
            self._start_with_seed(seed, kept)

    def _start_with_seed(self, seed: seeds.Seed, kept: bool) -> None:
        try:
            with seeds.named(seed):
                self._begin(keep_data=kept)
        except BaseException:
            self._life.stop(self._application)
            raise

    # Life.

    def start(self) -> Sandbox:
        """Start to serve requests. Does nothing if the sandbox is running.

        A stopped sandbox can be started again: it uses the same port and has the same state.

        Returns:
            The sandbox itself.

        Raises:
            OSError: The port is taken, or the state file is in use.
            RuntimeError: The sandbox belongs to another process.
        """
        self._life.start(self._application)
        return self

    def stop(self) -> None:
        """Close all connections, the port and the state file. Does nothing if it is stopped."""
        self._life.stop(self._application)

    def __enter__(self) -> Sandbox:
        return self.start()

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self.stop()

    def __repr__(self) -> str:
        server = self._life.server
        return f"<Sandbox at {server.url}>" if server else "<Sandbox, not running>"

    @property
    def running(self) -> bool:
        """Whether the sandbox serves requests."""
        return self._life.server is not None

    @property
    def url(self) -> str:
        """The URL of the running sandbox, such as ``http://127.0.0.1:43210``.

        Raises:
            RuntimeError: The sandbox is not running.
        """
        return self._life.url

    @property
    def access_token(self) -> str:
        """The access token that requests must send."""
        return self._access_token

    def configuration(self) -> Configuration:
        """Return a client configuration for the sandbox, with its URL and access token.

        Raises:
            RuntimeError: The sandbox is not running.
        """
        from launchdarkly_api import Configuration

        return Configuration(host=self.url, api_key={"ApiKey": self._access_token})

    @property
    def requests(self) -> RequestLog:
        """The requests that arrived, oldest first. Read it like a list."""
        return self._application.requests

    def reset(self) -> None:
        """Return to the data and settings of the start: the demo data, or those of the seed.

        Clears the recorded requests and removes the listener. A request without a response loses
        its connection and changes nothing.

        Raises:
            RuntimeError: The sandbox is stopped, or belongs to another process.
        """
        super().reset()
        self.on_request = None

    @property
    def _calls(self) -> Calls:
        return self._application.calls

    @property
    def on_request(self) -> Callable[[RecordedRequest], None] | None:
        """A listener that is called with each request before its response is sent.

        It runs in the thread that serves the request. An exception that it raises is logged and
        does not change the response.
        """
        return self._application.on_request

    @on_request.setter
    def on_request(self, listener: Callable[[RecordedRequest], None] | None) -> None:
        self._application.on_request = listener

"""``Sandbox``: the service from Python, to set up, to look into and to break."""

from __future__ import annotations

import datetime
import os
import threading
from collections.abc import Callable, Iterable, Mapping, Sequence
from types import TracebackType
from typing import TYPE_CHECKING, Any, Literal, get_args

from launchdarkly_api.sandbox.http.application import Application
from launchdarkly_api.sandbox.http.faults import Fault
from launchdarkly_api.sandbox.http.log import RecordedRequest, RequestLog
from launchdarkly_api.sandbox.http.server import Server
from launchdarkly_api.sandbox.service import recording
from launchdarkly_api.sandbox.service.calls import Calls
from launchdarkly_api.sandbox.service.endpoints import Call
from launchdarkly_api.sandbox.service.limits import Announcement, RateLimit
from launchdarkly_api.sandbox.state import catalogue, checks, demo
from launchdarkly_api.sandbox.state.records import Experiment, Flag, MetricKind, Project
from launchdarkly_api.sandbox.state.storage import FileStorage
from launchdarkly_api.sandbox.state.store import State

if TYPE_CHECKING:
    from launchdarkly_api import Configuration
else:
    # Programs ask for annotations at run time too.
    Configuration = Any

Era = Literal["2023", "2026"]


class Sandbox:
    """A stand-in for LaunchDarkly's Experiments (beta) API, on a socket of this computer.

    ::

        with Sandbox() as sandbox:
            api = ExperimentsBetaApi(ApiClient(sandbox.configuration()))
            api.get_experiments("demo", "test")

    It starts with the demo data: the project ``demo`` with the environment ``test``, the flag
    ``checkout-button``, the metrics ``signup``, ``revenue`` and ``page-load-ms`` and the
    randomization unit ``user``. All methods may be called from any thread.

    :param host: The address to listen on. Only this computer reaches the default.
    :param port: The port to listen on, 0 for any that is free.
    :param access_token: The one token that requests are let in with.
    :param era: ``"2026"`` adds the fields and values that the service has begun to send since
        the contract of 2023, to test whether a client lives with them.
    :param state: A file that keeps everything over restarts. Without it, memory does.
    :param lenient: Take a PATCH without the content type of a semantic patch for one.
    :param sample_traffic: Give each iteration that is started in ``demo`` a fixed sample of
        traffic, so that there are results to read.
    :raises OSError: The state file cannot be used; on ``start``, the port is taken.
    """

    def __init__(
        self,
        *,
        host: str = "127.0.0.1",
        port: int = 0,
        access_token: str = demo.ACCESS_TOKEN,
        era: Era = "2023",
        state: str | os.PathLike[str] | None = None,
        lenient: bool = False,
        sample_traffic: bool = True,
    ) -> None:
        if era not in get_args(Era):
            raise ValueError(f"era must be one of {', '.join(get_args(Era))}, not {era!r}")
        checks.access_token(access_token)
        for name, value in (("host", host), ("state", state)):
            if value == "":
                raise ValueError(f"{name} must not be empty")
        checks.port(port)
        self._host = host
        self._port = port
        self._access_token = access_token
        self._path = state
        self._process = os.getpid()
        self._lock = threading.RLock()
        self._server: Server | None = None
        self._storage: FileStorage | None = None
        self._stopped = False
        self._state = State()
        self._open_state()
        self._calls = Calls(
            self._state, newer=era == "2026", lenient=lenient, sample=sample_traffic
        )
        self._application = Application(self._calls, access_token)

    # Life.

    def _open_state(self) -> None:
        if self._path is not None:
            self._storage = FileStorage(self._path)
            with self._state.lock:
                self._state.storage = None
                self._state.replace_all([])
                try:
                    self._storage.load(self._state)
                    self._state.storage = self._storage
                    self._hold_demo()
                except BaseException:
                    self._close_state()
                    raise
        self._hold_demo()

    def _hold_demo(self) -> None:
        if demo.PROJECT not in self._state.projects:
            self._state.put(demo.project())

    def _close_state(self) -> None:
        # A connection to SQLite belongs to the process that made it.
        if self._storage is not None and os.getpid() == self._process:
            with self._state.lock:
                self._storage.close()
            self._storage = None

    def start(self) -> Sandbox:
        """Begin to answer. Does nothing if it does already.

        A stopped sandbox can be started again: on the same port, with the state as it was.

        :raises OSError: The port is taken, or the state file is in use.
        """
        with self._lock:
            self._check_process()
            if self._server is None:
                if self._stopped:
                    self._open_state()
                try:
                    server = Server(
                        self._host, self._port, self._application, self._application.refused
                    )
                except BaseException:
                    # Whoever frees the port and starts again opens the file again.
                    self._stopped = True
                    self._close_state()
                    raise
                self._application.start()
                server.start()
                self._port = server.port
                self._server = server
                self._stopped = False
        return self

    def stop(self) -> None:
        """Close all connections, the port and the state file. Does nothing if they are."""
        with self._lock:
            server, self._server = self._server, None
            self._stopped = True
            if server is not None:
                self._application.stop()
                server.stop()
            self._close_state()

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
        return f"<Sandbox at {self._server.url}>" if self._server else "<Sandbox, not running>"

    def _check_process(self) -> None:
        if os.getpid() != self._process:
            raise RuntimeError(
                f"This sandbox lives in process {self._process}. A forked process can call it at"
                " its URL, but not change it."
            )

    def _check_usable(self) -> None:
        self._check_process()
        if self._stopped:
            raise RuntimeError("This sandbox is stopped. Start it again with start()")

    @property
    def running(self) -> bool:
        """Whether it answers."""
        return self._server is not None

    @property
    def url(self) -> str:
        """Where it answers, such as ``http://127.0.0.1:43210``."""
        server = self._server
        if server is None:
            raise RuntimeError(
                "This sandbox is not running. Use it in a with statement, or call start()"
            )
        return server.url

    @property
    def access_token(self) -> str:
        """The token that requests are let in with."""
        return self._access_token

    def configuration(self) -> Configuration:
        """A client's configuration that leads here, with the access token set."""
        from launchdarkly_api import Configuration

        return Configuration(host=self.url, api_key={"ApiKey": self._access_token})

    @property
    def requests(self) -> RequestLog:
        """What arrived, oldest first. Read it like a list."""
        return self._application.requests

    @property
    def on_request(self) -> Callable[[RecordedRequest], None] | None:
        """Called with each request before its answer leaves, in the thread that answers it.

        What it raises is logged, and the request is answered all the same.
        """
        return self._application.on_request

    @on_request.setter
    def on_request(self, listener: Callable[[RecordedRequest], None] | None) -> None:
        self._application.on_request = listener

    def reset(self) -> None:
        """Forget everything but the demo data: state, requests, faults, limits, latency, listener.

        Requests that are not answered yet lose their connection, and leave no trace.
        """
        self._check_usable()
        with self._state.lock:
            self._state.replace_all([demo.project()])
            self._application.reset()

    # Data.

    def _project(self, key: str) -> Project:
        self._check_usable()
        project = self._state.projects.get(key)
        if project is None:
            raise ValueError(f"There is no project {key!r}. Add it with add_project({key!r})")
        return project

    def add_project(
        self, key: str, *, name: str | None = None, environments: Sequence[str] = ("test",)
    ) -> None:
        """Add a project with its environments, and ``user`` as its randomization unit."""
        self._check_usable()
        with self._state.lock:
            catalogue.new_key("project", key, self._state.projects)
            self._state.put(catalogue.project(key, name, environments))

    def add_environment(
        self, key: str, *, project_key: str = demo.PROJECT, name: str | None = None
    ) -> None:
        """Add an environment to a project. Its flags are on there, at version 1."""
        with self._state.lock:
            project = self._project(project_key)
            self._state.put(catalogue.with_environment(project, key, name))

    def add_flag(
        self,
        key: str,
        *,
        project_key: str = demo.PROJECT,
        name: str | None = None,
        variations: Sequence[Any] = ("control", "treatment"),
        rules: Sequence[str] = (),
        on: bool = True,
        archived: bool = False,
        version: int = 1,
    ) -> Flag:
        """Add a flag to a project, the same in all of its environments.

        :param variations: The values that it serves: strings, numbers, booleans or JSON.
        :param rules: The ids of its targeting rules; ``fallthrough`` is always one.
        :returns: The flag, with the ids of its variations.
        """
        with self._state.lock:
            project = self._project(project_key)
            flag = catalogue.flag(
                project,
                key,
                name=name,
                variations=variations,
                rules=rules,
                on=on,
                archived=archived,
                version=version,
            )
            self._state.put(catalogue.with_flag(project, flag))
            return flag

    def update_flag(
        self,
        key: str,
        *,
        project_key: str = demo.PROJECT,
        environment_key: str = demo.ENVIRONMENT,
        on: bool | None = None,
        archived: bool | None = None,
    ) -> Flag:
        """Turn a flag on or off in an environment, or archive or restore it in all.

        A change in an environment raises the flag's version there by one.
        """
        with self._state.lock:
            project = self._project(project_key)
            flag = catalogue.changed_flag(project, key, environment_key, on=on, archived=archived)
            self._state.put(catalogue.with_flag(project, flag))
            return flag

    def add_metric(
        self,
        key: str,
        *,
        project_key: str = demo.PROJECT,
        name: str | None = None,
        kind: MetricKind = "custom",
        numeric: bool = False,
        lower_is_better: bool = False,
    ) -> None:
        """Add a metric to a project: a conversion metric, or one of numbers."""
        with self._state.lock:
            project = catalogue.with_metric(
                self._project(project_key),
                key,
                name=name,
                kind=kind,
                numeric=numeric,
                lower_is_better=lower_is_better,
            )
            self._state.put(project)

    def add_context_kind(
        self, key: str, *, project_key: str = demo.PROJECT, name: str | None = None
    ) -> None:
        """Add a context kind to a project, that its settings may name as randomization unit."""
        with self._state.lock:
            project = self._project(project_key)
            self._state.put(catalogue.with_context_kind(project, key, name))

    # Traffic.

    def _running(
        self, experiment_key: str, project_key: str, environment_key: str
    ) -> tuple[Project, Experiment]:
        project = self._project(project_key)
        experiment = self._state.experiment(project_key, environment_key, experiment_key)
        if experiment is None:
            raise ValueError(
                f"There is no experiment {experiment_key!r} in project {project_key!r},"
                f" environment {environment_key!r}"
            )
        if experiment.current.status != "running":
            raise ValueError(f"Experiment {experiment_key!r} is not running. Start it first")
        return project, experiment

    def record(
        self,
        experiment_key: str,
        treatment: str,
        *,
        units: int | str | Iterable[str] = 1,
        events: Mapping[str, float | Iterable[float]] | None = None,
        at: int | datetime.datetime | None = None,
        project_key: str = demo.PROJECT,
        environment_key: str = demo.ENVIRONMENT,
    ) -> list[str]:
        """Record that units met a treatment of a running experiment, and what they then did.

        ::

            sandbox.record("exp", "control", units=1000, events={"signup": 100})
            sandbox.record("exp", "treatment", units="ada", events={"revenue": [12.5]})

        A unit that is named again is not exposed again; its events add to those it has.

        :param treatment: The name or the id of the treatment.
        :param units: How many new units, or the names of units.
        :param events: For a conversion metric how many of the units convert, for a numeric one
            the values that the first units send, one each.
        :param at: When, in epoch milliseconds or as a datetime with a time zone; now by default.
        :returns: The names of the units.
        :raises ValueError: Something that is named is not there, or does not fit.
        """
        with self._state.lock:
            project, experiment = self._running(experiment_key, project_key, environment_key)
            iteration_id = experiment.current.id
            source = recording.recorded(
                project,
                experiment,
                treatment,
                self._state.traffic_of(iteration_id).assigned,
                units=units,
                events=events or {},
                at=at,
            )
            self._state.add_source(iteration_id, source)
            return [exposure.unit for exposure in source.exposures]

    def simulate(
        self,
        experiment_key: str,
        *,
        units: int = demo.SAMPLE_UNITS,
        days: float = demo.SAMPLE_DAYS,
        effects: Mapping[str, Mapping[str, recording.Behaviour]] | None = None,
        split: Mapping[str, float] | None = None,
        seed: int = 0,
        end: int | datetime.datetime | None = None,
        project_key: str = demo.PROJECT,
        environment_key: str = demo.ENVIRONMENT,
    ) -> None:
        """Let units meet the treatments of a running experiment over some days.

        ::

            sandbox.simulate("exp", units=5000, effects={
                "signup": {"control": 0.10, "treatment": 0.12},
                "revenue": {"control": (50, 20), "treatment": Effect(0.3, mean=55, deviation=20)},
            })

        :param effects: By metric and treatment (name or id): a conversion rate; or the mean and
            the standard deviation of a number that every unit sends; or an ``Effect``. What is
            not given behaves as the sample in ``demo`` does.
        :param split: By treatment the share of units that it gets, in place of its allocation,
            to make a sample-ratio mismatch.
        :param seed: The same seed gives the same traffic.
        :param end: When the last unit comes, in epoch milliseconds or as a datetime; now by
            default. The first one comes ``days`` before.
        :raises ValueError: Something that is named is not there, or does not fit.
        """
        with self._state.lock:
            project, experiment = self._running(experiment_key, project_key, environment_key)
            iteration_id = experiment.current.id
            source = recording.simulated(
                project,
                experiment,
                len(self._state.traffic_of(iteration_id).sources),
                units=units,
                days=days,
                effects=effects or {},
                split=split,
                seed=seed,
                end=end,
            )
            self._state.add_source(iteration_id, source)

    # Faults.

    def fail_next(
        self,
        status: int | None = None,
        *,
        drop: bool = False,
        cut: bool = False,
        slow: float = 0.0,
        applied: bool = False,
        count: int = 1,
        call: Call | None = None,
        headers: Mapping[str, str] | None = None,
        body: str | bytes | None = None,
    ) -> None:
        """Let the next requests go wrong, in the order of these calls.

        :param status: Answer with this status.
        :param drop: Close the connection without an answer.
        :param cut: Carry the request out and close the connection in the middle of the answer.
        :param slow: Answer after so many seconds, rightly or as the others say.
        :param applied: With ``status`` or ``drop``: carry the request out before. A write has
            then happened, although its client does not learn of it.
        :param count: How many requests.
        :param call: Only requests of this call, such as ``"get_experiment"``.
        :param headers: Headers of the answer, such as ``{"Retry-After": "2"}``.
        :param body: With ``status``: the body of the answer, in place of the usual one.
        """
        self._check_usable()
        fault = Fault(
            status=status,
            drop=drop,
            cut=cut,
            slow=slow,
            applied=applied,
            headers=dict(headers or {}),
            body=body.encode() if isinstance(body, str) else body,
        )
        self._application.faults.plan(fault, call, count)

    def fail_rate(
        self,
        probability: float,
        *,
        statuses: Iterable[int] = (503,),
        drop: bool = False,
        cut: bool = False,
        slow: float = 0.0,
        applied: bool = False,
        call: Call | None = None,
        seed: int = 0,
    ) -> None:
        """Let requests go wrong at random, each with one of the faults that are named.

        Replaces what was said before for the same call; a probability of 0 ends it. The same
        seed and the same order of requests give the same faults.

        :param slow: One of the faults: a right answer after so many seconds.
        :param applied: With the statuses and ``drop``: carry the request out before.
        """
        self._check_usable()
        faults = [Fault(status=status, applied=applied) for status in statuses]
        if drop:
            faults.append(Fault(drop=True, applied=applied))
        if cut:
            faults.append(Fault(cut=True))
        if slow:
            faults.append(Fault(slow=slow))
        if not faults:
            raise ValueError("Name at least one fault: statuses, drop, cut or slow")
        self._application.faults.at_random(faults, call, probability, seed)

    def latency(self, seconds: float) -> None:
        """Answer each call only after so many seconds; 0 ends it."""
        self._check_usable()
        self._application.latency = checks.seconds("seconds", seconds)

    def rate_limit(
        self,
        limit: int | None,
        window_seconds: float = 10.0,
        *,
        route_limit: int | None = None,
        announce: Announcement = "ratelimit",
    ) -> None:
        """Let so many requests through in a window, and answer 429 to the others.

        :param limit: Requests a window, for all calls together; ``None`` ends the limit.
        :param route_limit: Requests a window for each call; the same by default.
        :param announce: How answers tell of the limit: ``"ratelimit"`` by the headers
            ``X-Ratelimit-*``, ``"retry-after"`` by that header on a 429, ``"none"`` not at all.
        """
        self._check_usable()
        self._application.limit = (
            None
            if limit is None
            else RateLimit(
                limit, window_seconds, limit if route_limit is None else route_limit, announce
            )
        )

    def clear_faults(self) -> None:
        """No more faults, limits or latency."""
        self._check_usable()
        self._application.clear_faults()

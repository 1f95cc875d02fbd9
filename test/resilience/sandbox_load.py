"""Load for a sandbox in another process, and the knowledge of what it has confirmed.

Each write has a number in the name of its experiment, so that every response shows which
writes it knows. A write without a response may or may not have been applied.
"""

from __future__ import annotations

import http.client
import json
import os
import random
import re
import signal
import subprocess
import sys
import threading
import time
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, NamedTuple

from launchdarkly_api.sandbox import Sandbox
from launchdarkly_api.sandbox.state import demo

PROJECTS = 8
#: The experiments of one connection. Their number is bounded, so that the memory should be too.
EXPERIMENTS = 8
MAX_PREVIOUS = 4
UNITS = ("user", "org")
SEMANTIC = "application/json; domain-model=launchdarkly.semanticpatch"
EXPAND = "previousIterations,draftIteration"
#: Seconds until a call counts as unanswered, and a restart as failed.
PATIENCE = 60.0


class Version(NamedTuple):
    """One state of an experiment."""

    number: int
    status: str = "not_started"
    draft: bool = False
    previous: int = 0

    @classmethod
    def of(cls, body: Any) -> Version:
        """The version that a response shows."""
        return cls(
            int(body["name"].rpartition("#")[2]),
            body["currentIteration"]["status"],
            "draftIteration" in body,
            len(body.get("previousIterations", ())),
        )


@dataclass
class Entry:
    """An experiment, or the settings of a project, and the last confirmed write of it."""

    path: str
    confirmed: Any = None
    #: A write that has no response.
    pending: Any = None

    def settle(self, seen: Any) -> bool:
        """Whether a response shows the confirmed write, or the one without a response."""
        if self.pending is not None and seen == self.pending:
            self.confirmed = seen
        self.pending = None
        return bool(seen == self.confirmed)


@dataclass
class Found:
    """What was found under the load."""

    calls: Counter[str] = field(default_factory=Counter)
    unanswered: int = 0
    restarts: int = 0
    seconds: float = 0.0
    #: Confirmed writes that a later response lacks.
    lost: list[str] = field(default_factory=list)
    #: Responses that are older than a write that was confirmed before their request.
    stale: list[str] = field(default_factory=list)
    unexpected: list[str] = field(default_factory=list)
    #: Seconds, and the statuses, of the page for browsers.
    pages: list[float] = field(default_factory=list)
    page_statuses: Counter[int] = field(default_factory=Counter)
    #: Seconds of each answered call.
    latencies: list[float] = field(default_factory=list)
    #: By phase: megabytes of memory of the server, in the order of time.
    memory: list[list[float]] = field(default_factory=list)
    verified: int = 0

    @property
    def answered(self) -> int:
        return sum(self.calls.values())


class Server:
    """The sandbox in a process of its own, with a state file."""

    def __init__(self, state: Path) -> None:
        self.state = state
        self.port = 0
        self.process: subprocess.Popen[str] | None = None

    def start(self) -> None:
        command = [sys.executable, "-m", "launchdarkly_api.sandbox", "--state", str(self.state)]
        self.process = subprocess.Popen(
            [*command, "--port", str(self.port)], stdout=subprocess.PIPE, text=True
        )
        assert self.process.stdout is not None
        line = self.process.stdout.readline()
        ready = re.fullmatch(r"Sandbox ready at http://127\.0\.0\.1:(\d+)\n", line)
        assert ready, line
        self.port = int(ready[1])
        threading.Thread(target=self._drain, args=[self.process], daemon=True).start()

    @staticmethod
    def _drain(process: subprocess.Popen[str]) -> None:
        assert process.stdout is not None
        with process.stdout as lines:
            for _ in lines:
                pass

    def kill(self) -> None:
        assert self.process is not None
        os.kill(self.process.pid, signal.SIGKILL)
        self.process.wait()

    def megabytes(self) -> float:
        """The resident memory of the process."""
        assert self.process is not None
        pages = Path(f"/proc/{self.process.pid}/statm").read_text(encoding="ascii").split()[1]
        return int(pages) * os.sysconf("SC_PAGE_SIZE") / 1e6


class Connection:
    """A connection that is opened again until the server is back."""

    def __init__(self, server: Server) -> None:
        self._server = server
        self._connection: http.client.HTTPConnection | None = None

    def call(self, method: str, path: str, body: Any = None) -> tuple[int, bytes]:
        """Send a request once.

        Raises:
            OSError: There is no response.
        """
        headers = {"Authorization": demo.ACCESS_TOKEN, "LD-API-Version": "beta"}
        if body is not None:
            headers["Content-Type"] = SEMANTIC if method == "PATCH" else "application/json"
        connection = self._connection or self._opened()
        try:
            connection.request(method, path, None if body is None else json.dumps(body), headers)
            response = connection.getresponse()
            return response.status, response.read()
        except (OSError, http.client.HTTPException) as error:
            self.close()
            raise OSError(str(error)) from error

    def _opened(self) -> http.client.HTTPConnection:
        deadline = time.monotonic() + PATIENCE
        while True:
            made = http.client.HTTPConnection("127.0.0.1", self._server.port, timeout=PATIENCE)
            try:
                made.connect()
            except OSError:
                if time.monotonic() > deadline:
                    raise
                time.sleep(0.02)
            else:
                self._connection = made
                return made

    def close(self) -> None:
        if self._connection is not None:
            self._connection.close()
            self._connection = None


def place(project: int) -> str:
    return f"/api/v2/projects/soak-{project}/environments/test/experiments"


def fill(state: Path, connections: int) -> dict[str, list[Any]]:
    """Write a state file with the projects and, for each connection, a flag.

    Returns:
        The ids of the variations of each flag.
    """
    variations: dict[str, list[Any]] = {}
    with Sandbox(state=state) as sandbox:
        for project in range(PROJECTS):
            key = f"soak-{project}"
            sandbox.add_project(key)
            sandbox.add_metric("signup", project_key=key)
            sandbox.add_context_kind("org", project_key=key)
        rules = [f"rule-{number}" for number in range(EXPERIMENTS)]
        for number in range(connections):
            key = f"flag-{number}"
            flag = sandbox.add_flag(key, project_key=f"soak-{number % PROJECTS}", rules=rules)
            variations[key] = [variation.id for variation in flag.variations]
    return variations


def iteration(flag: str, variations: list[Any], rule: int) -> dict[str, Any]:
    return {
        "hypothesis": "h",
        "metrics": [{"key": "signup", "primary": True}],
        "treatments": [
            {
                "name": f"t{number}",
                "baseline": number == 0,
                "allocationPercent": "50",
                "parameters": [{"flagKey": flag, "variationId": variation}],
            }
            for number, variation in enumerate(variations)
        ],
        "flags": {flag: {"ruleId": f"rule-{rule}", "flagConfigVersion": 1}},
        "randomizationUnit": "user",
    }


class Load:
    """The load, and the knowledge of what was confirmed."""

    def __init__(self, server: Server, connections: int, variations: dict[str, list[Any]]) -> None:
        self.server = server
        self.connections = connections
        self.variations = variations
        self.found = Found()
        self.lock = threading.Lock()
        self.over = threading.Event()
        self.entries: list[list[Entry]] = [
            [
                Entry(f"{place(number % PROJECTS)}/exp-{number}-{part}")
                for part in range(EXPERIMENTS)
            ]
            for number in range(connections)
        ]
        self.settings: list[Entry] = [
            Entry(f"/api/v2/projects/soak-{project}/experimentation-settings", ["user"])
            for project in range(PROJECTS)
        ]

    def note(self, place: list[str], problem: str) -> None:
        with self.lock:
            place.append(problem)

    def send(
        self, connection: Connection, kind: str, method: str, path: str, body: Any = None
    ) -> Any:
        """The JSON of a response, or None if there was none or a wrong one."""
        started = time.monotonic()
        try:
            status, data = connection.call(method, path, body)
        except OSError:
            with self.lock:
                self.found.unanswered += 1
            return None
        with self.lock:
            self.found.calls[kind] += 1
            self.found.latencies.append(time.monotonic() - started)
        if status not in (200, 201):
            self.note(self.found.unexpected, f"{kind} {path}: {status} {data[:200]!r}")
            return None
        return json.loads(data)

    # One connection.

    def work(self, number: int, until: int) -> None:
        """Make calls over one connection, until all connections have made enough."""
        rng = random.Random(f"{number}/{until}")
        connection = Connection(self.server)
        while self.found.answered < until and not self.over.is_set():
            chance = rng.random()
            if chance < 0.35:
                self.write(connection, number, rng)
            elif chance < 0.37 and number < PROJECTS:
                self.write_settings(connection, number)
            elif chance < 0.60:
                self.read(connection, rng.choice(rng.choice(self.entries)))
            elif chance < 0.70:
                self.read_own(connection, rng.choice(self.entries[number]))
            elif chance < 0.85:
                self.read_list(connection, rng.randrange(PROJECTS), rng)
            elif chance < 0.92:
                self.read_settings(connection, rng.choice(self.settings))
            else:
                self.read_catalogue(connection, number, rng)
        connection.close()

    def write(self, connection: Connection, number: int, rng: random.Random) -> None:
        part = rng.randrange(EXPERIMENTS)
        entry = self.entries[number][part]
        if entry.pending is not None:
            self.read_own(connection, entry)
            return
        flag = f"flag-{number}"
        details = iteration(flag, self.variations[flag], part)
        before: Version | None = entry.confirmed
        if before is None:
            key = entry.path.rpartition("/")[2]
            body = {"name": f"{key} #0", "key": key, "maintainerId": "m", "iteration": details}
            entry.pending = Version(0)
            answer = self.send(
                connection, "create_experiment", "POST", place(number % PROJECTS), body
            )
        elif before.status != "not_started" and not before.draft and rng.random() < 0.2:
            if before.previous >= MAX_PREVIOUS:
                return
            entry.pending = before._replace(draft=True)
            path = f"{entry.path}/iterations"
            answer = self.send(connection, "create_iteration", "POST", path, details)
        else:
            entry.pending, instructions = self.change(before, rng)
            body = {"instructions": instructions}
            answer = self.send(connection, "patch_experiment", "PATCH", entry.path, body)
        if answer is not None:
            entry.confirmed, entry.pending = entry.pending, None

    def change(self, before: Version, rng: random.Random) -> tuple[Version, list[Any]]:
        """A patch, and the version that it leads to."""
        after = before._replace(number=before.number + 1)
        rename = {"kind": "updateName", "value": f"soak #{after.number}"}
        chosen = rng.random()
        if chosen < 0.25 and (before.draft or before.status == "not_started"):
            start = {"kind": "startIteration", "changeJustification": "next"}
            previous = before.previous + before.draft
            return after._replace(status="running", draft=False, previous=previous), [start, rename]
        if chosen < 0.5 and before.status == "running":
            return after._replace(status="stopped"), [{"kind": "stopIteration"}, rename]
        return after, [rename]

    def write_settings(self, connection: Connection, project: int) -> None:
        entry = self.settings[project]
        if entry.pending is not None:
            self.settle_settings(connection, entry)
            return
        entry.pending = ["org", "user"] if entry.confirmed == ["user"] else ["user"]
        units = [
            {
                "randomizationUnit": unit,
                "default": unit == "user",
                "standardRandomizationUnit": "user",
            }
            for unit in entry.pending
        ]
        body = {"randomizationUnits": units}
        if self.send(connection, "put_settings", "PUT", entry.path, body) is not None:
            entry.confirmed, entry.pending = entry.pending, None

    # Reads. Those of other connections' data compare with what was confirmed before the request.

    def read_own(self, connection: Connection, entry: Entry) -> None:
        """Read an experiment that nobody else writes, and compare it with the last write."""
        if entry.confirmed is None and entry.pending is None:
            return
        if entry.confirmed is None:
            self.settle_creation(connection, entry)
            return
        answer = self.send(connection, "get_experiment", "GET", f"{entry.path}?expand={EXPAND}")
        if answer is not None:
            self.compare(entry, Version.of(answer))

    def compare(self, entry: Entry, seen: Any) -> None:
        expected = (entry.confirmed, entry.pending)
        if not entry.settle(seen):
            self.note(self.found.lost, f"{entry.path}: {seen}, not {expected}")

    def settle_creation(self, connection: Connection, entry: Entry) -> None:
        """Find out whether a creation without a response was applied."""
        try:
            status, data = connection.call("GET", f"{entry.path}?expand={EXPAND}")
        except OSError:
            return
        if status == 404:
            entry.pending = None
        else:
            self.compare(entry, Version.of(json.loads(data)))

    def read(self, connection: Connection, entry: Entry) -> None:
        before = entry.confirmed
        if before is None:
            return
        answer = self.send(connection, "get_experiment", "GET", f"{entry.path}?expand={EXPAND}")
        if answer is not None and Version.of(answer).number < before.number:
            self.note(self.found.stale, f"{entry.path}: {Version.of(answer)}, not {before}")

    def read_list(self, connection: Connection, project: int, rng: random.Random) -> None:
        before = {
            entry.path: entry.confirmed.number
            for entries in self.entries[project::PROJECTS]
            for entry in entries
            if entry.confirmed is not None
        }
        path = f"{place(project)}?limit=5&offset={rng.randrange(len(before) + 1)}"
        answer = self.send(connection, "get_experiments", "GET", path)
        if answer is None:
            return
        if answer["total_count"] < len(before):
            self.note(self.found.stale, f"{path}: {answer['total_count']}, not {len(before)}")
        for item in answer["items"]:
            number = before.get(item["_links"]["self"]["href"], -1)
            if Version.of(item).number < number:
                self.note(self.found.stale, f"{path}: {item['key']} older than {number}")

    def read_settings(self, connection: Connection, entry: Entry) -> None:
        self.send(connection, "get_settings", "GET", entry.path)

    def settle_settings(self, connection: Connection, entry: Entry) -> None:
        """Compare settings with the last write of them. Only the writer may do this."""
        answer = self.send(connection, "get_settings", "GET", entry.path)
        if answer is not None:
            units = [unit["randomizationUnit"] for unit in answer["randomizationUnits"]]
            self.compare(entry, units)

    def read_catalogue(self, connection: Connection, number: int, rng: random.Random) -> None:
        project = f"soak-{number % PROJECTS}"
        path = rng.choice(
            (
                f"/api/v2/flags/{project}/flag-{number}",
                f"/api/v2/metrics/{project}",
                f"/api/v2/projects/{project}?expand=environments",
            )
        )
        self.send(connection, "get_catalogue", "GET", path)

    # All connections.

    def phase(self, until: int) -> None:
        """Make calls over all connections until there were enough, and sample memory and page."""
        threads = [
            threading.Thread(target=self.guarded, args=[number, until])
            for number in range(self.connections)
        ]
        self.found.memory.append([])
        for thread in threads:
            thread.start()
        watcher = Connection(self.server)
        while any(thread.is_alive() for thread in threads):
            self.sample(watcher)
            time.sleep(0.1)
        self.sample(watcher)
        watcher.close()

    def guarded(self, number: int, until: int) -> None:
        try:
            self.work(number, until)
        except Exception as error:  # noqa: BLE001 - the result reports it
            self.over.set()
            self.note(self.found.unexpected, f"connection {number}: {error!r}")

    def sample(self, watcher: Connection) -> None:
        self.found.memory[-1].append(self.server.megabytes())
        started = time.monotonic()
        try:
            status, page = watcher.call("GET", "/")
        except OSError as error:
            self.note(self.found.unexpected, f"the page: {error}")
            return
        self.found.pages.append(time.monotonic() - started)
        self.found.page_statuses[status if b"</html>" in page else 0] += 1

    def kill_and_restart(self, until: int) -> None:
        """Kill the server in the middle of calls, start it again, and look for every write."""
        threads = [
            threading.Thread(target=self.guarded, args=[number, until + 20 * self.connections])
            for number in range(self.connections)
        ]
        for thread in threads:
            thread.start()
        while self.found.answered < until and not self.over.is_set():
            time.sleep(0.001)
        self.server.kill()
        self.server.start()
        self.found.restarts += 1
        for thread in threads:
            thread.join()
        self.verify()

    def verify(self) -> None:
        """Compare everything with what was confirmed, while nothing is written."""
        connection = Connection(self.server)
        for entries in self.entries:
            for entry in entries:
                self.read_own(connection, entry)
        for entry in self.settings:
            self.settle_settings(connection, entry)
        self.found.verified += sum(map(len, self.entries)) + len(self.settings)
        connection.close()

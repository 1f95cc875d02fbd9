"""Load for a sandbox in another process, and a record of the writes that it confirmed.

Each write has a number in the name of its experiment, so that every response shows which
writes it knows. A write without a response may or may not have been applied.
"""

from __future__ import annotations

import json
import random
import threading
import time
from collections import Counter
from dataclasses import dataclass, field
from typing import Any, NamedTuple

from test.resilience.sandbox_process import (
    EXPERIMENTS,
    PROJECTS,
    Connection,
    Server,
    iteration,
    place,
)

MAX_PREVIOUS = 4
EXPAND = "previousIterations,draftIteration"
CONTROL = "/__sandbox"


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
    #: The least and the most units of the current iteration. They differ after a recording that
    #: has no response.
    units: tuple[int, int] = (0, 0)

    def confirm(self) -> None:
        """Take the pending write as confirmed."""
        before, self.confirmed = self.confirmed, self.pending
        self.pending = None
        started = isinstance(self.confirmed, Version) and self.confirmed.status == "running"
        if started and (before.status, before.previous) != (
            self.confirmed.status,
            self.confirmed.previous,
        ):
            self.units = (0, 0)

    def settle(self, seen: Any) -> bool:
        """Whether a response shows the confirmed write, or the one without a response."""
        if self.pending is not None and seen == self.pending:
            self.confirm()
        self.pending = None
        return bool(seen == self.confirmed)


@dataclass
class Found:
    """The findings under the load."""

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
    #: Snapshots that were taken under load, and restored.
    snapshots: int = 0
    restored: int = 0
    #: By phase: megabytes of memory of the server, in the order of time.
    memory: list[list[float]] = field(default_factory=list)
    verified: int = 0

    @property
    def answered(self) -> int:
        return sum(self.calls.values())


class Load:
    """The load, and a record of the confirmed writes."""

    def __init__(self, server: Server, connections: int, variations: dict[str, list[Any]]) -> None:
        self.server = server
        self.connections = connections
        self.variations = variations
        self.found = Found()
        self.lock = threading.Lock()
        self.over = threading.Event()
        #: Seconds between two looks at the page, the memory and the whole state.
        self.pause = 1.0
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
    ) -> dict[str, Any] | None:
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
        if status not in (200, 201, 204):
            self.note(self.found.unexpected, f"{kind} {path}: {status} {data[:200]!r}")
            return None
        found: dict[str, Any] = json.loads(data or b"{}")
        return found

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
            elif chance < 0.42:
                self.record(connection, rng.choice(self.entries[number]))
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
            entry.confirm()

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

    def record(self, connection: Connection, entry: Entry) -> None:
        """Record the traffic of one unit."""
        confirmed = entry.confirmed
        if entry.pending is not None or confirmed is None or confirmed.status != "running":
            return
        parts = entry.path.split("/")
        body = {
            "projectKey": parts[4],
            "experimentKey": parts[-1],
            "treatment": "t0",
            "events": {"signup": 1},
        }
        least, most = entry.units
        entry.units = (least, most + 1)
        if self.send(connection, "record", "POST", f"{CONTROL}/traffic", body) is not None:
            entry.units = (least + 1, most + 1)

    def read_units(self, connection: Connection, entry: Entry) -> None:
        """Compare the results of a running experiment with the traffic that was recorded."""
        if entry.confirmed is None or entry.confirmed.status != "running":
            return
        path = f"{entry.path}/metrics/signup/results"
        answer = self.send(connection, "get_results", "GET", path)
        if answer is not None:
            arms = answer.get("treatmentResults", [{"units": 0}])
            if not entry.units[0] <= arms[0]["units"] <= entry.units[1]:
                self.note(self.found.lost, f"{path}: {arms[0]['units']} units, not {entry.units}")
            entry.units = (arms[0]["units"],) * 2

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
            entry.confirm()

    # Reads. Those of other connections' data compare with earlier confirmed writes.

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
            self.snapshot(watcher)
            time.sleep(self.pause)
        self.sample(watcher)
        watcher.close()

    def guarded(self, number: int, until: int) -> None:
        try:
            self.work(number, until)
        except Exception as error:  # noqa: BLE001 - the result reports it
            self.over.set()
            self.note(self.found.unexpected, f"connection {number}: {error!r}")

    def snapshot(self, connection: Connection) -> dict[str, Any] | None:
        """The whole state, compared with the writes that were confirmed before the request."""
        before = {
            entry.path: entry.confirmed.number
            for entries in self.entries
            for entry in entries
            if entry.confirmed is not None
        }
        document = self.send(connection, "snapshot", "GET", f"{CONTROL}/state")
        if document is None:
            return None
        seen = {
            f"{place(int(project['key'].removeprefix('soak-')))}/{experiment['key']}": experiment
            for project in document["projects"]
            if project["key"].startswith("soak-")
            for experiment in project.get("experiments", ())
        }
        for path, number in before.items():
            found = int(seen[path]["name"].rpartition("#")[2]) if path in seen else -1
            if found < number:
                self.note(self.found.stale, f"{path} in a snapshot: {found}, not {number}")
        self.found.snapshots += 1
        return document

    def restore(self) -> None:
        """Take a snapshot while nothing is written, restore it, and look for everything."""
        connection = Connection(self.server)
        document = self.snapshot(connection)
        if document is not None:
            self.send(connection, "restore", "PUT", f"{CONTROL}/state", document)
            self.found.restored += 1
        connection.close()
        self.verify()

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
        """Compare everything with the confirmed writes, while nothing is written."""
        connection = Connection(self.server)
        for entries in self.entries:
            for entry in entries:
                self.read_own(connection, entry)
                self.read_units(connection, entry)
        for entry in self.settings:
            self.settle_settings(connection, entry)
        self.found.verified += sum(map(len, self.entries)) + len(self.settings)
        connection.close()

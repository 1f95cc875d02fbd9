"""The sandbox under load from another process, with a restart: a small version of the soak."""

from __future__ import annotations

import sqlite3
import sys
from contextlib import closing
from pathlib import Path

import pytest

from test.resilience import soak_sandbox
from test.resilience.sandbox_load import Entry, Version
from test.resilience.sandbox_process import EXPERIMENTS, PROJECTS, Connection
from test.resilience.soak_sandbox import report, served

pytestmark = pytest.mark.skipif(
    not Path("/proc/self/statm").exists(), reason="memory is read from /proc"
)


def test_nothing_confirmed_is_lost_under_load_and_a_kill() -> None:
    found = soak_sandbox.soak(calls=800, connections=8, kills=1)
    assert (found.lost, found.stale, found.unexpected) == ([], [], []), report(found)
    assert found.answered >= 800
    assert found.restarts == 1
    # The kill hit requests: otherwise the test would show nothing.
    assert found.unanswered > 0
    assert (found.snapshots > 1, found.restored) == (True, 1)
    # After the kill, after the restored snapshot, and at the end.
    assert found.verified == 3 * (8 * EXPERIMENTS + PROJECTS)
    assert set(found.page_statuses) == {200}
    assert {"create_experiment", "patch_experiment", "get_experiment"} <= set(found.calls)
    assert "lost: 0" in report(found)


def test_a_write_that_disappears_is_noticed() -> None:
    with served(2) as running:
        running.phase(200)
        running.server.kill()
        with closing(sqlite3.connect(running.server.state)) as state, state:
            state.execute("DELETE FROM record WHERE kind = 'Experiment' AND place LIKE '%exp-0-%'")
        running.server.start()
        running.verify()
        found = running.found
    assert len(found.unexpected) > 0
    assert all("404" in problem for problem in found.unexpected)
    assert "exp-0-" in report(found)


def test_an_older_version_is_noticed() -> None:
    with served(1) as running:
        connection = Connection(running.server)
        entry = running.entries[0][0]
        while entry.confirmed is None or entry.confirmed.number < 1:
            running.phase(running.found.answered + 20)
        entry.confirmed = entry.confirmed._replace(number=entry.confirmed.number + 1)
        running.read(connection, entry)
        running.read_own(connection, entry)
        running.settings[0].confirmed = ["somebody else"]
        running.settle_settings(connection, running.settings[0])
        connection.close()
        found = running.found
    assert (len(found.stale), len(found.lost)) == (1, 2), report(found)


def test_a_write_without_a_response_may_or_may_not_have_been_applied() -> None:
    before, after = Version(1), Version(2, "running")
    for seen, settled in ((before, True), (after, True), (Version(0), False), (Version(3), False)):
        entry = Entry("/", before, after)
        assert entry.settle(seen) is settled
        assert entry.confirmed == (after if seen == after else before)
        assert entry.pending is None


def test_the_command_prints_the_figures(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(
        sys, "argv", ["soak", "--calls", "60", "--connections", "2", "--kills", "0"]
    )
    assert soak_sandbox.main() == 0
    printed = capsys.readouterr().out
    assert "lost: 0; stale: 0; unexpected: 0" in printed
    assert "restarts by kill -9: 0" in printed

"""A sandbox in a process of its own, and connections that outlive it."""

from __future__ import annotations

import http.client
import json
import os
import re
import signal
import subprocess
import sys
import threading
import time
from pathlib import Path
from typing import Any

from launchdarkly_api.sandbox import Sandbox
from launchdarkly_api.sandbox.state import demo

PROJECTS = 8
#: The experiments of one connection. Their number is bounded, so that the memory should be too.
EXPERIMENTS = 8
SEMANTIC = "application/json; domain-model=launchdarkly.semanticpatch"
#: Seconds until a call counts as unanswered, and a restart as failed.
PATIENCE = 60.0


class Server:
    """The sandbox in a process of its own, with a state file."""

    def __init__(self, state: Path) -> None:
        self.state = state
        self.port = 0
        self.process: subprocess.Popen[str] | None = None

    def start(self) -> None:
        # This version has the results, which show the traffic that was recorded.
        options = ["--api-version", "2023", "--state", str(self.state), "--port", str(self.port)]
        self.process = subprocess.Popen(
            [sys.executable, "-m", "launchdarkly_api.sandbox", *options],
            stdout=subprocess.PIPE,
            text=True,
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

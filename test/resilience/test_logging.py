"""The log: a line per request at DEBUG, a warning on a retry, and never a secret."""

from __future__ import annotations

import logging
import re
import subprocess
import sys
from typing import Any

import pytest

from launchdarkly_api.exceptions import ApiConnectionException
from test.fault_server import FaultServer, answer, reset
from test.resilience.tools import TOKEN, Caller, RecordingClock

PATH = "/api/v2/projects/p/environments/e/experiments/x"
Log = pytest.LogCaptureFixture


def lines(caplog: Log, level: int) -> list[str]:
    return [
        record.getMessage()
        for record in caplog.records
        if record.name == "launchdarkly_api" and record.levelno == level
    ]


def test_nothing_is_logged_at_level_info(caplog: Log, capfd: pytest.CaptureFixture[str]) -> None:
    with caplog.at_level(logging.INFO), FaultServer() as server, Caller(server.url) as caller:
        caller.call()
        caller.call("POST")
    assert caplog.records == []
    assert capfd.readouterr() == ("", "")


def test_a_program_without_logging_prints_nothing() -> None:
    """Python itself prints the warnings of a logger without a handler."""
    script = (
        "import sys, http.client; from test.resilience.tools import Caller;"
        "http.client.HTTPConnection.debuglevel = 1;"
        "caller = Caller(sys.argv[1]); caller.call(); caller.client.close()"
    )
    with FaultServer(answer(503)) as server:
        told = subprocess.run(
            [sys.executable, "-c", script, server.url], capture_output=True, text=True, timeout=120
        )
        assert len(server.requests) == 2
    assert (told.stdout, told.stderr, told.returncode) == ("", "", 0)


def test_each_request_is_a_line_at_level_debug(caplog: Log) -> None:
    class Ticking(RecordingClock):
        def monotonic(self) -> float:
            self.advance(0.25)
            return super().monotonic()

    with (
        caplog.at_level(logging.DEBUG, "launchdarkly_api"),
        FaultServer(answer(503, "", {"Retry-After": "1"}), answer(404, "")) as server,
        Caller(server.url, Ticking()) as caller,
        pytest.raises(Exception, match="404"),
    ):
        caller.call()
    first, second = lines(caplog, logging.DEBUG)
    assert re.fullmatch(
        rf"GET {PATH}: 503 in \d+50 ms, attempt 1|GET {PATH}: 503 in \d+ ms, attempt 1", first
    )
    assert re.fullmatch(rf"GET {PATH}: 404 in \d+ ms, attempt 2", second)
    assert not first.startswith(f"GET {PATH}: 503 in 0 ms")


def test_a_request_without_a_response_is_logged(caplog: Log) -> None:
    with (
        caplog.at_level(logging.DEBUG, "launchdarkly_api"),
        FaultServer(reset()) as server,
        Caller(server.url, retries=0) as caller,
        pytest.raises(ApiConnectionException),
    ):
        caller.call("POST")
    (line,) = lines(caplog, logging.DEBUG)
    assert line.endswith("the connection was lost: Connection reset by peer in 0 ms, attempt 1")


def test_a_retry_is_a_warning(caplog: Log) -> None:
    with FaultServer(answer(503, "", {"Retry-After": "2"})) as server, Caller(server.url) as caller:
        caller.call()
    assert lines(caplog, logging.WARNING) == [f"GET {PATH}: status 503; next attempt in 2.00 s"]
    assert [record.levelno for record in caplog.records] == [logging.WARNING]


def test_a_wait_for_a_limit_is_logged(caplog: Log) -> None:
    clock = RecordingClock()
    spent = {"X-Ratelimit-Global-Remaining": "0", "X-Ratelimit-Reset": clock.milliseconds(3)}
    with (
        caplog.at_level(logging.DEBUG, "launchdarkly_api"),
        FaultServer(answer(200, headers=spent)) as server,
        Caller(server.url, clock) as caller,
    ):
        caller.call()
        caller.call()
    assert f"GET {PATH}: the rate limit is used up; waiting 3.00 s" in lines(caplog, logging.DEBUG)


class TestDebug:
    """``debug=True`` logs requests and responses, masked."""

    def call(self, caplog: Log, *script: Any, method: str = "GET", **options: Any) -> str:
        with (
            caplog.at_level(logging.DEBUG),
            FaultServer(*script) as server,
            Caller(server.url) as caller,
        ):
            caller.configuration.debug = True
            try:
                caller.call(method, **options)
            finally:
                caller.configuration.debug = False
        return "\n".join(lines(caplog, logging.DEBUG))

    def test_debug_logs_request_and_response(
        self, caplog: Log, capfd: pytest.CaptureFixture[str]
    ) -> None:
        said = self.call(caplog, answer(200, headers={"X-Seen": "yes"}), method="POST")
        assert re.search(r"> POST http://127.0.0.1:\d+/api/v2/projects/p/environments/e/exp", said)
        assert "'LD-API-Version': 'beta'" in said
        assert "'Authorization': '***'" in said
        assert '"key": "exp"' in said
        assert "< 200 headers={" in said
        assert "'X-Seen': 'yes'" in said
        assert capfd.readouterr() == ("", "")

    def test_debug_masks_secrets_in_the_response(self, caplog: Log) -> None:
        echo = answer(200, headers={"X-Echo": TOKEN, "Set-Cookie": "a=0123456789"})
        said = self.call(caplog, echo, _headers={"Cookie": "theme=dark; session=0123456789"})
        assert TOKEN not in said
        assert "0123456789" not in said
        assert "'X-Echo': '***'" in said

    def test_debug_masks_the_token_in_any_header(self, caplog: Log) -> None:
        said = self.call(caplog, _headers={"X-Mine": f"<{TOKEN}>"})
        assert TOKEN not in said
        assert "'X-Mine': '<***>'" in said

    def test_debug_escapes_line_breaks_and_control_characters(self, caplog: Log) -> None:
        said = self.call(caplog, answer(200, b"{}\n\x1b[31m"), method="DELETE")
        assert all(line.isprintable() for line in said.splitlines())
        assert r"body='{}\n\x1b[31m'" in said

    def test_debug_logs_a_body_of_bytes(self, caplog: Log) -> None:
        with caplog.at_level(logging.DEBUG), FaultServer() as server, Caller(server.url) as caller:
            caller.configuration.debug = True
            caller.client.call_api("/x", "PUT", body=b"\xff bytes")
            caller.configuration.debug = False
        assert "body='\N{REPLACEMENT CHARACTER} bytes'" in "\n".join(lines(caplog, logging.DEBUG))

    def test_debug_leaves_other_loggers_alone(self) -> None:
        before = logging.getLogger().level, logging.getLogger("urllib3").level
        with Caller("http://127.0.0.1:1") as caller:
            caller.configuration.debug = True
            caller.configuration.debug = False
        assert before == (logging.getLogger().level, logging.getLogger("urllib3").level)

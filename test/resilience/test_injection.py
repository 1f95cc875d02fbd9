"""Untrusted text becomes neither a header nor a path, a host or a second request."""

from __future__ import annotations

from typing import Any

import pytest

from launchdarkly_api.exceptions import ApiException, ApiTypeError, ApiValueError, OpenApiException
from test.fault_server import FaultServer
from test.resilience.tools import TOKEN, Caller

BREAKS = ["a\r\nX-Evil: y", "a\nb", "a\rb", "a\0b", "\r\n\r\nGET / HTTP/1.1\r\n\r\n"]
DOTS = [
    ".",
    "..",
    "../..",
    "a/../b",
    "%2e%2e",
    "%2E.",
    "%252e%252e",
    "a%2f..%2fb",
    "..%5cb",
    "..\\b",
    "..;",
    "..;x=y",
    "a/..;/b",
    " ..",
    ".. ",
    "..%20",
    "..?",
    "..#x",
    "\uff0e\uff0e",
    "\u2025",
    "..\u200b",
    "\ufeff.",
    "%c0%ae%c0%ae",
    "%E0%80%AE.",
    "%u002e%u002e",
]
CONTROLS = ["a%0d%0ab", "%00", "..%00", "%2500", "a%7f"]


@pytest.fixture
def server() -> Any:
    with FaultServer() as running:
        yield running
        assert running.connections == 0, "something was sent"


def refused(call: Any) -> str:
    with pytest.raises(ApiValueError) as raised:
        call()
    return str(raised.value)


@pytest.mark.parametrize("text", [*BREAKS, *DOTS, *CONTROLS, "", "\ud800"])
@pytest.mark.parametrize("place", range(3))
def test_a_path_parameter_with_a_line_break_is_refused(
    server: FaultServer, text: str, place: int
) -> None:
    keys = ["p", "e", "x"]
    keys[place] = text
    with Caller(server.url) as caller:
        said = refused(lambda: caller.api.get_experiment(*keys))
    assert said.endswith(("project_key", "environment_key", "experiment_key"))


@pytest.mark.parametrize("text", BREAKS)
class TestHeaders:
    def test_a_header_of_a_call_with_a_line_break_is_refused(
        self, server: FaultServer, text: str
    ) -> None:
        with Caller(server.url) as caller:
            assert "'X-Mine' holds a line break" in refused(
                lambda: caller.call(_headers={"X-Mine": text})
            )

    def test_a_header_name_with_a_line_break_is_refused(
        self, server: FaultServer, text: str
    ) -> None:
        with Caller(server.url) as caller:
            assert "not a valid header name" in refused(lambda: caller.call(_headers={text: "x"}))

    def test_a_default_header_with_a_line_break_is_refused(
        self, server: FaultServer, text: str
    ) -> None:
        with Caller(server.url) as caller:
            caller.client.set_default_header("X-Mine", text)
            assert "'X-Mine' holds a line break" in refused(caller.call)

    def test_a_user_agent_with_a_line_break_is_refused(
        self, server: FaultServer, text: str
    ) -> None:
        with Caller(server.url) as caller:
            caller.client.user_agent = text
            assert "'User-Agent' holds a line break" in refused(caller.call)

    def test_a_token_with_a_line_break_is_refused(self, server: FaultServer, text: str) -> None:
        with Caller(server.url, token=TOKEN + text) as caller:
            said = refused(caller.call)
        assert "'Authorization' holds a line break or a NUL" in said
        assert TOKEN not in said

    def test_a_token_prefix_with_a_line_break_is_refused(
        self, server: FaultServer, text: str
    ) -> None:
        with Caller(server.url) as caller:
            caller.configuration.api_key_prefix["ApiKey"] = text
            assert "'Authorization' holds a line break or a NUL" in refused(caller.call)

    def test_a_cookie_with_a_line_break_is_refused(self, server: FaultServer, text: str) -> None:
        with Caller(server.url) as caller:
            caller.client.cookie = text
            assert "'Cookie' holds a line break" in refused(caller.call)

    def test_a_content_type_with_a_line_break_is_refused(
        self, server: FaultServer, text: str
    ) -> None:
        with Caller(server.url) as caller:
            assert "'Content-Type' holds a line break" in refused(
                lambda: caller.call("POST", _content_type=text, _check_input_type=False)
            )

    def test_a_header_set_by_a_hook_with_a_line_break_is_refused(
        self, server: FaultServer, text: str
    ) -> None:
        with Caller(server.url) as caller:
            caller.configuration.event_hooks["request"].append(
                lambda event: event.headers.update({"X-Hook": text})
            )
            assert "'X-Hook' holds a line break" in refused(caller.call)

    @pytest.mark.parametrize("place", ["header", "cookie"])
    def test_a_credential_of_a_call_with_a_line_break_is_refused(
        self, server: FaultServer, text: str, place: str
    ) -> None:
        auth = {"in": place, "key": "X-Mine", "value": text}
        with Caller(server.url) as caller:
            assert "holds a line break" in refused(lambda: caller.call(_request_auths=[auth]))


@pytest.mark.parametrize("text", ["\u20ac", "\u0100", "\x0b", "\x0c", "\x1c", "\x7f"])
def test_a_token_with_a_character_that_no_header_may_hold_is_refused(
    server: FaultServer, text: str
) -> None:
    with Caller(server.url, token=TOKEN + text) as caller:
        assert "a character that no header may hold" in refused(caller.call)


@pytest.mark.parametrize("name", ["Content-Length", "content-length", "Transfer-Encoding"])
def test_a_framing_header_is_refused(server: FaultServer, name: str) -> None:
    with Caller(server.url) as caller:
        said = refused(lambda: caller.call("POST", _headers={name: "3"}))
    assert said == f"The header {name!r} is set by the transport; leave it out"


class TestAnyCall:
    """The caller of ``call_api`` gives the path, host and method."""

    @pytest.mark.parametrize("path", ["", "x", "@evil.test/x", ".evil.test/", ":80@evil.test/"])
    def test_a_path_that_would_extend_the_host_is_refused(
        self, server: FaultServer, path: str
    ) -> None:
        with Caller(server.url) as caller:
            assert "must begin with /" in refused(lambda: caller.client.call_api(path, "GET"))

    @pytest.mark.parametrize("text", DOTS)
    def test_a_dot_segment_in_a_path_is_refused(self, server: FaultServer, text: str) -> None:
        with Caller(server.url) as caller:
            assert "dot segment" in refused(
                lambda: caller.client.call_api(f"/api/v2/{text}/x", "GET")
            )

    @pytest.mark.parametrize("text", BREAKS)
    def test_a_control_character_in_a_path_is_refused(self, server: FaultServer, text: str) -> None:
        with Caller(server.url) as caller:
            assert "hold no control character" in refused(
                lambda: caller.client.call_api(f"/{text}", "GET")
            )
            assert "is not an HTTP method" in refused(lambda: caller.client.call_api("/x", text))
            refused(lambda: caller.client.call_api("/x", "GET", header_params={"X": text}))
            refused(lambda: caller.client.call_api("/{a}", "GET", {"a": text}))

    @pytest.mark.parametrize(
        "host",
        [
            "evil.test",
            "http://user:pass@evil.test",
            "http://evil.test/\r\nX: y",
            "ftp://evil.test",
            "http://evil.test?x",
            "http:///x",
        ],
    )
    def test_a_malformed_host_of_a_call_is_refused(self, server: FaultServer, host: str) -> None:
        with Caller(server.url) as caller:
            refused(lambda: caller.client.call_api("/x", "GET", _host=host))

    @pytest.mark.parametrize("method", ["", "GET x", "G\u00cbT", "GET/"])
    def test_an_unknown_method_is_refused(self, server: FaultServer, method: str) -> None:
        with Caller(server.url) as caller:
            assert "is not an HTTP method" in refused(lambda: caller.client.call_api("/x", method))


def test_a_query_is_quoted() -> None:
    with FaultServer() as server, Caller(server.url) as caller:
        caller.client.call_api("/x", "GET", query_params=[("a", "b&c=d#e\r\nX: y"), ("\r\n", "f")])
        assert server.requests[0].target == "/x?a=b%26c%3Dd%23e%0D%0AX%3A+y&%0D%0A=f"
        assert server.requests[0].header("X") is None


def test_a_path_is_quoted() -> None:
    with FaultServer() as server, Caller(server.url) as caller:
        caller.client.call_api("/a b/\u00e4", "GET")
        assert server.requests[0].target == "/a%20b/%C3%A4"


@pytest.mark.parametrize("headers", [["X"], "X", 5])
def test_headers_of_another_type_are_refused(server: FaultServer, headers: Any) -> None:
    with Caller(server.url) as caller, pytest.raises(ApiTypeError, match="_headers"):
        caller.call(_headers=headers)


def test_an_api_key_that_is_not_a_mapping_is_refused() -> None:
    from launchdarkly_api import Configuration

    with pytest.raises(ApiTypeError) as raised:
        Configuration(api_key=TOKEN)  # type: ignore[arg-type]
    assert "give {'ApiKey': token}" in str(raised.value)
    configuration = Configuration()
    with pytest.raises(ApiTypeError):
        configuration.api_key = TOKEN  # type: ignore[assignment]


def test_an_error_message_holds_no_terminal_escapes() -> None:
    from test.fault_server import answer

    evil = "\x1b[2J\x1b[31m\nERROR all is lost\u202e"
    with (
        FaultServer(answer(400, {"message": evil, "code": evil, "id": evil})) as server,
        Caller(server.url) as caller,
        pytest.raises(OpenApiException) as raised,
    ):
        caller.call()
    assert str(raised.value).isprintable()
    assert isinstance(raised.value, ApiException)
    assert raised.value.message == evil

"""Python's values: string enumerations, NumPy scalars, huge values and wrong ones."""

from __future__ import annotations

import enum
import re
import subprocess
import sys
import textwrap
from collections.abc import Callable
from typing import Any
from unittest.mock import create_autospec
from urllib.parse import unquote

import numpy as np
import pydantic
import pytest
from hypothesis import given
from hypothesis import strategies as st
from pytest_httpserver import HTTPServer

from launchdarkly_api import ApiClient, ApiTypeError, ApiValueError, Configuration
from launchdarkly_api._transport.dot_segments import has_dot_segment
from launchdarkly_api.apis import ExperimentsBetaApi
from test.fault_server import FaultServer, answer
from test.resilience.tools import Caller
from test.strategies import thorough

ANY_PATH = re.compile(".*")


class Key(str, enum.Enum):
    """A stand-in for ``StrEnum``. Its ``str`` and ``format`` give ``Key.PROJECT``."""

    PROJECT = "the-project"
    SLASH = "a/b"
    FILTER = "status:running"
    FIELD = "status"
    WORD = "running"
    EXPAND = "treatments"
    TOKEN = "api-token-0123"
    PREFIX = "Bearer"
    SCHEME = "ApiKey"
    HEADER = "X-Team"
    VALUE = "checkout"
    CONTENT = "application/vnd.json"
    CALL = "get_experimentation_settings"
    TIME = "2023-01-01T12:00:00Z"


class Odd(str):
    """A text whose ``str`` is another one."""

    __slots__ = ()

    def __str__(self) -> str:
        return "odd"

    def __format__(self, specification: str) -> str:
        return "odd"

    def __repr__(self) -> str:
        return "odd"


@pytest.fixture
def sent(httpserver: HTTPServer) -> Callable[[], Any]:
    """The last request that arrived."""
    httpserver.expect_request(ANY_PATH).respond_with_json({"items": []})
    return lambda: httpserver.log[-1][0]


class TestASubclassOfStr:
    @pytest.mark.parametrize("key", [Key.PROJECT, Key.SLASH, Odd("the-project"), Odd("a/b")])
    @pytest.mark.parametrize("check", [True, False])
    def test_a_subclass_of_str_is_sent_by_its_value_in_the_path(
        self, key: str, check: bool, api: ExperimentsBetaApi, sent: Callable[[], Any]
    ) -> None:
        api.get_experiments(key, "e", _check_input_type=check)
        assert unquote(sent().environ["RAW_URI"].split("/")[4]) == str.__str__(key)

    @pytest.mark.parametrize(
        ("arguments", "query"),
        [
            ({"filter": Key.FILTER}, "filter=status%3Arunning"),
            ({"filter": {Key.FIELD: Key.WORD}}, "filter=status%3Arunning"),
            ({"filter": {Key.FIELD: [Key.WORD]}}, "filter=status%3Arunning"),
            ({"expand": [Key.EXPAND, Odd("draftIteration")]}, "expand=treatments%2CdraftIteration"),
            ({"expand": Odd("treatments")}, "expand=treatments"),
        ],
    )
    def test_a_subclass_of_str_is_sent_by_its_value_in_the_query(
        self, arguments: Any, query: str, api: ExperimentsBetaApi, sent: Callable[[], Any]
    ) -> None:
        api.get_experiments("p", "e", **arguments)
        assert sent().query_string.decode() == query

    def test_a_subclass_of_str_is_sent_by_its_value_in_an_unchecked_query(
        self, api: ExperimentsBetaApi, sent: Callable[[], Any]
    ) -> None:
        api.get_experiments("p", "e", expand=Key.EXPAND, _check_input_type=False)
        assert sent().query_string.decode() == "expand=treatments"

    def test_a_subclass_of_str_is_read_as_a_time(
        self, api: ExperimentsBetaApi, sent: Callable[[], Any]
    ) -> None:
        api.get_legacy_experiment_results("p", "f", "e", "m", _from=Key.TIME)
        assert sent().args["from"] == "1672574400000"

    def test_a_subclass_of_str_is_sent_by_its_value_in_headers(
        self, api: ExperimentsBetaApi, sent: Callable[[], Any]
    ) -> None:
        client, configuration = api.api_client, api.api_client.configuration
        configuration.api_key = {Key.SCHEME: Key.TOKEN}
        configuration.api_key_prefix = {Key.SCHEME: Key.PREFIX}
        client.set_default_header(Key.HEADER, Key.VALUE)
        client.user_agent = Odd("agent")
        client.cookie = Odd("a=b")
        api.get_experiments("p", "e", _headers={Odd("X-Other"): Odd("other")})
        headers = sent().headers
        assert headers["Authorization"] == "Bearer api-token-0123"
        assert (headers["X-Team"], headers["X-Other"]) == ("checkout", "other")
        assert (headers["User-Agent"], headers["Cookie"]) == ("agent", "a=b")

    @pytest.mark.parametrize("place", ["header", "cookie", "query"])
    def test_a_subclass_of_str_is_sent_by_its_value_as_a_credential(
        self, place: str, api: ExperimentsBetaApi, sent: Callable[[], Any]
    ) -> None:
        auth = {"in": Odd(place), "key": Key.HEADER, "value": Key.TOKEN}
        api.get_experiments("p", "e", _request_auths=[auth])
        request = sent()
        found = {
            "header": request.headers.get("X-Team"),
            "cookie": request.cookies.get("X-Team"),
            "query": request.args.get("X-Team"),
        }
        assert found[place] == "api-token-0123"

    def test_a_subclass_of_str_is_sent_by_its_value_with_call_api(
        self, client: ApiClient, sent: Callable[[], Any], httpserver: HTTPServer
    ) -> None:
        client.call_api(
            Odd("/api/v2/{key}"),
            Odd("get"),
            path_params=[(Odd("key"), Key.SLASH)],
            query_params=[(Key.FIELD, Key.WORD), ("many", [Key.WORD, Odd("x")])],
            header_params={Key.HEADER: Key.VALUE},
            collection_formats={"many": "csv"},
            _host=Odd(httpserver.url_for("")),
        )
        request = sent()
        assert request.environ["RAW_URI"] == "/api/v2/a%2Fb?status=running&many=running%2Cx"
        assert request.headers["X-Team"] == "checkout"

    def test_a_subclass_of_str_is_the_host_by_its_value(
        self, httpserver: HTTPServer, sent: Callable[[], Any], monkeypatch: pytest.MonkeyPatch
    ) -> None:
        url = Odd(httpserver.url_for("").rstrip("/"))
        configuration = Configuration(host=url, server_operation_index={Key.CALL: None})  # type: ignore[dict-item]
        configuration.api_key["ApiKey"] = Odd("token")
        ExperimentsBetaApi(ApiClient(configuration)).get_experiments("p", "e")
        assert sent().headers["Authorization"] == "token"
        other = Configuration(server_operation_index={Key.CALL: 1})
        assert other.server_operation_index == {"get_experimentation_settings": 1}
        assert hash(next(iter(other.server_operation_index))) == hash(Key.CALL.value)

    def test_a_subclass_of_str_is_user_and_password_by_its_value(self) -> None:
        configuration = Configuration(username=Odd("u"), password=Key.VALUE)
        assert (
            configuration.get_basic_auth_token()
            == Configuration(username="u", password="checkout").get_basic_auth_token()
        )

    def test_a_subclass_of_str_is_a_variable_of_a_host_by_its_value(self) -> None:
        servers = [{"url": Odd("https://{x}.example"), "variables": {"x": {"default_value": "a"}}}]
        host = Configuration().get_host_from_settings(0, {"x": Key.VALUE}, servers)
        assert host == "https://checkout.example"

    def test_a_subclass_of_str_is_a_proxy_by_its_value(self) -> None:
        class Proxy(str, enum.Enum):
            URL = "http://127.0.0.1:1"

        configuration = Configuration()
        configuration.proxy = Proxy.URL
        assert configuration.proxy == "http://127.0.0.1:1"
        assert f"{configuration.proxy}" == "http://127.0.0.1:1"


class Opaque:
    def __str__(self) -> str:
        return "opaque-secret"

    __repr__ = __str__


#: Values that are not text, and might be taken for it.
WRONG: list[Any] = [
    b"opaque-secret",
    bytearray(b"opaque-secret"),
    ["opaque-secret"],
    ("opaque-secret",),
    48151623,
    48151623.5,
    True,
    pydantic.SecretStr("opaque-secret"),
    Opaque(),
]


def set_token(caller: Caller, value: Any) -> None:
    caller.configuration.access_token = value


def set_key(caller: Caller, value: Any) -> None:
    caller.configuration.api_key["ApiKey"] = value


def set_keys(caller: Caller, value: Any) -> None:
    caller.configuration.api_key = {"ApiKey": value}


def set_prefix(caller: Caller, value: Any) -> None:
    caller.configuration.api_key_prefix["ApiKey"] = value


def set_prefixes(caller: Caller, value: Any) -> None:
    caller.configuration.api_key_prefix = {"ApiKey": value}


def set_header(caller: Caller, value: Any) -> None:
    caller.client.set_default_header("X-Team", value)


def set_agent(caller: Caller, value: Any) -> None:
    caller.client.user_agent = value


def set_cookie(caller: Caller, value: Any) -> None:
    caller.client.cookie = value


def set_proxy(caller: Caller, value: Any) -> None:
    caller.configuration.proxy = value


def set_proxy_headers(caller: Caller, value: Any) -> None:
    caller.configuration.proxy_headers = {"X-Proxy": value}


def set_user(caller: Caller, value: Any) -> None:
    caller.configuration.username = value


def set_password(caller: Caller, value: Any) -> None:
    caller.configuration.password = value


def set_by_hook(caller: Caller, value: Any) -> None:
    def hook(configuration: Configuration) -> None:
        configuration.api_key["ApiKey"] = value

    caller.configuration.refresh_api_key_hook = hook


def set_credential(caller: Caller, value: Any) -> None:
    for place in ("header", "cookie"):
        auth = {"in": place, "key": "X-Team", "value": value}
        with pytest.raises(ApiTypeError, match="X-Team"):
            caller.call(_request_auths=[auth])
    caller.call(_request_auths=[{"in": "query", "key": "X-Team", "value": value}])


def set_header_of_call(caller: Caller, value: Any) -> None:
    caller.call(_headers={"X-Team": value})


#: The settings, with their names in messages.
SETTINGS: list[tuple[Callable[[Caller, Any], None], str]] = [
    (set_token, "Configuration.access_token"),
    (set_key, "Configuration.api_key['ApiKey']"),
    (set_keys, "Configuration.api_key['ApiKey']"),
    (set_prefix, "Configuration.api_key_prefix['ApiKey']"),
    (set_prefixes, "Configuration.api_key_prefix['ApiKey']"),
    (set_header, "'X-Team'"),
    (set_agent, "'User-Agent'"),
    (set_cookie, "ApiClient.cookie"),
    (set_proxy, "Configuration.proxy"),
    (set_proxy_headers, "Configuration.proxy_headers['X-Proxy']"),
    (set_user, "Configuration.username"),
    (set_password, "Configuration.password"),
    (set_by_hook, "Configuration.api_key['ApiKey']"),
    (set_credential, "'X-Team'"),
    (set_header_of_call, "'X-Team'"),
]


@pytest.mark.parametrize("value", WRONG, ids=lambda value: type(value).__name__)
@pytest.mark.parametrize(("put", "name"), SETTINGS, ids=lambda part: getattr(part, "__name__", ""))
def test_a_setting_that_is_not_text_is_refused_before_anything_is_sent(
    put: Callable[[Caller, Any], None], name: str, value: Any
) -> None:
    with FaultServer() as server, Caller(server.url) as caller:
        with pytest.raises(ApiTypeError) as caught:
            put(caller, value)
            caller.call()
        assert server.connections == 0
    message = str(caught.value)
    assert name in message
    assert f"of type {type(value).__name__}; give" in message
    assert "48151623" not in message
    assert "opaque" not in message


def test_the_message_about_a_secret_wrapper_says_how_to_get_its_text() -> None:
    with pytest.raises(ApiTypeError, match=r"get_secret_value\(\)"):
        Configuration(access_token=pydantic.SecretStr("x"))  # type: ignore[arg-type]
    with pytest.raises(ApiTypeError, match=r"decode\(\)"):
        Configuration(access_token=b"x")  # type: ignore[arg-type]


@pytest.mark.parametrize("value", WRONG, ids=lambda value: type(value).__name__)
def test_a_path_key_that_is_not_text_is_not_shown(value: Any) -> None:
    with FaultServer() as server, Caller(server.url) as caller:
        with pytest.raises(ApiTypeError) as caught:
            caller.api.get_experiment("p", "e", value)
        assert server.connections == 0
    assert str(caught.value) == f"Expected str, got {type(value).__name__} at experiment_key"


class TestNumPy:
    def test_a_numpy_integer_is_a_whole_number_in_arguments(
        self, api: ExperimentsBetaApi, sent: Callable[[], Any]
    ) -> None:
        limit: Any = np.int64(5)
        offset: Any = np.uint8(3)
        api.get_experiments("p", "e", limit=limit, offset=offset)
        assert sent().query_string == b"limit=5&offset=3"
        moment: Any = np.int64(1672574400000)
        api.get_legacy_experiment_results("p", "f", "e", "m", to=moment)
        assert sent().args["to"] == "1672574400000"

    def test_a_numpy_text_is_a_text(self, api: ExperimentsBetaApi, sent: Callable[[], Any]) -> None:
        api.get_experiments(np.str_("p"), "e", expand=np.array(["treatments", "draftIteration"]))  # type: ignore[arg-type]
        assert sent().environ["RAW_URI"].startswith("/api/v2/projects/p/")
        assert sent().args["expand"] == "treatments,draftIteration"
        words: Any = {"status": np.array(["running", "stopped"])}
        api.get_experiments("p", "e", filter=words)
        assert sent().args["filter"] == "status:running,status:stopped"

    def test_numpy_numbers_and_booleans_are_options(
        self, api: ExperimentsBetaApi, sent: Callable[[], Any]
    ) -> None:
        untyped: Any = api
        untyped.get_experiments(
            "p",
            "e",
            _request_timeout=np.float32(3),
            _check_return_type=np.True_,
            _check_input_type=np.bool_(1),
            async_req=np.False_,
            _return_http_data_only=np.True_,
            _host_index=None,
        )
        untyped.get_experiments("p", "e", _request_timeout=(np.float64(3), np.int32(4)))
        assert untyped.with_http_info(api.get_experiments, "p", "e", async_req=np.False_).data
        assert len(sent().path) > 1

    def test_numpy_numbers_and_booleans_are_settings(self, httpserver: HTTPServer) -> None:
        httpserver.expect_request(ANY_PATH).respond_with_json({"items": []})
        configuration: Any = Configuration(host=httpserver.url_for("").rstrip("/"))
        configuration.timeout = np.float64(5)
        configuration.retries = np.int64(0)
        configuration.max_retry_wait = np.float32(1)
        configuration.max_response_bytes = np.int64(10_000)
        configuration.connection_pool_maxsize = np.int64(2)
        configuration.respect_rate_limits = np.True_
        configuration.verify_ssl = np.True_
        configuration.debug = np.False_
        threads: Any = np.int64(2)
        with ApiClient(configuration, pool_threads=threads) as client:
            assert ExperimentsBetaApi(client).get_experiments("p", "e").items == []

    @pytest.mark.parametrize("limit", [np.True_, np.float64(1), np.array([1, 2]), np.str_("5")])
    def test_a_numpy_value_that_is_not_a_whole_number_is_refused(
        self, limit: Any, api: ExperimentsBetaApi
    ) -> None:
        with pytest.raises(ApiTypeError, match="Expected int, got"):
            api.get_experiments("p", "e", limit=limit)

    def test_a_numpy_integer_is_an_index_of_a_server(self) -> None:
        index: Any = np.int64(1)
        assert Configuration(server_index=index).host == "https://app.launchdarkly.us"
        with pytest.raises(ApiTypeError, match="Expected int"):
            _ = Configuration(server_index=np.True_).host  # type: ignore[arg-type]


class TestValuesWithoutAText:
    """Python refuses to write an integer of many digits, and a class may have a broken repr."""

    class Broken:
        def __repr__(self) -> str:
            raise ZeroDivisionError

    @pytest.mark.parametrize("value", [10**5000, Broken()], ids=["digits", "repr"])
    def test_a_wrong_value_that_cannot_be_shown_is_an_api_error(
        self, value: Any, api: ExperimentsBetaApi
    ) -> None:
        wrong: list[dict[str, Any]] = [{"filter": value}, {"expand": [value]}]
        for arguments in wrong:
            with pytest.raises(ApiTypeError):
                api.get_experiments("p", "e", **arguments)
        with pytest.raises(ApiTypeError):
            api.get_experiments("p", value)
        with pytest.raises((ApiTypeError, ApiValueError)):
            api.get_experiments("p", "e", limit=value)
        with pytest.raises((ApiTypeError, ApiValueError)):
            api.get_legacy_experiment_results("p", "f", "e", "m", to=value)
        with pytest.raises((ApiTypeError, ApiValueError)):
            Configuration().get_host_from_settings(value)


CPU_SECONDS = 60

#: Each costs many minutes if the time grows with the square of the size.
HUGE = {
    "escapes of escapes": "'%' + '25' * 500_000",
    "escapes": "'%2e%41' * 100_000",
    "dots": "'.' * 1_000_000 + '%'",
    "slashes": "'/' * 1_000_000 + '%'",
    "blanks": "'.' + ' ' * 1_000_000 + 'x'",
    "format characters": "'\\u200b' * 1_000_000",
    "marks in the wrong order": "'a' + '\\u0300\\u0327' * 300_000",
    "ligatures": "'\\ufdfa' * 300_000",
    "percent signs": "'%' * 1_000_000",
}


@pytest.mark.skipif(sys.platform == "win32", reason="no limits of processor time")
@pytest.mark.parametrize("value", HUGE.values(), ids=HUGE)
def test_the_cost_of_a_huge_value_does_not_grow_with_its_square(value: str) -> None:
    program = f"""
        import resource
        from launchdarkly_api._call.encoding import encode_query, encode_segment, query_value
        from launchdarkly_api._transport.hosts import checked_host

        resource.setrlimit(resource.RLIMIT_CPU, ({CPU_SECONDS}, {CPU_SECONDS}))
        value = {value}
        for use in (
            lambda: encode_segment("key", value),
            lambda: encode_query([("filter", query_value("filter", {{"flagKey": [value]}}, dict))]),
            lambda: encode_query([("expand", query_value("expand", value, str))]),
            lambda: checked_host("https://host/" + value),
        ):
            try:
                use()
            except ValueError:
                pass
        print("done")
    """
    done = subprocess.run(
        [sys.executable, "-c", textwrap.dedent(program)], capture_output=True, text=True
    )
    assert done.stdout == "done\n", done.stderr


def decoded_again_and_again(value: str) -> str:
    """Decode until nothing changes: slow, and easy to read."""
    odd = re.compile(r"%c0%ae|%e0%80%ae|%u002e", re.IGNORECASE)
    while (decoded := unquote(odd.sub(".", value))) != value:
        value = decoded
    return value


@thorough
@given(st.text(alphabet="%2e5.c0aeu/\\f; \u2024\u200bx", max_size=24))
def test_a_dot_segment_is_found_as_by_repeated_decoding(value: str) -> None:
    from unicodedata import category, normalize

    text = normalize("NFKC", decoded_again_and_again(value))
    text = "".join(c for c in text if category(c) != "Cf")
    dots = re.compile(r"\s*\.\.?\s*([;?#\0].*)?", re.DOTALL)
    if any(dots.fullmatch(part) for part in re.split(r"[/\\]", text)):
        assert has_dot_segment(value)


def test_an_autospec_of_a_configuration_has_its_settings() -> None:
    mock = create_autospec(Configuration)
    public = [name for name in vars(Configuration()) if not name.startswith("_")]
    assert {"verify_ssl", "timeout", "event_hooks", "logger"} <= set(public)
    for name in public:
        assert hasattr(mock, name), name
        assert hasattr(mock(), name), name
    with pytest.raises(AttributeError):
        _ = mock.acces_token


def test_the_charset_of_a_response_selects_no_other_codec() -> None:
    """``punycode`` takes minutes for this text; others run other code."""
    body = b'{"_projectKey": "' + b"x" * 2_000_000 + b'"}'
    for charset in ("punycode", "idna", "unicode_escape", "utf-7", "rot13", "hex", "zlib", "mbcs"):
        reaction = answer(200, body, {"Content-Type": f"application/json; charset={charset}"})
        with FaultServer(reaction) as server, Caller(server.url) as caller:
            settings = caller.api.get_experimentation_settings("p")
            assert len(settings.project_key or "") == 2_000_000


@pytest.mark.parametrize(
    ("body", "content_type"),
    [
        ('{"_projectKey": "é€"}'.encode("utf-8-sig"), "application/json"),
        ('{"_projectKey": "é€"}'.encode("utf-16"), "application/json"),
        ('{"_projectKey": "é€"}'.encode("utf-32"), "application/json; charset=utf-8"),
        (b"\xfe\xff" + '{"_projectKey": "é€"}'.encode("utf-16-be"), "application/json"),
        ('{"_projectKey": "é€"}'.encode("utf-16-be"), "application/json; charset=UTF-16BE"),
        ('{"_projectKey": "é€"}'.encode("cp1252"), "application/json; charset=Windows-1252"),
        ('{"_projectKey": "é€"}'.encode(), "application/json; charset=us-ascii"),
        ('{"_projectKey": "é€"}'.encode(), "application/json; charset="),
    ],
)
def test_a_response_body_is_read_in_its_charset(body: bytes, content_type: str) -> None:
    reaction = answer(200, body, {"Content-Type": content_type})
    with FaultServer(reaction) as server, Caller(server.url) as caller:
        assert caller.api.get_experimentation_settings("p").project_key == "é€"


@pytest.mark.parametrize("charset", ["utf-8-sig", "utf-16", "utf-32"])
def test_an_error_body_is_read_in_its_charset(charset: str) -> None:
    from launchdarkly_api.exceptions import NotFoundException

    reaction = answer(404, '{"code": "not_found", "message": "né"}'.encode(charset))
    with FaultServer(reaction) as server, Caller(server.url) as caller:
        with pytest.raises(NotFoundException) as caught:
            caller.call()
    assert (caught.value.code, caught.value.message) == ("not_found", "né")

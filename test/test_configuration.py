"""Settings: those of 13.0.0, with the values refused that it let through."""

from __future__ import annotations

import base64
import copy
import inspect
import logging
import pickle
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any, get_type_hints

import pytest
from pytest_httpserver import HTTPServer

from launchdarkly_api import ApiClient, ApiTypeError, ApiValueError, Configuration, __version__
from launchdarkly_api.configuration import Settings

TOKEN = "canary-8d1c"


@pytest.fixture
def environment(monkeypatch: pytest.MonkeyPatch) -> pytest.MonkeyPatch:
    """An environment without any of the variables."""
    for name in (
        "LAUNCHDARKLY_ACCESS_TOKEN",
        "LD_ACCESS_TOKEN",
        "LAUNCHDARKLY_API_HOST",
        "LD_BASE_URI",
    ):
        monkeypatch.delenv(name, raising=False)
    return monkeypatch


def test_the_typed_settings_are_those_of_the_constructor() -> None:
    """Type checkers cannot derive the one from the other."""
    parameters = list(inspect.signature(Configuration).parameters.values())
    told = {name: hint.__forward_arg__ for name, hint in Settings.__annotations__.items()}
    assert told == {parameter.name: parameter.annotation for parameter in parameters}


def test_the_servers_are_default_federal_and_eu() -> None:
    configuration = Configuration()
    assert configuration.host == "https://app.launchdarkly.com"
    urls = [each["url"] for each in configuration.get_host_settings()]
    assert urls == [
        "https://app.launchdarkly.com",
        "https://app.launchdarkly.us",
        "https://app.eu.launchdarkly.com",
    ]
    assert Configuration(server_index=1).host == "https://app.launchdarkly.us"
    configuration.server_index = 2
    assert configuration.host == "https://app.eu.launchdarkly.com"
    configuration.host = "http://localhost:8080/"
    assert configuration.host == "http://localhost:8080"
    assert vars(configuration)["server_index"] is None
    assert Configuration(host="https://h", server_index=1).host == "https://app.launchdarkly.us"


#: Values that are not a host, with a part of the message about them.
NO_HOSTS: list[tuple[Any, str]] = [
    ("app.launchdarkly.com", "must begin with https://"),
    ("ftp://app.launchdarkly.com", "must begin with https://"),
    ("https://", "must begin with https://"),
    ("https:///path", "must begin with https://"),
    ("https:app.launchdarkly.com", "must begin with https://"),
    ("", "must begin with https://"),
    (f"api-{TOKEN}", "must begin with https://"),
    ("https://app.launchdarkly.com?x=1", "query or a fragment"),
    ("https://app.launchdarkly.com?", "query or a fragment"),
    ("https://app.launchdarkly.com/?", "query or a fragment"),
    ("https://app.launchdarkly.com#x", "query or a fragment"),
    ("https://app.launchdarkly.com#", "query or a fragment"),
    ("https://app.launchdarkly.com/#", "query or a fragment"),
    ("https://app.launchdarkly.com/?#", "query or a fragment"),
    (f"https://app.launchdarkly.com/?token={TOKEN}", "query or a fragment"),
    (f"https://user:{TOKEN}@app.launchdarkly.com", "user or a password"),
    (f"https://{TOKEN}@app.launchdarkly.com", "user or a password"),
    ("https://@app.launchdarkly.com", "user or a password"),
    ("https://:@app.launchdarkly.com", "user or a password"),
    ("https://app.launchdarkly.com:", "no port follows the colon"),
    ("https://app.launchdarkly.com:/path", "no port follows the colon"),
    ("https://app.launchdarkly.com:port", "number from 1 to 65535"),
    ("https://app.launchdarkly.com:0", "number from 1 to 65535"),
    ("https://app.launchdarkly.com:65536", "number from 1 to 65535"),
    ("https://app.launchdarkly.com:+443", "number from 1 to 65535"),
    ("https://app.launchdarkly.com:4_43", "number from 1 to 65535"),
    ("https://app.launchdarkly.com:443:443", "IPv6 address is written in brackets"),
    ("https://::1", "IPv6 address is written in brackets"),
    ("https://[::1", "IPv6 address is written in brackets"),
    ("https://[::1]x", "IPv6 address is written in brackets"),
    ("https://[]", "no IPv6 address in the brackets"),
    ("https://[127.0.0.1]", "no IPv6 address in the brackets"),
    ("https://[::g]", "no IPv6 address in the brackets"),
    ("https://app launchdarkly.com", "a blank or a control character"),
    (" https://app.launchdarkly.com", "a blank or a control character"),
    ("https://app.launchdarkly.com\n", "a blank or a control character"),
    ("https://app.launchdarkly.com\r\nX: y", "a blank or a control character"),
    ("https://app.launchdarkly.com\x7f", "a blank or a control character"),
    ("https://аpp.launchdarkly.com", "Punycode"),
    ("https://bücher.example", "Punycode"),
    ("https:\\\\app.launchdarkly.com", "a backslash"),
    ("https://app.launchdarkly.com\\x", "a backslash"),
    ("https://app..launchdarkly.com", "letters, digits, hyphens and dots"),
    ("https://app.launchdarkly.com..", "letters, digits, hyphens and dots"),
    ("https://.app.launchdarkly.com", "letters, digits, hyphens and dots"),
    ("https://%61pp.launchdarkly.com", "letters, digits, hyphens and dots"),
    (f"https://{'a' * 64}.com", "letters, digits, hyphens and dots"),
    ("https://{region}.example", "letters, digits, hyphens and dots"),
    ("https://gateway.example/a/../b", "must not hold . or .."),
    ("https://gateway.example/%2e%2e", "must not hold . or .."),
    ("https://app.launchdarkly.com/api/v2", "which each call adds; leave it out"),
    ("https://app.launchdarkly.com/api/v2/", "which each call adds; leave it out"),
    ("https://app.launchdarkly.com/API/V2//", "which each call adds; leave it out"),
    ("https://gateway.example/ld/api/v2", "which each call adds; leave it out"),
    (None, "is of type NoneType; give a str such as"),
    (7, "is of type int; give a str such as"),
    (b"https://app.launchdarkly.com", "is of type bytes; give a str such as"),
]


@pytest.mark.parametrize(("host", "words"), NO_HOSTS)
def test_a_host_that_is_not_a_url_is_refused_in_one_sentence(
    host: Any, words: str, httpserver: HTTPServer
) -> None:
    configuration = Configuration()
    client = ApiClient(configuration)

    def set_host() -> None:
        configuration.host = host

    ways: list[Callable[[], Any]] = [set_host]
    if host is not None:
        ways += [lambda: Configuration(host=host), lambda: Configuration.from_env(host=host)]
    if isinstance(host, str):
        servers = [{"url": host}]
        ways.append(lambda: configuration.get_host_from_settings(0, servers=servers))
    if host:
        ways.append(lambda: client.call_api("/api/v2", "GET", _host=host))
    for way in ways:
        with pytest.raises(ApiValueError) as caught:
            way()
        message = str(caught.value)
        assert words in message or isinstance(host, int)
        assert TOKEN not in message
        assert len(message.splitlines()) == 1
    assert configuration.host == "https://app.launchdarkly.com"


@pytest.mark.parametrize("host", ["https://me@h", "h/api/v2", "h?", "h#x", "https://h:", "h\\x"])
def test_the_host_of_the_environment_is_checked_too(
    host: str, environment: pytest.MonkeyPatch
) -> None:
    environment.setenv("LD_BASE_URI", host)
    with pytest.raises(ApiValueError, match="The host"):
        Configuration.from_env(access_token=TOKEN)


@pytest.mark.parametrize(
    ("given", "host"),
    [
        ("HTTPS://App.LaunchDarkly.COM/", "https://app.launchdarkly.com"),
        ("HtTp://LOCALHOST:8080", "http://localhost:8080"),
        ("https://gateway.example/Path//", "https://gateway.example/Path"),
        ("https://gateway.example/api", "https://gateway.example/api"),
        ("https://gateway.example/api/v2x", "https://gateway.example/api/v2x"),
        ("https://app.launchdarkly.com.", "https://app.launchdarkly.com."),
        ("https://xn--bcher-kva.example", "https://xn--bcher-kva.example"),
        ("https://under_score.internal", "https://under_score.internal"),
        ("https://127.0.0.1:65535", "https://127.0.0.1:65535"),
        ("https://[::1]:8443", "https://[::1]:8443"),
        ("https://[2001:DB8::1]", "https://[2001:db8::1]"),
        ("https://[fe80::1%25Eth0]", "https://[fe80::1%25Eth0]"),
    ],
)
def test_a_host_is_normalised_to_one_spelling(given: str, host: str) -> None:
    assert Configuration(host=given).host == host


def test_a_scheme_in_capitals_reaches_the_server(
    httpserver: HTTPServer, environment: pytest.MonkeyPatch
) -> None:
    httpserver.expect_request("/api/v2/x").respond_with_json({})
    url = httpserver.url_for("").rstrip("/").upper()
    assert url.startswith("HTTP://")
    environment.setenv("LAUNCHDARKLY_API_HOST", url)
    with ApiClient(Configuration.from_env(access_token=TOKEN)) as client:
        client.call_api("/api/v2/x", "GET")
        client.call_api("/api/v2/x", "GET", _host=url)
    assert len(httpserver.log) == 2


def test_the_variables_of_a_server_fill_its_url() -> None:
    servers = [
        {
            "url": "https://{region}.example",
            "variables": {"region": {"default_value": "us", "enum_values": ["us", "eu"]}},
        }
    ]
    host = Configuration().get_host_from_settings
    assert host(0, servers=servers) == "https://us.example"
    assert host(0, {"region": "eu"}, servers) == "https://eu.example"
    with pytest.raises(ApiValueError, match="mars"):
        host(0, {"region": "mars"}, servers)
    with pytest.raises(ValueError, match="no server 1"):
        host(1, servers=servers)


def test_the_token_is_sent_with_its_prefix() -> None:
    configuration = Configuration(api_key={"ApiKey": TOKEN}, api_key_prefix={"ApiKey": "Bearer"})
    assert configuration.get_api_key_with_prefix("ApiKey") == f"Bearer {TOKEN}"
    assert configuration.auth_settings()["ApiKey"] == {
        "type": "api_key",
        "in": "header",
        "key": "Authorization",
        "value": f"Bearer {TOKEN}",
    }
    assert Configuration().auth_settings() == {}
    assert Configuration().get_api_key_with_prefix("ApiKey") is None
    assert Configuration(access_token=TOKEN).get_api_key_with_prefix("ApiKey") == TOKEN
    both = Configuration(access_token="other", api_key={"ApiKey": TOKEN})
    assert both.get_api_key_with_prefix("ApiKey") == TOKEN


def test_other_keys_are_found_by_name_or_alias() -> None:
    configuration = Configuration(api_key={"other": "x"})
    assert configuration.get_api_key_with_prefix("other") == "x"
    assert configuration.get_api_key_with_prefix("missing", alias="other") == "x"
    assert configuration.get_api_key_with_prefix("missing") is None


@pytest.mark.parametrize("name", ["api_key", "api_key_prefix", "proxy_headers"])
def test_a_name_that_is_no_text_is_refused(name: str) -> None:
    with pytest.raises(ApiTypeError, match=f"A name in Configuration.{name} is of type bytes"):
        setattr(Configuration(), name, {b"ApiKey": "x"})


def test_keys_can_be_merged_in_place() -> None:
    configuration = Configuration()
    configuration.api_key |= {"ApiKey": TOKEN}
    keys = configuration.api_key
    keys |= {"other": TOKEN}
    assert configuration.api_key == {"ApiKey": TOKEN, "other": TOKEN}
    assert TOKEN not in repr(list(configuration.api_key.values()))


def test_the_refresh_hook_runs_before_the_key_is_read() -> None:
    def refresh(configuration: Configuration) -> None:
        configuration.api_key["ApiKey"] = "fresh"

    configuration = Configuration(api_key={"ApiKey": "stale"})
    configuration.refresh_api_key_hook = refresh
    assert configuration.get_api_key_with_prefix("ApiKey") == "fresh"


def test_user_and_password_make_a_basic_auth_token() -> None:
    configuration = Configuration(username="u", password="p")
    expected = base64.b64encode(b"u:p").decode()
    assert configuration.get_basic_auth_token() == f"Basic {expected}"
    assert Configuration().get_basic_auth_token() == "Basic Og=="


@pytest.mark.parametrize("variable", ["LAUNCHDARKLY_ACCESS_TOKEN", "LD_ACCESS_TOKEN"])
def test_from_env_reads_the_token(variable: str, environment: pytest.MonkeyPatch) -> None:
    environment.setenv(variable, TOKEN)
    configuration = Configuration.from_env()
    assert configuration.get_api_key_with_prefix("ApiKey") == TOKEN
    assert configuration.host == "https://app.launchdarkly.com"


@pytest.mark.parametrize("variable", ["LAUNCHDARKLY_API_HOST", "LD_BASE_URI"])
@pytest.mark.parametrize("value", ["app.launchdarkly.us", "https://app.launchdarkly.us/"])
def test_from_env_reads_the_host(
    variable: str, value: str, environment: pytest.MonkeyPatch
) -> None:
    environment.setenv("LD_ACCESS_TOKEN", TOKEN)
    environment.setenv(variable, value)
    assert Configuration.from_env().host == "https://app.launchdarkly.us"
    assert Configuration.from_env(host="http://localhost:1").host == "http://localhost:1"
    assert Configuration.from_env(server_index=2).host == "https://app.eu.launchdarkly.com"


def test_arguments_of_from_env_win_over_the_environment(environment: pytest.MonkeyPatch) -> None:
    environment.setenv("LAUNCHDARKLY_ACCESS_TOKEN", "other")
    given = Configuration.from_env(api_key={"ApiKey": TOKEN})
    assert given.get_api_key_with_prefix("ApiKey") == TOKEN
    assert Configuration.from_env(access_token=TOKEN).token() == TOKEN


@pytest.mark.parametrize("value", [None, "", "  "])
def test_from_env_without_a_token_says_which_variable_to_set(
    value: str | None, environment: pytest.MonkeyPatch
) -> None:
    if value is not None:
        environment.setenv("LAUNCHDARKLY_ACCESS_TOKEN", value)
    with pytest.raises(ApiValueError, match="LAUNCHDARKLY_ACCESS_TOKEN") as caught:
        Configuration.from_env()
    assert "\n" not in str(caught.value)


def test_a_new_configuration_changes_no_logging() -> None:
    def state() -> list[Any]:
        loggers = [logging.getLogger(name) for name in (None, "urllib3", "launchdarkly_api")]
        return [(each.level, list(each.handlers), each.propagate) for each in loggers]

    logging.getLogger("urllib3").setLevel(logging.INFO)
    try:
        before = state()
        Configuration()
        copy.deepcopy(Configuration())
        assert state() == before
    finally:
        logging.getLogger("urllib3").setLevel(logging.NOTSET)


def test_debug_changes_the_level_of_the_librarys_logger_and_restores_it() -> None:
    configuration = Configuration()
    logger = logging.getLogger("launchdarkly_api")
    configuration.debug = True
    assert (configuration.debug, logger.level) == (True, logging.DEBUG)
    Configuration().debug = False
    assert logger.level == logging.DEBUG
    configuration.debug = False
    assert (configuration.debug, logger.level) == (False, logging.NOTSET)


def test_debug_of_one_configuration_does_not_affect_another() -> None:
    logger = logging.getLogger("launchdarkly_api")
    logger.setLevel(logging.ERROR)
    try:
        one, other = Configuration(), Configuration()
        one.debug = other.debug = True
        one.debug = False
        assert logger.level == logging.DEBUG
        duplicate = copy.deepcopy(other)
        other.debug = False
        assert logger.level == logging.DEBUG
        duplicate.debug = False
        assert logger.level == logging.ERROR
    finally:
        logger.setLevel(logging.NOTSET)


def test_debug_survives_a_pickle() -> None:
    logger = logging.getLogger("launchdarkly_api")
    configuration = Configuration()
    configuration.debug = True
    pickled = pickle.dumps(configuration)
    configuration.debug = False
    assert logger.level == logging.NOTSET
    loaded = pickle.loads(pickled)
    assert (loaded.debug, logger.level) == (True, logging.DEBUG)
    loaded.debug = False
    assert logger.level == logging.NOTSET


def test_the_logger_file_receives_the_log(tmp_path: Path) -> None:
    configuration = Configuration()
    configuration.logger_format = "<%(message)s>"
    configuration.logger_file = str(tmp_path / "first.log")
    logging.getLogger("launchdarkly_api").warning("one")
    configuration.logger_file = str(tmp_path / "second.log")
    logging.getLogger("launchdarkly_api").warning("two")
    configuration.logger_file = None
    logging.getLogger("launchdarkly_api").warning("three")
    assert (tmp_path / "first.log").read_text() == "<one>\n"
    assert (tmp_path / "second.log").read_text() == "<two>\n"
    assert configuration.logger_file is None


def test_an_unknown_validation_keyword_is_refused() -> None:
    configuration = Configuration(disabled_client_side_validations="maxLength,pattern")
    assert configuration.disabled_client_side_validations == "maxLength,pattern"
    with pytest.raises(ApiValueError, match="a name that is none of"):
        configuration.disabled_client_side_validations = "spelling"


def test_the_default_configuration_is_a_copy() -> None:
    try:
        default = Configuration(api_key={"ApiKey": TOKEN})
        Configuration.set_default(default)
        default.api_key["ApiKey"] = "changed"
        first = Configuration.get_default_copy()
        first.api_key["ApiKey"] = "changed too"
        assert Configuration.get_default_copy().api_key["ApiKey"] == TOKEN
    finally:
        Configuration.set_default(None)
    assert Configuration.get_default_copy().api_key == {}


def test_copies_share_their_hooks() -> None:
    """A hook may be bound to an object that cannot be copied."""

    class Meter:
        def __init__(self) -> None:
            self.lock = threading.Lock()

        def on(self, event: Any) -> None: ...

    meter = Meter()
    configuration = Configuration()
    configuration.event_hooks["request"].append(meter.on)
    configuration.refresh_api_key_hook = meter.on
    try:
        Configuration.set_default(configuration)
        duplicate = Configuration.get_default_copy()
    finally:
        Configuration.set_default(None)
    assert duplicate.event_hooks["request"] == [meter.on]
    assert duplicate.refresh_api_key_hook == meter.on
    duplicate.event_hooks["request"].clear()
    assert configuration.event_hooks["request"] == [meter.on]


@pytest.mark.parametrize("index", [True, "1", 1.0])
def test_a_server_index_is_a_whole_number(index: Any) -> None:
    with pytest.raises(ApiTypeError, match=r"Expected int, got .* as the index of a server"):
        _ = Configuration(server_index=index).host


def test_copies_and_pickles_keep_the_settings(tmp_path: Path) -> None:
    configuration = Configuration(api_key={"ApiKey": TOKEN}, host="http://localhost:1")
    configuration.timeout = (1, 2)
    configuration.proxy = "http://u:p@proxy:1"
    configuration.logger_file = str(tmp_path / "log")
    try:
        for duplicate in (copy.deepcopy(configuration), pickle.loads(pickle.dumps(configuration))):
            assert duplicate.api_key == {"ApiKey": TOKEN}
            assert (duplicate.host, duplicate.timeout) == ("http://localhost:1", (1, 2))
            assert duplicate.proxy == "http://u:p@proxy:1"
            duplicate.api_key["ApiKey"] = "changed"
        assert configuration.api_key["ApiKey"] == TOKEN
    finally:
        configuration.logger_file = None


def test_no_text_of_a_configuration_shows_a_secret() -> None:
    configuration = Configuration(
        api_key={"ApiKey": TOKEN}, access_token=TOKEN, username="u", password=TOKEN
    )
    configuration.proxy = f"http://u:{TOKEN}@proxy:1"
    configuration.proxy_headers = {"Proxy-Authorization": TOKEN}
    configuration.api_key_prefix["ApiKey"] = "Bearer"
    shown = [
        repr(configuration),
        str(configuration),
        repr(vars(configuration)),
        repr(configuration.api_key),
        repr(configuration.auth_settings()),
        repr(configuration.get_basic_auth_token()),
        configuration.to_debug_report(),
    ]
    assert not [text for text in shown if TOKEN in text]
    assert "'***'" in repr(vars(configuration))


def test_from_env_refuses_an_argument_that_the_constructor_does_not_have(
    environment: pytest.MonkeyPatch,
) -> None:
    environment.setenv("LD_ACCESS_TOKEN", TOKEN)
    untyped: Any = Configuration.from_env
    with pytest.raises(ApiTypeError, match=r"from_env\(\) .* keyword argument 'acces_token'"):
        untyped(acces_token=TOKEN)


def test_from_env_of_a_subclass_takes_what_its_constructor_takes(
    environment: pytest.MonkeyPatch,
) -> None:
    class Strict(Configuration):
        def __init__(self, team: str, **settings: Any) -> None:
            super().__init__(**settings)
            self.team = team

    class Closed(Configuration):
        def __init__(self, team: str = "") -> None:
            super().__init__()
            self.team = team

    environment.setenv("LD_ACCESS_TOKEN", TOKEN)
    for kind in (Strict, Closed):
        untyped: Any = kind.from_env
        assert untyped(team="growth").team == "growth"
    closed: Any = Closed.from_env
    with pytest.raises(ApiTypeError, match="'colour'"):
        closed(colour="red")


def test_type_hints_of_a_configuration_can_be_read() -> None:
    hints = get_type_hints(Configuration)
    assert hints["verify_ssl"] is bool
    assert get_type_hints(Configuration.__init__)["host"] == (str | None)
    for name, member in inspect.getmembers(Configuration, inspect.isroutine):
        if not name.startswith("__"):
            get_type_hints(member)


def test_the_debug_report_names_the_versions() -> None:
    report = Configuration().to_debug_report()
    assert f"SDK Package Version: {__version__}" in report
    assert "Python Version: 3." in report

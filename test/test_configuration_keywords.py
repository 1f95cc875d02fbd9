"""Every setting is a keyword of the constructor, of ``from_env``, and an attribute."""

from __future__ import annotations

import copy
import inspect
import logging
import pickle
import traceback
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import urllib3
from pytest_httpserver import HTTPServer

from launchdarkly_api import (
    ApiClient,
    ApiTypeError,
    ApiValueError,
    Configuration,
    ExperimentsBetaApi,
    OpenApiException,
)
from launchdarkly_api.configuration import Settings

TOKEN = "canary-8d1c"
#: For tests with values that type checkers refuse.
UNTYPED: Any = Configuration


def hook(event: Any) -> None: ...


#: A value for each setting, which is not the default.
VALUES: dict[str, Any] = {
    "host": "http://localhost:1",
    "api_key": {"ApiKey": TOKEN},
    "api_key_prefix": {"ApiKey": "Bearer"},
    "access_token": TOKEN,
    "username": "u",
    "password": "p",
    "discard_unknown_keys": True,
    "disabled_client_side_validations": "pattern",
    "server_index": 1,
    "server_variables": {"region": "eu"},
    "server_operation_index": {"get_experiment": 1},
    "server_operation_variables": {"get_experiment": {"region": "eu"}},
    "ssl_ca_cert": "ca.pem",
    "timeout": (1.5, 2),
    "retries": 5,
    "max_retry_wait": 7,
    "respect_rate_limits": False,
    "max_response_bytes": 1000,
    "proxy": "http://u:p@proxy:1",
    "no_proxy": "localhost",
    "proxy_headers": {"X-Proxy": "1"},
    "verify_ssl": False,
    "cert_file": "cert.pem",
    "key_file": "key.pem",
    "assert_hostname": "other",
    "socket_options": [(6, 1, 1)],
    "connection_pool_maxsize": 3,
    "event_hooks": {"request": [hook], "response": [], "retry": []},
    "refresh_api_key_hook": hook,
    "debug": True,
    "logger_file": "log",
    "logger_format": "%(message)s",
    "safe_chars_for_path_param": "/",
    "client_side_validation": False,
    "temp_folder_path": "folder",
}


def test_every_setting_is_a_keyword_of_the_constructor_and_of_from_env() -> None:
    parameters = list(inspect.signature(Configuration).parameters)
    assert list(Settings.__annotations__) == parameters == list(VALUES)
    public = {name for name in Configuration.__annotations__ if not name.startswith("_")}
    logging_objects = {name for name in public if name.startswith("logger")}
    assert public - logging_objects <= set(parameters)


def test_the_positions_are_those_of_13_0_0() -> None:
    positional = [
        name
        for name, parameter in inspect.signature(Configuration).parameters.items()
        if parameter.kind is parameter.POSITIONAL_OR_KEYWORD
    ]
    assert positional == [
        "host",
        "api_key",
        "api_key_prefix",
        "access_token",
        "username",
        "password",
        "discard_unknown_keys",
        "disabled_client_side_validations",
        "server_index",
        "server_variables",
        "server_operation_index",
        "server_operation_variables",
        "ssl_ca_cert",
    ]


@pytest.mark.parametrize("name", [name for name in VALUES if name not in ("host", "server_index")])
@pytest.mark.parametrize("make", [Configuration, Configuration.from_env])
def test_a_keyword_sets_the_attribute_and_copies_keep_it(
    name: str, make: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("LAUNCHDARKLY_ACCESS_TOKEN", TOKEN)
    value = VALUES[name]
    configuration = make(**{name: value})
    assigned = Configuration()
    try:
        assert getattr(configuration, name) == value != getattr(assigned, name)
        setattr(assigned, name, value)
        assert getattr(assigned, name) == value
        duplicates = [copy.deepcopy(configuration)]
        if name != "logger_file":
            duplicates.append(pickle.loads(pickle.dumps(configuration)))
        for duplicate in duplicates:
            assert getattr(duplicate, name) == value
            duplicate.debug = False
        assert repr(configuration).startswith("<Configuration host=")
    finally:
        for each in (configuration, assigned):
            each.debug = False
            each.logger_file = None


def test_a_keyword_of_hooks_gives_lists_of_its_own_for_every_event() -> None:
    mine: list[Any] = [hook]
    configuration = Configuration(event_hooks={"retry": mine})
    configuration.event_hooks["request"].append(hook)
    configuration.event_hooks["retry"].append(hook)
    assert mine == [hook]
    assert Configuration().event_hooks == {"request": [], "response": [], "retry": []}


#: A value that is refused, for each setting that has rules.
REFUSED: list[tuple[str, Any]] = [
    ("timeout", 0),
    ("timeout", "3"),
    ("timeout", (1, 2, 3)),
    ("timeout", float("nan")),
    ("retries", -1),
    ("retries", "3"),
    ("retries", True),
    ("max_retry_wait", -1),
    ("max_retry_wait", None),
    ("max_response_bytes", "1 MB"),
    ("max_response_bytes", -1),
    ("connection_pool_maxsize", 0),
    ("connection_pool_maxsize", "4"),
    ("no_proxy", ["localhost"]),
    ("proxy", "ftp://proxy"),
    ("proxy", "http://"),
    ("event_hooks", {"request": hook}),
    ("event_hooks", {"request": [1]}),
    ("event_hooks", {"reqest": [hook]}),
    ("event_hooks", [hook]),
]


@pytest.mark.parametrize(("name", "value"), REFUSED)
def test_a_keyword_is_refused_with_the_message_of_the_attribute(name: str, value: Any) -> None:
    with pytest.raises((ApiTypeError, ApiValueError), match=rf"^Configuration\.{name}") as early:
        Configuration(**{name: value})
    configuration = Configuration(host="http://127.0.0.1:1", access_token=TOKEN)
    setattr(configuration, name, value)
    with ApiClient(configuration) as client, pytest.raises(type(early.value)) as late:
        client.call_api("/x", "GET")
    assert str(late.value) == str(early.value)


def test_a_refused_setting_changes_no_logging(tmp_path: Path) -> None:
    logger = logging.getLogger("launchdarkly_api")
    before = (logger.level, list(logger.handlers))
    with pytest.raises(ApiValueError):
        Configuration(debug=True, logger_file=str(tmp_path / "log"), retries=-1)
    assert (logger.level, list(logger.handlers)) == before
    assert not (tmp_path / "log").exists()


def test_numbers_and_objects_of_urllib3_are_accepted() -> None:
    timeout, retries = urllib3.Timeout(3), urllib3.Retry(2)
    configuration = Configuration(timeout=timeout, retries=retries)
    assert configuration.timeout is timeout
    assert configuration.retries is retries
    assert Configuration(timeout=None, retries=None).timeout is None


@pytest.mark.parametrize(
    ("given", "meant"),
    [
        ("timout", "timeout"),
        ("Timeout", "timeout"),
        ("retry", "retries"),
        ("max_retries_wait", "max_retry_wait"),
        ("acces_token", "access_token"),
        ("apikey", "api_key"),
        ("proxies", "proxy"),
        ("token", "access_token"),
        ("base_url", "host"),
        ("verify", "verify_ssl"),
        ("colour", None),
    ],
)
@pytest.mark.parametrize("make", [Configuration, Configuration.from_env])
def test_a_misspelt_keyword_is_refused_by_name(
    given: str, meant: str | None, make: Callable[..., Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("LAUNCHDARKLY_ACCESS_TOKEN", TOKEN)
    with pytest.raises(TypeError, match=f"got an unexpected keyword argument '{given}'") as caught:
        make(**{given: TOKEN})
    hint = f"; did you mean '{meant}'?" if meant else f"'{given}'"
    assert str(caught.value).endswith(hint)


class OfTeam(Configuration):
    """A subclass as programs write it."""

    def __init__(self, team: str, **settings: Any) -> None:
        super().__init__(**settings)
        self.team = team


def test_a_subclass_passes_keywords_on_and_a_misspelt_one_is_named() -> None:
    assert OfTeam("growth", timeout=3).timeout == 3
    with pytest.raises(ApiTypeError, match="did you mean 'timeout'"):
        OfTeam("growth", timout=3)


@pytest.mark.parametrize(
    "settings",
    [
        {"acces_token": TOKEN},
        {"proxy": f"ftp://u:{TOKEN}@proxy"},
        {"proxy": TOKEN.encode()},
        {"proxy_headers": TOKEN},
        {"proxy_headers": {"Proxy-Authorization": TOKEN.encode()}},
        {"access_token": TOKEN, "timeout": -1},
        {"api_key": {"apikey": TOKEN}, "retries": -1},
    ],
)
@pytest.mark.parametrize("make", [Configuration, Configuration.from_env])
def test_no_frame_of_the_library_shows_a_secret_keyword(
    settings: dict[str, Any], make: Callable[..., Any]
) -> None:
    try:
        make(**dict(settings))
    except OpenApiException as error:
        report = traceback.TracebackException.from_exception(error, capture_locals=True)
        frames = [f for f in report.stack if "launchdarkly_api" in f.filename.split("/")]
        assert frames
        assert TOKEN not in str(error)
        assert not [f for f in frames if TOKEN in str(f.locals)]
    else:
        pytest.fail("nothing was refused")


# The token.

MISSING: list[tuple[dict[str, Any], str]] = [
    ({"api_key": {"ApiKey": None}}, r"Configuration\.api_key\['ApiKey'\] is None; give"),
    ({"api_key": {"ApiKey": ""}}, r"Configuration\.api_key\['ApiKey'\] is empty; give"),
    ({"api_key": {"ApiKey": " \n"}}, r"Configuration\.api_key\['ApiKey'\] is blank; give"),
    ({"api_key": {"apikey": TOKEN}}, r"api_key has 'apikey'; its key must be 'ApiKey'"),
    ({"api_key": {"token": TOKEN, "x": "y"}}, r"has 'token', 'x'; its key must be 'ApiKey'"),
    ({"api_key": {TOKEN: "ApiKey"}}, r"api_key has \*\*\*; its key must be 'ApiKey'"),
    ({"access_token": ""}, r"Configuration\.access_token is empty; give an access token"),
    ({"access_token": "\t"}, r"Configuration\.access_token is blank; give an access token"),
    (
        {"api_key": {"ApiKey": None}, "access_token": " "},
        r"Configuration\.api_key\['ApiKey'\] is None",
    ),
]


@pytest.mark.parametrize(("settings", "why"), MISSING)
def test_a_call_without_its_token_says_why_and_sends_nothing(
    settings: dict[str, Any], why: str, httpserver: HTTPServer
) -> None:
    configuration = Configuration(host=httpserver.url_for("").rstrip("/"), **settings)
    assert repr(configuration).endswith("access_token=None>")
    with ApiClient(configuration) as client:
        with pytest.raises(ApiValueError, match=f"^The access token is missing: .*{why}") as caught:
            ExperimentsBetaApi(client).get_experiment("p", "e", "x")
        assert TOKEN not in str(caught.value)
        assert not httpserver.log
        httpserver.expect_request("/x").respond_with_json({})
        client.call_api("/x", "GET")
    assert len(httpserver.log) == 1


@pytest.mark.parametrize(("settings", "why"), MISSING)
def test_from_env_without_its_token_says_why(
    settings: dict[str, Any], why: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    for variable in ("LAUNCHDARKLY_ACCESS_TOKEN", "LD_ACCESS_TOKEN"):
        monkeypatch.delenv(variable, raising=False)
    with pytest.raises(ApiValueError, match=f"set the environment variable .*; .*{why}"):
        Configuration.from_env(**settings)
    monkeypatch.setenv("LD_ACCESS_TOKEN", "from-env")
    assert Configuration.from_env(**settings).token() == "from-env"


def test_a_token_of_bytes_says_how_to_make_it_text() -> None:
    with pytest.raises(ApiTypeError, match=r"api_key\['ApiKey'\] is of type bytes; .*decode"):
        UNTYPED(api_key={"ApiKey": TOKEN.encode()})
    with pytest.raises(ApiTypeError, match=r"access_token is of type bytes; .*decode"):
        UNTYPED.from_env(access_token=TOKEN.encode())


def test_a_blank_key_leaves_the_shorthand() -> None:
    configuration = Configuration(api_key={"ApiKey": " "}, access_token=TOKEN)
    assert configuration.auth_settings()["ApiKey"]["value"] == TOKEN
    assert repr(configuration).endswith("access_token='***'>")


def test_a_client_without_any_token_sends_none(httpserver: HTTPServer) -> None:
    """A gateway may add it."""
    httpserver.expect_request("/x").respond_with_json({})
    with ApiClient(Configuration(host=httpserver.url_for("").rstrip("/"))) as client:
        client.call_api("/x", "GET", auth_settings=["ApiKey"])
    assert "Authorization" not in httpserver.log[0][0].headers


def test_a_hook_supplies_the_token_that_from_env_does_not_find(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def refresh(configuration: Configuration) -> None:
        configuration.api_key["ApiKey"] = TOKEN

    for variable in ("LAUNCHDARKLY_ACCESS_TOKEN", "LD_ACCESS_TOKEN"):
        monkeypatch.delenv(variable, raising=False)
    configuration = Configuration.from_env(refresh_api_key_hook=refresh)
    assert configuration.auth_settings()["ApiKey"]["value"] == TOKEN


def test_from_env_takes_the_host_of_the_environment_if_none_is_given(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("LD_BASE_URI", "http://localhost:1")
    assert Configuration.from_env(host=None, access_token=TOKEN).host == "http://localhost:1"

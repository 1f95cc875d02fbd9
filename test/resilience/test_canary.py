"""A secret is planted, and every place that could show it is searched."""

from __future__ import annotations

import base64
import html
import json
import logging
import os
import pickle
import urllib.parse
import warnings
from collections.abc import Callable, Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest

from launchdarkly_api import ApiClient, Configuration
from launchdarkly_api._support.secret import HeaderDict, credentials_in
from launchdarkly_api.apis import ExperimentsBetaApi
from launchdarkly_api.exceptions import OpenApiException
from test.fault_server import (
    BODY,
    EXPERIMENT,
    FaultServer,
    Reaction,
    answer,
    drop,
    head,
    raw,
    refusing,
    stall,
)
from test.resilience import canary
from test.resilience.certificates import Authority
from test.resilience.proxies import ProxyServer
from test.resilience.tools import Caller, RecordingClock

CANARY = "canary-3f9a4c71-5b1e"
BASIC = base64.b64encode(f"user:{CANARY}".encode()).decode()


def held(text: str) -> bool:
    return CANARY in text or BASIC in text or CANARY.replace("-", "%2D") in text


def nowhere(places: Mapping[str, Callable[[Any], Iterable[str]]], thing: Any) -> None:
    for place, texts in places.items():
        found = [text for text in texts(thing) if held(text)]
        assert not found, f"{place}: {found[0][:2000]}"


class Planted:
    """A caller with the secret in one place, and options for each call."""

    def __init__(self, caller: Caller, **options: Any) -> None:
        self.caller = caller
        self._options = options

    def call(self, method: str = "GET", **more: Any) -> Any:
        # Each call gets its own, as it would from a caller that writes them out.
        options = {name: value() for name, value in self._options.items()}
        return self.caller.call(method, **options, **more)


def plant(what: str, url: str, proxy: str | None, monkeypatch: pytest.MonkeyPatch) -> Planted:
    """Plant the secret in the place that one of ``canary.PLANTED`` names."""
    caller = Caller(url, token=None, retries=1)
    configuration, client = caller.configuration, caller.client
    options: dict[str, Any] = {}
    in_proxy = proxy and proxy.replace("://", f"://user:{CANARY}@")
    match canary.PLANTED.index(what):
        case 0:
            configuration.api_key["ApiKey"] = CANARY
        case 1:
            configuration.access_token = CANARY
        case 2:
            configuration.api_key["ApiKey"] = CANARY
            configuration.api_key_prefix["ApiKey"] = "Bearer"
        case 3:
            options["_headers"] = lambda: {"X-Auth-Token": CANARY}
        case 4:
            client.set_default_header("X-Api-Key", CANARY)
        case 5:
            client.cookie = f"theme=dark; session={CANARY}; other=x"
        case 6:
            options["_request_auths"] = lambda: [{"in": "query", "key": "k", "value": CANARY}]
        case 7:
            options["_request_auths"] = lambda: [
                {"in": "header", "key": "Authorization", "value": f"Bearer {CANARY}"}
            ]
        case 8:
            configuration.event_hooks["request"].append(put_in)
        case 9:
            configuration.proxy = in_proxy
        case 10:
            configuration.proxy = proxy
            configuration.proxy_headers = {"Proxy-Authorization": f"Basic {BASIC}"}
        case 11:
            monkeypatch.setenv("HTTP_PROXY", in_proxy or "")
            monkeypatch.setenv("HTTPS_PROXY", in_proxy or "")
        case _:
            configuration.username, configuration.password = "user", CANARY
            authorization = configuration.get_basic_auth_token()
            client.set_default_header("Authorization", str(authorization))
    return Planted(caller, **options)


def put_in(event: Any) -> None:
    event.headers["X-Signature"] = CANARY


def of_a_proxy(what: str) -> bool:
    return "proxy" in what


Scene = Callable[[bytes], Reaction]

#: How each echo of ``canary.ECHOES`` is sent, given what is sent back.
SCENES: Mapping[str, list[Scene]] = {
    canary.ECHOES[0]: [
        lambda echo: answer(401, {"code": "c", "message": f"You sent {echo.decode('latin-1')}"}),
        lambda echo: answer(500, b"<html>" + echo + b"</html>"),
    ],
    canary.ECHOES[1]: [lambda echo: raw(b"HTTP/1.1 400 " + echo + b"\r\n\r\n")],
    canary.ECHOES[2]: [lambda echo: answer(403, "", {"X-Echo": echo.decode("latin-1")})],
    canary.ECHOES[3]: [
        lambda echo: answer(302, "", {"Location": f"http://other.test/{echo.decode('latin-1')}"})
    ],
    canary.ECHOES[4]: [lambda echo: raw(echo + b"\r\n\r\n")],
    canary.ECHOES[5]: [lambda echo: drop(head(200, {"Content-Length": "9999"}) + echo)],
    canary.ECHOES[6]: [lambda echo: answer(200, b"<html>" + echo)],
    canary.ECHOES[7]: [
        lambda echo: answer(200, {**EXPERIMENT, "name": {"x": echo.decode("latin-1")}}),
        lambda echo: answer(
            200, {**EXPERIMENT, "_creationDate": "x" * 50 + echo.decode("latin-1")}
        ),
    ],
    canary.ECHOES[8]: [
        lambda echo: raw(head(200, {"Transfer-Encoding": "chunked"}) + echo + b"\r\n")
    ],
    canary.ECHOES[9]: [
        lambda echo: answer(200, BODY, {"Content-Encoding": echo.decode("latin-1")})
    ],
}


@pytest.fixture
def watched(
    caplog: pytest.LogCaptureFixture,
    capfd: pytest.CaptureFixture[str],
    tmp_path: Path,
) -> Iterator[Path]:
    """Record logs, output and warnings, and search them at the end."""
    log = tmp_path / "log.txt"
    with caplog.at_level(logging.DEBUG), warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        yield log
    for record in caplog.records:
        # urllib3 names the path in its messages, and the path may hold a credential in its query.
        if not (record.name.startswith("urllib3") and "?k=" in record.getMessage()):
            for text in canary.record_texts(record):
                assert not held(text), record
    for warning in caught:
        assert not held(str(warning.message))
    assert not held(log.read_text() if log.exists() else "")
    assert not held("".join(capfd.readouterr()))


@pytest.mark.parametrize("what", canary.PLANTED)
@pytest.mark.parametrize("echo", canary.ECHOES)
def test_a_secret_that_is_sent_back_is_in_no_exception(
    what: str, echo: str, watched: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for scene in SCENES[echo]:
        for sent_back in (CANARY.encode(), f"Basic {BASIC}".encode()):
            reaction = scene(sent_back)
            with ProxyServer() as server:
                server.script(reaction, reaction)
                url = "http://service.test" if of_a_proxy(what) else server.url
                planted = plant(what, url, server.url, monkeypatch)
                encoded = of_a_proxy(what) or what == canary.PLANTED[12]
                if sent_back != CANARY.encode() and not encoded:
                    continue
                planted.caller.configuration.logger_file = str(watched)
                planted.caller.configuration.debug = True
                with planted.caller, pytest.raises(OpenApiException) as raised:
                    planted.call()
                planted.caller.configuration.debug = False
                planted.caller.configuration.logger_file = None
                # It was sent, so that it could come back.
                assert any(held(request.raw.decode("latin-1")) for request in server.requests)
            nowhere(canary.IN_EXCEPTIONS, raised.value)


@pytest.mark.parametrize("what", canary.PLANTED)
def test_no_secret_is_in_an_exception_of_the_transport(
    what: str, watched: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with refusing() as nobody, FaultServer(stall(), stall()) as silent:
        places = {
            "refused": (nobody, nobody),
            "no name": ("https://no-such-host.invalid", "http://no-such-host.invalid:1"),
            "late": (silent.url, silent.url),
        }
        for url, proxy in places.values():
            target = "http://service.test" if of_a_proxy(what) else url
            planted = plant(what, target, proxy, monkeypatch)
            planted.caller.configuration.timeout = (5, 0.05)
            with planted.caller, pytest.raises(OpenApiException) as raised:
                planted.call("POST")
            nowhere(canary.IN_EXCEPTIONS, raised.value)


@pytest.mark.parametrize("what", canary.PLANTED)
def test_no_secret_is_in_an_exception_about_an_argument(
    what: str, watched: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A mistake elsewhere shows the frames that the secret goes through."""

    with ProxyServer() as server:
        url = "http://service.test" if of_a_proxy(what) else server.url
        for mistake in MISTAKES:
            planted = plant(what, url, server.url, monkeypatch)
            configuration = planted.caller.configuration
            for name, value in mistake.items():
                if name == "hook":
                    configuration.event_hooks[value].append(fail)
                elif name == "header":
                    planted.caller.client.set_default_header("X-Mine", value)
                elif hasattr(configuration, name):
                    setattr(configuration, name, value)
            options = {name: value for name, value in mistake.items() if name.startswith("_")}
            with planted.caller, pytest.raises((OpenApiException, ValueError)) as raised:
                planted.call(**options)
            shown = canary.with_locals(raised.value)
            assert not held(shown), (mistake, shown[max(0, shown.find(CANARY) - 400) :][:800])
            places = {k: v for k, v in canary.IN_EXCEPTIONS.items() if "locals" not in k}
            nowhere(places, raised.value)


def fail(told: Any) -> None:
    raise ValueError("the hook's own")


MISTAKES: list[dict[str, Any]] = [
    {"_request_timeout": -1},
    {"_host_index": 9},
    {"_check_return_type": "yes"},
    {"_unknown": 1},
    {"header": "a\nb"},
    {"hook": "request"},
    {"hook": "response"},
    {"retries": "3"},
    {"max_response_bytes": -3},
    {"event_hooks": {"x": 1}},
    {"timeout": "soon"},
    {"connection_pool_maxsize": 0},
    {"refresh_api_key_hook": fail, "hook": "request"},
]


@pytest.mark.parametrize("broken", [f"{CANARY}\n", f"{CANARY}\u20ac", f"\0{CANARY}"])
@pytest.mark.parametrize("what", [*canary.PLANTED[:6], canary.PLANTED[7]])
def test_a_malformed_secret_is_not_in_the_exception_about_it(
    what: str, broken: str, watched: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A token that was read from a file may hold a line break, for example."""
    monkeypatch.setattr(f"{__name__}.CANARY", broken)
    planted = plant(what, "http://127.0.0.1:1", None, monkeypatch)
    monkeypatch.undo()
    with pytest.raises(OpenApiException) as raised:
        planted.call()
    nowhere(canary.IN_EXCEPTIONS, raised.value)


def test_no_secret_is_in_an_exception_of_a_constructor(watched: Path) -> None:
    environment = {"token": CANARY}
    for arguments in (
        {"host": "no host"},
        {"api_key": environment["token"]},
        {"disabled_client_side_validations": "x"},
    ):
        given: dict[str, Any] = {
            "api_key": {"ApiKey": CANARY},
            "access_token": CANARY,
            "password": CANARY,
            **arguments,
        }
        with pytest.raises(OpenApiException) as raised:
            Configuration(**given)
        nowhere(canary.IN_EXCEPTIONS, raised.value)


def test_no_password_is_in_an_exception_about_the_host(watched: Path) -> None:
    with pytest.raises(OpenApiException) as raised:
        Configuration(host=f"https://user:{CANARY}@host")
    nowhere(canary.IN_EXCEPTIONS, raised.value)


@pytest.mark.parametrize("what", canary.PLANTED)
def test_no_secret_is_in_an_object_that_a_person_prints(
    what: str, watched: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    authorization = f"Basic {BASIC}" if of_a_proxy(what) else None
    with ProxyServer(authorization=authorization) as server:
        url = "http://service.test" if of_a_proxy(what) else server.url
        planted = plant(what, url, server.url, monkeypatch)
        caller = planted.caller
        heard: list[Any] = []
        requests: list[Any] = []
        for hooks in caller.configuration.event_hooks.values():
            hooks.append(heard.append)
        caller.configuration.debug = True
        transport = caller.client.rest_client
        send = transport.request

        def noted(request: Any) -> Any:
            requests.append(request)
            return send(request)

        transport.request = noted  # type: ignore[method-assign]
        with caller:
            model = planted.call()
            data, *_ = planted.call(_return_http_data_only=False)
            response = caller.api.with_http_info(caller.api.get_experiment, "p", "e", "x")
            future = planted.call(async_req=True)
            future.wait()
            del transport.request
            things: dict[str, list[Any]] = {
                "`Configuration` and its settings": [
                    caller.configuration,
                    caller.configuration.api_key,
                    caller.configuration.proxy_headers,
                    caller.client.default_headers,
                ],
                "`ApiClient`": [caller.client],
                "`ExperimentsBetaApi`": [caller.api],
                "the transport below it": [transport, *vars(transport).values()],
                "a model that came back": [model, data],
                "`last_response`": [caller.client.last_response],
                "`ApiResponse`": [response],
                "the future of a call in the background": [future],
                "the events that hooks get": heard,
                "the request on its way": requests,
            }
        caller.configuration.debug = False
        assert tuple(things) == canary.OBJECTS
        assert len(requests) == 4
        assert len(heard) == 8
        for some in things.values():
            for thing in some:
                nowhere(canary.IN_OBJECTS, thing)
        for kept in (model, response, data):
            assert not held(pickle.dumps(kept).decode("latin-1"))
            assert not any(map(held, canary.reachable(kept)))
        assert not held(caller.configuration.to_debug_report())


def test_the_token_does_not_reach_the_proxy_of_a_tunnel(authority: Authority) -> None:
    context = authority.server_context(authority.issue("service.test"))
    with FaultServer(context=context) as origin, ProxyServer(upstream=origin) as proxy:
        caller = Caller("https://service.test", token=CANARY, proxy=proxy.url)
        caller.configuration.ssl_ca_cert = str(authority.path)
        with caller:
            caller.call()
        assert held(origin.requests[0].raw.decode("latin-1"))
        assert not any(held(request.raw.decode("latin-1")) for request in proxy.requests)


def test_the_token_does_not_reach_another_origin() -> None:
    with FaultServer() as other, FaultServer() as server:
        server.script(answer(307, "", {"Location": other.url}))
        with Caller(server.url, token=CANARY) as caller, pytest.raises(OpenApiException):
            caller.call()
        assert other.connections == 0


def test_the_searches_find_the_secret_of_a_client_that_leaks(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """The searches of this file, against a client that leaks."""

    def leak() -> None:
        token = CANARY
        raise OpenApiException(f"with {token}")

    with pytest.raises(OpenApiException) as raised:
        leak()
    for place, texts in canary.IN_EXCEPTIONS.items():
        if "locals" not in place:
            assert any(map(held, texts(raised.value))), place
    monkeypatch.setattr(canary, "_PACKAGES", (os.path.basename(__file__),))
    assert held(canary.with_locals(raised.value))
    assert any(held(t) for f in canary.frames(raised.value) for t in canary.deep(f.f_locals))

    class Leaking:
        def __init__(self) -> None:
            self.token = CANARY

        def __repr__(self) -> str:
            return self.token

        def _repr_html_(self) -> str:
            return self.token

    for place, texts in canary.IN_OBJECTS.items():
        assert any(map(held, texts(Leaking()))), place


def test_every_echo_has_a_scene() -> None:
    assert set(SCENES) == set(canary.ECHOES)


def test_the_secrets_of_auth_settings_are_masked() -> None:
    """Old code prints ``configuration.auth_settings()``."""
    configuration = Configuration(api_key={"ApiKey": CANARY}, password=CANARY, username="user")
    assert not held(repr(configuration.auth_settings()))
    assert not held(repr(configuration.get_api_key_with_prefix("ApiKey")))
    assert not held(repr(configuration.get_basic_auth_token()))
    assert not held(repr(configuration.api_key))
    assert not held(repr(ApiClient(configuration)))
    assert not held(repr(ExperimentsBetaApi(ApiClient(configuration))))


def test_a_late_response_shows_no_secret() -> None:
    clock = RecordingClock()
    with FaultServer(stall(CANARY.encode())) as server:
        caller = Caller(server.url, clock, token=CANARY, retries=0, timeout=(5, 0.05))
        with caller, pytest.raises(OpenApiException) as raised:
            caller.call()
    nowhere(canary.IN_EXCEPTIONS, raised.value)


#: Untyped, for arguments that type checkers refuse.
UNTYPED: Any = Configuration
UNTYPED_CLIENT: Any = ApiClient


@pytest.mark.parametrize(
    "kept",
    [
        lambda api, secret: api.with_http_info(
            api.get_experiment, "p", "e", "x", _headers={"Authorization": secret()}
        ),
        lambda api, secret: api.with_http_info(
            api.get_experiment, "p", "e", _headers={"Authorization": secret()}
        ),
        lambda api, secret: api.submit(
            api.get_experiment, "p", "e", "", _headers={"Authorization": secret()}
        ).get(),
        lambda api, secret: api.submit(
            api.get_experiment, "p", "e", _headers={"Authorization": secret()}
        ),
        lambda api, secret: list(
            api.iter_experiments("p", "e", _headers={"Authorization": secret()})
        ),
        lambda api, secret: list(
            api.iter_experiments("p", "e", page_size=0, _headers={"Authorization": secret()})
        ),
        lambda api, secret: api.get_experiment(
            "p", "e", "x", _headers=[("Authorization", secret())]
        ),
        lambda api, secret: api.get_experiment("p", "e", "x", _header={"Authorization": secret()}),
        lambda api, secret: api.get_experiment(
            "p", "e", "x", _request_auths=[{"in": "header", "key": secret()}]
        ),
        lambda api, secret: api.get_experiment("p", "e", "x", _request_auths=secret()),
        lambda api, secret: api.get_experiment("p", "e", "x", _request_auths=[secret()]),
        lambda api, secret: api.get_experiment(
            "p", "e", "x", _request_auths=[{"in": "head", "key": "k", "value": secret()}]
        ),
        lambda api, secret: api.api_client.call_api(
            "x", "GET", header_params={"Authorization": secret()}
        ),
        lambda api, secret: api.api_client.call_api(
            "x", "GET", _request_auths=[{"in": "header", "key": "k", "value": secret()}]
        ),
        lambda api, secret: api.api_client.call_api("/x", "GET", _request_auths=secret()),
        lambda api, secret: api.api_client.call_api(
            "/x", "GET", query_params=[("a", "\ud800")], header_params={"Cookie": secret()}
        ),
        lambda api, secret: api.api_client.call_api("/x", "GET", _host=f"http://me:{secret()}@x"),
        lambda api, secret: ApiClient(None, "Authorization", secret(), pool_threads=0),
        lambda api, secret: ApiClient(None, cookie=secret(), pool_threads=0),
        lambda api, secret: Configuration.from_env(access_token=secret(), host="no host"),
        lambda api, secret: Configuration.from_env(api_key={"ApiKey": secret()}, host="no host"),
        lambda api, secret: Configuration.from_env(host=f"https://me:{secret()}@x"),
        lambda api, secret: Configuration(host=f"https://me:{secret()}@x"),
        lambda api, secret: setattr(
            api.api_client.configuration, "host", f"https://a:{secret()}@x"
        ),
        # Misspelt, whatever the type.
        lambda api, secret: UNTYPED(acces_token=secret()),
        lambda api, secret: UNTYPED.from_env(acces_token=secret()),
        lambda api, secret: UNTYPED.from_env(acces_token=secret().encode()),
        lambda api, secret: UNTYPED.from_env(apikey={"ApiKey": secret()}),
        lambda api, secret: UNTYPED.from_env(key=[secret()], access_token="x"),
        # Of a wrong type.
        lambda api, secret: UNTYPED(access_token=secret().encode()),
        lambda api, secret: UNTYPED(access_token=[secret()]),
        lambda api, secret: UNTYPED.from_env(access_token=bytearray(secret().encode())),
        lambda api, secret: UNTYPED(password={"p": secret()}),
        lambda api, secret: UNTYPED(username=secret().encode()),
        lambda api, secret: UNTYPED(api_key=[secret()]),
        lambda api, secret: UNTYPED(api_key=secret().encode()),
        lambda api, secret: UNTYPED(api_key={secret()}),
        lambda api, secret: UNTYPED(api_key={"ApiKey": secret().encode()}),
        lambda api, secret: UNTYPED(api_key={"ApiKey": [secret()]}),
        lambda api, secret: UNTYPED.from_env(api_key=(secret(),)),
        lambda api, secret: UNTYPED(api_key_prefix=secret()),
        lambda api, secret: UNTYPED(api_key_prefix=[secret()]),
        lambda api, secret: UNTYPED(api_key_prefix={"ApiKey": secret().encode()}),
        lambda api, secret: UNTYPED(server_variables=secret()),
        lambda api, secret: UNTYPED(server_operation_index=[secret()]),
        lambda api, secret: UNTYPED(server_operation_variables=secret().encode()),
        lambda api, secret: UNTYPED(disabled_client_side_validations=secret()),
        lambda api, secret: UNTYPED(disabled_client_side_validations=[secret()]),
        *(
            lambda api, secret, name=name, wrong=wrong: setattr(
                api.api_client.configuration, name, wrong(secret())
            )
            for name in (
                *("access_token", "api_key", "api_key_prefix", "password", "username", "host"),
                *("proxy", "proxy_headers", "disabled_client_side_validations"),
            )
            for wrong in (str.encode, lambda text: [text], lambda text: {"x": text.encode()})
        ),
        lambda api, secret: setattr(api.api_client, "cookie", secret().encode()),
        lambda api, secret: UNTYPED_CLIENT(None, "X-Team", secret().encode()).call_api(
            "/x", "GET", _host="http://127.0.0.1:1"
        ),
        lambda api, secret: UNTYPED_CLIENT(None, cookie=[secret()]),
        lambda api, secret: api.get_experiment("p", "e", "x", _headers={"X-Team": [secret()]}),
        lambda api, secret: api.get_experiment("p", "e", "x", _headers=secret()),
        lambda api, secret: api.get_experiment("p", "e", "x", token=[secret()]),
        lambda api, secret: api.get_experiment(
            "p", "e", "x", _request_auths=[{"in": "query", "key": "k", "value": [secret()]}]
        ),
        lambda api, secret: api.get_experiment(
            "p", "e", "x", _request_auths=[{"in": "header", "key": "k", "value": secret().encode()}]
        ),
        lambda api, secret: api.get_experiment(
            "p",
            "e",
            "x",
            _request_auths=[{"in": "query", "key": "k", "value": f"{secret()}\ud800"}],
        ),
        lambda api, secret: api.api_client.call_api("/x", "GET", header_params=secret()),
        lambda api, secret: api.api_client.call_api("/x", "GET", header_params=[secret()]),
        # In a host, or in place of one.
        *(
            lambda api, secret, form=form: Configuration(host=form.format(secret()))
            for form in (
                "https://h?token={}",
                "https://h/?token={}",
                "https://h#{}",
                "https://{}@h",
                "https://{}:@h",
                "//h?{}",
                "h?token={}",
                "{}",
                "https:\\\\h\\{}",
            )
        ),
        lambda api, secret: UNTYPED(secret().encode()),
        lambda api, secret: Configuration.from_env(host=f"https://h?token={secret()}"),
        lambda api, secret: setattr(
            api.api_client.configuration, "host", f"https://h/?token={secret()}"
        ),
        lambda api, secret: api.api_client.call_api("/x", "GET", _host=f"http://h?t={secret()}"),
    ],
)
def test_no_secret_is_in_the_frames_of_a_mistake(kept: Any, watched: Path) -> None:
    """For each mistake, and each way to pass the secret."""
    with FaultServer(answer(400)) as server, Caller(server.url, token=None) as caller:
        with pytest.raises((OpenApiException, TypeError)) as raised:
            kept(caller.api, lambda: CANARY)
    nowhere({k: v for k, v in canary.IN_EXCEPTIONS.items() if "memory" not in k}, raised.value)


def test_no_secret_of_the_environment_is_in_the_frames_of_a_mistake(
    watched: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for host in (f"https://me:{CANARY}@h", f"h?token={CANARY}", f"https://h#{CANARY}"):
        monkeypatch.setenv("LAUNCHDARKLY_API_HOST", host)
        with pytest.raises(OpenApiException) as raised:
            Configuration.from_env(access_token=CANARY)
        monkeypatch.delenv("LAUNCHDARKLY_API_HOST")
        nowhere(canary.IN_EXCEPTIONS, raised.value)


@pytest.mark.parametrize(
    "name",
    [
        *("X-Passphrase", "Passwd", "X-Passcode", "X-Pwd", "Pass", "PIN", "X-OTP", "totp"),
        *("X-CSRF-Token", "X-Xsrf", "connect.sid", "X-HMAC", "SAMLResponse", "X-PrivateKey"),
        *("X-Session", "X-Signature", "Proxy-Authorization", "X-Api-Key", "x_api_key"),
    ],
)
def test_a_header_named_like_a_credential_is_masked(
    name: str, watched: Path, caplog: pytest.LogCaptureFixture
) -> None:
    with FaultServer(answer(404, {"message": f"no {CANARY}"})) as server:
        with Caller(server.url) as caller:
            caller.configuration.debug = True
            caller.client.set_default_header(name, CANARY)
            with pytest.raises(OpenApiException) as raised:
                caller.call()
            caller.configuration.debug = False
        assert held(server.requests[0].raw.decode("latin-1"))
    nowhere(canary.IN_EXCEPTIONS, raised.value)


@pytest.mark.parametrize(
    "name", ["X-Ping", "X-Bypass", "X-Spin", "X-Author", "X-Keyword", "X-Side", "X-Compass"]
)
def test_a_header_not_named_like_a_credential_is_shown(name: str) -> None:
    assert "shown" in repr(HeaderDict({name: "shown"}))


def test_a_part_of_a_secret_is_masked_too(watched: Path) -> None:
    """Tools show the beginning of a long text, and call ``repr`` on that."""
    token = CANARY * 20
    shown = Configuration(access_token=token).auth_settings()["ApiKey"]["value"]
    assert not held(repr(shown[:80]))
    assert not held(repr(shown[0]))
    with Caller("http://127.0.0.1:1", token=f"{token}\n") as caller:
        with pytest.raises(OpenApiException) as raised:
            caller.call()
    for frame in canary.frames(raised.value):
        for value in frame.f_locals.values():
            if isinstance(value, str):
                assert not held(repr(value[:80]))
    nowhere(canary.IN_EXCEPTIONS, raised.value)


@pytest.mark.parametrize(
    "spelled",
    [
        lambda text: text.replace("/", "\\/"),
        lambda text: "".join(f"\\u{ord(c):04x}" for c in text),
        lambda text: "".join(f"\\u{ord(c):04X}" for c in text),
        lambda text: text.replace("<", "\\u003c").replace("&", "\\u0026"),
        lambda text: html.escape(text),
        lambda text: "".join(f"&#{ord(c)};" for c in text),
        lambda text: urllib.parse.quote(text, safe="").lower(),
    ],
)
def test_a_secret_spelled_in_another_way_is_masked(spelled: Any, watched: Path) -> None:
    """JSON, HTML and URLs can spell a secret in many ways."""
    token = "key/with<&>-slash-0123"
    echo = spelled(token)
    script = [
        answer(401, f'{{"code": "{echo}", "message": "You sent {echo}", "id": "{echo}"}}'),
        answer(200, json.dumps({**EXPERIMENT, "_creationDate": "@"}).replace("@", echo)),
    ]
    for reaction in script:
        with FaultServer(reaction) as server, Caller(server.url, token=token) as caller:
            with pytest.raises(OpenApiException) as raised:
                caller.call()
        for place, texts in canary.IN_EXCEPTIONS.items():
            for text in texts(raised.value):
                assert token not in text, place
                assert echo not in text, place


def test_a_word_that_a_cookie_also_holds_is_not_masked() -> None:
    """A cookie may hold a word of the service's message, which stays readable."""
    script = [
        answer(404, {"code": "not_found", "message": "Unknown experiment", "id": "1"}),
        answer(404, {"code": "c", "message": "m"}),
    ]
    with FaultServer(*script) as server, Caller(server.url) as caller:
        caller.client.cookie = "lang=message; theme=code-of-colours"
        with pytest.raises(OpenApiException) as raised:
            caller.call(_headers={"X-Author": "experiments"})
        assert "Unknown experiment [not_found]" in str(raised.value)
        assert "/api/v2/projects/p/environments/e/experiments/x" in str(raised.value)


def test_headers_of_all_sorts_are_masked() -> None:
    headers = HeaderDict()
    assert headers.setdefault("X-Auth", CANARY) == CANARY
    assert headers.setdefault("X-Auth", "other") == CANARY
    headers.update({"X-Token": CANARY})
    assert not held(repr(headers) + repr(list(headers.values())))
    # Text other than Base64 holds no password.
    assert [str.__str__(s) for s in credentials_in({"X-Auth": "Basic a"})] == [
        "Basic a",
        "",
        "a",
        "",
    ]


def test_the_log_of_urllib3_holds_no_secret(caplog: pytest.LogCaptureFixture) -> None:
    with (
        caplog.at_level(logging.DEBUG),
        FaultServer() as server,
        Caller(server.url) as caller,
    ):
        auth = {"in": "query", "key": "k", "value": CANARY}
        caller.call(_request_auths=[auth])
        raw_answer = caller.call(_request_auths=[auth], _preload_content=False)
        assert not held(repr(vars(raw_answer)))
        raw_answer.release_conn()
        caller.call()
        logging.getLogger("urllib3.connectionpool").debug("somebody else's %s", CANARY[:6])
    logged = [r.getMessage() for r in caplog.records if r.name.startswith("urllib3")]
    assert logged[-1] == f"somebody else's {CANARY[:6]}"
    assert any("/api/v2/projects/p/environments/e/experiments/x?k=*** " in line for line in logged)
    assert not any(held(text) for record in caplog.records for text in canary.record_texts(record))

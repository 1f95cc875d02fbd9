"""Tools at the same time, in odd orders, and around clients of every kind."""

from __future__ import annotations

import json
import pickle
import threading
import traceback
from pathlib import Path
from typing import Any
from unittest import mock

import pytest
import urllib3
import vcr
from vcr.errors import CannotOverwriteExistingCassetteException

from launchdarkly_api import ApiClient, models
from launchdarkly_api._transport.boundary import related
from launchdarkly_api.apis import ExperimentsBetaApi
from test.fault_server import FaultServer, reset
from test.resilience.certificates import Authority
from test.tools.calls import BY_METHOD, each_method
from test.tools.conftest import Connect
from test.tools.programs import run
from test.tools.service import EXPERIMENTS, TOKEN, Service, experiment
from test.tools.test_opentelemetry import Telemetry
from test.tools.test_opentelemetry import telemetry as telemetry

URLOPEN = "urllib3.connectionpool.HTTPConnectionPool.urlopen"

IMPORTED_INSIDE = """
import json, os, sys
import vcr
from vcr.errors import CannotOverwriteExistingCassetteException

url, folder = sys.argv[1:]
with vcr.use_cassette(folder + "/nothing.yaml", record_mode="none"):
    from launchdarkly_api import ApiClient, ApiException, Configuration
    from launchdarkly_api.apis import ExperimentsBetaApi

    configuration = Configuration(host=url)
    configuration.api_key["ApiKey"] = os.environ["TOOLS_TOKEN"]
    api = ExperimentsBetaApi(ApiClient(configuration))
    try:
        api.get_experiment("p", "e", "x")
        refused = False
    except CannotOverwriteExistingCassetteException:
        refused = True
api.get_experiment("p", "e", "y")
pool = api.api_client.rest_client.pool_manager.connection_from_url(url)
print(json.dumps([refused, pool.ConnectionCls.__module__]))
"""


def test_a_library_that_is_imported_inside_a_cassette_is_refused_and_then_protected(
    service: Service, tmp_path: Path
) -> None:
    found = run(IMPORTED_INSIDE, service.url, str(tmp_path), TOOLS_TOKEN=TOKEN)
    assert found == [True, "launchdarkly_api._transport.wire"]
    assert [request.path[-1] for request in service.requests] == ["y"]


@pytest.fixture
def nothing(tmp_path: Path) -> Any:
    """A context in which vcrpy lets nothing out."""
    return vcr.use_cassette(str(tmp_path / "nothing.yaml"), record_mode="none")


@each_method
def test_a_closed_cassette_lets_nothing_out_to_a_proxy(
    nothing: Any, connect: Connect, method: str
) -> None:
    with Service() as proxy:
        api = connect("http://127.0.0.1:9", proxy=proxy.url)
        with nothing, pytest.raises(CannotOverwriteExistingCassetteException):
            BY_METHOD[method](api)
        assert proxy.count == 0


def test_a_call_to_a_proxy_is_recorded_and_replayed(tmp_path: Path, connect: Connect) -> None:
    cassette = str(tmp_path / "proxy.yaml")
    found: list[Any] = []
    with Service() as proxy:
        for mode in ("once", "none"):
            with vcr.use_cassette(cassette, record_mode=mode):
                api = connect("http://127.0.0.1:9", proxy=proxy.url)
                found.append(api.get_experiment("p", "e", "x"))
        assert proxy.count == 1
    assert found[0] == found[1]


def test_a_copy_of_a_used_client_is_refused_too(
    nothing: Any, service: Service, used_api: ExperimentsBetaApi
) -> None:
    with nothing:
        copy = pickle.loads(pickle.dumps(used_api))
        with pytest.raises(CannotOverwriteExistingCassetteException):
            copy.get_experiment("p", "e", "x")
        copy.api_client.close()
    assert service.count == 0


def test_an_unread_response_is_recorded_and_replayed(
    tmp_path: Path, service: Service, api: ExperimentsBetaApi
) -> None:
    options: dict[str, Any] = {"_preload_content": False}
    found: list[Any] = []
    for mode in ("once", "none"):
        with vcr.use_cassette(str(tmp_path / "unread.yaml"), record_mode=mode):
            response: Any = api.get_experiment("p", "e", "x", **options)
            found.append(json.loads(response.read()))
            response.close()
    assert found == [experiment("x")] * 2
    assert service.count == 1


def test_a_replayed_call_has_a_span(
    tmp_path: Path, telemetry: Telemetry, service: Service, api: ExperimentsBetaApi
) -> None:
    telemetry.on()
    for mode in ("once", "none"):
        with vcr.use_cassette(str(tmp_path / "spans.yaml"), record_mode=mode):
            api.get_experiment("p", "e", "x")
    assert len(telemetry.taken()) == 2
    assert service.count == 1


def test_a_recording_holds_no_token_if_a_hook_adds_headers(
    tmp_path: Path, service: Service, api: ExperimentsBetaApi
) -> None:
    def sign(event: Any) -> None:
        event.headers["X-Signature"] = f"signed with {event.headers['Authorization']}"

    api.api_client.configuration.event_hooks["request"].append(sign)
    path = tmp_path / "signed.yaml"
    filtered = ["Authorization", "X-Signature"]
    with vcr.use_cassette(str(path), filter_headers=filtered):
        api.get_experiment("p", "e", "x")
    assert service.requests[0].headers["X-Signature"] == f"signed with {TOKEN}"
    assert TOKEN not in path.read_text()


def test_instrumentation_may_change_while_threads_call(
    telemetry: Telemetry, service: Service, api: ExperimentsBetaApi
) -> None:
    errors: list[BaseException] = []
    stop = threading.Event()

    def call() -> None:
        try:
            while not stop.is_set():
                api.get_experiment("p", "e", "x")
        except BaseException as error:  # noqa: BLE001 - the test gets it
            errors.append(error)

    threads = [threading.Thread(target=call) for _ in range(4)]
    for thread in threads:
        thread.start()
    for _ in range(50):
        telemetry.on()
        telemetry.off()
    stop.set()
    for thread in threads:
        thread.join()
    assert errors == []
    telemetry.taken()
    api.get_experiment("p", "e", "x")
    assert telemetry.taken() == []


def test_a_patch_intercepts_https(authority: Authority, connect: Connect) -> None:
    body = json.dumps(experiment("mocked")).encode()
    with Service(authority.server_context(authority.issue("127.0.0.1"))) as service:
        api = connect(service.url, ssl_ca_cert=str(authority.path))
        api.get_experiment("p", "e", "x")
        for seam in (URLOPEN, "urllib3.connectionpool.HTTPSConnectionPool.urlopen"):
            response = urllib3.HTTPResponse(body=body, status=200)
            with mock.patch(seam, return_value=response):
                assert api.get_experiment("p", "e", "x").key == "mocked"
        assert service.count == 1


@each_method
def test_a_program_that_blocks_connections_gets_its_own_exception(
    service: Service, connect: Connect, method: str
) -> None:
    blocked = RuntimeError("the network is blocked")
    api = connect(service.url, retries=2)
    with mock.patch("urllib3.util.connection.create_connection", side_effect=blocked) as seen:
        with pytest.raises(RuntimeError) as caught:
            BY_METHOD[method](api)
    assert caught.value is blocked
    assert (seen.call_count, service.count) == (1, 0)


def test_a_patch_of_the_pool_manager_s_class_serves_a_new_client(
    service: Service, connect: Connect
) -> None:
    body = json.dumps(experiment("mocked")).encode()
    with mock.patch("urllib3.PoolManager") as manager:
        manager.return_value.request.return_value = urllib3.HTTPResponse(body=body, status=200)
        assert connect(service.url).get_experiment("p", "e", "x").key == "mocked"
    assert manager.return_value.request.call_args.args == (
        "GET",
        service.url + "/api/v2/projects/p/environments/e/experiments/x",
    )
    assert service.count == 0


def test_a_patch_of_get_experiments_serves_a_listing(
    service: Service, api: ExperimentsBetaApi
) -> None:
    whole = api.get_experiments("p", "e", limit=EXPERIMENTS)
    service.requests.clear()
    with mock.patch.object(ExperimentsBetaApi, "get_experiments", return_value=whole):
        assert len(list(api.iter_experiments("p", "e"))) == EXPERIMENTS
    assert service.count == 0


def test_what_an_override_raises_for_a_later_page_reaches_the_loop(
    service: Service, connect: Connect
) -> None:
    class FirstPageAlone(ApiClient):
        def call_api(self, *args: Any, **kwargs: Any) -> Any:
            if dict(args[3])["offset"]:
                raise PermissionError("the first page is enough")
            return super().call_api(*args, **kwargs)

    keys: list[str] = []
    with pytest.raises(PermissionError):
        for found in connect(service.url, FirstPageAlone).iter_experiments("p", "e"):
            keys.append(found.key)
    assert len(keys) == 20
    assert service.count == 1


def test_an_override_may_make_a_call_again(service: Service, connect: Connect) -> None:
    class Twice(ApiClient):
        def call_api(self, *args: Any, **kwargs: Any) -> Any:
            super().call_api(*args, **kwargs)
            return super().call_api(*args, **kwargs)

    for method in BY_METHOD:
        BY_METHOD[method](connect(service.url, Twice))
    bodies = [request.body for request in service.requests]
    assert bodies[::2] == bodies[1::2]
    assert service.count == 2 * len(BY_METHOD)


def test_an_override_sees_what_with_http_info_asks_for(service: Service, connect: Connect) -> None:
    class Renaming(ApiClient):
        def call_api(self, *args: Any, **kwargs: Any) -> Any:
            data, status, headers = super().call_api(*args, **kwargs)
            data.name = "renamed"
            return data, status, headers

    api = connect(service.url, Renaming)
    found = api.with_http_info(api.get_experiment, "p", "e", "x")
    assert (found.data.name, found.status) == ("renamed", 200)


def test_an_override_may_forward_a_call_to_another_client(
    service: Service, connect: Connect
) -> None:
    with Service() as elsewhere:
        other = connect(elsewhere.url)

        class Forwarding(ApiClient):
            def call_api(self, *args: Any, **kwargs: Any) -> Any:
                kwargs["_host"] = elsewhere.url
                return other.api_client.call_api(*args, **kwargs)

        found = connect(service.url, Forwarding).get_experiment("p", "e", "x")
        assert isinstance(found, models.Experiment)
        assert (service.count, elsewhere.count) == (0, 1)


def test_an_override_s_call_with_copied_arguments_is_the_same_call(
    service: Service, connect: Connect
) -> None:
    class Copying(ApiClient):
        def call_api(self, *args: Any, **kwargs: Any) -> Any:
            # As a queue or a log would have them.
            args, kwargs = pickle.loads(pickle.dumps((args, kwargs)))
            return super().call_api(*args, **kwargs)

    for method in BY_METHOD:
        BY_METHOD[method](connect(service.url, Copying))
        BY_METHOD[method](connect(service.url))
    assert service.requests[::2] == service.requests[1::2]


def test_an_error_below_a_tracer_shows_no_token_in_any_frame(
    telemetry: Telemetry, connect: Connect
) -> None:
    original = urllib3.HTTPConnectionPool.urlopen

    def tracing(pool: Any, *args: Any, **kwargs: Any) -> Any:
        return original(pool, *args, **kwargs)

    for raised in (None, urllib3.exceptions.ProtocolError("x")):
        with FaultServer(reset()) as server:
            telemetry.on()
            seam: Any = mock.patch(URLOPEN, tracing)
            if raised is not None:
                seam = mock.patch(URLOPEN, side_effect=raised)
            with seam, pytest.raises(Exception, match=r"lost|no answer|response") as caught:
                connect(server.url).get_experiment("p", "e", "x")
            telemetry.off()
        for error in related(caught.value):
            shown = traceback.TracebackException.from_exception(error, capture_locals=True)
            assert TOKEN not in "".join(shown.format())

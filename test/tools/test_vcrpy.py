"""vcrpy records every call, replays it, and lets nothing out that it must not let out."""

from __future__ import annotations

import gc
import sys
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import vcr
from vcr.cassette import Cassette
from vcr.errors import CannotOverwriteExistingCassetteException

from launchdarkly_api import ApiClient
from launchdarkly_api.apis import ExperimentsBetaApi
from launchdarkly_api.exceptions import (
    ApiConnectionException,
    ApiException,
    ApiTimeoutException,
    NotFoundException,
)
from test.contract import ENDPOINTS
from test.fault_server import FaultServer, answer, trickle
from test.resilience.certificates import Authority
from test.tools.calls import BY_METHOD, each_method, make_all
from test.tools.conftest import Connect
from test.tools.service import EXPERIMENTS, TOKEN, Service

pytestmark = [
    pytest.mark.filterwarnings("ignore:get_legacy_experiment_results:DeprecationWarning"),
    # Before 9, which needs Python 3.11, vcrpy leaves connections to the garbage collector.
    pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning"),
]


@pytest.fixture(autouse=True)
def collected() -> Iterator[None]:
    yield
    gc.collect()


@pytest.fixture
def cassettes(tmp_path: Path) -> vcr.VCR:
    """A recorder as the guide sets it up."""
    return vcr.VCR(cassette_library_dir=str(tmp_path), filter_headers=["Authorization"])


@pytest.fixture
def blocked(cassettes: vcr.VCR) -> Iterator[Cassette]:
    """A cassette that holds nothing and records nothing: no request may leave."""
    with cassettes.use_cassette("nothing.yaml", record_mode="none") as cassette:
        yield cassette


def test_a_cassette_records_all_ten_calls(
    cassettes: vcr.VCR, service: Service, api: ExperimentsBetaApi
) -> None:
    with cassettes.use_cassette("all.yaml") as cassette:
        make_all(api)
    assert len(cassette) == service.count == len(ENDPOINTS)
    assert [request.method for request in cassette.requests] == service.methods()
    for recorded, arrived in zip(cassette.requests, service.requests):
        assert (recorded.path, recorded.body or b"") == (arrived.path, arrived.body)


@pytest.mark.parametrize("compressed", [False, True])
@pytest.mark.parametrize("decode", [False, True])
def test_a_cassette_replays_all_ten_calls_after_the_service_is_gone(
    cassettes: vcr.VCR, connect: Connect, compressed: bool, decode: bool
) -> None:
    options: dict[str, Any] = {"decode_compressed_response": decode}
    with Service(compressed=compressed) as service:
        with cassettes.use_cassette("all.yaml", **options):
            recorded = make_all(connect(service.url))
    with cassettes.use_cassette("all.yaml", record_mode="none", **options) as cassette:
        assert make_all(connect(service.url)) == recorded
        assert cassette.all_played


def test_a_hook_of_the_cassette_reads_a_compressed_response(
    cassettes: vcr.VCR, connect: Connect
) -> None:
    seen: list[bytes] = []

    def keep(response: dict[str, Any]) -> dict[str, Any]:
        seen.append(response["body"]["string"])
        return response

    options: dict[str, Any] = {
        "before_record_response": keep,
        "decode_compressed_response": True,
    }
    with Service(compressed=True) as service, cassettes.use_cassette("list.yaml", **options):
        page = connect(service.url).get_experiments("p", "e")
    assert page.items is not None
    assert b'"exp-0"' in seen[0]
    with cassettes.use_cassette("list.yaml", record_mode="none", **options):
        assert connect(service.url).get_experiments("p", "e") == page


@each_method
def test_a_closed_cassette_lets_no_call_of_a_new_client_out(
    blocked: Cassette, service: Service, api: ExperimentsBetaApi, method: str
) -> None:
    with pytest.raises(CannotOverwriteExistingCassetteException):
        BY_METHOD[method](api)
    assert service.count == 0


@each_method
def test_a_closed_cassette_lets_no_call_of_a_used_client_out(
    cassettes: vcr.VCR, service: Service, used_api: ExperimentsBetaApi, method: str
) -> None:
    with cassettes.use_cassette("nothing.yaml", record_mode="none"):
        with pytest.raises(CannotOverwriteExistingCassetteException):
            BY_METHOD[method](used_api)
    assert service.count == 0


@each_method
def test_a_refused_call_is_not_repeated(
    blocked: Cassette, service: Service, connect: Connect, method: str
) -> None:
    attempts: list[Any] = []
    api = connect(service.url, retries=3)
    api.api_client.configuration.event_hooks["request"].append(attempts.append)
    with pytest.raises(CannotOverwriteExistingCassetteException):
        BY_METHOD[method](api)
    assert (len(attempts), service.count) == (1, 0)


@each_method
def test_a_closed_cassette_lets_no_call_in_the_background_out(
    cassettes: vcr.VCR, service: Service, used_api: ExperimentsBetaApi, method: str
) -> None:
    with cassettes.use_cassette("nothing.yaml", record_mode="none"):
        future = BY_METHOD[method](used_api, async_req=True)
        assert isinstance(future.exception(30), CannotOverwriteExistingCassetteException)
    assert service.count == 0


def test_a_closed_cassette_lets_no_page_out(
    cassettes: vcr.VCR, service: Service, used_api: ExperimentsBetaApi
) -> None:
    with cassettes.use_cassette("nothing.yaml", record_mode="none"):
        with pytest.raises(CannotOverwriteExistingCassetteException):
            list(used_api.iter_experiments("p", "e"))
    assert service.count == 0


def test_a_listing_that_is_half_way_stops_at_a_closed_cassette(
    cassettes: vcr.VCR, connect: Connect
) -> None:
    with Service(experiments=1000) as service:
        listing = connect(service.url).iter_experiments("p", "e")
        next(listing)
        with cassettes.use_cassette("nothing.yaml", record_mode="none"):
            with pytest.raises(CannotOverwriteExistingCassetteException):
                list(listing)
        # The pages that were fetched ahead before the cassette began are few.
        assert service.count < 10


def test_a_listing_is_recorded_whole_and_replayed_in_order(
    cassettes: vcr.VCR, connect: Connect
) -> None:
    with Service() as service, cassettes.use_cassette("list.yaml") as cassette:
        recorded = list(connect(service.url).iter_experiments("p", "e"))
        assert len(cassette) == service.count
    assert [e.key for e in recorded] == [f"exp-{number}" for number in range(EXPERIMENTS)]
    with cassettes.use_cassette("list.yaml", record_mode="none"):
        assert list(connect(service.url).iter_experiments("p", "e")) == recorded


def test_one_cassette_serves_several_clients(cassettes: vcr.VCR, connect: Connect) -> None:
    with Service() as service, cassettes.use_cassette("one.yaml"):
        first = connect(service.url)
        first.get_experiment("p", "e", "a")
        connect(service.url).get_experiment("p", "e", "b")
        assert service.count == 2
    with cassettes.use_cassette("one.yaml", record_mode="none"):
        assert connect(service.url).get_experiment("p", "e", "b").key == "b"
        assert first.get_experiment("p", "e", "a").key == "a"


def test_a_cassette_serves_every_thread(cassettes: vcr.VCR, connect: Connect) -> None:
    # One after the other: vcrpy puts the real classes back while it sends a request to record, so
    # it misses what another thread sends then, with plain urllib3 as well.
    found: list[Any] = []
    with Service() as service:
        api = connect(service.url)
        for mode in ("once", "none"):
            with cassettes.use_cassette("threads.yaml", record_mode=mode):
                for key in ("a", "b", "c"):
                    thread = threading.Thread(
                        target=lambda key=key: found.append(api.get_experiment("p", "e", key))
                    )
                    thread.start()
                    thread.join()
        assert service.count == 3
    assert [experiment.key for experiment in found] == [*"abcabc"]


@each_method
def test_a_closed_cassette_lets_nothing_out_of_threads_that_call_at_the_same_time(
    cassettes: vcr.VCR, connect: Connect, method: str
) -> None:
    refused: list[BaseException] = []

    def call(api: ExperimentsBetaApi) -> None:
        try:
            BY_METHOD[method](api)
        except CannotOverwriteExistingCassetteException as error:
            refused.append(error)

    def calls(apis: list[ExperimentsBetaApi]) -> None:
        threads = [threading.Thread(target=call, args=(api,)) for api in apis]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()

    interval = sys.getswitchinterval()
    sys.setswitchinterval(1e-5)
    try:
        with Service() as service:
            for _ in range(20):
                api, other = connect(service.url), connect(service.url)
                calls([api] * 8)
                service.requests.clear()
                with cassettes.use_cassette("nothing.yaml", record_mode="none"):
                    calls([api, other] * 4)
                assert service.count == 0
    finally:
        sys.setswitchinterval(interval)
    assert len(refused) == 20 * 8


def test_calls_in_the_background_are_replayed(cassettes: vcr.VCR, connect: Connect) -> None:
    with Service() as service, cassettes.use_cassette("background.yaml"):
        api = connect(service.url)
        api.submit(api.get_experiment, "p", "e", "x").result(30)
    with cassettes.use_cassette("background.yaml", record_mode="none"):
        future: Any = api.get_experiment("p", "e", "x", async_req=True)  # type: ignore[call-arg]
        assert future.get(30).key == "x"


def test_a_used_client_records_new_episodes(
    cassettes: vcr.VCR, service: Service, used_api: ExperimentsBetaApi
) -> None:
    for number in (1, 2):
        with cassettes.use_cassette("new.yaml", record_mode="new_episodes") as cassette:
            used_api.get_experiment("p", "e", "a")
            used_api.get_experiment("p", "e", f"b{number}")
            assert len(cassette) == number + 1
    assert service.count == 3


def test_every_attempt_is_recorded_and_replayed(
    cassettes: vcr.VCR, service: Service, connect: Connect
) -> None:
    service.failures[:] = [429, 429]
    settings: dict[str, Any] = {"retries": 2, "max_retry_wait": 0.001}
    with cassettes.use_cassette("attempts.yaml") as cassette:
        connect(service.url, **settings).get_experiment("p", "e", "x")
    assert len(cassette) == service.count == 3
    with cassettes.use_cassette("attempts.yaml", record_mode="none"):
        assert connect(service.url, **settings).get_experiment("p", "e", "x").key == "x"
    assert service.count == 3


def test_an_error_of_the_service_is_replayed_as_the_same_exception(
    cassettes: vcr.VCR, service: Service, connect: Connect
) -> None:
    service.failures[:] = [404]
    for mode in ("once", "none"):
        with cassettes.use_cassette("error.yaml", record_mode=mode):
            with pytest.raises(NotFoundException) as caught:
                connect(service.url).get_experiment("p", "e", "x")
            assert (caught.value.status, caught.value.code) == (404, "planned")
    assert service.count == 1


def test_a_recording_checks_certificates(
    cassettes: vcr.VCR, authority: Authority, connect: Connect
) -> None:
    context = authority.server_context(authority.issue("127.0.0.1"))
    with Service(context) as service:
        with cassettes.use_cassette("tls.yaml"):
            with pytest.raises(ApiConnectionException, match="ssl_ca_cert"):
                connect(service.url).get_experiment("p", "e", "x")
            assert service.count == 0
            settings = {"ssl_ca_cert": str(authority.path)}
            recorded = connect(service.url, **settings).get_experiment("p", "e", "x")
        assert service.count == 1
    with cassettes.use_cassette("tls.yaml", record_mode="none"):
        assert connect(service.url).get_experiment("p", "e", "x") == recorded


def test_a_filtered_cassette_holds_no_token(
    cassettes: vcr.VCR, api: ExperimentsBetaApi, tmp_path: Path
) -> None:
    with cassettes.use_cassette("filtered.yaml"):
        make_all(api)
    with vcr.use_cassette(str(tmp_path / "plain.yaml")):
        api.get_experiment("p", "e", "x")
    assert TOKEN not in (tmp_path / "filtered.yaml").read_text()
    # This is why the guide tells its readers to filter.
    assert TOKEN in (tmp_path / "plain.yaml").read_text()


def test_a_refused_request_shows_no_token(blocked: Cassette, api: ExperimentsBetaApi) -> None:
    with pytest.raises(CannotOverwriteExistingCassetteException) as caught:
        api.get_experiment("p", "e", "x")
    assert TOKEN not in f"{caught.value} {caught.value!r} {vars(caught.value)}"


def test_a_host_that_the_cassette_ignores_is_called(
    cassettes: vcr.VCR, service: Service, api: ExperimentsBetaApi
) -> None:
    options: dict[str, Any] = {"record_mode": "none", "ignore_localhost": True}
    with cassettes.use_cassette("ignored.yaml", **options) as cassette:
        for method in BY_METHOD:
            BY_METHOD[method](api)
    assert service.methods() == list(BY_METHOD)
    assert len(cassette) == 0


def test_after_the_cassette_calls_reach_the_service_again(
    cassettes: vcr.VCR, service: Service, api: ExperimentsBetaApi
) -> None:
    with cassettes.use_cassette("short.yaml"):
        api.get_experiment("p", "e", "x")
    for _ in range(3):
        with cassettes.use_cassette("short.yaml", record_mode="none"):
            api.get_experiment("p", "e", "x")
        api.get_experiment("p", "e", "y")
    assert [request.path[-1] for request in service.requests] == ["x", "y", "y", "y"]


def used_with_a_cassette(cassettes: vcr.VCR, api: ExperimentsBetaApi) -> ExperimentsBetaApi:
    """A client with connections from before and from within a cassette."""
    api.get_experiment("p", "e", "x")
    with cassettes.use_cassette("first.yaml"):
        api.get_experiment("p", "e", "x")
    return api


def test_after_the_cassette_a_deadline_holds_again(cassettes: vcr.VCR, connect: Connect) -> None:
    never_ending = trickle(b"x" * 10_000, lambda: None, b"HTTP/1.1 200 OK\r\nX-Slow: ")
    with FaultServer() as server:
        api = used_with_a_cassette(cassettes, connect(server.url))
        server.script(never_ending)
        with pytest.raises(ApiTimeoutException):
            api.get_experiment("p", "e", "x", _request_timeout=0.2)
        server.wait_until(lambda: len(server.requests) >= 3)
        assert len(server.requests) == 3


def test_after_the_cassette_the_largest_size_holds_again(
    cassettes: vcr.VCR, connect: Connect
) -> None:
    with FaultServer() as server:
        api = used_with_a_cassette(cassettes, connect(server.url))
        api.api_client.configuration.max_response_bytes = 1000
        server.script(answer(200, b"[" + b" " * 5000 + b"]"))
        with pytest.raises(ApiException, match="max_response_bytes"):
            api.get_experiment("p", "e", "x")


def test_a_subclass_sees_the_calls_of_a_cassette(
    cassettes: vcr.VCR, service: Service, connect: Connect
) -> None:
    seen: list[str] = []

    class Watching(ApiClient):
        def call_api(self, *args: Any, **kwargs: Any) -> Any:
            seen.append(args[1])
            return super().call_api(*args, **kwargs)

    for mode in ("once", "none"):
        with cassettes.use_cassette("seen.yaml", record_mode=mode):
            connect(service.url, Watching).get_experiment("p", "e", "x")
    assert (seen, service.count) == (["GET", "GET"], 1)

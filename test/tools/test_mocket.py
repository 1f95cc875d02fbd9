"""mocket answers in place of the socket, for http and https, and strictly if asked to."""

from __future__ import annotations

import gc
import json
from collections.abc import Iterator
from typing import Any

import pytest
from mocket import Mocket, Mocketizer, mocketize
from mocket.exceptions import StrictMocketException
from mocket.mocks.mockhttp import Entry

from launchdarkly_api.apis import ExperimentsBetaApi
from launchdarkly_api.exceptions import NotFoundException
from test.contract import ENDPOINTS, example, path
from test.tools.calls import BY_METHOD, each_method, make
from test.tools.conftest import Connect
from test.tools.service import Service, experiment

pytestmark = [
    pytest.mark.filterwarnings("ignore:get_legacy_experiment_results:DeprecationWarning"),
    # mocket leaves the socket beneath its TLS socket to the garbage collector.
    pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning"),
]

PATH = "/api/v2/projects/p/environments/e/experiments/x"
JSON = {"Content-Type": "application/json"}


@pytest.fixture(autouse=True)
def collected() -> Iterator[None]:
    yield
    gc.collect()


def register(url: str, method: str = "GET", found: Any = None, status: int = 200) -> None:
    body = json.dumps(experiment("mocked") if found is None else found)
    Entry.single_register(method, url, body=body, status=status, headers=JSON)


def test_an_entry_answers_a_new_client(service: Service, connect: Connect) -> None:
    with Mocketizer():
        register(service.url + PATH)
        assert connect(service.url).get_experiment("p", "e", "x").key == "mocked"
        assert Mocket.last_request().headers["ld-api-version"] == "beta"
    assert service.count == 0


@pytest.mark.parametrize("host", ["http://127.0.0.1:9", "https://ld.test"])
def test_entries_answer_all_ten_calls(connect: Connect, host: str) -> None:
    api = connect(host)
    with Mocketizer(strict_mode=True):
        for endpoint in ENDPOINTS:
            returns = endpoint.get("returns")
            found = returns and example(returns, required_only=True)
            register(host + path(endpoint), endpoint["method"], found, endpoint["success"])
        for endpoint in ENDPOINTS:
            make(api, endpoint)
        methods = [request.method for request in Mocket.request_list()]
    assert methods == [endpoint["method"] for endpoint in ENDPOINTS]


@mocketize(strict_mode=True)  # type: ignore[untyped-decorator]
def test_the_decorator_works(connect: Connect) -> None:
    register("https://ld.test" + PATH)
    api = connect("https://ld.test")
    assert api.get_experiment("p", "e", "x").key == "mocked"
    assert api.submit(api.get_experiment, "p", "e", "x").result(30).key == "mocked"


def test_an_error_is_an_exception_with_its_code(connect: Connect) -> None:
    with Mocketizer():
        found = {"code": "not_found", "message": "Unknown"}
        register("https://ld.test" + PATH, "GET", found, 404)
        with pytest.raises(NotFoundException) as caught:
            connect("https://ld.test").get_experiment("p", "e", "x")
    assert (caught.value.code, caught.value.message) == ("not_found", "Unknown")


@each_method
def test_a_strict_mocket_lets_no_other_call_out(
    service: Service, connect: Connect, method: str
) -> None:
    with Mocketizer(strict_mode=True):
        with pytest.raises(StrictMocketException):
            BY_METHOD[method](connect(service.url))
    assert service.count == 0


def test_after_it_ends_calls_reach_the_service(
    service: Service, used_api: ExperimentsBetaApi
) -> None:
    with Mocketizer():
        register("https://ld.test" + PATH)
    assert used_api.get_experiment("p", "e", "x").key == "x"
    assert service.count == 1

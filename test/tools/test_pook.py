"""pook answers every call that it has a mock for, and lets nothing else out."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pook
import pytest
from pook.exceptions import PookNoMatches

from launchdarkly_api.apis import ExperimentsBetaApi
from test.resilience.certificates import Authority
from test.tools.calls import BY_METHOD, each_method, each_write
from test.tools.conftest import Connect
from test.tools.service import Service, experiment

PATH = "/api/v2/projects/p/environments/e/experiments/x"


@pytest.fixture(autouse=True)
def off_again() -> Iterator[None]:
    yield
    pook.off()


def test_a_mock_answers_a_new_client(service: Service, api: ExperimentsBetaApi) -> None:
    with pook.use():
        mocked: Any = pook.get(service.url + PATH).reply(200).json(experiment("mocked")).mock
        assert api.get_experiment("p", "e", "x").key == "mocked"
    assert (mocked.calls, service.count) == (1, 0)


def test_a_mock_answers_a_used_client(service: Service, used_api: ExperimentsBetaApi) -> None:
    with pook.use():
        pook.get(service.url + PATH).reply(200).json(experiment("mocked"))
        assert used_api.get_experiment("p", "e", "x").key == "mocked"
        assert service.count == 0
    assert used_api.get_experiment("p", "e", "x").key == "x"
    assert service.count == 1


def test_a_mock_sees_the_body_and_the_headers_of_a_write(
    service: Service, used_api: ExperimentsBetaApi
) -> None:
    with pook.use():
        mocked: Any = (
            pook.patch(service.url + PATH)
            .header("LD-API-Version", "beta")
            .json({"instructions": [{"kind": "updateName", "value": "n"}]})
            .reply(200)
            .json(experiment("mocked"))
            .mock
        )
        assert BY_METHOD["PATCH"](used_api).key == "mocked"
    assert (mocked.calls, service.count) == (1, 0)


@each_method
def test_a_call_without_a_mock_is_not_sent(
    service: Service, used_api: ExperimentsBetaApi, method: str
) -> None:
    with pook.use():
        pook.get(service.url + "/elsewhere").reply(200)
        with pytest.raises(PookNoMatches):
            BY_METHOD[method](used_api)
    assert service.count == 0


@each_write
def test_a_mocked_failure_of_a_write_is_not_repeated(
    service: Service, connect: Connect, method: str
) -> None:
    error: Any = ConnectionResetError(104, "reset")
    api = connect(service.url, retries=2, max_retry_wait=0.001)
    with pook.use():
        mocked = pook.mock(method=method, url=pook.regex(service.url)).persist().error(error)
        with pytest.raises(Exception, match=r"reset|lost"):
            BY_METHOD[method](api)
    assert mocked.calls == (3 if method in ("PUT", "DELETE") else 1)
    assert service.count == 0


def test_a_mock_answers_https(authority: Authority, connect: Connect) -> None:
    context = authority.server_context(authority.issue("127.0.0.1"))
    with Service(context) as service:
        api = connect(service.url, ssl_ca_cert=str(authority.path))
        api.get_experiment("p", "e", "x")
        with pook.use():
            pook.get(service.url + PATH).reply(200).json(experiment("mocked"))
            assert api.get_experiment("p", "e", "x").key == "mocked"
        assert service.count == 1


def test_mocks_answer_each_attempt_and_calls_in_the_background(
    service: Service, connect: Connect
) -> None:
    api = connect(service.url, retries=2, max_retry_wait=0.001)
    with pook.use():
        pook.get(service.url + PATH).times(1).reply(503).json({})
        pook.get(service.url + PATH).times(1).reply(200).json(experiment("mocked"))
        assert api.submit(api.get_experiment, "p", "e", "x").result(30).key == "mocked"
        assert pook.isdone()
    assert service.count == 0

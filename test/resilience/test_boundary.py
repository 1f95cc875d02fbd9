"""Exceptions that leave the library keep the program's frames and show none of the call's."""

from __future__ import annotations

import pickle
import traceback
from typing import Any
from unittest import mock

import pytest

from launchdarkly_api import ApiClient
from launchdarkly_api.apis import ExperimentsBetaApi
from launchdarkly_api.exceptions import ApiException, ApiTypeError, OpenApiException
from test.fault_server import EXPERIMENT, FaultServer, answer, reset
from test.resilience import canary
from test.resilience.tools import TOKEN, Caller

POOL = "urllib3.connectionpool.HTTPConnectionPool.urlopen"


class Refused(Exception):
    """The exception of a recorder or a mock that lets no request out."""


def refuse(*_: Any, **__: Any) -> Any:
    job = {"why": "not recorded"}
    raise Refused(job)


@pytest.mark.parametrize("method", ["GET", "POST"])
def test_the_error_of_a_mock_reaches_the_caller_unchanged(method: str) -> None:
    with FaultServer() as server, Caller(server.url) as caller, mock.patch(POOL, refuse):
        with pytest.raises(Refused) as raised:
            caller.call(method)
        assert raised.value.args == ({"why": "not recorded"},)
        assert "refuse" in [frame.name for frame in traceback.extract_tb(raised.tb)]
        assert TOKEN not in canary.with_locals(raised.value)
        assert server.requests == []


def test_an_error_of_the_library_has_the_frames_of_the_program_alone() -> None:
    with FaultServer(answer(404)) as server, Caller(server.url) as caller:
        with pytest.raises(ApiException) as raised:
            caller.call()
    files = [frame.filename for frame in traceback.extract_tb(raised.tb)]
    inside = [file for file in files if "launchdarkly_api" in file]
    assert all(file.endswith(("api_client.py", "_api.py")) for file in inside)


def test_the_cause_says_what_happened_and_has_no_frame() -> None:
    with FaultServer(reset()) as server, Caller(server.url, retries=0) as caller:
        with pytest.raises(ApiException) as raised:
            caller.call()
    cause = raised.value.__cause__
    assert type(cause).__name__ == "ProtocolError"
    assert cause is not None
    assert cause.__traceback__ is None
    assert isinstance(cause.args[1], ConnectionResetError)


@pytest.mark.parametrize(
    "echo",
    [
        lambda token: answer(200, {**EXPERIMENT, "currentIteration": {token: 1}}),
        lambda token: answer(200, {**EXPERIMENT, "_links": {token: 5}}),
        lambda token: answer(401, {"code": token, "message": "m", "id": token, token: token}),
        lambda token: answer(200, b"{", {"Content-Type": f"application/json; charset={token}"}),
        lambda token: answer(200, b"\xff", {"Content-Type": f"text/{token}; charset={token}"}),
        lambda token: answer(400, b"x", {token: token}),
    ],
    ids=["key", "key of a map", "error", "charset", "media type", "name of a header"],
)
def test_a_token_that_is_sent_back_in_an_odd_place_is_masked(echo: Any) -> None:
    with FaultServer(echo(TOKEN)) as server, Caller(server.url, retries=0) as caller:
        with pytest.raises(OpenApiException) as raised:
            caller.call()
        assert TOKEN in server.requests[0].raw.decode("latin-1")
    error = raised.value
    for place, texts in canary.IN_EXCEPTIONS.items():
        assert not any(TOKEN in text for text in texts(error)), place
    assert TOKEN.encode() not in pickle.dumps(error)


def test_the_path_to_a_value_holds_no_token() -> None:
    body = {**EXPERIMENT, "_links": {TOKEN: {"href": 5}}}
    with FaultServer(answer(200, body)) as server, Caller(server.url) as caller:
        with pytest.raises(ApiTypeError) as raised:
            caller.call()
    assert raised.value.path_to_item == ["_links", "***", "href"]
    assert raised.value.valid_classes == (str,)


def test_an_autospec_has_the_attributes_of_the_constructor() -> None:
    client = mock.create_autospec(ApiClient)
    assert {"configuration", "default_headers", "last_response", "rest_client"} <= set(dir(client))
    api = mock.create_autospec(ExperimentsBetaApi)(client)
    assert "api_client" in dir(api)
    api.get_experiment.return_value = 5
    assert api.get_experiment("p", "e", "x") == 5
    with pytest.raises(TypeError):
        api.get_experiment("p")

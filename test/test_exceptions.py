"""Exceptions: their attributes, their text, and their pickles."""

from __future__ import annotations

import builtins
import copy
import pickle
from types import SimpleNamespace
from typing import Any

import pytest
import urllib3

from launchdarkly_api import exceptions
from launchdarkly_api._support import errors
from launchdarkly_api.future import ResultTimeout
from launchdarkly_api.models import NotFoundErrorRep
from launchdarkly_api.rest import RESTResponse

ALL = [
    value
    for value in vars(exceptions).values()
    if isinstance(value, type) and issubclass(value, exceptions.OpenApiException)
]
CALLS = [kind for kind in ALL if issubclass(kind, exceptions.ApiException)]


def test_the_hierarchy_is_the_one_in_the_docstring() -> None:
    drawing = exceptions.__doc__ or ""
    drawn = {kind.__name__ for kind in ALL if kind.__name__ in drawing}
    assert drawn == {kind.__name__ for kind in ALL if not kind.__name__.startswith("_")}
    assert issubclass(exceptions.ApiTypeError, TypeError)
    assert issubclass(exceptions.ApiValueError, ValueError)
    assert issubclass(exceptions.ApiAttributeError, AttributeError)
    assert issubclass(exceptions.ApiKeyError, KeyError)
    assert issubclass(exceptions.ApiConnectionException, urllib3.exceptions.HTTPError)
    assert issubclass(exceptions.ApiTimeoutException, urllib3.exceptions.TimeoutError)
    assert issubclass(exceptions.ApiTimeoutException, builtins.TimeoutError)


@pytest.mark.parametrize("kind", CALLS, ids=lambda kind: kind.__name__)
def test_a_pickled_or_copied_api_exception_keeps_everything(
    kind: type[exceptions.ApiException],
) -> None:
    error = kind(status=404, reason="Not Found")
    error.body, error.headers = "{}", urllib3.HTTPHeaderDict({"A": "b"})
    error.code, error.message, error.error_id = "not_found", "gone", "id"
    error.error = NotFoundErrorRep(code="not_found")
    error.retry_after, error.attempts = 1.5, 3
    error.method, error.url = "GET", "http://localhost/"
    for duplicate in (pickle.loads(pickle.dumps(error)), copy.copy(error), copy.deepcopy(error)):
        assert type(duplicate) is kind
        assert vars(duplicate) == vars(error)
        assert str(duplicate) == str(error)
        assert duplicate.args == error.args


@pytest.mark.parametrize(
    "kind",
    [kind for kind in ALL if issubclass(kind, errors._AtPath)],
    ids=lambda kind: kind.__name__,
)
def test_a_pickled_or_copied_value_exception_keeps_everything(kind: Any) -> None:
    error = kind("Expected str", ["items", 3, "a b", "key"])
    for duplicate in (pickle.loads(pickle.dumps(error)), copy.copy(error)):
        assert type(duplicate) is kind
        assert str(duplicate) == str(error) == "Expected str at items[3]['a b'].key"
        assert duplicate.path_to_item == ["items", 3, "a b", "key"]
    assert kind("Expected str").path_to_item is None


def test_an_api_type_error_keeps_the_attributes_of_13_0_0() -> None:
    error = exceptions.ApiTypeError("x", path_to_item=["a"], valid_classes=(str,), key_type=True)
    duplicate = pickle.loads(pickle.dumps(error))
    assert (duplicate.valid_classes, duplicate.key_type) == ((str,), True)


def test_an_exception_can_be_made_of_a_response() -> None:
    answer = SimpleNamespace(
        status=409, reason="Conflict", data=b'{"code": "key_exists"}', headers={"A": "b"}
    )
    error = exceptions.ApiException(http_resp=answer)
    assert (error.status, error.reason, error.code) == (409, "Conflict", "key_exists")
    assert (error.body, error.headers) == ('{"code": "key_exists"}', {"A": "b"})
    assert str(error) == '409 Conflict: {"code": "key_exists"} [key_exists]'


class OfAProgram(exceptions.NotFoundException):
    """A subclass with an attribute of its own."""

    def __str__(self) -> str:
        return f"{super().__str__()} (team growth)"


def made_of_an_answer() -> list[exceptions.ApiException]:
    answer = SimpleNamespace(
        status=404,
        reason="Not Found",
        data=b'{"code": "not_found", "message": "Unknown experiment"}',
        headers={},
    )
    return [kind(http_resp=answer) for kind in (*CALLS, OfAProgram)]


@pytest.mark.parametrize(
    "error",
    [
        *made_of_an_answer(),
        exceptions.ApiException(),
        exceptions.ServiceException(503, "Busy"),
        exceptions.ApiTypeError("Expected str", ["a", 0], (str,)),
        exceptions.ApiValueError("No"),
        exceptions.ApiAttributeError("No", ["a"]),
        exceptions.ApiKeyError("No 'key'"),
        exceptions.OpenApiException("a", "b"),
        ResultTimeout("The call was not done in 1 s"),
    ],
    ids=lambda error: type(error).__name__,
)
def test_the_repr_of_an_exception_says_as_much_as_str(error: exceptions.OpenApiException) -> None:
    expected = f"{type(error).__name__}({str(error)!r})"
    for one in (error, pickle.loads(pickle.dumps(error)), copy.copy(error), copy.deepcopy(error)):
        assert repr(one) == expected
        assert str(one) == str(error)
        assert one.args == error.args
    assert error == error
    assert error != copy.copy(error)


def test_the_repr_of_an_exception_has_status_code_and_message() -> None:
    for error in made_of_an_answer():
        for word in ("404", "not_found", "Unknown experiment", type(error).__name__):
            assert word in repr(error)


def test_the_repr_of_an_uninitialized_exception_does_not_fail() -> None:
    class Careless(exceptions.ApiException):
        def __init__(self) -> None:
            pass

    assert repr(Careless()) == "Careless('No response')"
    assert (Careless().status, Careless().body, Careless().headers) == (None, None, None)


@pytest.mark.parametrize("headers", [None, [], {"content-type": "a/b; charset=latin-1"}, {"A": 1}])
def test_a_double_of_a_response_may_have_headers_of_any_kind(headers: Any) -> None:
    answer = SimpleNamespace(status=400, reason="R", data="é".encode("latin-1"), headers=headers)
    declared = isinstance(headers, dict) and "content-type" in headers
    body = exceptions.ApiException(http_resp=answer).body
    assert body == ("é" if declared else "\N{REPLACEMENT CHARACTER}")


def test_the_message_of_an_api_exception_is_one_line() -> None:
    error = exceptions.RateLimitedException(429, "Too Many Requests")
    error.message, error.code, error.error_id = "Slow down.", "rate_limited", "abc"
    error.method, error.url, error.attempts, error.retry_after = "GET", "http://h/p", 4, 2.0
    assert str(error) == (
        "429 Too Many Requests: Slow down. [rate_limited] (GET http://h/p, 4 attempts);"
        " the service asks to wait 2 s; error id abc"
    )
    assert str(exceptions.ApiException()) == "No response"
    assert str(exceptions.ApiException(status=0, reason="No host")) == "No host"


def test_each_status_has_its_exception() -> None:
    named = {
        400: exceptions.BadRequestException,
        401: exceptions.UnauthorizedException,
        403: exceptions.ForbiddenException,
        404: exceptions.NotFoundException,
        405: exceptions.MethodNotAllowedException,
        409: exceptions.ConflictException,
        422: exceptions.UnprocessableEntityException,
        429: exceptions.RateLimitedException,
        **dict.fromkeys(range(500, 600), exceptions.ServiceException),
    }
    for status in (0, *range(100, 1000)):
        expected = named.get(status, exceptions.ApiException)
        assert exceptions.exception_for_status(status) is expected


def test_the_message_has_the_number_of_attempts_if_there_were_several() -> None:
    error = exceptions.ServiceException(503, "Busy")
    assert error.attempts == 1
    error.method = "GET"
    assert str(error) == "503 Busy"
    error.url = "http://h/p"
    for attempts, told in ((0, ""), (1, ""), (2, ", 2 attempts"), (4, ", 4 attempts")):
        error.attempts = attempts
        assert str(error) == f"503 Busy (GET http://h/p{told})"


@pytest.mark.parametrize(
    "body",
    [
        "",
        "<html>",
        "[" * 100_000,
        "null",
        '["code"]',
        '{"code": 5, "message": {}, "id": true}',
        "{}",
    ],
)
def test_details_that_the_body_lacks_are_none(body: str) -> None:
    answer = SimpleNamespace(status=400, reason="R", data=body, headers={})
    error = exceptions.ApiException(http_resp=answer)
    assert (error.code, error.message, error.error_id) == (None, None, None)
    assert error.body == body


def test_a_double_of_a_response_may_have_getheaders() -> None:
    answer = SimpleNamespace(status=400, reason="R", data="", getheaders=lambda: {"A": "b"})
    assert exceptions.ApiException(http_resp=answer).headers == {"A": "b"}


def test_a_long_body_is_cut_in_the_message() -> None:
    for length, shown in ((200, "x" * 200), (201, "x" * 200 + "…")):
        error = exceptions.ServiceException(502, "Bad Gateway")
        error.body = "x" * length
        assert str(error) == f"502 Bad Gateway: {shown}"
    for length, shown in ((396, "x" * 396), (397, "x" * 396 + "…")):
        assert str(exceptions.ServiceException(502, "x" * length)) == f"502 {shown}"
    for length, shown in ((1000, "x" * 1000), (1001, "x" * 1000 + "…")):
        error = exceptions.ServiceException(502)
        error.message = "x" * length
        assert str(error) == f"502: {shown}"
    error = exceptions.ServiceException(502, "Bad Gateway")
    error.body = "<html>\n" + "x" * 10_000
    assert str(error).startswith("502 Bad Gateway: <html> xxx")
    assert len(str(error)) < 300
    assert "\n" not in str(error)


def test_a_rendered_path_is_unambiguous() -> None:
    assert exceptions.render_path([]) == ""
    assert exceptions.render_path(["a", 0, "b", "c.d", "e"]) == "a[0].b['c.d'].e"
    assert exceptions.render_path([0, "a"]) == "[0].a"


def test_tries_is_an_alias_of_attempts() -> None:
    error = exceptions.ApiException(503, "Service Unavailable")
    error.tries = 3
    assert (error.attempts, pickle.loads(pickle.dumps(error)).tries) == (3, 3)
    assert RESTResponse(urllib3.HTTPResponse(status=200)).tries == 1

"""Iteration over all pages: each experiment once, lazily, and with an end."""

from __future__ import annotations

import re
from collections.abc import Callable
from itertools import islice
from typing import Any

import pytest
from pytest_httpserver import HTTPServer
from werkzeug import Request, Response

from launchdarkly_api import ApiException, ApiTypeError, ApiValueError
from launchdarkly_api._call.paging import MAX_STALE_PAGES, PAGES_AHEAD
from launchdarkly_api.apis import ExperimentsBetaApi
from test.contract import example

ANY_PATH = re.compile(".*")


def experiment(key: str) -> dict[str, Any]:
    """An experiment with this key."""
    return {**example("Experiment", required_only=True), "key": key}


def serve(httpserver: HTTPServer, page: Callable[[int, int], dict[str, Any]]) -> None:
    """Respond with the page that ``page`` makes of offset and limit."""

    def handler(request: Request) -> Response:
        import json

        body = page(int(request.args["offset"]), int(request.args["limit"]))
        return Response(json.dumps(body), content_type="application/json")

    httpserver.expect_request(ANY_PATH).respond_with_handler(handler)


def slices(keys: list[str]) -> Callable[[int, int], dict[str, Any]]:
    """Pages of a list that does not change."""
    return lambda offset, limit: {
        "items": [experiment(key) for key in keys[offset : offset + limit]],
        "total_count": len(keys),
    }


def keys_of(api: ExperimentsBetaApi, **options: Any) -> list[str]:
    """The keys that the loop yields."""
    return [each.key for each in api.iter_experiments("p", "e", **options)]


@pytest.mark.parametrize(
    ("count", "requests"), [(0, 1), (1, 1), (3, 1), (4, 2), (5, 2), (6, 3), (7, 3)]
)
def test_every_page_is_fetched(
    count: int, requests: int, api: ExperimentsBetaApi, httpserver: HTTPServer
) -> None:
    keys = [f"k{number}" for number in range(count)]
    serve(httpserver, slices(keys))
    assert keys_of(api, page_size=3) == keys
    assert len(httpserver.log) == requests


def test_a_page_is_fetched_when_the_loop_reaches_it(
    api: ExperimentsBetaApi, httpserver: HTTPServer
) -> None:
    serve(httpserver, slices([f"k{number}" for number in range(50)]))
    pages = api.iter_experiments("p", "e", page_size=10)
    assert httpserver.log == []
    assert [each.key for each in islice(pages, 10)] == [f"k{number}" for number in range(10)]
    assert len(httpserver.log) == 1
    assert next(pages).key == "k10"
    assert 1 < len(httpserver.log) <= 2 + PAGES_AHEAD
    # To the end: a page in flight would otherwise arrive in the next test.
    assert len(list(pages)) == 39


def test_the_query_is_sent_with_the_page(api: ExperimentsBetaApi, httpserver: HTTPServer) -> None:
    serve(httpserver, slices(["k"]))
    keys_of(
        api,
        filter={"status": "running"},
        expand=["treatments"],
        lifecycle_state="archived",
        _headers={"X-Trace": "1"},
    )
    request = httpserver.log[0][0]
    assert request.args.to_dict() == {
        "limit": "20",
        "offset": "0",
        "filter": "status:running",
        "expand": "treatments",
        "lifecycleState": "archived",
    }
    assert request.headers["X-Trace"] == "1"


class Changing:
    """A list, newest first, that changes after its pages were asked for."""

    def __init__(self, count: int, *, links: bool = True) -> None:
        self.keys = [f"k{number}" for number in range(count)]
        self.links = links
        self.after: dict[int, Callable[[], None]] = {}
        self.asked = 0

    def __call__(self, offset: int, limit: int) -> dict[str, Any]:
        body = slices(self.keys)(offset, limit)
        if self.links and offset + limit < len(self.keys):
            body["_links"] = {"next": {"href": "/more"}}
        self.asked += 1
        self.after.get(self.asked, lambda: None)()
        return body

    def insert(self, count: int) -> Callable[[], None]:
        """Create some at the front."""
        return lambda: self.keys.__setitem__(slice(0, 0), [f"new{n}" for n in range(count)])

    def remove(self, start: int, end: int) -> Callable[[], None]:
        """Archive some."""
        return lambda: self.keys.__delitem__(slice(start, end))


@pytest.mark.parametrize("links", [True, False])
@pytest.mark.parametrize("created", [1, 2, 3, 7, 40])
def test_an_experiment_created_meanwhile_hides_no_other(
    created: int, links: bool, api: ExperimentsBetaApi, httpserver: HTTPServer
) -> None:
    service = Changing(10, links=links)
    service.after[1] = service.insert(created)
    serve(httpserver, service)
    found = keys_of(api, page_size=2)
    assert len(found) == len(set(found))
    assert [key for key in found if key[0] == "k"] == [f"k{number}" for number in range(10)]


@pytest.mark.parametrize("links", [True, False])
@pytest.mark.parametrize(("start", "end"), [(0, 1), (0, 4), (1, 3), (5, 6), (20, 45), (0, 45)])
def test_an_experiment_archived_meanwhile_hides_no_other(
    start: int, end: int, links: bool, api: ExperimentsBetaApi, httpserver: HTTPServer
) -> None:
    service = Changing(45, links=links)
    service.after[2] = service.remove(start, end)
    serve(httpserver, service)
    found = keys_of(api, page_size=10)
    assert len(found) == len(set(found))
    assert set(found) >= set(service.keys)


@pytest.mark.parametrize("count", [1, 20, 21, 45, 61])
def test_a_loop_may_archive_the_experiments_that_it_gets(
    count: int, api: ExperimentsBetaApi, httpserver: HTTPServer
) -> None:
    service = Changing(count)
    serve(httpserver, service)
    found = []
    for each in api.iter_experiments("p", "e", page_size=20):
        service.keys.remove(each.key)
        found.append(each.key)
    assert service.keys == []
    assert len(found) == count


def test_a_key_twice_in_a_page_is_yielded_once(
    api: ExperimentsBetaApi, httpserver: HTTPServer
) -> None:
    serve(httpserver, lambda offset, limit: slices(["a", "a", "b"])(offset, limit))
    assert keys_of(api) == ["a", "b"]


@pytest.mark.parametrize(
    "page",
    [
        lambda offset, limit: {"items": [experiment("same")], "total_count": 10**9},
        lambda offset, limit: {
            "items": [experiment("same")],
            "_links": {"next": {"href": "/again"}},
        },
        lambda offset, limit: {"items": [], "total_count": 10**9},
        lambda offset, limit: {"total_count": 5},
        lambda offset, limit: {"items": None},
        lambda offset, limit: {},
        lambda offset, limit: {"items": [experiment("same")], "total_count": 10**9 - offset},
        lambda offset, limit: {"items": [experiment("same")], "total_count": 5 + offset % 2},
    ],
)
def test_a_page_without_end_does_not_loop_for_ever(
    page: Callable[[int, int], dict[str, Any]], api: ExperimentsBetaApi, httpserver: HTTPServer
) -> None:
    serve(httpserver, page)
    assert keys_of(api) in ([], ["same"])
    assert len(httpserver.log) <= MAX_STALE_PAGES + 1


def test_a_total_count_that_is_not_a_number_is_ignored(
    api: ExperimentsBetaApi, httpserver: HTTPServer
) -> None:
    serve(httpserver, lambda o, n: {**slices(["a", "b", "c"])(o, n), "total_count": "x"})
    assert keys_of(api, page_size=2, _check_return_type=False) == ["a", "b", "c"]


def test_a_service_without_a_total_count_is_read_to_its_end(
    api: ExperimentsBetaApi, httpserver: HTTPServer
) -> None:
    keys = [f"k{number}" for number in range(5)]
    serve(httpserver, lambda o, n: {"items": [experiment(key) for key in keys[o : o + n]]})
    assert keys_of(api, page_size=2) == keys


def test_pages_smaller_than_asked_for_are_read_to_the_end(
    api: ExperimentsBetaApi, httpserver: HTTPServer
) -> None:
    keys = [f"k{number}" for number in range(5)]
    serve(httpserver, lambda o, n: slices(keys)(o, min(n, 2)))
    assert keys_of(api, page_size=100) == keys


def test_a_total_count_that_is_too_small_hides_no_next_page(
    api: ExperimentsBetaApi, httpserver: HTTPServer
) -> None:
    keys = [f"k{number}" for number in range(4)]

    def page(offset: int, limit: int) -> dict[str, Any]:
        links = {"next": {"href": "/more"}} if offset + limit < len(keys) else {}
        return {**slices(keys)(offset, limit), "total_count": 1, "_links": links}

    serve(httpserver, page)
    assert keys_of(api, page_size=2) == keys


def test_a_failure_is_raised_when_the_loop_reaches_its_page(
    api: ExperimentsBetaApi, httpserver: HTTPServer
) -> None:
    first = {"items": [experiment("a"), experiment("b")], "total_count": 4}
    httpserver.expect_ordered_request(ANY_PATH).respond_with_json(first)
    httpserver.expect_ordered_request(ANY_PATH).respond_with_json({}, status=404)
    pages = api.iter_experiments("p", "e", page_size=2)
    assert [next(pages).key, next(pages).key] == ["a", "b"]
    with pytest.raises(ApiException):
        next(pages)


@pytest.mark.parametrize(
    ("size", "error"),
    [(0, ApiValueError), (-1, ApiValueError), (True, ApiTypeError), ("5", ApiTypeError)],
)
def test_a_page_size_is_a_number_from_1(
    size: Any, error: type[Exception], api: ExperimentsBetaApi
) -> None:
    with pytest.raises(error, match="page"):
        api.iter_experiments("p", "e", page_size=size)


@pytest.mark.parametrize(
    ("options", "error", "words"),
    [
        ({"async_req": True}, ApiTypeError, "iter_experiments.. takes no async_req=True: it makes"),
        ({"_preload_content": False}, ApiTypeError, "takes no _preload_content=False"),
        ({"_return_http_data_only": False}, ApiTypeError, "takes no _return_http_data_only=False"),
        ({"limit": 5}, ApiTypeError, r"iter_experiments\(\) .* unexpected .* 'limit'"),
        ({"_check_input_type": "no"}, ApiTypeError, "Expected bool, got str"),
        ({"expand": 7}, ApiTypeError, "expand"),
        ({"expand": ["a,b"]}, ApiValueError, "comma"),
        ({"filter": {"status": []}}, ApiValueError, "filter.status"),
        ({"filter": "\ud800"}, ApiValueError, "Unicode"),
        ({"lifecycle_state": 7}, ApiTypeError, "lifecycle_state"),
    ],
)
def test_a_wrong_argument_is_refused_before_the_loop_begins(
    options: Any, error: type[Exception], words: str, api: ExperimentsBetaApi
) -> None:
    with pytest.raises(error, match=words):
        api.iter_experiments("p", "e", **options)


@pytest.mark.parametrize("keys", [("", "e"), ("p", ".."), (5, "e")])
def test_a_wrong_key_is_refused_before_the_loop_begins(keys: Any, api: ExperimentsBetaApi) -> None:
    with pytest.raises((ApiTypeError, ApiValueError), match=r"project_key|environment_key"):
        api.iter_experiments(*keys)


def test_every_page_is_asked_for_with_the_same_options(
    api: ExperimentsBetaApi, httpserver: HTTPServer
) -> None:
    serve(httpserver, slices(["a", "b", "c"]))
    words: Any = ["treatments"]
    fields: Any = {"status": ["running"]}
    pages = api.iter_experiments("p", "e", page_size=2, expand=words, filter=fields)
    words.append("nonsense")
    next(pages)
    fields.clear()
    words.clear()
    assert [each.key for each in pages] == ["b", "c"]
    asked = [request.args.to_dict() for request, _ in httpserver.log]
    assert [each["expand"] for each in asked] == ["treatments"] * 2
    assert [each["filter"] for each in asked] == ["status:running"] * 2


def test_options_at_their_defaults_are_accepted(
    api: ExperimentsBetaApi, httpserver: HTTPServer
) -> None:
    serve(httpserver, slices(["a"]))
    usual = {"async_req": False, "_preload_content": True, "_return_http_data_only": True}
    assert keys_of(api, **usual) == ["a"]


def test_unchecked_input_of_iter_experiments_is_sent_as_it_is(
    api: ExperimentsBetaApi, httpserver: HTTPServer
) -> None:
    serve(httpserver, slices(["a"]))
    assert keys_of(api, expand=7, _check_input_type=False) == ["a"]
    assert httpserver.log[0][0].args["expand"] == "7"

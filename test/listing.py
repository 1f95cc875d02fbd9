"""A service whose list of experiments changes between its pages, and while it answers several."""

from __future__ import annotations

import json
import re
import threading
from collections.abc import Callable, Generator
from contextlib import contextmanager
from typing import Any

from pytest_httpserver import HTTPServer
from werkzeug import Request, Response

from launchdarkly_api import ApiClient, Configuration
from launchdarkly_api.apis import ExperimentsBetaApi
from test.contract import example

ITEM = example("Experiment", required_only=True)


class Service:
    """Answers with pages of ``keys``, each page as the list is at one moment.

    - ``before``: called with the number of the request, from 1, before its page is taken
    - ``after``: called with the offset after the page is taken, before it is sent
    - ``refuse``: called with the offset; returns a status to answer with instead, or None
    """

    def __init__(self, count: int = 0) -> None:
        self.keys = [f"k{number}" for number in range(count)]
        self.before: Callable[[int], Any] = lambda number: None
        self.after: Callable[[int], Any] = lambda offset: None
        self.refuse: Callable[[int], int | None] = lambda offset: None
        self.offsets: list[int] = []
        self.in_flight = self.most = 0
        self.changed = threading.Condition()

    def answer(self, request: Request) -> Response:
        """Answer one request."""
        offset, limit = int(request.args["offset"]), int(request.args["limit"])
        with self.changed:
            self.offsets.append(offset)
            self.in_flight += 1
            self.most = max(self.most, self.in_flight)
            self.before(len(self.offsets))
            page = {
                "items": [{**ITEM, "key": key} for key in self.keys[offset : offset + limit]],
                "total_count": len(self.keys),
            }
            status = self.refuse(offset)
            self.changed.notify_all()
        try:
            self.after(offset)
        finally:
            with self.changed:
                self.in_flight -= 1
                self.changed.notify_all()
        if status:
            return Response("{}", status, content_type="application/json")
        return Response(json.dumps(page), content_type="application/json")

    def wait_until(self, condition: Callable[[], bool]) -> None:
        """Wait for something that a request changes."""
        with self.changed:
            assert self.changed.wait_for(condition, 30)


@contextmanager
def serving(service: Service) -> Generator[ExperimentsBetaApi, None, None]:
    """The API of a client for this service, which answers several requests at a time."""
    with HTTPServer(threaded=True) as server:
        server.expect_request(re.compile(".*")).respond_with_handler(service.answer)
        configuration = Configuration(host=server.url_for("").rstrip("/"))
        configuration.retries = 0
        configuration.api_key["ApiKey"] = "token"
        with ApiClient(configuration) as client:
            yield ExperimentsBetaApi(client)


def ahead_threads() -> list[threading.Thread]:
    """The threads that fetch pages."""
    return [each for each in threading.enumerate() if "-page-" in each.name]


def wait_until_quiet(service: Service) -> None:
    """Wait until every page under way was answered, and nothing is left that could ask for one."""
    service.wait_until(lambda: service.in_flight == 0)
    for thread in ahead_threads():
        thread.join(30)
        assert not thread.is_alive()

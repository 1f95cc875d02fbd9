"""Sentry sees every request as a span and a breadcrumb, and never the access token."""

from __future__ import annotations

import json
from typing import Any

import pytest

from test.tools.programs import run
from test.tools.service import TOKEN, Service

pytest.importorskip("sentry_sdk")

PROGRAM = """
import json, os, sys
import sentry_sdk
from sentry_sdk.transport import Transport

from launchdarkly_api import ApiClient, ApiException, Configuration
from launchdarkly_api.apis import ExperimentsBetaApi

url, moment = sys.argv[1:]
token = os.environ["TOOLS_TOKEN"]
sent = []


class Memory(Transport):
    def capture_envelope(self, envelope):
        sent.extend(item.payload.json for item in envelope.items if item.payload.json)


def begin():
    # The largest that Sentry may collect.
    sentry_sdk.init(
        dsn="http://key@127.0.0.1:9/1",
        transport=Memory,
        traces_sample_rate=1.0,
        send_default_pii=True,
        include_local_variables=True,
        max_request_body_size="always",
        max_value_length=100_000,
    )


configuration = Configuration(host=url)
configuration.api_key["ApiKey"] = token
configuration.retries = 1
configuration.max_retry_wait = 0.001
if moment == "before":
    begin()
with ApiClient(configuration, cookie="session=" + token) as client:
    api = ExperimentsBetaApi(client)
    api.get_experiment("p", "e", "warm")
    if moment == "after":
        begin()
    with sentry_sdk.start_transaction(name="caller"):
        api.get_experiment("p", "e", "x")
        api.submit(api.get_experiment, "p", "e", "background").result(30)
        list(api.iter_experiments("p", "e"))
        patch = {"instructions": [{"kind": "updateName", "value": "n"}]}
        try:
            api.patch_experiment("p", "e", "x", patch)
        except ApiException as error:
            sentry_sdk.capture_exception(error)
    sentry_sdk.flush()
print(json.dumps(sent, default=repr))
"""


@pytest.fixture(params=["before", "after"])
def sent(request: pytest.FixtureRequest, service: Service) -> list[Any]:
    """The events that Sentry sent for a program that began it before or after the first call."""
    found: list[Any] = run(PROGRAM, service.url, request.param, TOOLS_TOKEN=TOKEN)
    return found


def spans_of(sent: list[Any]) -> list[Any]:
    [transaction] = [event for event in sent if event.get("type") == "transaction"]
    return [span for span in transaction["spans"] if span["op"] == "http.client"]


def test_each_request_of_a_transaction_is_a_span(sent: list[Any], service: Service) -> None:
    spans = spans_of(sent)
    # The first request came before the transaction.
    assert len(spans) == service.count - 1
    assert sorted(span["description"] for span in spans) == sorted(
        f"{request.method} {service.url}{request.path}" for request in service.requests[1:]
    )
    assert {span["data"]["http.response.status_code"] for span in spans} == {200}


def test_a_failure_has_the_requests_before_it_as_breadcrumbs(service: Service) -> None:
    service.refused.add("PATCH")
    sent = run(PROGRAM, service.url, "before", TOOLS_TOKEN=TOKEN)
    [failure] = [event for event in sent if "exception" in event]
    crumbs = [c["data"] for c in failure["breadcrumbs"]["values"] if c["type"] == "http"]
    assert crumbs[-1]["http.response.status_code"] == 403
    assert [crumb["http.method"] for crumb in crumbs] == service.methods()
    # The local variables of every frame are among what was sent.
    assert "vars" in json.dumps(failure)
    assert TOKEN not in json.dumps(sent)


def test_nothing_that_is_sent_holds_the_token(sent: list[Any]) -> None:
    assert spans_of(sent)
    assert TOKEN not in json.dumps(sent)

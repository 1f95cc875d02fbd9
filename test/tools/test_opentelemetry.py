"""OpenTelemetry's instrumentation of urllib3 makes a span of each attempt while it is on."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from typing import Any

import pytest
from opentelemetry import trace
from opentelemetry.instrumentation.urllib3 import URLLib3Instrumentor
from opentelemetry.sdk.trace import ReadableSpan, TracerProvider
from opentelemetry.sdk.trace.export import SimpleSpanProcessor
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter
from opentelemetry.trace import SpanKind

from launchdarkly_api.apis import ExperimentsBetaApi
from launchdarkly_api.exceptions import ApiException
from test.contract import ENDPOINTS
from test.fault_server import refusing
from test.tools.calls import BY_METHOD, each_method, make_all
from test.tools.conftest import Connect
from test.tools.service import EXPERIMENTS, TOKEN, Service

pytestmark = pytest.mark.filterwarnings("ignore:get_legacy_experiment_results:DeprecationWarning")


class Telemetry:
    """Spans that are kept in memory, and the switch that makes them."""

    def __init__(self) -> None:
        self._exporter = InMemorySpanExporter()
        self._provider = TracerProvider()
        self._provider.add_span_processor(SimpleSpanProcessor(self._exporter))
        self._instrumentor = URLLib3Instrumentor()
        self.tracer = self._provider.get_tracer("test")

    def on(self) -> None:
        self._instrumentor.instrument(tracer_provider=self._provider)

    def off(self) -> None:
        if self._instrumentor.is_instrumented_by_opentelemetry:
            self._instrumentor.uninstrument()

    def attempts(self) -> list[ReadableSpan]:
        """The spans of requests, in the order in which they ended."""
        spans = self._exporter.get_finished_spans()
        return [span for span in spans if span.kind is SpanKind.CLIENT]

    def taken(self) -> list[ReadableSpan]:
        """The same, once."""
        attempts = self.attempts()
        self._exporter.clear()
        return attempts


@pytest.fixture
def telemetry() -> Iterator[Telemetry]:
    telemetry = Telemetry()
    yield telemetry
    telemetry.off()


def attribute(span: ReadableSpan, *names: str) -> Any:
    """An attribute by its name of today or by the one that it had before."""
    found = [span.attributes[name] for name in names if name in (span.attributes or {})]  # type: ignore[index]
    return found[0] if found else None


def told(span: ReadableSpan) -> tuple[Any, Any, Any]:
    return (
        attribute(span, "http.request.method", "http.method"),
        attribute(span, "url.full", "http.url"),
        attribute(span, "http.response.status_code", "http.status_code"),
    )


@each_method
def test_a_span_says_method_url_and_status(
    telemetry: Telemetry, service: Service, api: ExperimentsBetaApi, method: str
) -> None:
    telemetry.on()
    BY_METHOD[method](api)
    [span] = telemetry.taken()
    [arrived] = service.requests
    status = {"POST": 201, "DELETE": 204}.get(method, 200)
    assert told(span) == (method, service.url + arrived.path, status)
    # The service can join the trace.
    assert span.context is not None
    assert arrived.headers["traceparent"].split("-")[2] == f"{span.context.span_id:016x}"


def test_all_ten_calls_have_one_span_each(
    telemetry: Telemetry, service: Service, api: ExperimentsBetaApi
) -> None:
    telemetry.on()
    make_all(api)
    assert len(telemetry.taken()) == service.count == len(ENDPOINTS)


def test_it_can_be_turned_on_and_off_while_a_client_lives(
    telemetry: Telemetry, service: Service, api: ExperimentsBetaApi
) -> None:
    for _ in range(3):
        api.get_experiment("p", "e", "x")
        assert telemetry.taken() == []
        telemetry.on()
        api.get_experiment("p", "e", "x")
        assert len(telemetry.taken()) == 1
        telemetry.off()
    api.get_experiment("p", "e", "x")
    assert telemetry.taken() == []
    assert service.count == 7


def test_a_client_that_was_made_while_it_was_on_makes_no_span_after_it_is_off(
    telemetry: Telemetry, service: Service, connect: Connect
) -> None:
    telemetry.on()
    api = connect(service.url)
    api.get_experiment("p", "e", "x")
    telemetry.off()
    telemetry.taken()
    make_all(api)
    assert telemetry.taken() == []
    assert all("traceparent" not in request.headers for request in service.requests[1:])


def test_each_attempt_has_a_span(telemetry: Telemetry, service: Service, connect: Connect) -> None:
    service.failures[:] = [503, 429]
    telemetry.on()
    connect(service.url, retries=3, max_retry_wait=0.001).get_experiment("p", "e", "x")
    assert [told(span)[2] for span in telemetry.taken()] == [503, 429, 200]


def test_an_attempt_without_a_response_has_a_span_too(
    telemetry: Telemetry, connect: Connect
) -> None:
    telemetry.on()
    with refusing() as url:
        with pytest.raises(ApiException):
            connect(url, retries=2, max_retry_wait=0.001).get_experiment("p", "e", "x")
    spans = telemetry.taken()
    assert len(spans) == 3
    assert {told(span)[2] for span in spans} == {None}


def test_no_span_holds_the_token(telemetry: Telemetry, service: Service, connect: Connect) -> None:
    telemetry.on()
    service.failures[:] = [401]
    api = connect(service.url)
    with pytest.raises(ApiException):
        api.get_experiment("p", "e", "x")
    make_all(api)
    with refusing() as url, pytest.raises(ApiException):
        connect(url).get_experiment("p", "e", "x")
    spans = telemetry.taken()
    assert len(spans) == len(ENDPOINTS) + 2
    for span in spans:
        assert TOKEN not in span.to_json()
        assert TOKEN not in repr(vars(span))


def test_calls_in_the_background_keep_their_parent(
    telemetry: Telemetry, service: Service, used_api: ExperimentsBetaApi
) -> None:
    telemetry.on()
    with telemetry.tracer.start_as_current_span("caller") as caller:
        submitted = used_api.submit(used_api.get_experiment, "p", "e", "x")
        asynchronous = BY_METHOD["PATCH"](used_api, async_req=True)
        submitted.result(30)
        asynchronous.get(30)
    spans = telemetry.taken()
    assert len(spans) == 2
    for span in spans:
        assert span.parent is not None
        assert span.parent.span_id == caller.get_span_context().span_id


def test_an_awaited_call_keeps_its_parent(
    telemetry: Telemetry, used_api: ExperimentsBetaApi
) -> None:
    telemetry.on()

    async def one(key: str) -> tuple[int, str]:
        with telemetry.tracer.start_as_current_span(key) as span:
            await used_api.submit(used_api.get_experiment, "p", "e", key)
        return span.get_span_context().span_id, key

    async def several() -> list[tuple[int, str]]:
        return await asyncio.gather(*(one(key) for key in "abcd"))

    expected = dict(asyncio.run(several()))
    found = {span.parent.span_id: told(span)[1][-1] for span in telemetry.attempts() if span.parent}
    assert found == expected


def test_every_page_of_a_listing_keeps_its_parent(
    telemetry: Telemetry, service: Service, used_api: ExperimentsBetaApi
) -> None:
    telemetry.on()
    with telemetry.tracer.start_as_current_span("caller") as caller:
        assert len(list(used_api.iter_experiments("p", "e"))) == EXPERIMENTS
    spans = telemetry.taken()
    assert len(spans) == service.count
    parents = {span.parent.span_id if span.parent else None for span in spans}
    assert parents == {caller.get_span_context().span_id}


def test_a_hook_sees_the_span_of_its_caller(
    telemetry: Telemetry, used_api: ExperimentsBetaApi
) -> None:
    seen: list[int] = []
    used_api.api_client.configuration.event_hooks["request"].append(
        lambda _: seen.append(trace.get_current_span().get_span_context().span_id)
    )
    with telemetry.tracer.start_as_current_span("caller") as caller:
        used_api.submit(used_api.get_experiment, "p", "e", "x").result(30)
    assert seen == [caller.get_span_context().span_id]

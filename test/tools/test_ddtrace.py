"""ddtrace makes a span of each attempt."""

from __future__ import annotations

import json

import pytest

from test.tools.programs import run
from test.tools.service import TOKEN, Service

pytest.importorskip("ddtrace", reason="ddtrace is optional: it has no wheels for every platform")

PROGRAM = """
import json, os, sys

from ddtrace import patch
from ddtrace.trace import TraceFilter, tracer

from launchdarkly_api import ApiClient, Configuration
from launchdarkly_api.apis import ExperimentsBetaApi

url, moment = sys.argv[1:]
token = os.environ["TOOLS_TOKEN"]
spans = []


class Keep(TraceFilter):
    def process_trace(self, trace):
        spans.extend(trace)
        return None


tracer.configure(trace_processors=[Keep()])
configuration = Configuration(host=url)
configuration.api_key["ApiKey"] = token
configuration.retries = 2
configuration.max_retry_wait = 0.001
if moment == "before":
    patch(httplib=True, urllib3=True)
with ApiClient(configuration) as client:
    api = ExperimentsBetaApi(client)
    if moment == "after":
        api.get_experiment("p", "e", "warm")
        patch(httplib=True, urllib3=True)
    with tracer.trace("caller") as caller:
        api.get_experiment("p", "e", "x")
        api.submit(api.get_experiment, "p", "e", "background").result(30)
        list(api.iter_experiments("p", "e"))
        parents = {caller.span_id}
found = [span for span in spans if span.name == "urllib3.request"]
print(
    json.dumps(
        {
            "parents": [span.parent_id in parents for span in found],
            "statuses": sorted(span.get_tag("http.status_code") for span in found),
            "urls": [span.get_tag("http.url") for span in found],
            "everything": repr([(span.get_tags(), span.get_metrics()) for span in spans]),
        }
    )
)
"""


@pytest.mark.parametrize("moment", ["before", "after"])
def test_each_attempt_is_a_span_without_the_token(service: Service, moment: str) -> None:
    service.failures[:] = [503] if moment == "before" else []
    found = run(
        PROGRAM, service.url, moment, TOOLS_TOKEN=TOKEN, DD_INSTRUMENTATION_TELEMETRY_ENABLED="0"
    )
    arrived = service.requests if moment == "before" else service.requests[1:]
    assert len(found["statuses"]) == len(arrived)
    assert found["statuses"].count("503") == (1 if moment == "before" else 0)
    assert sorted(url.partition("?")[0] for url in found["urls"]) == sorted(
        service.url + request.path for request in arrived
    )
    assert all(found["parents"])
    assert TOKEN not in json.dumps(found)

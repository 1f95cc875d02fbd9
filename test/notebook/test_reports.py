"""Reports, fetched from a real server over real sockets."""

from __future__ import annotations

import _thread
import base64
import contextvars
import datetime
import json
import pickle
import re
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pandas as pd
import pytest
from matplotlib import pyplot as plt
from pytest_httpserver import HTTPServer
from werkzeug import Request, Response

from launchdarkly_api import ApiClient, Configuration
from launchdarkly_api._display.html import MAX_ROWS
from launchdarkly_api.apis import ExperimentsBetaApi
from launchdarkly_api.exceptions import (
    ApiException,
    ApiTypeError,
    NotFoundException,
    RateLimitedException,
)
from launchdarkly_api.model.experiment_collection_rep import ExperimentCollectionRep
from launchdarkly_api.notebook import (
    ExperimentReport,
    Reports,
    fetching,
    pages,
    report,
    report_of,
    reports,
)
from launchdarkly_api.notebook.facts import Metric, metrics_of
from launchdarkly_api.notebook.fetching import FRUITLESS_ROUNDS, WORKERS, fetch_all
from launchdarkly_api.notebook.frames import DIFFERENCES, RESULTS
from launchdarkly_api.notebook.listing import experiments_of
from launchdarkly_api.notebook.portfolio import PORTFOLIO
from launchdarkly_api.sandbox import Sandbox
from test.listing import Service, serving
from test.notebook import browser
from test.notebook.boxes import shown, troubles
from test.notebook.examples import (
    LONG_NAMES,
    experiment,
    experiment_json,
    results,
    results_json,
)

METRICS = ("signup", "revenue", "page-load-ms")
PLACE = ("demo", "test")


@pytest.fixture
def sandbox() -> Iterator[Sandbox]:
    with Sandbox(api_version="2023") as running:
        yield running


@pytest.fixture
def api(sandbox: Sandbox) -> Iterator[ExperimentsBetaApi]:
    with ApiClient(sandbox.configuration()) as client:
        yield ExperimentsBetaApi(client)


def make(
    api: ExperimentsBetaApi, sandbox: Sandbox, key: str = "checkout", *, start: bool = True
) -> None:
    """An experiment on a flag of its own, with the demo's traffic if it is started."""
    flag = sandbox.add_flag(f"flag-{key}", variations=("control", "bold"))
    treatments = [
        {
            "name": variation.name,
            "baseline": variation.name == "control",
            "allocationPercent": "50",
            "parameters": [{"flagKey": flag.key, "variationId": variation.id}],
        }
        for variation in flag.variations
    ]
    api.create_experiment(
        *PLACE,
        {
            "name": key.title(),
            "maintainerId": "member",
            "key": key,
            "iteration": {
                "hypothesis": "A larger button sells more",
                "metrics": [{"key": k, "primary": k == "signup"} for k in METRICS],
                "treatments": treatments,
                "flags": {flag.key: {"ruleId": "fallthrough", "flagConfigVersion": 1}},
                "randomizationUnit": "user",
            },
        },
    )
    if start:
        api.patch_experiment(*PLACE, key, {"instructions": [{"kind": "startIteration"}]})


def made(count: int = 1, names: Any = ("control", "bold")) -> ExperimentReport:
    """A report about ``count`` metrics, which is not fetched."""
    asked = experiment(names)
    metrics = tuple(Metric(f"m{n}", f"Metric {n}", n == 0, None) for n in range(count))
    sent = results(names, [0.1 + 0.01 * n for n in range(len(names))])
    when = datetime.datetime(2022, 6, 15, tzinfo=datetime.timezone.utc)
    return ExperimentReport(asked, metrics, {m.key: sent for m in metrics}, when)


def iteration_of(found: ExperimentReport) -> Any:
    return found.experiment.current_iteration


def test_a_report_has_the_experiment_and_all_its_results(
    api: ExperimentsBetaApi, sandbox: Sandbox
) -> None:
    make(api, sandbox)
    found = report(api, *PLACE, "checkout", progress=False)
    assert found.experiment.key == "checkout"
    iteration = found.experiment.current_iteration
    assert iteration is not None
    assert [t.name for t in iteration.treatments or ()] == ["control", "bold"]
    assert list(found.results) == list(METRICS)
    assert found.errors == {}
    for key in METRICS:
        assert found.results[key] == api.get_experiment_results(*PLACE, "checkout", key)
    assert list(found.treatments["metric"].unique()) == list(METRICS)
    assert list(found.treatments.columns) == ["metric", *RESULTS]
    assert list(found.differences.columns) == ["metric", *DIFFERENCES]
    assert len(found.treatments) == len(found.differences) == 6
    assert found.treatments["is_baseline"].tolist() == [True, False] * 3
    assert set(found.treatments.attrs["probability_of_mismatch"]) == set(METRICS)
    assert "lift" in found.differences.attrs["computed"]
    assert found.summary().findings[1].leader == "bold"
    assert repr(found) == (
        "<ExperimentReport of 'checkout', metrics: ['signup', 'revenue', 'page-load-ms']>"
    )
    age = datetime.datetime.now(datetime.timezone.utc) - found.fetched_at
    assert datetime.timedelta() <= age < datetime.timedelta(minutes=5)


def test_a_service_with_unusual_values_gives_the_same_report(sandbox: Sandbox) -> None:
    with (
        Sandbox(api_version="2023", unusual_values=True) as newer,
        ApiClient(newer.configuration()) as client,
    ):
        api = ExperimentsBetaApi(client)
        make(api, newer)
        found = report(api, *PLACE, "checkout", progress=False)
        assert list(found.results) == list(METRICS)
        assert [m.numeric for m in found.metrics] == [False, True, True]
        assert found.metrics[0].primary
        assert "as a fraction" in shown(found.plot("signup"))


def test_a_report_asks_for_the_threshold_of_the_experiment(
    api: ExperimentsBetaApi, sandbox: Sandbox
) -> None:
    make(api, sandbox)
    report(api, *PLACE, "checkout", progress=False)
    assert "analysisConfig" in sandbox.requests.of("get_experiment")[-1].query
    reports(api, *PLACE, progress=False)
    assert "analysisConfig" in sandbox.requests.of("get_experiments")[-1].query


def test_metrics_may_be_chosen(api: ExperimentsBetaApi, sandbox: Sandbox) -> None:
    make(api, sandbox)
    assert list(report(api, *PLACE, "checkout", "revenue", False).results) == ["revenue"]
    chosen = report(api, *PLACE, "checkout", ["revenue", "unknown", "revenue"], False)
    assert list(chosen.results) == ["revenue"]
    assert isinstance(chosen.errors["unknown"], NotFoundException)
    assert "without results: 'unknown' (NotFoundException: " in repr(chosen)
    assert "could not be fetched: NotFoundException" in str(chosen.summary())


def test_the_caller_names_directions_and_units(api: ExperimentsBetaApi, sandbox: Sandbox) -> None:
    make(api, sandbox)
    place = (api, *PLACE, "checkout")
    found = report(
        *place, progress=False, lower_is_better="page-load-ms", unit={"page-load-ms": "ms"}
    )
    assert "← better worse → blue: better, vermillion: worse" in shown(found.plot("page-load-ms"))
    assert "in ms" in shown(found.plot("page-load-ms"))
    assert "better" not in shown(found.plot("signup"))
    mapping = report(*place, progress=False, lower_is_better={"signup": False})
    assert "← worse better → blue: better, vermillion: worse" in shown(mapping.plot("signup"))
    with pytest.raises(ValueError, match=r"lower_is_better names 'lod'.*\('signup', 'revenue'"):
        report(*place, progress=False, lower_is_better=["lod"])
    with pytest.raises(ValueError, match=r"unit names 'lod'.*\(none\)"):
        report(*place, progress=False, metrics=[], unit={"lod": "s"})
    with pytest.warns(UserWarning, match=r"lower_is_better names 'lod'.*\('signup', 'revenue'"):
        found = reports(*place[:3], progress=False, lower_is_better="lod")
    assert list(found["checkout"].results) == list(METRICS)


@pytest.mark.parametrize("call", [report, reports])
@pytest.mark.parametrize(
    ("wrong", "message"),
    [
        ({"lower_is_better": True}, "lower_is_better must name the metrics"),
        ({"unit": "ms"}, "unit must map the keys of metrics to units"),
    ],
)
def test_arguments_that_name_no_metric_are_refused_before_any_call(
    sandbox: Sandbox, api: ExperimentsBetaApi, call: Any, wrong: Any, message: str
) -> None:
    place = (*PLACE, "checkout") if call is report else PLACE
    with pytest.raises(TypeError, match=message):
        call(api, *place, progress=False, **wrong)
    assert list(sandbox.requests) == []


def test_a_missing_experiment_is_the_clients_error(api: ExperimentsBetaApi) -> None:
    with pytest.raises(NotFoundException):
        report(api, *PLACE, "missing", progress=False)


def test_results_are_fetched_several_at_a_time_but_not_too_many() -> None:
    together = threading.Barrier(WORKERS, timeout=30)
    lock, running, most = threading.Lock(), 0, 0

    def call(number: int) -> int:
        nonlocal running, most
        with lock:
            running += 1
            most = max(most, running)
        together.wait()
        with lock:
            running -= 1
        return number

    calls = {n: (lambda n=n: call(n)) for n in range(3 * WORKERS)}
    assert fetch_all(calls, progress=False, title="t") == {n: n for n in calls}
    assert most == WORKERS


def test_an_interrupt_cancels_calls_that_have_not_begun() -> None:
    begun: list[int] = []

    def call(number: int) -> None:
        begun.append(number)
        if number == WORKERS:
            _thread.interrupt_main()
        time.sleep(0.01)

    calls = {n: (lambda n=n: call(n)) for n in range(20_000)}
    with pytest.raises(KeyboardInterrupt):
        fetch_all(calls, progress=False, title="t")
    assert WORKERS < len(begun) < 20_000
    assert not [t for t in threading.enumerate() if t.name.startswith("fetch-")]


def test_the_threads_that_could_start_make_all_calls(monkeypatch: pytest.MonkeyPatch) -> None:
    start = threading.Thread.start

    def start_some(thread: threading.Thread) -> None:
        if thread.name == "fetch-2":
            raise RuntimeError("can't start new thread")
        start(thread)

    monkeypatch.setattr(threading.Thread, "start", start_some)
    found = fetch_all({n: (lambda: 1) for n in range(20)}, progress=False, title="t")
    assert found == dict.fromkeys(range(20), 1)
    assert not [t for t in threading.enumerate() if t.name.startswith("fetch-")]


def test_calls_in_threads_see_the_context_of_the_caller() -> None:
    trace: contextvars.ContextVar[str] = contextvars.ContextVar("trace", default="none")
    together = threading.Barrier(WORKERS, timeout=30)
    trace.set("mine")

    def call() -> str:
        together.wait()
        seen = trace.get()
        trace.set("changed by a call")
        return seen

    calls = dict.fromkeys(range(WORKERS), call)
    found = fetch_all(calls, progress=False, title="t")
    assert found == dict.fromkeys(range(WORKERS), "mine")
    assert trace.get() == "mine"


def test_fetching_nothing_returns_nothing() -> None:
    assert fetch_all({}, progress=False, title="t") == {}


def test_an_exception_that_ends_a_thread_is_raised() -> None:
    with pytest.raises(SystemExit):
        fetch_all({1: sys.exit}, progress=False, title="t")


def test_the_client_waits_for_rate_limits(api: ExperimentsBetaApi, sandbox: Sandbox) -> None:
    make(api, sandbox)
    sandbox.rate_limit(2, 0.3)
    assert list(report(api, *PLACE, "checkout", progress=False).results) == list(METRICS)


def test_nothing_is_lost_to_unannounced_rate_limits(
    api: ExperimentsBetaApi, sandbox: Sandbox
) -> None:
    for number in range(8):
        make(api, sandbox, f"e{number}")
    sandbox.rate_limit(3, 0.5, announce="none")
    found = reports(api, *PLACE, progress=False)
    assert found.errors == {}
    assert sum(len(r.results) for r in found.values()) == 24


@pytest.fixture
def pauses(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    """The pauses between rounds, which the test records and skips."""
    asked: list[float] = []
    monkeypatch.setattr(fetching.time, "sleep", asked.append)
    return asked


def test_refused_calls_are_repeated_with_fewer_in_parallel(pauses: list[float]) -> None:
    lock, calls_of, running = threading.Lock(), dict.fromkeys(range(40), 0), 0

    def call(number: int) -> int:
        nonlocal running
        with lock:
            calls_of[number] += 1
            running += 1
            crowded = running > 1
        threading.Event().wait(0.002)
        with lock:
            running -= 1
        if crowded:
            raise RateLimitedException(429)
        return number

    assert fetch_all({n: (lambda n=n: call(n)) for n in calls_of}, progress=False, title="t") == {
        n: n for n in calls_of
    }
    assert pauses
    assert max(calls_of.values()) > 1


@pytest.mark.parametrize(("retry_after", "rounds"), [(None, FRUITLESS_ROUNDS), (3600, 1)])
def test_fetching_ends_if_the_service_refuses_everything(
    pauses: list[float], retry_after: float | None, rounds: int
) -> None:
    begun: list[int] = []

    def call(number: int) -> None:
        begun.append(number)
        threading.Event().wait(0.01)
        error = RateLimitedException(429)
        error.retry_after = retry_after
        raise error

    calls = {n: (lambda n=n: call(n)) for n in range(500)}
    outcomes = fetch_all(calls, progress=False, title="t")
    assert list(outcomes) == list(calls)
    assert {type(outcome) for outcome in outcomes.values()} == {RateLimitedException}
    assert len(begun) < 250
    assert len(pauses) == rounds - 1
    assert pauses == sorted(pauses)


def serve(server: HTTPServer, listed: list[Any], **around: Any) -> ExperimentsBetaApi:
    """A service with these experiments, unchanged, and results for each of them."""

    def respond(request: Request) -> Response:
        offset, limit = int(request.args["offset"]), int(request.args["limit"])
        body: Any = {"items": listed[offset : offset + limit], **around}
        return Response(json.dumps(body), content_type="application/json")

    path = "/api/v2/projects/demo/environments/test/experiments"
    server.expect_request(path).respond_with_handler(respond)
    found = re.compile(path + "/[^/]+/metrics/signup/results")
    server.expect_request(found).respond_with_json(results_json(("control", "bold"), (0.1, 0.12)))
    configuration = Configuration(host=server.url_for(""), api_key={"ApiKey": "token"})
    return ExperimentsBetaApi(ApiClient(configuration))


def test_an_invalid_experiment_does_not_affect_the_others(httpserver: HTTPServer) -> None:
    dateless = experiment_json(key="dateless", _creationDate="yesterday")
    nameless = experiment_json(key="nameless")
    del nameless["name"]
    keyless = experiment_json()
    del keyless["key"]
    digits = experiment_json(key="digits", _creationDate="1654041600000")
    api = serve(httpserver, [dateless, experiment_json(), nameless, keyless, 7, digits, digits])
    found = reports(api, *PLACE, progress=False)
    assert list(found) == ["checkout", "digits"]
    assert list(found["digits"].results) == ["signup"]
    assert list(found.errors) == [
        *(("dateless", None), ("nameless", None), ("items[3]", None), ("items[4]", None))
    ]
    assert "_creationDate" in str(found.errors["dateless", None])
    assert repr(found).endswith("digits; not readable: dateless, nameless, items[3], items[4]>")
    page = found._repr_html_()
    assert "nameless could not be read: ApiTypeError: Experiment needs a value at name" in page


def test_all_pages_are_fetched(httpserver: HTTPServer) -> None:
    many = [experiment_json(key=f"k{n}") for n in range(45)]
    api = serve(httpserver, many, total_count=45)
    assert len(reports(api, *PLACE, progress=False)) == 45
    httpserver.clear()
    # The count may be wrong, but the link to the next page is right.
    api = serve(httpserver, many, total_count=3, _links={"next": {"href": "/x"}})
    assert len(reports(api, *PLACE, progress=False)) == 45


def test_listing_ends_if_every_page_is_the_same() -> None:
    page = {"items": [experiment_json(), {}], "total_count": 1_000}
    sent = ExperimentCollectionRep._from_openapi_data(**page, _check_type=False)
    assert [key for key, _ in experiments_of(lambda *_: sent)] == ["checkout", "items[1]"]


@pytest.mark.parametrize("created", [0, 5])
def test_archiving_during_the_iteration_hides_no_experiment(created: int) -> None:
    service = Service(40)

    def change(number: int) -> None:
        if number == 2:
            del service.keys[:5]
            service.keys.extend(f"new{n}" for n in range(created))

    service.before = change
    with serving(service) as api:

        def page(offset: int, limit: int) -> ExperimentCollectionRep:
            return api.get_experiments(*PLACE, offset=offset, limit=limit)

        found = [key for key, _ in experiments_of(page)]
    assert len(found) == len(set(found))
    assert set(found) >= {f"k{n}" for n in range(40)}


def test_an_experiment_without_a_key_is_listed_once_even_if_it_moves(
    httpserver: HTTPServer,
) -> None:
    many = [experiment_json(key=f"k{n}") for n in range(30)]
    keyless = experiment_json(name="one without a key")
    del keyless["key"]
    many.insert(10, keyless)
    listed: Any = Shrinking(many, lambda: many.__delitem__(0))
    found = reports(serve(httpserver, listed, total_count=31), *PLACE, progress=False)
    assert set(found) == {f"k{n}" for n in range(30)}
    assert list(found.unreadable) == ["items[10]"]


def test_long_keys_that_differ_in_the_middle_are_two_experiments(httpserver: HTTPServer) -> None:
    keys = ["k" * 500 + middle + "k" * 500 for middle in ("a", "b")]
    broken = [experiment_json(key=key, name=None) for key in keys]
    api = serve(httpserver, broken, total_count=2)
    page = api.get_experiments(*PLACE, limit=20, offset=0, _check_return_type=False)
    assert len([*experiments_of(lambda *_: page)]) == 2


class Shrinking:
    """A list that changes after its first page was fetched."""

    def __init__(self, items: list[Any], change: Callable[[], None]) -> None:
        self.items = items
        self.change = change

    def __getitem__(self, place: slice) -> list[Any]:
        found = self.items[place]
        if place.start == 0:
            self.change()
            self.change = lambda: None
        return found


@pytest.mark.parametrize("around", [{"total_count": "many"}, {"items": {"a": 1}}])
def test_a_page_that_is_not_a_list_is_the_clients_error(
    httpserver: HTTPServer, around: Any
) -> None:
    with pytest.raises(ApiTypeError):
        reports(serve(httpserver, [], **around), *PLACE, progress=False)


def test_one_failing_experiment_is_reported_and_the_rest_go_on(
    api: ExperimentsBetaApi, sandbox: Sandbox
) -> None:
    for key in ("one", "two"):
        make(api, sandbox, key)
    make(api, sandbox, "three", start=False)
    sandbox.fail_next(400, call="get_experiment_results")
    broken = reports(api, *PLACE, progress=False)
    assert list(broken) == ["one", "two", "three"]
    assert len(broken.errors) == 1
    (key, metric), error = next(iter(broken.errors.items()))
    assert isinstance(error, ApiException)
    assert metric not in broken[key].results
    assert sum(len(r.results) for r in broken.values()) == 8


def test_reports_may_be_filtered(api: ExperimentsBetaApi, sandbox: Sandbox) -> None:
    make(api, sandbox, "one")
    make(api, sandbox, "two", start=False)
    assert list(reports(api, *PLACE, filter={"status": "running"}, progress=False)) == ["one"]
    assert list(reports(api, *PLACE, filter="status:not_started", progress=False)) == ["two"]
    assert len(reports(api, *PLACE, lifecycle_state="archived", progress=False)) == 0


def test_a_portfolio_has_a_row_per_experiment(api: ExperimentsBetaApi, sandbox: Sandbox) -> None:
    make(api, sandbox, "one")
    make(api, sandbox, "two", start=False)
    found = reports(api, *PLACE, progress=False)
    frame = found.frame
    types = {str(name): str(type_) for name, type_ in frame.dtypes.items()}
    assert types == {name: type_.replace("[python]", "") for name, type_ in PORTFOLIO.items()}
    assert types == {str(name): str(type_) for name, type_ in Reports({}).frame.dtypes.items()}
    assert list(frame["key"]) == ["one", "two"]
    assert list(frame["status"]) == ["running", "not_started"]
    assert frame["units"][0] == 2000
    assert 0 <= frame["days"][0] < 1
    assert pd.isna(frame["days"][1])
    assert "has not started" in frame["against"][1]
    assert repr(found) == "<Reports of 2 experiments: one, two>"
    assert isinstance(found["one"], ExperimentReport)
    page = found._repr_html_()
    assert "has not started" in page
    assert 'title="one"' in page


def test_days_end_with_the_iteration() -> None:
    ended = made()
    iteration_of(ended).ended_at = 1_654_041_601_000 + 86_400_000 * 3
    assert Reports({"checkout": ended}).frame["days"][0] == 3
    assert Reports({"checkout": made()}).frame["days"][0] == pytest.approx(14 - 1 / 86_400)
    bare = made(0)
    del bare.experiment.current_iteration
    row = Reports({"checkout": bare}).frame.iloc[0]
    assert row[["status", "started", "days", "metric", "leader", "units"]].isna().all()
    assert "names no metric" in row["against"]
    assert "names no metric" in Reports({"checkout": bare})._repr_html_()
    assert "checkout" in bare._repr_html_()


def test_the_page_of_many_reports_is_bounded() -> None:
    one = made()
    many = Reports({f"k{n}": one for n in range(1_000)})
    assert f"and {1000 - MAX_ROWS} more, not shown" in many._repr_html_()
    assert len(many._repr_html_()) < 100_000
    assert len(repr(many)) < 300


def test_pictures_are_panels_that_share_their_rows() -> None:
    picture = made(2, LONG_NAMES).plot()
    assert len(picture.axes) == 6
    assert troubles(picture) == []
    text = shown(picture)
    assert "Metric 0, in its own unit" in text
    assert "Metric 1, in its own unit" in text
    assert len(made(2).plot("m1").axes) == 3
    assert plt.get_fignums() == []
    with pytest.raises(ValueError, match="metric 'x' is not in this report, which has 'm0'"):
        made().plot("x")
    with pytest.raises(ValueError, match="which has no metrics"):
        made(0).plot("x")
    assert shown(made(0).plot()) == "no data"


def test_panels_show_a_mismatch_and_a_failure() -> None:
    broken = made(2)
    outcomes: Any = {"m0": results(LONG_NAMES, [0.1] * 12, mismatch=1.0), "m1": KeyError("x")}
    broken = ExperimentReport(broken.experiment, broken.metrics, outcomes, broken.fetched_at)
    picture = broken.plot()
    assert "Metric 0 Warning: Sample-ratio mismatch (probability 100.0 %)" in shown(picture)
    assert "could not be fetched: KeyError: 'x'" in shown(picture)
    assert "no data" not in shown(picture)
    assert len(picture.axes) == 4
    assert troubles(picture) == []
    assert troubles(made(1, ("W" * 200, "i" * 200)).plot()) == []


def test_a_picture_has_the_same_bytes_each_time() -> None:
    first, second = made().plot(), made().plot()
    assert first._repr_png_() == second._repr_png_()
    assert first._repr_png_().startswith(b"\x89PNG")
    assert b"Software" not in first._repr_png_()


def test_the_page_of_a_report_has_summary_pictures_and_figures() -> None:
    page = made(2)._repr_html_()
    for text in (
        "New checkout (running)",
        "A larger button sells more",
        "leads with",
        "2022-06-01",
    ):
        assert text in page
    assert page.count("<img ") == 2
    assert page.count("<details>") == 2
    data = re.findall(r'src="data:image/png;base64,([^"]+)"', page)
    assert all(base64.b64decode(text).startswith(b"\x89PNG") for text in data)
    assert "Lift: the ratio of the means minus one." in page
    assert page.count('alt="Metric 0: bold leads with a probability of being best of') == 1
    assert '<th scope="col">metric</th>' in page
    assert plt.get_fignums() == []


def test_a_report_is_a_document_and_markdown(tmp_path: Path) -> None:
    found = made(2)
    path = tmp_path / "report.html"
    document = found.to_html(path)
    assert path.read_text(encoding="utf-8") == document == found.to_html()
    assert document.startswith("<!doctype html>")
    assert document.count("<img ") == 2
    markdown = found.to_markdown().splitlines()
    assert markdown[0] == "# New checkout (running)"
    assert markdown[2].startswith("- **Metric 0**: bold leads with a probability of being best of")
    assert "| metric | treatment | mean | 90 % credible interval | P(best) |" in markdown[-6]
    assert markdown[-1].startswith(
        "| m1 | bold | 0.11 | 0.099 to 0.121 | 66.7 % | 1,001 | +10.0 % |"
    )
    assert made(0).to_markdown().splitlines()[2] == "- **Note:** No metric was asked for"
    named = ExperimentReport(
        *(getattr(found, n) for n in ("experiment", "metrics", "outcomes")),
        found.fetched_at,
        unit={"m0": "a|b"},
    )
    assert "| 0.1 a\\|b |" in named.to_markdown()
    many = Reports({"checkout": found})
    assert "New checkout" in many.to_html()
    assert many.treatments["key"].tolist() == ["checkout"] * 4
    assert many.differences["metric"].tolist() == ["m0"] * 2 + ["m1"] * 2
    assert many.findings[["key", "metric"]].values.tolist() == [
        ["checkout", "m0"],
        ["checkout", "m1"],
    ]


def test_a_report_of_own_results_has_them_in_the_order_of_the_experiment() -> None:
    asked = experiment(secondary=["revenue"])
    export = SimpleNamespace(results=results())
    found = report_of(asked, {"other": results(), "revenue": results(), "signup": export})
    assert [m.key for m in found.metrics] == ["signup", "revenue", "other"]
    assert found.results["signup"] == export.results
    with pytest.raises(TypeError, match=r"results\['signup'\] must be of type Experiment"):
        report_of(asked, {"signup": 3})
    with pytest.raises(ValueError, match="unit names 'lod', which is not among the metrics"):
        report_of(asked, {"signup": results()}, unit={"lod": "s"})


def test_a_portfolio_shows_the_rival_of_a_leading_baseline() -> None:
    sent = results()
    for treatment, p in zip(sent.treatment_results, (0.95, 0.05)):
        treatment.p_best = p
    found = report_of(experiment(), {"signup": sent}, lower_is_better="signup")
    row = Reports({"checkout": found}).frame.iloc[0]
    assert (row["baseline"], row["leader"], row["compared"]) == ("control", "control", "bold")
    assert row["lift"] == pytest.approx(0.2)
    assert row["threshold"] == 0.9
    assert pd.isna(row["archived"])


def test_the_page_of_a_large_report_is_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pages, "MAX_PICTURES", 1)
    page = made(4, LONG_NAMES)._repr_html_()
    assert page.count("<img ") == 1
    assert "and 3 more metrics; plot() draws them" in page
    assert "more, see the frames" in page


def test_a_stopped_experiment_names_its_winner() -> None:
    stopped = made()
    iteration = iteration_of(stopped)
    iteration.status, iteration.ended_at = "stopped", iteration.started_at + 1
    iteration.winning_treatment_id = iteration.treatments[1].id
    iteration.winning_reason = "Better <everywhere>"
    assert "bold: Better &lt;everywhere&gt;" in stopped._repr_html_()
    iteration.winning_treatment_id, iteration.winning_reason = "gone", None
    assert "<bdi>unknown</bdi>" in stopped._repr_html_()


def test_the_page_of_a_draft_leaves_out_missing_facts() -> None:
    draft = made()
    iteration = iteration_of(draft)
    iteration.status, iteration.hypothesis = "not_started", ""
    del iteration.started_at
    page = draft._repr_html_()
    assert "has not started" in page
    assert "hypothesis" not in page
    assert "<td>started" not in page


def test_a_report_survives_pickling() -> None:
    kept = pickle.loads(pickle.dumps(made(2)))
    assert kept.treatments.equals(made(2).treatments)
    assert kept.experiment == made().experiment


def test_the_progress_bar_appears_and_disappears(api: ExperimentsBetaApi, sandbox: Sandbox) -> None:
    make(api, sandbox)
    code = (
        "import sys; from launchdarkly_api import ApiClient, Configuration;"
        "from launchdarkly_api.apis import ExperimentsBetaApi;"
        "from launchdarkly_api.notebook import report;"
        "configuration = Configuration(host=sys.argv[1], api_key={'ApiKey': 'sandbox-token'});"
        "report(ExperimentsBetaApi(ApiClient(configuration)), 'demo', 'test', 'checkout')"
    )
    command = [sys.executable, "-W", "error", "-c", code, sandbox.url]
    done = subprocess.run(command, capture_output=True, check=True)
    assert b"results: " in done.stderr
    assert b"/3 [" in done.stderr
    assert done.stderr.rpartition(b"]")[2].strip() == b""
    assert done.stdout == b""


@browser.needs_chromium
@pytest.mark.parametrize("theme", ["light", "dark"])
def test_a_browser_shows_a_readable_report(tmp_path: Path, theme: browser.Theme) -> None:
    one = made(2, LONG_NAMES)
    source = browser.page(one._repr_html_(), Reports({"a": one})._repr_html_())
    found = browser.inspect(tmp_path, source, theme)
    assert found["unreadable"] == []
    assert found["texts"] > 200
    assert len(found["pictures"]) == 2
    assert all(width > 700 and height > 300 for width, height in found["pictures"])


def test_each_metric_of_an_iteration_is_listed_once() -> None:
    asked = experiment(secondary=["revenue", "signup", "revenue"])
    assert [m.key for m in metrics_of(asked)] == ["signup", "revenue"]

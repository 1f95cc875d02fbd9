"""Calls from Pyodide, to servers that its environment names."""

from __future__ import annotations

import asyncio
import functools
import importlib
import logging
import os
import pickle
import traceback
from collections.abc import Callable
from typing import Any

import pytest
import urllib3

from launchdarkly_api import ApiClient, Configuration
from launchdarkly_api.apis import ExperimentsBetaApi
from launchdarkly_api.exceptions import (
    ApiConnectionException,
    ApiException,
    ApiTimeoutException,
    ApiValueError,
    NotFoundException,
    OpenApiException,
    RateLimitedException,
    ServiceException,
)
from launchdarkly_api.models import (
    Experiment,
    ExperimentPatchInput,
    ExperimentPost,
    FlagInput,
    FlagsInput,
    Instruction,
    Instructions,
    IterationInput,
    MetricInput,
    MetricsInput,
    TreatmentInput,
    TreatmentParameterInput,
    TreatmentsInput,
)
from launchdarkly_api.notebook.fetching import fetch_all

SANDBOX, TOKEN, SERVER = (os.environ[name] for name in ("SANDBOX", "TOKEN", "SERVER"))
ffi = importlib.import_module("pyodide.ffi")
NOBODY, SECURE = os.environ["NOBODY"], os.environ.get("SECURE")


def api_at(host: str, **settings: Any) -> ExperimentsBetaApi:
    """The API at a host, with settings of the configuration."""
    configuration = Configuration(host=host, access_token=TOKEN)
    for name, value in {"retries": 0, **settings}.items():
        setattr(configuration, name, value)
    return ExperimentsBetaApi(ApiClient(configuration))


def get(api: ExperimentsBetaApi, **options: Any) -> Any:
    return api.get_experiment("demo", "test", "checkout-button", **options)


def test_an_experiment_is_read() -> None:
    experiment = get(api_at(SANDBOX), expand="treatments")

    assert isinstance(experiment, Experiment)
    assert experiment.current_iteration
    assert (experiment.key, experiment.name) == ("checkout-button", "Checkout button")
    assert experiment.current_iteration.treatments


def test_results_are_read() -> None:
    results = api_at(SANDBOX).get_experiment_results("demo", "test", "checkout-button", "signup")

    assert [result.treatment_name for result in results.treatment_results or []]


def test_experiments_are_iterated_page_by_page() -> None:
    api = api_at(SANDBOX)

    pages = api.iter_experiments(
        "demo", "test", page_size=1, lifecycle_state=["active", "archived"]
    )

    assert {experiment.key for experiment in pages} >= {"checkout-button", "old-banner"}


def test_an_experiment_is_created_and_archived() -> None:
    api = api_at(SANDBOX)
    shown = get(api, expand="treatments").current_iteration.treatments
    treatments = [
        TreatmentInput(
            name=treatment.name,
            baseline=treatment.baseline,
            allocation_percent="50",
            parameters=[TreatmentParameterInput("checkout-button", parameter.variation_id)],
        )
        for treatment in shown
        for parameter in treatment.parameters
    ]
    iteration = IterationInput(
        hypothesis="It works in a browser",
        metrics=MetricsInput([MetricInput(key="signup", primary=True)]),
        treatments=TreatmentsInput(treatments),
        flags=FlagsInput({"checkout-button": FlagInput("fallthrough", flag_config_version=1)}),
        randomization_unit="user",
    )
    post = ExperimentPost("Größer", "12ab3c45de678910fab12345", "larger", iteration)
    created = api.create_experiment("demo", "test", post)
    patch = ExperimentPatchInput(instructions=Instructions([Instruction(kind="archiveExperiment")]))
    archived = api.patch_experiment("demo", "test", "larger", patch)

    assert created.name == "Größer"
    assert archived.archived_date


def test_an_error_of_the_service_is_raised_with_its_code_and_message() -> None:
    with pytest.raises(NotFoundException) as caught:
        api_at(SANDBOX).get_experiment("demo", "test", "no-such-experiment")

    assert (caught.value.status, caught.value.code) == (404, "not_found")
    assert caught.value.message


def test_a_spent_limit_is_raised_with_its_wait() -> None:
    with pytest.raises(RateLimitedException) as caught:
        get(api_at(f"{SERVER}/limited"))

    assert (caught.value.status, caught.value.retry_after) == (429, 7)


def test_an_unavailable_service_is_asked_again() -> None:
    assert get(api_at(f"{SERVER}/busy-once", retries=2)).key == "exp"


def test_a_redirect_is_followed() -> None:
    assert get(api_at(f"{SERVER}/moved")).key == "exp"


def test_a_write_is_not_sent_twice() -> None:
    with pytest.raises(ServiceException):
        api_at(f"{SERVER}/broken", retries=2).patch_experiment(
            "demo", "test", "exp", {"instructions": [{"kind": "archiveExperiment"}]}
        )


def test_a_response_that_does_not_come_is_a_timeout() -> None:
    with pytest.raises(ApiTimeoutException):
        get(api_at(f"{SERVER}/slow", timeout=0.3))


def test_the_time_to_connect_does_not_bound_the_wait_for_a_response() -> None:
    assert get(api_at(f"{SERVER}/slow", timeout=(0.2, 30))).key == "exp"


def test_a_response_that_stops_halfway_is_an_exception() -> None:
    with pytest.raises(ApiConnectionException):
        get(api_at(f"{SERVER}/cut"))


def test_a_server_that_is_not_there_is_an_exception_with_its_cause() -> None:
    with pytest.raises(ApiConnectionException) as caught:
        get(api_at(NOBODY))

    assert "the request failed in the browser" in str(caught.value)
    assert isinstance(caught.value, urllib3.exceptions.HTTPError)
    assert caught.value.__cause__ is not None


@pytest.mark.skipif(SECURE is None, reason="this browser trusts no certificate of a test")
def test_https_is_used_with_the_certificates_that_the_browser_trusts() -> None:
    assert SECURE is not None
    assert get(api_at(SECURE)).key == "exp"
    with pytest.raises(ApiConnectionException):
        get(api_at(os.environ["UNTRUSTED"]))


def test_a_write_whose_fate_is_unknown_is_sent_once() -> None:
    with pytest.raises(ApiConnectionException) as caught:
        api_at(NOBODY, retries=2).patch_experiment(
            "demo", "test", "exp", {"instructions": [{"kind": "archiveExperiment"}]}
        )

    assert caught.value.attempts == 1


def test_a_compressed_response_is_read() -> None:
    assert get(api_at(f"{SERVER}/gzip")).key == "exp"


def test_a_response_larger_than_the_limit_is_refused() -> None:
    with pytest.raises(ApiException, match="max_response_bytes"):
        get(api_at(f"{SERVER}/ok", max_response_bytes=20))


@pytest.mark.skipif(not ffi.can_run_sync(), reason="this browser cannot suspend Python")
def test_tasks_call_beside_each_other() -> None:
    api, count = api_at(f"{SERVER}/together"), 3

    async def call() -> str:
        return str(get(api).key)

    async def calls() -> list[str]:
        return await asyncio.gather(*(call() for _ in range(count)))

    assert ffi.run_sync(calls()) == count * ["exp"]


def test_status_and_headers_are_returned() -> None:
    api = api_at(SANDBOX)
    response = api.with_http_info(api.get_experiment, "demo", "test", "checkout-button")

    assert (response.status, response.headers["Content-Type"]) == (200, "application/json")


def test_a_raw_response_is_read() -> None:
    raw = get(api_at(SANDBOX), _preload_content=False)

    assert raw.json()["key"] == "checkout-button"


def test_a_model_is_shown_as_html() -> None:
    assert "Checkout button" in get(api_at(SANDBOX))._repr_html_()


def test_a_model_is_pickled() -> None:
    experiment = get(api_at(SANDBOX))

    assert pickle.loads(pickle.dumps(experiment)) == experiment


def test_a_report_fetches_its_results_one_after_the_other() -> None:
    api = api_at(SANDBOX)
    calls = {
        metric: functools.partial(
            api.get_experiment_results, "demo", "test", "checkout-button", metric
        )
        for metric in ("signup", "revenue", "page-load-ms", "no-such-metric")
    }
    outcomes = fetch_all(calls, progress=True, title="Results")

    assert list(outcomes) == list(calls)
    assert [type(outcome).__name__ for outcome in outcomes.values()] == [
        *3 * ["ExperimentBayesianResultsRep"],
        "NotFoundException",
    ]


def test_hooks_are_called() -> None:
    seen: list[Any] = []
    api = api_at(SANDBOX)
    for hooks in api.api_client.configuration.event_hooks.values():
        hooks.append(seen.append)
    get(api)

    assert [type(event).__name__ for event in seen] == ["RequestEvent", "ResponseEvent"]


def test_the_access_token_is_not_shown(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    shown = []
    for path in ("limited", "broken", "cut", "slow"):
        api = api_at(f"{SERVER}/{path}", timeout=0.3, debug=True)
        with pytest.raises(ApiException) as caught:
            get(api)
        error = caught.value
        shown += [repr(error), str(error), *traceback.format_exception(error), repr(vars(error))]
        api.api_client.configuration.debug = False

    assert caplog.text
    assert TOKEN not in "".join(shown) + caplog.text


SETTINGS: dict[str, Any] = {
    "proxy": "http://127.0.0.1:3128",
    "verify_ssl": False,
    "ssl_ca_cert": "/no/ca.pem",
    "cert_file": "/no/cert.pem",
    "key_file": "/no/key.pem",
    "assert_hostname": "elsewhere",
    "socket_options": [(6, 1, 1)],
}


@pytest.mark.parametrize("name", SETTINGS)
def test_a_setting_that_the_browser_decides_is_refused(name: str) -> None:
    with pytest.raises(ApiValueError) as caught:
        get(api_at(f"{SERVER}/unsent", **{name: SETTINGS[name]}))

    assert f"Configuration.{name}" in str(caught.value)
    assert str(caught.value).count(". ") == 0


def test_a_cookie_is_refused() -> None:
    with pytest.raises(ApiValueError, match="Cookie"):
        get(api_at(f"{SERVER}/unsent"), _headers={"Cookie": "a=b"})


def test_a_refused_call_leaves_its_place_in_the_limit() -> None:
    api = api_at(SANDBOX)
    api.api_client.cookie = "a=b"
    for _ in range(3):
        with pytest.raises(ApiValueError):
            get(api)
    api.api_client.cookie = None

    assert get(api).key == "checkout-button"


def in_background(api: ExperimentsBetaApi) -> Any:
    return api.submit(api.get_experiment, "demo", "test", "checkout-button")


def async_req(api: ExperimentsBetaApi) -> Any:
    return get(api, async_req=True)


@pytest.mark.parametrize("call", [in_background, async_req])
def test_a_call_in_a_thread_is_refused(call: Callable[[ExperimentsBetaApi], Any]) -> None:
    with pytest.raises(OpenApiException, match="thread"):
        call(api_at(f"{SERVER}/unsent"))


def test_a_refused_call_can_be_followed_by_another() -> None:
    api = api_at(SANDBOX, verify_ssl=False)
    with pytest.raises(ApiValueError):
        get(api)
    api.api_client.configuration.verify_ssl = True

    assert get(api).key == "checkout-button"
    api.api_client.close()

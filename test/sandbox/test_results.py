"""Results are computed from the traffic: on known counts against scipy and numpy."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np
import pytest
from scipy import stats

from launchdarkly_api import analysis
from launchdarkly_api.sandbox import Sandbox
from test.sandbox.client import CONTROL, TREATMENT, Client, experiment, treatment
from test.sandbox.test_life import run_python


@pytest.fixture
def quiet() -> Iterator[Sandbox]:
    """A sandbox whose experiments get no sample of traffic."""
    with Sandbox(api_version="2023", sample_traffic=False) as running:
        yield running


@pytest.fixture
def client(quiet: Sandbox) -> Iterator[Client]:
    calling = Client(quiet.url)
    yield calling
    calling.close()


def arms(client: Client, metric: str = "signup") -> dict[str, Any]:
    answer = client.results(metric)
    assert answer.status == 200, answer
    return {arm["treatmentName"]: arm for arm in answer.json["treatmentResults"]}


def test_results_of_a_conversion_metric_agree_with_scipy(quiet: Sandbox, client: Client) -> None:
    client.run()
    quiet.record("exp", "control", units=1000, events={"signup": 100})
    quiet.record("exp", "treatment", units=980, events={"signup": 120})
    found = arms(client)
    truth = {"control": stats.beta(101, 901), "treatment": stats.beta(121, 861)}
    for name, posterior in truth.items():
        assert found[name]["mean"] == pytest.approx(posterior.mean())
        assert found[name]["credibleInterval"]["lower"] == pytest.approx(posterior.ppf(0.05))
        assert found[name]["credibleInterval"]["upper"] == pytest.approx(posterior.ppf(0.95))
    assert found["control"]["units"] == 1000
    assert found["treatment"]["units"] == 980

    rng = np.random.default_rng(1)
    draws = {name: posterior.rvs(400_000, random_state=rng) for name, posterior in truth.items()}
    best = np.mean(draws["treatment"] > draws["control"])
    assert found["treatment"]["pBest"] == pytest.approx(best, abs=0.01)
    assert found["treatment"]["pBest"] + found["control"]["pBest"] == pytest.approx(1)
    (difference,) = found["treatment"]["relativeDifferences"]
    assert difference["fromTreatmentId"] == found["control"]["treatmentId"]
    lower, upper = np.quantile(draws["treatment"] / draws["control"] - 1, [0.05, 0.95])
    assert difference["lower"] == pytest.approx(lower, abs=0.015)
    assert difference["upper"] == pytest.approx(upper, abs=0.015)


def test_results_of_a_numeric_metric_agree_with_scipy(quiet: Sandbox, client: Client) -> None:
    client.run()
    rng = np.random.default_rng(2)
    values = {"control": rng.gamma(6, 8, 400), "treatment": rng.gamma(6, 8.5, 420)}
    for name, sent in values.items():
        quiet.record("exp", name, units=1000, events={"revenue": sent.tolist()})
    found = arms(client, "revenue")
    draws = {}
    for name, sent in values.items():
        error = stats.sem(sent)
        posterior = stats.t(len(sent) - 1, sent.mean(), error)
        low, high = posterior.ppf([0.05, 0.95])
        assert found[name]["mean"] == pytest.approx(sent.mean())
        assert found[name]["credibleInterval"]["lower"] == pytest.approx(low)
        assert found[name]["credibleInterval"]["upper"] == pytest.approx(high)
        assert found[name]["units"] == len(sent)
        draws[name] = posterior.rvs(400_000, random_state=rng)
    best = np.mean(draws["treatment"] > draws["control"])
    assert found["treatment"]["pBest"] == pytest.approx(best, abs=0.01)
    (difference,) = found["control"]["relativeDifferences"]
    lower, upper = np.quantile(draws["control"] / draws["treatment"] - 1, [0.05, 0.95])
    assert difference["lower"] == pytest.approx(lower, abs=0.005)
    assert difference["upper"] == pytest.approx(upper, abs=0.005)


def test_a_unit_counts_with_the_mean_of_its_values(quiet: Sandbox, client: Client) -> None:
    client.run()
    for value in (10.0, 20.0, 60.0):
        quiet.record("exp", "control", units="ada", events={"revenue": [value]})
    quiet.record("exp", "control", units="bob", events={"revenue": [50.0]})
    quiet.record("exp", "treatment", units=2, events={"revenue": [1.0, 2.0]})
    found = arms(client, "revenue")
    assert (found["control"]["units"], found["control"]["mean"]) == (2, 40.0)


def test_a_unit_converts_once(quiet: Sandbox, client: Client) -> None:
    client.run()
    for _ in range(3):
        quiet.record("exp", "control", units=["ada", "bob"], events={"signup": 1})
    assert arms(client)["control"]["mean"] == pytest.approx(2 / 4)
    assert arms(client)["control"]["units"] == 2


def test_the_lowest_is_best_if_lower_is_better(quiet: Sandbox, client: Client) -> None:
    client.run()
    quiet.record("exp", "control", units=50, events={"page-load-ms": [900.0, 910.0] * 25})
    quiet.record("exp", "treatment", units=50, events={"page-load-ms": [700.0, 710.0] * 25})
    assert arms(client, "page-load-ms")["treatment"]["pBest"] == 1.0


def test_equal_draws_share_being_best(quiet: Sandbox, client: Client) -> None:
    client.run()
    for name in ("control", "treatment"):
        quiet.record("exp", name, units=3, events={"revenue": [5.0, 5.0, 5.0]})
    found = arms(client, "revenue")
    assert [found[name]["pBest"] for name in ("control", "treatment")] == [0.5, 0.5]
    assert found["control"]["credibleInterval"] == {"lower": 5.0, "upper": 5.0}


def test_a_difference_from_zero_is_omitted(quiet: Sandbox, client: Client) -> None:
    client.run()
    quiet.record("exp", "control", units=3, events={"revenue": [0.0, 0.0, 0.0]})
    quiet.record("exp", "treatment", units=3, events={"revenue": [1.0, 2.0, 3.0]})
    found = arms(client, "revenue")
    assert "relativeDifferences" not in found["treatment"]
    (difference,) = found["control"]["relativeDifferences"]
    assert (difference["lower"], difference["upper"]) == (-1.0, -1.0)


@pytest.mark.parametrize(
    ("control", "other"),
    [
        ([1e100] * 3, [-1e100] * 3),
        ([0.0] * 3, [1e100] * 3),
        ([1e100, -1e100, 0.0], [1e-100, 2e-100, 3e-100]),
        ([5e-324, 1e-323, 2e-323], [1e100, 1.0, 2.0]),
        ([1e-200, 2e-200, 3e-200], [1e-190, 2e-200, 3e-200]),
        ([1.0, 1.0 + 3e-16, 1.0], [1e-300, 1e-300, 1e-300]),
        ([1e-155, 2e-155, 3e-155], [1e-160, 1e-161, 1e-160]),
    ],
)
@pytest.mark.parametrize("unusual_values", [False, True])
def test_results_of_extreme_numbers_are_finite(
    unusual_values: bool, control: list[float], other: list[float]
) -> None:
    with Sandbox(
        api_version="2023", unusual_values=unusual_values, sample_traffic=False
    ) as sandbox:
        client = Client(sandbox.url)
        client.run(metrics=[{"key": "revenue", "primary": True}])
        sandbox.record("exp", "control", units=3, events={"revenue": control})
        sandbox.record("exp", "treatment", units=3, events={"revenue": other})
        found = arms(client, "revenue")
        assert found["control"]["mean"] == pytest.approx(sum(control) / 3)
        assert "mean" in found["treatment"]
        legacy = client.legacy("revenue")
        assert (legacy.status, legacy.json["totals"][0]["cumulativeCount"]) == (200, 3)
        page = client.get("/")
        assert (page.status, b"could not be computed" in page.data) == (200, False)
        client.close()


def test_extreme_effects_are_accepted_or_refused(quiet: Sandbox, client: Client) -> None:
    client.run()
    effects = {"control": (1e100, 1e100), "treatment": (-1e100, 1e100)}
    quiet.simulate("exp", units=200, effects={"revenue": effects})
    assert arms(client, "revenue")["control"]["mean"] > 0
    quiet.simulate("exp", units=200, effects={"revenue": {"control": (1e-90, 1e9)}})
    assert arms(client, "revenue")["control"]["mean"] > 0
    assert client.legacy("revenue").status == 200


def test_negative_means_differ_in_the_right_direction(quiet: Sandbox, client: Client) -> None:
    client.run()
    quiet.record("exp", "control", units=3, events={"revenue": [-10.0, -10.1, -9.9]})
    quiet.record("exp", "treatment", units=3, events={"revenue": [-5.0, -5.1, -4.9]})
    (difference,) = arms(client, "revenue")["treatment"]["relativeDifferences"]
    assert difference["lower"] == pytest.approx(0.5, abs=0.05)


def test_each_treatment_is_compared_with_each_other(client: Client, quiet: Sandbox) -> None:
    client.run(
        treatments=[
            treatment("a", CONTROL, baseline=True, percent="40"),
            treatment("b", TREATMENT, percent="30"),
            treatment("c", TREATMENT, percent="30"),
        ]
    )
    for name, conversions in (("a", 10), ("b", 20), ("c", 30)):
        quiet.record("exp", name, units=100, events={"signup": conversions})
    found = arms(client)
    ids = {name: arm["treatmentId"] for name, arm in found.items()}
    for name, arm in found.items():
        others = {difference["fromTreatmentId"] for difference in arm["relativeDifferences"]}
        assert others == set(ids.values()) - {ids[name]}
    assert sum(arm["pBest"] for arm in found.values()) == pytest.approx(1)


def test_thirty_treatments_are_compared(client: Client, quiet: Sandbox) -> None:
    names = [f"arm-{number}" for number in range(30)]
    client.run(
        treatments=[
            treatment(name, CONTROL, baseline=name == "arm-0", percent="3.3") for name in names
        ]
    )
    quiet.simulate("exp", units=3000, effects={"signup": dict.fromkeys(names, 0.2)})
    found = arms(client)
    assert len(found) == 30
    assert all(len(arm["relativeDifferences"]) == 29 for arm in found.values())
    assert sum(arm["pBest"] for arm in found.values()) == pytest.approx(1)


@pytest.mark.parametrize(
    ("exposures", "shares"),
    [([1000, 1000], [50, 50]), ([1000, 1060], [50, 50]), ([520, 250, 230], [50, 25, 25])],
)
def test_the_probability_of_a_mismatch_agrees_with_scipy(
    quiet: Sandbox, client: Client, exposures: list[int], shares: list[int]
) -> None:
    names = "abc"[: len(shares)]
    client.run(
        treatments=[
            treatment(name, CONTROL, baseline=name == "a", percent=str(share))
            for name, share in zip(names, shares, strict=True)
        ]
    )
    for name, units in zip(names, exposures, strict=True):
        quiet.record("exp", name, units=units)
    expected = [sum(exposures) * share / sum(shares) for share in shares]
    truth = 1 - stats.chisquare(exposures, expected).pvalue
    answer = client.results("signup").json
    assert answer["probabilityOfMismatch"] == pytest.approx(truth, abs=1e-9)


def test_allocations_need_not_sum_to_a_hundred(quiet: Sandbox, client: Client) -> None:
    client.run(treatments=[treatment("only", CONTROL, baseline=True, percent="10")])
    quiet.record("exp", "only", units=10, events={"signup": 5})
    answer = client.results("signup").json
    assert answer["probabilityOfMismatch"] == 0.0
    (arm,) = answer["treatmentResults"]
    assert arm["pBest"] == 1.0
    assert "relativeDifferences" not in arm


def test_units_of_a_treatment_without_allocation_are_a_mismatch(
    quiet: Sandbox, client: Client
) -> None:
    client.run(
        treatments=[
            treatment("control", CONTROL, baseline=True, percent="100"),
            treatment("off", TREATMENT, percent="0"),
        ]
    )
    quiet.record("exp", "control", units=100)
    assert client.results("signup").json["probabilityOfMismatch"] == 0.0
    quiet.record("exp", "off", units=1)
    assert client.results("signup").json["probabilityOfMismatch"] == 1.0


def test_without_exposures_there_are_no_numbers(quiet: Sandbox, client: Client) -> None:
    client.create()
    for _ in range(2):
        answer = client.results("signup").json
        assert answer.keys() == {"_links", "metricSeen"}
        assert answer["metricSeen"] == {"ever": False}
        client.start()


def test_one_value_gives_no_interval(quiet: Sandbox, client: Client) -> None:
    client.run()
    quiet.record("exp", "control", units=5, events={"revenue": [10.0]})
    quiet.record("exp", "treatment", units=5, events={"revenue": [10.0, 20.0]})
    found = arms(client, "revenue")
    assert found["control"].keys() == {"treatmentId", "treatmentName", "units"}
    assert found["control"]["units"] == 1
    assert found["treatment"]["mean"] == 15.0
    assert "relativeDifferences" not in found["treatment"]


def test_the_metric_was_seen_at_a_time_in_seconds(quiet: Sandbox, client: Client) -> None:
    client.run()
    quiet.record("exp", "control", units=2, events={"signup": 1}, at=1_700_000_001_999)
    quiet.record("exp", "control", units=1, at=1_800_000_000_000)
    seen = client.results("signup").json["metricSeen"]
    assert seen == {"ever": True, "timestamp": 1_700_000_001}
    assert client.results("revenue").json["metricSeen"] == {"ever": False}


def test_the_results_are_those_of_the_current_iteration(quiet: Sandbox, client: Client) -> None:
    from test.sandbox.client import iteration_input

    client.run()
    quiet.record("exp", "control", units=10, events={"signup": 5})
    client.stop()
    assert arms(client)["control"]["units"] == 10
    client.call("POST", experiment() + "/iterations", iteration_input())
    assert arms(client)["control"]["units"] == 10
    client.start()
    assert "treatmentResults" not in client.results("signup").json


def test_the_same_traffic_gives_the_same_results(quiet: Sandbox) -> None:
    def once() -> Any:
        with Sandbox(api_version="2023", sample_traffic=False) as sandbox:
            client = Client(sandbox.url)
            client.run()
            sandbox.record("exp", "control", units=100, events={"signup": 10})
            sandbox.record("exp", "treatment", units=100, events={"signup": 15})
            found = arms(client).values()
            client.close()
            return [(arm["mean"], arm["pBest"], arm["credibleInterval"]) for arm in found]

    assert once() == once()


def test_new_traffic_changes_the_results(quiet: Sandbox, client: Client) -> None:
    client.run()
    quiet.record("exp", "control", units=10, events={"signup": 5})
    first = client.results("signup").json
    assert client.results("signup").json == first
    quiet.record("exp", "control", units=10, events={"signup": 5})
    assert client.results("signup").json != first


def test_a_bounded_number_of_results_is_remembered(monkeypatch: pytest.MonkeyPatch) -> None:
    from launchdarkly_api.sandbox.service import calls

    monkeypatch.setattr(calls, "REMEMBERED", 2)
    with Sandbox(api_version="2023", sample_traffic=False) as sandbox:
        client = Client(sandbox.url)
        client.run()
        for _ in range(5):
            sandbox.record("exp", "control", units=1)
            assert client.results("signup").status == 200
        client.close()
        remembered: Any = sandbox._calls._remembered
        assert remembered.cache_info().currsize == 2


@pytest.mark.parametrize("package", ["numpy", "scipy"])
def test_without_a_package_results_say_how_to_install_it(package: str) -> None:
    program = f"""
        import sys, urllib.error, urllib.request
        sys.modules[{package!r}] = None
        from launchdarkly_api.sandbox import Sandbox
        from test.sandbox.client import Client
        with Sandbox(api_version="2023", sample_traffic=False) as sandbox:
            client = Client(sandbox.url)
            client.run()
            sandbox.record("exp", "control", units=4, events={{"signup": 2}})
            sandbox.record("exp", "treatment", units=4, events={{"signup": 1}})
            for answer in (client.results("signup"), client.legacy("signup")):
                print(answer.status, answer.message)
            client.close()
    """
    ended = run_python(program)
    said = (
        f"500 A result needs {package}, which is not installed."
        ' Install it with: pip install "launchdarkly-experiments[sandbox]"\n'
    )
    assert (ended.stdout, ended.stderr) == (said * 2, "")


def test_a_missing_package_is_a_500(
    quiet: Sandbox, client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    def load(name: str) -> None:
        raise ImportError("no scipy", name="scipy")

    client.run()
    quiet.record("exp", "control", units=4, events={"signup": 2})
    monkeypatch.setattr(analysis, "__getattr__", load)
    monkeypatch.delitem(vars(analysis), "bayesian_analysis", raising=False)
    answer = client.results("signup")
    assert (answer.status, answer.code) == (500, "internal_service_error")
    assert answer.message.startswith("A result needs scipy, which is not installed.")


def test_the_posterior_of_equal_values_is_a_point() -> None:
    with Sandbox(api_version="2023", unusual_values=True, sample_traffic=False) as sandbox:
        client = Client(sandbox.url)
        client.run()
        sandbox.record("exp", "control", units=3, events={"revenue": [5.0, 5.0, 5.0]})
        found = arms(client, "revenue")
        client.close()
    point = {"kind": "normal", "parameters": {"mu": 5.0, "sigma": 0.0}}
    assert found["control"]["distribution"] == point
    assert found["treatment"]["distribution"] is None

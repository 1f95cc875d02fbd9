"""Legacy results: totals, daily series, statistics and their deletion."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np
import pytest
from scipy import stats

from launchdarkly_api.sandbox import Sandbox
from test.sandbox.client import CONTROL, TREATMENT, Client, experiment, legacy, on_flag, treatment

DAY = 86_400_000
#: Midnight, UTC.
MONDAY = 1_700_438_400_000


@pytest.fixture
def quiet() -> Iterator[Sandbox]:
    with Sandbox(api_version="2023", sample_traffic=False) as running:
        yield running


@pytest.fixture
def client(quiet: Sandbox) -> Iterator[Client]:
    calling = Client(quiet.url)
    yield calling
    calling.close()


def results(client: Client, metric: str = "signup", **query: Any) -> Any:
    answer = client.legacy(metric, **query)
    assert answer.status == 200, answer
    return answer.json


def bounds(interval: Any) -> Any:
    return {"lower": pytest.approx(interval.low), "upper": pytest.approx(interval.high)}


def test_conversions_agree_with_scipy(quiet: Sandbox, client: Client) -> None:
    client.run()
    quiet.record("exp", "control", units=5000, events={"signup": 500})
    quiet.record("exp", "treatment", units=5000, events={"signup": 600})
    found = results(client)
    chi2, p_value, _, _ = stats.chi2_contingency([[500, 4500], [600, 4400]], correction=False)
    control, other = found["totals"]
    assert control["cumulativeValue"] == 500.0
    assert control["cumulativeCount"] == 500
    assert control["cumulativeImpressionCount"] == 5000
    assert control["cumulativeConversionRate"] == 0.1
    wilson = stats.binomtest(500, 5000).proportion_ci(0.95, method="wilson")
    assert control["cumulativeConfidenceInterval"] == bounds(wilson)
    assert not {"pValue", "improvement"} & control.keys()
    assert control["minSampleSize"] == 3600
    assert other["pValue"] == pytest.approx(p_value)
    assert other["improvement"] == pytest.approx(0.2)
    assert found["stats"] == {
        "pValue": pytest.approx(p_value),
        "chi2": pytest.approx(chi2),
        "winningVariationIdx": 1,
        "minSampleSizeMet": True,
    }
    assert found["metadata"] == [{"key": "control"}, {"key": "treatment"}]
    assert found["granularity"] == "day"
    assert found["metricSeen"]["ever"] is True
    assert found["_links"]["self"]["href"] == legacy()


def test_numbers_agree_with_scipy(quiet: Sandbox, client: Client) -> None:
    client.run()
    rng = np.random.default_rng(5)
    sent = {"control": rng.gamma(6, 8, 300), "treatment": rng.gamma(6, 8, 310)}
    for name, values in sent.items():
        quiet.record("exp", name, units=1000, events={"revenue": values.tolist()})
    found = results(client, "revenue")
    for total, values in zip(found["totals"], sent.values(), strict=True):
        assert total["cumulativeValue"] == pytest.approx(values.sum())
        assert total["cumulativeCount"] == len(values)
        assert total["cumulativeImpressionCount"] == 1000
        assert total["cumulativeConversionRate"] == pytest.approx(values.mean())
        low, high = stats.norm(values.mean(), stats.sem(values)).interval(0.95)
        interval = total["cumulativeConfidenceInterval"]
        assert (interval["lower"], interval["upper"]) == (pytest.approx(low), pytest.approx(high))
    control, other = sent.values()
    z = (control.mean() - other.mean()) / np.hypot(stats.sem(control), stats.sem(other))
    assert found["stats"]["chi2"] == pytest.approx(z**2)
    assert found["stats"]["pValue"] == pytest.approx(2 * stats.norm.sf(abs(z)))
    assert "winningVariationIdx" not in found["stats"]


def test_three_variations_can_have_values_of_any_type(quiet: Sandbox, client: Client) -> None:
    flag = quiet.add_flag("colour", variations=[0, {"rgb": [0, 255, 0]}, True])
    client.run(**on_flag(flag))
    counts = [(4000, 800), (4000, 820), (4000, 700)]
    for variation, (units, conversions) in zip(flag.variations, counts, strict=True):
        quiet.record("exp", variation.name, units=units, events={"signup": conversions})
    answer = client.legacy("signup", "colour").json
    assert answer["metadata"] == [{"key": 0}, {"key": {"rgb": [0, 255, 0]}}, {"key": True}]
    table = [[c, u - c] for u, c in counts]
    chi2, p_value, _, _ = stats.chi2_contingency(table, correction=False)
    assert answer["stats"]["chi2"] == pytest.approx(chi2)
    assert answer["stats"]["pValue"] == pytest.approx(p_value)
    assert answer["stats"]["winningVariationIdx"] == 1
    _, pairwise, _, _ = stats.chi2_contingency([table[0], table[2]], correction=False)
    assert answer["totals"][2]["pValue"] == pytest.approx(pairwise)


def test_the_lowest_wins_if_lower_is_better(quiet: Sandbox, client: Client) -> None:
    client.run()
    rng = np.random.default_rng(6)
    for name, mean in (("control", 900), ("treatment", 700)):
        values = rng.normal(mean, 100, 500).tolist()
        quiet.record("exp", name, units=500, events={"page-load-ms": values})
    found = results(client, "page-load-ms")
    assert found["stats"]["winningVariationIdx"] == 1
    assert found["totals"][1]["improvement"] < 0


def test_no_winner_before_the_sample_is_large_enough(quiet: Sandbox, client: Client) -> None:
    client.run()
    quiet.record("exp", "control", units=50, events={"signup": 5})
    quiet.record("exp", "treatment", units=50, events={"signup": 25})
    found = results(client)
    assert found["stats"]["pValue"] < 0.001
    assert found["stats"]["minSampleSizeMet"] is False
    assert "winningVariationIdx" not in found["stats"]


def test_the_baseline_is_the_one_of_the_treatments(quiet: Sandbox, client: Client) -> None:
    client.run(treatments=[treatment("old", TREATMENT, baseline=True), treatment("new", CONTROL)])
    quiet.record("exp", "old", units=100, events={"signup": 10})
    quiet.record("exp", "new", units=100, events={"signup": 20})
    control, other = results(client)["totals"]
    assert control["improvement"] == pytest.approx(1.0)
    assert "improvement" not in other


def test_a_rise_of_a_negative_mean_is_an_improvement_above_zero(
    quiet: Sandbox, client: Client
) -> None:
    client.run()
    quiet.record("exp", "control", units=2, events={"revenue": [-9.9, -9.98]})
    quiet.record("exp", "treatment", units=2, events={"revenue": [-4.9, -4.92]})
    totals = results(client, "revenue")["totals"]
    assert totals[1]["improvement"] == pytest.approx((9.94 - 4.91) / 9.94)


def three_days(quiet: Sandbox) -> None:
    for day, (units, conversions) in enumerate([(100, 10), (200, 30), (50, 5)]):
        for name in ("control", "treatment"):
            at = MONDAY + day * DAY + 1000
            quiet.record("exp", name, units=units, events={"signup": conversions}, at=at)


def test_the_daily_series_adds_up_to_the_totals(quiet: Sandbox, client: Client) -> None:
    client.run()
    three_days(quiet)
    found = results(client)
    assert [part["Time"] for part in found["series"]] == [MONDAY + day * DAY for day in range(3)]
    days = [part["VariationData"][0] for part in found["series"]]
    assert [day["value"] for day in days] == [10.0, 30.0, 5.0]
    assert [day["count"] for day in days] == [10, 30, 5]
    assert [day["conversionRate"] for day in days] == [0.1, 0.15, 0.1]
    assert [day["cumulativeValue"] for day in days] == [10.0, 40.0, 45.0]
    assert [day["cumulativeCount"] for day in days] == [10, 40, 45]
    assert days[2]["cumulativeConversionRate"] == pytest.approx(45 / 350)
    wilson = stats.binomtest(30, 200).proportion_ci(0.95, method="wilson")
    assert days[1]["confidenceInterval"] == bounds(wilson)
    wilson = stats.binomtest(45, 350).proportion_ci(0.95, method="wilson")
    assert days[2]["cumulativeConfidenceInterval"] == bounds(wilson)
    total = found["totals"][0]
    assert days[2]["cumulativeValue"] == total["cumulativeValue"]
    assert days[2]["cumulativeConfidenceInterval"] == total["cumulativeConfidenceInterval"]


def test_a_conversion_counts_on_the_day_of_the_exposure(quiet: Sandbox, client: Client) -> None:
    client.run()
    quiet.record("exp", "control", units=["ada", "bob"], at=MONDAY)
    quiet.record("exp", "control", units="ada", events={"signup": 1}, at=MONDAY + 2 * DAY)
    (day,) = results(client)["series"]
    assert day["Time"] == MONDAY
    assert day["VariationData"][0]["conversionRate"] == 0.5


@pytest.mark.parametrize(
    ("query", "units", "conversions"),
    [
        ({}, 350, 45),
        ({"from": MONDAY + DAY}, 250, 35),
        ({"to": MONDAY + DAY}, 100, 10),
        ({"from": MONDAY + DAY, "to": MONDAY + 2 * DAY}, 200, 30),
        ({"from": MONDAY + 1000, "to": MONDAY + 1000}, 100, 10),
        ({"from": MONDAY + 3 * DAY}, 0, 0),
        ({"from": 0, "to": 0}, 0, 0),
    ],
)
def test_from_and_to_cut_the_window(
    quiet: Sandbox, client: Client, query: dict[str, Any], units: int, conversions: int
) -> None:
    client.run()
    three_days(quiet)
    found = results(client, **query)
    total = found["totals"][0]
    assert (total["cumulativeImpressionCount"], total["cumulativeCount"]) == (units, conversions)
    assert results(client, **query) == found
    if not units:
        assert found["series"] == []
        assert found["stats"] == {"minSampleSizeMet": False}
        assert "cumulativeConversionRate" not in total


def test_events_after_the_window_do_not_count(quiet: Sandbox, client: Client) -> None:
    client.run()
    quiet.record("exp", "control", units="ada", at=MONDAY)
    quiet.record("exp", "control", units="ada", events={"signup": 1}, at=MONDAY + DAY)
    assert results(client, to=MONDAY + DAY - 1)["totals"][0]["cumulativeCount"] == 0
    assert results(client, to=MONDAY + DAY)["totals"][0]["cumulativeCount"] == 1


@pytest.mark.parametrize(
    ("query", "said"),
    [
        ({"from": "x"}, "from must be a whole number"),
        ({"to": "2023-11-20"}, "to must be a whole number"),
        ({"from": -1}, "from must be at least 0"),
        ({"from": 2, "to": 1}, "from (2) must not be after to (1)"),
    ],
)
def test_400_for_an_invalid_window(client: Client, query: dict[str, Any], said: str) -> None:
    client.run()
    answer = client.legacy(**query)
    assert (answer.status, answer.code) == (400, "invalid_request")
    assert said in answer.message


@pytest.mark.parametrize("conversions", [0, 20])
def test_results_exist_if_all_or_no_units_converted(
    quiet: Sandbox, client: Client, conversions: int
) -> None:
    client.run()
    for name in ("control", "treatment"):
        quiet.record("exp", name, units=20, events={"signup": conversions})
    found = results(client)
    assert not {"pValue", "chi2"} & found["stats"].keys()
    interval = found["totals"][0]["cumulativeConfidenceInterval"]
    wilson = stats.binomtest(conversions, 20).proportion_ci(0.95, method="wilson")
    assert interval == {
        "lower": pytest.approx(wilson.low, abs=1e-12),
        "upper": pytest.approx(wilson.high, abs=1e-12),
    }


def test_one_number_has_no_interval(quiet: Sandbox, client: Client) -> None:
    client.run()
    quiet.record("exp", "control", units=2, events={"revenue": [5.0]})
    quiet.record("exp", "treatment", units=2, events={"revenue": [5.0, 6.0]})
    found = results(client, "revenue")
    control, other = found["totals"]
    assert control["cumulativeConversionRate"] == 5.0
    assert not {"cumulativeConfidenceInterval", "minSampleSize"} & control.keys()
    assert "pValue" not in other
    assert found["stats"] == {"minSampleSizeMet": False}


def test_legacy_results_count_all_iterations_and_experiments_on_the_flag(
    quiet: Sandbox, client: Client
) -> None:
    client.run("first")
    quiet.record("first", "control", units=10, events={"signup": 1})
    client.stop("first")
    client.run("second")
    quiet.record("second", "control", units=20, events={"signup": 2})
    assert results(client)["totals"][0]["cumulativeImpressionCount"] == 30


def test_a_treatment_without_the_flag_does_not_count(quiet: Sandbox, client: Client) -> None:
    client.run(
        treatments=[
            treatment("control", CONTROL, baseline=True),
            {**treatment("bare", TREATMENT), "parameters": []},
        ]
    )
    quiet.record("exp", "control", units=10)
    quiet.record("exp", "bare", units=10)
    impressions = [t["cumulativeImpressionCount"] for t in results(client)["totals"]]
    assert impressions == [10, 0]


def test_reset_deletes_one_metric(quiet: Sandbox, client: Client) -> None:
    client.run()
    quiet.record("exp", "control", units=10, events={"signup": 5, "revenue": [1.0, 2.0]})
    answer = client.call("DELETE", legacy() + "/results")
    assert (answer.status, answer.data) == (204, b"")
    assert "Content-Length" not in answer.headers
    assert results(client)["totals"][0]["cumulativeImpressionCount"] == 0
    assert results(client)["metricSeen"] == {"ever": False}
    assert "treatmentResults" not in client.results("signup").json
    assert results(client, "revenue")["totals"][0]["cumulativeCount"] == 2
    quiet.record("exp", "control", units=3, events={"signup": 1})
    assert results(client)["totals"][0]["cumulativeCount"] == 1
    assert client.get(experiment()).json["currentIteration"]["status"] == "running"


def test_404_to_reset_what_is_unknown(client: Client) -> None:
    assert client.call("DELETE", legacy() + "/results").status == 404
    assert client.call("DELETE", legacy("nope") + "/results").status == 404

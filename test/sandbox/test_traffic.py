"""Traffic: the sample of the demo project, ``record`` and ``simulate``."""

from __future__ import annotations

import datetime
from collections.abc import Iterator
from typing import Any

import pytest

from launchdarkly_api.sandbox import Effect, Sandbox
from test.sandbox.client import Client, experiment, iteration_input, metric, on_flag


@pytest.fixture
def quiet() -> Iterator[Sandbox]:
    with Sandbox(api_version="2023", sample_traffic=False) as running:
        yield running


@pytest.fixture
def quiet_client(quiet: Sandbox) -> Iterator[Client]:
    calling = Client(quiet.url)
    yield calling
    calling.close()


def figures(client: Client, key: str = "exp") -> list[Any]:
    return [
        [(arm["mean"], arm["pBest"], arm["units"]) for arm in found["treatmentResults"]]
        for found in (
            client.results(name, key).json for name in ("signup", "revenue", "page-load-ms")
        )
    ]


def test_a_started_iteration_in_demo_has_results_immediately(client: Client) -> None:
    client.run()
    for name in ("signup", "revenue", "page-load-ms"):
        answer = client.results(name).json
        assert answer["metricSeen"]["ever"] is True
        control, other = answer["treatmentResults"]
        assert control["units"] > 250
        # The sample's effects are such that the treatment leads.
        assert other["pBest"] > 0.9


def test_the_sample_is_the_same_each_time(client: Client) -> None:
    client.run()
    with Sandbox(api_version="2023") as another:
        other = Client(another.url)
        other.run()
        assert figures(other) == figures(client)
        other.close()


def test_each_iteration_has_its_own_sample(client: Client) -> None:
    client.run()
    first = figures(client)
    client.call("POST", experiment() + "/iterations", iteration_input())
    client.start(changeJustification="next")
    second = figures(client)
    assert first != second
    assert client.legacy().json["totals"][0]["cumulativeImpressionCount"] > 1500


def test_a_patch_that_starts_nothing_adds_no_traffic(client: Client) -> None:
    client.run()
    before = client.legacy("revenue").json["totals"]
    client.patch({"kind": "updateName", "value": "other"})
    client.patch({"kind": "stopIteration"}, {"kind": "archiveExperiment"})
    assert client.legacy("revenue").json["totals"] == before


def test_an_added_metric_gets_a_sample_too(sandbox: Sandbox, client: Client) -> None:
    sandbox.add_metric("clicks", kind="click")
    sandbox.add_metric("errors", numeric=True, lower_is_better=True)
    client.run(metrics=[metric("clicks", primary=True), metric("errors")])
    for name in ("clicks", "errors"):
        assert client.results(name).json["metricSeen"]["ever"] is True


def test_other_projects_get_no_sample(sandbox: Sandbox, client: Client) -> None:
    sandbox.add_project("quiet")
    flag = sandbox.add_flag("f", project_key="quiet")
    sandbox.add_metric("m", project_key="quiet")
    client.run(place="quiet/test", **on_flag(flag, metrics=[metric("m", primary=True)]))
    answer = client.results("m", place="quiet/test").json
    assert answer["metricSeen"] == {"ever": False}


def test_record_returns_the_units(quiet: Sandbox, quiet_client: Client) -> None:
    quiet_client.run()
    assert quiet.record("exp", "control", units="ada") == ["ada"]
    assert quiet.record("exp", "control", units=["bob", "cyd"]) == ["bob", "cyd"]
    new = quiet.record("exp", "control", units=3)
    assert len({*new, "ada", "bob", "cyd"}) == 6
    quiet.record("exp", "control", units=new, events={"signup": 2})
    (arm, _) = quiet_client.results("signup").json["treatmentResults"]
    assert (arm["units"], arm["mean"]) == (6, pytest.approx(3 / 8))


def test_record_accepts_the_id_of_a_treatment(quiet: Sandbox, quiet_client: Client) -> None:
    arms = quiet_client.run()["currentIteration"]["treatments"]
    quiet.record("exp", arms[1]["_id"], units=7)
    units = [a["units"] for a in quiet_client.results("signup").json["treatmentResults"]]
    assert units == [0, 7]


def test_a_unit_counts_from_its_first_exposure(quiet: Sandbox, quiet_client: Client) -> None:
    quiet_client.run()
    quiet.record("exp", "control", units="ada", at=2_000_000_000_000)
    quiet.record("exp", "control", units="ada", events={"signup": 1}, at=1_000_000_000_000)
    (day,) = quiet_client.legacy().json["series"]
    assert day["Time"] == 1_000_000_000_000 // 86_400_000 * 86_400_000
    assert day["VariationData"][0]["count"] == 1


def test_record_accepts_a_datetime(quiet: Sandbox, quiet_client: Client) -> None:
    quiet_client.run()
    at = datetime.datetime(2023, 11, 20, 12, tzinfo=datetime.timezone.utc)
    quiet.record("exp", "control", events={"signup": 1}, at=at)
    seen = quiet_client.results("signup").json["metricSeen"]["timestamp"]
    assert seen == int(at.timestamp())


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        ({"experiment_key": "nope"}, "no experiment 'nope' in project 'demo'"),
        ({"treatment": "nope"}, "has no treatment 'nope'. It has: control, treatment"),
        ({"project_key": "nope"}, "no project 'nope'"),
        ({"environment_key": "nope"}, "environment 'nope'"),
        ({"units": -1}, "units must be a whole number, at least 0, not -1"),
        ({"units": 2.0}, "units must be a whole number"),
        ({"units": [1]}, "The name of a unit must be text, not 1"),
        ({"units": ["a", "a"]}, "names a unit twice"),
        ({"events": {"nope": 1}}, "measures signup, revenue, page-load-ms, not 'nope'"),
        ({"events": {"signup": 2}}, "more events of metric 'signup' than units (1)"),
        ({"events": {"signup": 10**400}}, "more events of metric 'signup' than units (1)"),
        ({"events": {"signup": -1}}, "how many units convert must be a whole number"),
        ({"events": {"signup": [1.0]}}, "how many units convert must be a whole number"),
        ({"events": {"revenue": 5.0}}, "is numeric: its events must be a list, not "),
        ({"events": {"revenue": "1"}}, "is numeric: its events must be a list, not "),
        ({"events": {"revenue": ["1"]}}, "must be a number from -1e+100 to 1e+100, not '1'"),
        ({"events": {"revenue": [float("nan")]}}, "must be a number from -1e+100"),
        ({"events": {"revenue": [1e300]}}, "must be a number from -1e+100"),
        ({"events": {"revenue": [10**400]}}, "must be a number from -1e+100"),
        ({"at": 10**15}, "before the year 10000"),
        ({"at": datetime.datetime(2023, 1, 1)}, "no time zone"),  # noqa: DTZ001
        ({"at": 1.5}, "epoch milliseconds, must be a whole number, at least 0, not 1.5"),
        ({"at": -1}, "epoch milliseconds, must be a whole number"),
        ({"units": ["bob"]}, "'bob' was already exposed to another treatment"),
    ],
)
def test_record_refuses_invalid_arguments(
    quiet: Sandbox, quiet_client: Client, arguments: dict[str, Any], said: str
) -> None:
    quiet_client.run()
    quiet.record("exp", "treatment", units="bob")
    before = figures_of_units(quiet_client)
    given: dict[str, Any] = {"experiment_key": "exp", "treatment": "control", **arguments}
    with pytest.raises(ValueError) as caught:
        quiet.record(**given)
    assert said in str(caught.value)
    assert figures_of_units(quiet_client) == before


def figures_of_units(client: Client) -> list[int]:
    return [arm["units"] for arm in client.results("signup").json["treatmentResults"]]


def test_only_a_running_experiment_accepts_traffic(quiet: Sandbox, quiet_client: Client) -> None:
    quiet_client.create()
    with pytest.raises(ValueError, match="not running"):
        quiet.record("exp", "control")
    quiet_client.start()
    quiet.record("exp", "control")
    quiet_client.stop()
    with pytest.raises(ValueError, match="not running"):
        quiet.simulate("exp")


def test_simulate_follows_its_arguments(quiet: Sandbox, quiet_client: Client) -> None:
    quiet_client.run()
    quiet.simulate(
        "exp",
        units=20_000,
        effects={
            "signup": {"control": 0.10, "treatment": 0.30},
            "revenue": {"control": (50, 5), "treatment": Effect(0.25, mean=-70, deviation=5)},
            "page-load-ms": {"control": Effect(1.0, mean=7.0)},
        },
    )
    signup, revenue, load = (
        quiet_client.results(name).json["treatmentResults"]
        for name in ("signup", "revenue", "page-load-ms")
    )
    assert [arm["mean"] for arm in signup] == [
        pytest.approx(0.10, abs=0.01),
        pytest.approx(0.30, abs=0.02),
    ]
    assert [arm["mean"] for arm in revenue] == [
        pytest.approx(50, abs=0.3),
        pytest.approx(-70, abs=0.5),
    ]
    assert revenue[0]["units"] == signup[0]["units"]
    assert revenue[1]["units"] == pytest.approx(0.25 * signup[1]["units"], rel=0.1)
    assert load[0]["mean"] == 7.0
    # Not given, so that it behaves as the sample does.
    assert load[1]["mean"] == pytest.approx(900 / 1.04, rel=0.05)


def test_simulate_is_the_same_for_the_same_seed(quiet: Sandbox) -> None:
    def once(seed: int) -> Any:
        with Sandbox(api_version="2023", sample_traffic=False) as sandbox:
            client = Client(sandbox.url)
            client.run()
            sandbox.simulate("exp", units=500, seed=seed)
            found = figures(client)
            client.close()
            return found

    assert once(1) == once(1)
    assert once(1) != once(2)


def test_several_simulations_add_up(quiet: Sandbox, quiet_client: Client) -> None:
    quiet_client.run()
    quiet.simulate("exp", units=500)
    quiet.simulate("exp", units=500)
    quiet.record("exp", "control", units=10)
    assert sum(figures_of_units(quiet_client)) == 1010


def test_a_split_makes_a_mismatch(quiet: Sandbox, quiet_client: Client) -> None:
    quiet_client.run()
    quiet.simulate("exp", units=2000, split={"control": 0.6, "treatment": 0.4})
    assert quiet_client.results("signup").json["probabilityOfMismatch"] > 0.999


def test_simulate_spreads_over_the_days(quiet: Sandbox, quiet_client: Client) -> None:
    quiet_client.run()
    end = datetime.datetime(2023, 11, 24, tzinfo=datetime.timezone.utc)
    quiet.simulate("exp", units=400, days=4, end=end)
    series = quiet_client.legacy().json["series"]
    assert [part["Time"] // 86_400_000 for part in series] == list(range(19_681, 19_685))
    impressions = [
        sum(t["cumulativeImpressionCount"] for t in quiet_client.legacy(to=to).json["totals"])
        for to in (part["Time"] - 1 for part in series[1:])
    ]
    assert impressions == [100, 200, 300]


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        ({"units": -1}, "units must be a whole number, at least 0, not -1"),
        ({"units": 2000.0}, "units must be a whole number"),
        ({"days": -1}, "days must be a number from 0"),
        ({"days": float("nan")}, "days must be a number from 0"),
        ({"days": 1e301}, "days must be a number from 0"),
        ({"split": {"nope": 1}}, "no treatment 'nope'"),
        ({"split": {"control": -1, "treatment": 2}}, "the share of 'control' must be a number"),
        ({"split": {}}, "split must hold shares"),
        ({"effects": {"nope": {}}}, "not 'nope'"),
        ({"effects": {"signup": {"nope": 0.1}}}, "no treatment 'nope'"),
        (
            {"effects": {"signup": {"control": 1.5}}},
            "its conversion rate must be a number from 0 to 1",
        ),
        ({"effects": {"signup": {"control": (1, 2)}}}, "its conversion rate must be a number"),
        (
            {"effects": {"revenue": {"control": Effect(2.0)}}},
            "its rate must be a number from 0 to 1",
        ),
        (
            {"effects": {"revenue": {"control": Effect(1, 1e308, 1e307)}}},
            "its mean must be a number",
        ),
        ({"effects": {"revenue": {"control": Effect(1, 1e-200, 1)}}}, "are too far apart"),
        ({"effects": {"revenue": {"control": Effect(1, 1, 1e-100)}}}, "are too far apart"),
        ({"effects": {"revenue": {"control": Effect(1, 1e-150, 1e-249)}}}, "are too far apart"),
        ({"effects": {"revenue": {"control": 0.5}}}, "must be (mean, deviation)"),
        (
            {"effects": {"revenue": {"control": (1.0, -1.0)}}},
            "its deviation must be a number from 0",
        ),
        ({"effects": {"revenue": {"control": (1.0, 2.0, 3.0)}}}, "must be (mean, deviation)"),
    ],
)
def test_simulate_refuses_invalid_arguments(
    quiet: Sandbox, quiet_client: Client, arguments: dict[str, Any], said: str
) -> None:
    quiet_client.run()
    with pytest.raises(ValueError) as caught:
        quiet.simulate("exp", **arguments)
    assert said in str(caught.value)
    assert "treatmentResults" not in quiet_client.results("signup").json


class Whole:
    """A whole number of a type of its own, as NumPy has them."""

    def __init__(self, number: int) -> None:
        self.number = number

    def __index__(self) -> int:
        return self.number


def test_a_whole_number_can_have_any_integer_type(quiet: Sandbox, quiet_client: Client) -> None:
    quiet_client.run()
    five: Any = Whole(5)
    assert len(quiet.record("exp", "control", units=five, events={"signup": five})) == 5
    quiet.simulate("exp", units=five)
    assert sum(figures_of_units(quiet_client)) == 10


def test_zero_units_add_no_traffic(quiet: Sandbox, quiet_client: Client) -> None:
    quiet_client.run()
    quiet.simulate("exp", units=0)
    quiet.record("exp", "control", units=0)
    assert "treatmentResults" not in quiet_client.results("signup").json

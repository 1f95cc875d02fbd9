"""Frames: their columns, types and values, even if the service sent little or nothing."""

from __future__ import annotations

import contextlib
import json
import math
import sqlite3
from typing import Any

import numpy as np
import pandas as pd
import pytest

from launchdarkly_api.analysis import Arm, frequentist_results
from launchdarkly_api.model.experiment import Experiment
from launchdarkly_api.model.experiment_bayesian_results_rep import ExperimentBayesianResultsRep
from launchdarkly_api.model.experiment_collection_rep import ExperimentCollectionRep
from launchdarkly_api.model.experiment_results import ExperimentResults
from launchdarkly_api.model_utils import decode
from launchdarkly_api.notebook import (
    differences_frame,
    experiments_frame,
    legacy_frame,
    plain_frame,
    results_frame,
)
from launchdarkly_api.notebook.facts import metrics_of, shares_of
from launchdarkly_api.notebook.frames import DIFFERENCES, EXPERIMENTS, LEGACY, RESULTS
from test.notebook.examples import (
    START,
    experiment,
    experiment_json,
    legacy,
    metric_json,
    results,
    results_of,
    treatment_id,
)


def types_of(frame: pd.DataFrame) -> dict[str, str]:
    return {str(name): str(type_) for name, type_ in frame.dtypes.items()}


def expected(columns: Any) -> dict[str, str]:
    return {name: type_.replace("[python]", "") for name, type_ in columns.items()}


@pytest.mark.parametrize(
    ("empty", "full", "columns"),
    [
        (experiments_frame([]), experiments_frame([experiment()]), EXPERIMENTS),
        (results_frame(ExperimentBayesianResultsRep()), results_frame(results()), RESULTS),
        (
            differences_frame(ExperimentBayesianResultsRep()),
            differences_frame(results()),
            DIFFERENCES,
        ),
        (legacy_frame(ExperimentResults()), legacy_frame(legacy()), LEGACY),
    ],
)
def test_an_empty_frame_has_the_types_of_a_full_one(
    empty: pd.DataFrame, full: pd.DataFrame, columns: Any
) -> None:
    assert types_of(empty) == types_of(full) == expected(columns)
    assert len(empty) == 0 < len(full)


def test_column_types_match_the_documentation() -> None:
    types = types_of(experiments_frame([]))
    assert types["created"] == "datetime64[ms, UTC]"
    assert types["key"] == "string"
    types = types_of(results_frame(ExperimentBayesianResultsRep()))
    assert (types["mean"], types["units"], types["is_baseline"]) == ("float64", "Int64", "boolean")


def test_experiments_have_one_row_each() -> None:
    frame = experiments_frame([experiment(), experiment(key="second", archivedDate=START + 5)])
    row = frame.iloc[0]
    assert list(frame["key"]) == ["checkout", "second"]
    assert (row["name"], row["status"], row["maintainer"]) == ("New checkout", "running", "member")
    assert row["created"] == pd.Timestamp("2022-06-01", tz="UTC")
    assert row["started"] == pd.Timestamp("2022-06-01 00:00:01", tz="UTC")
    assert pd.isna(row["ended"])
    assert frame["archived"][1] == pd.Timestamp(START + 5, unit="ms", tz="UTC")
    assert row["hypothesis"] == "A larger button sells more"
    assert row["primary_metric"] == "signup"
    assert row["treatments"] == ("control", "bold")
    assert list(frame.explode("treatments")["treatments"]) == ["control", "bold"] * 2


def test_experiments_frame_accepts_a_page_an_iterator_or_one_experiment() -> None:
    page = decode(ExperimentCollectionRep, {"items": [experiment_json()], "total_count": 1})
    alone = experiments_frame(experiment())
    assert experiments_frame(page).equals(alone)
    assert experiments_frame(iter([experiment()])).equals(alone)
    assert experiments_frame(ExperimentCollectionRep()).empty


def test_an_experiment_may_lack_its_iteration_or_its_treatments() -> None:
    sent = experiment_json()
    del sent["currentIteration"]["treatments"]
    unexpanded = decode(Experiment, sent)
    draft = decode(Experiment, {**experiment_json(), "draftIteration": sent["currentIteration"]})
    del draft.current_iteration
    bare = decode(Experiment, experiment_json())
    del bare.current_iteration
    frame = experiments_frame([unexpanded, draft, bare])
    assert frame["treatments"][0] is None
    assert frame["status"][1] == "running"
    assert frame.loc[2, ["status", "started", "hypothesis", "primary_metric"]].isna().all()


def test_times_that_no_calendar_reaches_are_missing() -> None:
    frame = experiments_frame(experiment(_creationDate=10**18))
    assert pd.isna(frame["created"][0])
    assert "checkout" in frame.to_string()


def test_a_time_in_digits_is_a_timestamp() -> None:
    frame = experiments_frame(experiment(_creationDate=str(START)))
    assert frame["created"][0] == pd.Timestamp(START, unit="ms", tz="UTC")


def test_results_have_a_row_per_treatment() -> None:
    frame = results_frame(results(), experiment())
    control, bold = frame.iloc[0], frame.iloc[1]
    assert (bold["id"], bold["name"], bold["units"]) == (treatment_id(1), "bold", 1001)
    assert list(frame["is_baseline"]) == [True, False]
    assert (bold["mean"], bold["ci_low"], bold["ci_high"]) == pytest.approx((0.12, 0.108, 0.132))
    assert bold["p_best"] == pytest.approx(2 / 3)
    assert (bold["rel_low"], bold["rel_high"]) == pytest.approx((0.1, 0.3))
    assert bold["rel_from"] == "control"
    assert control[["rel_low", "rel_high", "rel_from"]].isna().all()


def test_a_frame_names_its_metric_in_attrs() -> None:
    frame = results_frame(results(mismatch=0.75), experiment())
    assert frame.attrs == {
        "metric": "signup",
        "interval": "90 % credible interval",
        "metric_name": "Sign-ups",
        "metric_ever_seen": True,
        "metric_last_seen": "2022-07-06T17:41:47+00:00",
        "probability_of_mismatch": 0.75,
    }
    assert json.loads(json.dumps(frame.attrs)) == frame.attrs
    empty = results_frame(ExperimentBayesianResultsRep()).attrs
    assert {key for key, value in empty.items() if value is not None} == {"interval"}


@pytest.mark.parametrize("timestamp", [1_657_129_307, 1_657_129_307_000])
def test_the_last_event_comes_in_seconds_or_milliseconds(timestamp: int) -> None:
    seen = results_of(metricSeen={"ever": True, "timestamp": timestamp})
    assert results_frame(seen).attrs["metric_last_seen"] == "2022-07-06T17:41:47+00:00"


def test_a_metric_key_is_unquoted() -> None:
    assert results_frame(results(metric="a%2Fb%20c")).attrs["metric"] == "a/b c"


def test_without_the_experiment_the_baseline_is_missing() -> None:
    frame = results_frame(results())
    assert frame["is_baseline"].isna().all()
    assert list(frame["rel_from"]) == ["bold", "control"]
    three = results_frame(results("abc", (0.1, 0.2, 0.3)))
    assert three[["rel_low", "rel_high", "rel_from"]].isna().all(axis=None)


def test_an_iteration_can_replace_the_experiment() -> None:
    iteration = experiment().current_iteration
    assert results_frame(results(), iteration).equals(results_frame(results(), experiment()))


def test_differences_from_a_baseline_without_results_are_kept() -> None:
    sent = results(("control", "bold"), (0.1, 0.12))
    alone = results_of(sent["treatment_results"][1])
    frame = results_frame(alone, experiment())
    assert frame["rel_low"][0] == pytest.approx(0.1)
    assert frame["rel_from"][0] == "control"


def test_treatments_of_another_experiment_have_no_role() -> None:
    other = experiment()
    for treatment in other.current_iteration.treatments:
        treatment.id = f"other-{treatment.id}"
    frame = results_frame(results(), other)
    assert frame["is_baseline"].isna().all()
    assert frame["rel_low"].isna().all()


def test_names_that_the_results_lack_come_from_the_experiment() -> None:
    nameless = results_of({"treatmentId": treatment_id(1), "treatmentName": None})
    assert results_frame(nameless, experiment())["name"][0] == "bold"


def test_nulls_and_odd_numbers_do_not_change_the_types() -> None:
    odd = results_of(
        {},
        {"treatmentId": None, "mean": None, "credibleInterval": None, "pBest": None},
        {"credibleInterval": {"lower": None, "upper": None}, "relativeDifferences": []},
        {"mean": math.nan, "pBest": math.nan, "units": None},
        {"mean": math.inf, "pBest": -math.inf, "units": 10**30},
        {"mean": 10**400, "units": -1, "relativeDifferences": [{}, {"lower": None}]},
        probabilityOfMismatch=math.nan,
    )
    frame = results_frame(odd, experiment())
    assert types_of(frame) == expected(RESULTS)
    assert np.isnan(frame["mean"][:4]).all()
    assert list(frame["mean"][4:]) == [math.inf, math.inf]
    assert frame["units"].isna().tolist() == [True] * 5 + [False]
    assert frame.attrs["probability_of_mismatch"] is None
    assert types_of(differences_frame(odd)) == expected(DIFFERENCES)


def test_a_frame_accepts_any_characters_in_names() -> None:
    frame = results_frame(results(("\ud800 half", "\u202eright to left"), (0.1, 0.2)))
    assert frame["name"][0] == "? half"
    assert frame["name"][1] == "\u202eright to left"
    frame.to_string().encode()


def test_differences_have_a_row_per_pair() -> None:
    names = ("a", "b", "c")
    frame = differences_frame(results(names, (0.1, 0.12, 0.2)), experiment(names, baseline=1))
    assert len(frame) == 6
    row = frame[(frame["name"] == "c") & (frame["from_name"] == "b")].iloc[0]
    assert (row["id"], row["from_id"]) == (treatment_id(2), treatment_id(1))
    assert (row["rel_low"], row["rel_high"]) == pytest.approx((0.2 / 0.12 - 1.1, 0.2 / 0.12 - 0.9))
    assert list(frame["from_baseline"]) == [True, False, False, False, False, True]


def test_computed_columns_are_explained_in_attrs() -> None:
    frame = differences_frame(results(), experiment())
    assert set(frame.attrs["computed"]) < set(frame.columns)
    assert {"lift", "p_above_zero"} < set(frame.attrs["computed"])


def test_the_former_columns_are_aliases() -> None:
    frame = differences_frame(results(), experiment())
    assert frame["lift"].tolist() == pytest.approx([0.1 / 0.12 - 1, 0.2])
    assert frame["approx_middle"].equals(frame["lift"])
    assert frame["approx_p_above_zero"].equals(frame["p_above_zero"])


def test_results_have_the_lift_and_its_probability() -> None:
    frame = results_frame(results(), experiment())
    assert frame["lift"].isna().tolist() == [True, False]
    assert frame["lift"][1] == pytest.approx(0.2)
    assert frame["p_above_zero"][1] == differences_frame(results(), experiment())["p_above_zero"][1]
    assert frame["p_value"].isna().all()


def test_frequentist_results_have_p_values_instead_of_probabilities() -> None:
    arms = {
        treatment_id(0): Arm(units=2000, conversions=200),
        treatment_id(1): Arm(units=2000, conversions=260),
    }
    tested = frequentist_results(arms, baseline=treatment_id(0))
    frame = results_frame(tested, experiment())
    assert types_of(frame) == expected(RESULTS)
    assert frame["name"].tolist() == ["control", "bold"]
    assert frame["is_baseline"].tolist() == [True, False]
    assert frame["mean"].tolist() == [0.1, 0.13]
    assert frame["ci_low"][0] == pytest.approx(0.087609, abs=1e-6)
    (found,) = tested.comparisons
    assert frame["p_value"][1] == found.p_value
    assert bool(frame["significant"][1])
    assert frame["lift"][1] == pytest.approx(0.3)
    assert frame[["p_best", "p_above_zero"]].isna().all(axis=None)
    assert frame.attrs["interval"] == "95 % confidence interval"
    assert frame.attrs["metric"] is None
    assert frame.attrs["probability_of_mismatch"] == 0
    # Without the plan, a mismatch is not known; without names, ids are.
    alone = results_frame(tested)
    assert alone["name"].tolist() == [*arms]
    assert alone.attrs["probability_of_mismatch"] is None
    empty = frequentist_results(
        {key: Arm(units=0, conversions=0) for key in arms}, baseline=treatment_id(0)
    )
    assert results_frame(empty, experiment())["ci_low"].isna().all()


def test_shares_that_are_no_numbers_are_unknown() -> None:
    sent = experiment_json()
    sent["currentIteration"]["treatments"][0]["allocationPercent"] = "half"
    sent["currentIteration"]["treatments"][1]["allocationPercent"] = "-1"
    assert shares_of(decode(Experiment, sent)) == {}


def test_plain_frames_are_taken_by_databases_and_spreadsheets() -> None:
    plain = plain_frame(experiments_frame([experiment()]))
    assert plain["created"][0] == pd.Timestamp("2022-06-01")
    assert plain["treatments"][0] == "control, bold"
    plain["extra"] = pd.Series([None], dtype=object)
    assert plain_frame(plain)["extra"][0] is None
    with contextlib.closing(sqlite3.connect(":memory:")) as database:
        plain.to_sql("experiments", database)
        plain_frame(differences_frame(results(), experiment())).to_sql("differences", database)
        found = database.execute("SELECT key, treatments FROM experiments").fetchall()
        assert found == [("checkout", "control, bold")]


@pytest.mark.parametrize(
    ("low", "high"),
    [(0.1, 0.1), (0.2, 0.1), (None, 0.1), (-math.inf, 0.1), (-1.7e308, 1.7e308), (math.nan, 1.0)],
)
def test_unusable_bounds_give_no_approximation(low: float | None, high: float | None) -> None:
    bounds = [{"fromTreatmentId": "x", "lower": low, "upper": high}]
    frame = differences_frame(results_of({"relativeDifferences": bounds}))
    assert frame["approx_p_above_zero"].isna().all()


def test_legacy_results_have_a_row_per_slice_and_variation() -> None:
    frame = legacy_frame(legacy(days=3))
    assert len(frame) == 6
    row = frame.iloc[3]
    assert row["time"] == pd.Timestamp("2022-06-02", tz="UTC")
    assert row["variation"] == "bold"
    assert row["rate"] == row["count"] / 100
    assert row["rate_low"] == pytest.approx(row["rate"] - 0.05)
    assert row["cumulative_rate"] == pytest.approx(row["cumulative_count"] / 200)
    assert row["cumulative_low"] < row["cumulative_rate"] < row["cumulative_high"]
    assert frame.attrs == {
        "metric": "signup",
        "granularity": "day",
        "p_value": 0.03,
        "chi2": 4.7,
        "winner": "bold",
        "min_sample_size_met": True,
    }


def test_variations_with_any_metadata_have_labels() -> None:
    names = [True, None, {"a": 1}, "same", "same"]
    frame = legacy_frame(legacy(names, days=1))
    assert list(frame["variation"]) == ["True", "variation 1", "{'a': 1}", "same #1", "same #2"]


def test_legacy_slices_may_lack_everything() -> None:
    odd = decode(
        ExperimentResults,
        {
            "metadata": [{}],
            "series": [
                {},
                {"Time": START},
                {"Time": None, "VariationData": [{}, {"conversionRate": None}]},
                {"Time": START, "VariationData": [{"confidenceInterval": None, "count": 10**30}]},
            ],
            "stats": {"winningVariationIdx": 7},
        },
    )
    frame = legacy_frame(odd)
    assert types_of(frame) == expected(LEGACY)
    assert list(frame["variation"]) == ["variation 0", "variation 1", "variation 0"]
    assert frame["time"].isna().tolist() == [True, True, False]
    assert frame.attrs["winner"] is None


def test_a_frame_survives_a_file(tmp_path: Any) -> None:
    frame = results_frame(results(), experiment())
    frame.to_pickle(tmp_path / "frame")
    again = pd.read_pickle(tmp_path / "frame")
    pd.testing.assert_frame_equal(frame, again)
    assert again.attrs == frame.attrs


def test_an_iteration_may_lack_its_metrics() -> None:
    sent = experiment_json(secondary=["revenue"])
    del sent["currentIteration"]["primaryMetric"]
    found = metrics_of(decode(Experiment, sent))
    assert [(metric.key, metric.primary) for metric in found] == [("revenue", False)]
    assert pd.isna(experiments_frame(decode(Experiment, sent))["primary_metric"][0])


ODD: tuple[Any, Any] = ({}, "checkout")


@pytest.mark.parametrize(
    ("call", "sentence"),
    [
        (
            lambda: results_frame(legacy()),
            "results must be of type ExperimentBayesianResultsRep or FrequentistResults, got E",
        ),
        (
            lambda: results_frame(ODD[0]),
            "results must be of type ExperimentBayesianResultsRep or FrequentistResults, got dict",
        ),
        (lambda: legacy_frame(results()), "results must be of type ExperimentResults, got Exp"),
        (
            lambda: results_frame(results(), ODD[1]),
            "experiment must be of type Experiment or IterationRep, got str",
        ),
        (
            lambda: experiments_frame([ODD[1]]),
            "an item of experiments must be of type Experiment, got s",
        ),
    ],
)
def test_an_argument_of_another_type_is_refused_in_one_sentence(call: Any, sentence: str) -> None:
    with pytest.raises(TypeError, match=sentence):
        call()


def test_a_metric_group_is_replaced_by_its_metrics() -> None:
    group = metric_json(
        "funnel",
        "Funnel",
        isGroup=True,
        metrics=[metric_json("view", "View"), metric_json("buy", "Buy", isNumeric=True)],
    )
    sent = experiment_json(secondary=["revenue", "view"])
    sent["currentIteration"]["primaryMetric"] = group
    found = metrics_of(decode(Experiment, sent))
    assert [(m.key, m.name, m.primary, m.numeric) for m in found] == [
        ("view", "View", True, None),
        ("buy", "Buy", False, True),
        ("revenue", "Revenue", False, None),
    ]


def test_a_metric_without_a_key_is_left_out() -> None:
    sent = experiment_json(secondary=["revenue"])
    sent["currentIteration"]["secondaryMetrics"][0]["key"] = ""
    assert [metric.key for metric in metrics_of(decode(Experiment, sent))] == ["signup"]

"""Results over days, as a frame and as a picture."""

from __future__ import annotations

import datetime
from types import SimpleNamespace
from typing import Any

import pandas as pd
import pytest
from matplotlib import pyplot as plt

from launchdarkly_api.analysis import Arm, bayesian_results, frequentist_results
from launchdarkly_api.exceptions import ApiTypeError, ApiValueError
from launchdarkly_api.model.experiment_bayesian_results_rep import ExperimentBayesianResultsRep
from launchdarkly_api.notebook import days_frame, plot_over_days, results_frame
from test.notebook.boxes import shown, troubles
from test.notebook.examples import experiment, treatment_id
from test.notebook.test_pictures import arms, days

NAMES = ("control", "bold", "third")
LATE = datetime.datetime(2026, 3, 1, 23, tzinfo=datetime.timezone.utc)


def line(ax: Any, name: str) -> Any:
    return next(one for one in ax.get_lines() if one.get_gid() == name)


def test_each_day_has_the_results_at_its_end() -> None:
    asked = experiment(NAMES)
    frame = days_frame(days(3), asked)
    assert len(frame) == 14 * 3
    last = frame[frame["day"] == pd.Timestamp("2026-03-14")]
    known = results_frame(bayesian_results(arms(3, 14)), asked)
    for column in ("id", "name", "mean", "units", "lift", "rel_low", "rel_high", "p_above_zero"):
        assert last[column].tolist() == pytest.approx(known[column].tolist(), nan_ok=True) or (
            last[column].tolist() == known[column].tolist()
        )
    assert frame.attrs["interval"] == "90 % credible interval"
    assert days_frame({}).empty


def test_the_picture_shows_the_lift_of_each_day() -> None:
    asked = experiment(NAMES)
    ax = plot_over_days(days(3), asked)
    frame = days_frame(days(3), asked)
    drawn = line(ax, "bold").get_ydata().tolist()
    assert drawn == pytest.approx(frame[frame["name"] == "bold"]["lift"].tolist())
    assert len(ax.collections) == 2
    zero = [one for one in ax.get_lines() if list(one.get_ydata()) == [0, 0]]
    assert len(zero) == 1
    text = shown(ax.figure)
    for words in (
        *("Lift at the end of each day", "bold", "third", "end of each day, 2026-03-01"),
        *("90 % credible interval", "no difference from control", "Mar 14"),
        "grey: fewer than 3 days, too early to decide",
    ):
        assert words in text.replace("\N{NO-BREAK SPACE}", " "), words
    assert "better" not in text
    assert troubles(ax.figure) == []


def test_the_picture_says_when_an_interval_came_to_exclude_zero() -> None:
    figure: Any = plot_over_days(days(3), experiment(NAMES)).figure
    bold, third = figure.alt.split("; ")
    assert "bold: +10.0 % (" in bold
    assert bold.endswith("on 2026-03-14, an interval that includes zero") or "since" in bold
    assert "an interval that excludes zero since 2026-03-" in third


@pytest.mark.parametrize(("lower", "words"), [(True, "below 0 %: better"), (False, "above 0 %")])
def test_a_direction_is_told(lower: bool, words: str) -> None:
    ax = plot_over_days(days(2), experiment(), lower_is_better=lower)
    assert words in shown(ax.figure).replace("\N{NO-BREAK SPACE}", " ")


def test_the_minimum_of_days_is_marked() -> None:
    asked = experiment()
    marked = plot_over_days(days(2), asked, min_days=5)
    # The fifth day is the first with five days at its end.
    (line_at,) = [one for one in marked.get_lines() if one.get_linestyle() == "--"]
    start = (datetime.date(2026, 3, 1) - datetime.date(1970, 1, 1)).days
    assert list(line_at.get_xdata()) == [start + 4, start + 4]
    assert "grey" not in shown(plot_over_days(days(2), asked, min_days=0).figure)
    early = plot_over_days(days(2, 2), asked)
    assert "grey" in shown(early.figure)
    assert not [one for one in early.get_lines() if one.get_linestyle() == "--"]
    started = int(datetime.datetime(2026, 3, 1, 12, tzinfo=datetime.timezone.utc).timestamp())
    asked.current_iteration.started_at = started * 1000
    later = plot_over_days(days(2), asked)
    (line_at,) = [one for one in later.get_lines() if one.get_linestyle() == "--"]
    assert list(line_at.get_xdata()) == [start + 2.5, start + 2.5]


def test_one_day_has_bars() -> None:
    ax = plot_over_days(days(2, 1), experiment())
    bars = [one for one in ax.get_lines() if len(set(one.get_xdata())) == 1 and not one.get_gid()]
    assert [len(bar.get_ydata()) for bar in bars] == [2]
    assert troubles(ax.figure) == []


def test_wide_intervals_of_the_first_days_are_cut() -> None:
    first = {treatment_id(n): Arm(units=9, conversions=1 + n) for n in range(2)}
    ax = plot_over_days({"2026-02-28": first, **days(2)}, experiment())
    assert "intervals of the first days are cut" in shown(ax.figure)
    assert ax.get_ylim()[1] < 3


def test_many_treatments_have_no_bands() -> None:
    names = [f"treatment {n}" for n in range(7)]
    ax = plot_over_days(days(7), experiment(names))
    assert "too many treatments to draw intervals" in shown(ax.figure)
    assert len([one for one in ax.get_lines() if one.get_gid()]) == 6
    assert troubles(ax.figure) == []


@pytest.mark.parametrize("empty", [{}, {"2026-03-01": ExperimentBayesianResultsRep()}])
def test_nothing_to_draw_is_told(empty: Any) -> None:
    figure: Any = plot_over_days(empty).figure
    assert "no data" in shown(figure)
    assert figure.alt.endswith("no data")


def test_days_without_a_lift_are_left_out() -> None:
    none = {treatment_id(n): Arm(units=0, conversions=0) for n in range(2)}
    ax = plot_over_days({"2026-02-28": none, **days(2)}, experiment())
    assert len(line(ax, "bold").get_xdata()) == 14
    tested = {
        day: frequentist_results(
            {k: Arm(units=a.units, total=n, total_of_squares=a.units * 9) for n, (k, a) in each},
            baseline=treatment_id(0),
        )
        for day, counts in days(2, 3).items()
        for each in [[*enumerate(counts.items(), 1)]]
    }
    # The interval of a mean near zero is infinite, and the lift is there.
    ax = plot_over_days(tested, experiment())
    assert len(line(ax, "bold").get_xdata()) == 3
    assert "an interval" not in ax.figure.alt  # type: ignore[attr-defined]


def test_counts_follow_the_methodology_of_the_experiment() -> None:
    asked = experiment(methodology="frequentist")
    frame = days_frame(days(2, 4), asked)
    assert frame.attrs["interval"] == "95 % confidence interval"
    assert frame["p_value"].notna().sum() == 4
    assert frame["p_above_zero"].isna().all()
    assert "95 % confidence" in plot_over_days(days(2, 4), asked).figure.alt  # type: ignore[attr-defined]


def test_counts_of_an_export_name_their_baseline() -> None:
    class Counts(dict[str, Arm]):
        baseline = treatment_id(1)
        names = {treatment_id(0): "new", treatment_id(1): "old"}  # noqa: RUF012

    counts = {day: Counts(found) for day, found in days(2, 4).items()}
    frame = days_frame(counts)
    assert set(frame["rel_from"].dropna()) == {"old"}
    exported = {
        day: SimpleNamespace(results=bayesian_results(c, names=c.names), arms=c)
        for day, c in counts.items()
    }
    assert days_frame(exported).equals(frame)


@pytest.mark.parametrize(
    "day", [datetime.datetime(2026, 3, 1, 23, tzinfo=datetime.timezone.utc), "2026-03-01"]
)
def test_a_day_may_be_a_date_a_time_or_text(day: Any) -> None:
    frame = days_frame({day: arms(2)}, baseline=treatment_id(0))
    assert set(frame["day"]) == {pd.Timestamp("2026-03-01")}


def test_mistakes_are_named() -> None:
    for wrong in ("yesterday", 7, None):
        with pytest.raises(ApiValueError, match=r"is not a day: give a date, or '2026-03-30'"):
            days_frame({wrong: arms(2)}, experiment())
    with pytest.raises(ApiTypeError, match="days must map days to results or counts"):
        days_frame([arms(2)], experiment())  # type: ignore[arg-type]
    for bad in (7, {"a": 7}):
        with pytest.raises(ApiTypeError, match="a day must have results, or a mapping"):
            days_frame({"2026-03-01": bad}, experiment())
    with pytest.raises(ApiValueError, match="baseline is not known: give the experiment, or"):
        plot_over_days(days(2))
    with pytest.raises(ApiValueError, match=r"baseline= one of 'control', 'bold'"):
        days_frame(days(2), experiment(), baseline="green")


def test_it_draws_into_axes_of_the_caller() -> None:
    figure, ax = plt.subplots(figsize=(9, 5))
    assert plot_over_days(days(2), experiment(), ax=ax) is ax
    assert troubles(figure) == []


def one_sided(count: int, alternative: Any, number: int) -> Any:
    return {
        day: frequentist_results(found, baseline=treatment_id(0), alternative=alternative)
        for day, found in days(count, number).items()
    }


@pytest.mark.parametrize(("alternative", "open_to"), [("greater", 1), ("less", 0)])
def test_a_one_sided_band_fades_to_the_edge_of_the_axes(alternative: Any, open_to: int) -> None:
    found = one_sided(2, alternative, 14)
    ax = plot_over_days(found, experiment())
    frame = days_frame(found, experiment())
    bounds = frame[frame["name"] == "bold"]["rel_high" if open_to == 0 else "rel_low"].tolist()
    layers = [layer.get_paths()[0].get_extents() for layer in ax.collections]
    edge = ax.get_ylim()[open_to]
    reached = [(layer.y0, layer.y1)[open_to] for layer in layers]
    # The layers end one after another, and the last one at the edge.
    assert reached == sorted(reached, reverse=open_to == 0)
    assert reached[-1] == pytest.approx(edge)
    assert len(set(reached)) == len(reached) > 3
    closed = [(layer.y0, layer.y1)[1 - open_to] for layer in layers]
    assert closed == pytest.approx([(max if open_to == 0 else min)(bounds)] * len(layers))
    text = shown(ax.figure).replace("\N{NO-BREAK SPACE}", " ")
    assert "fading, or an arrow: a one-sided interval, without a bound there" in text
    assert "fading" not in shown(plot_over_days(days(2), experiment()).figure)
    assert troubles(ax.figure) == []


def test_a_one_sided_interval_of_one_day_has_an_arrow() -> None:
    ax = plot_over_days(one_sided(2, "greater", 1), experiment())
    (arrow,) = [one for one in ax.get_lines() if one.get_marker() == "^"]
    assert list(arrow.get_ydata()) == [ax.get_ylim()[1]]


def test_a_one_sided_interval_excludes_zero_by_its_only_bound() -> None:
    figure: Any = plot_over_days(one_sided(3, "greater", 14), experiment(NAMES)).figure
    frame = days_frame(one_sided(3, "greater", 14), experiment(NAMES))
    own = frame[(frame["name"] == "third") & (frame["rel_low"] > 0)]
    assert f"excludes zero since {own['day'].min():%Y-%m-%d}" in figure.alt
    below: Any = plot_over_days(one_sided(3, "less", 14), experiment(NAMES)).figure
    assert "excludes zero" not in below.alt

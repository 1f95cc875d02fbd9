"""Pictures: their contents, and the readability of every text."""

from __future__ import annotations

import io
import math
import warnings
from collections.abc import Callable, Iterator
from typing import Any

import matplotlib as mpl
import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from matplotlib import pyplot as plt
from matplotlib.axes import Axes
from matplotlib.colors import to_hex
from matplotlib.figure import Figure

from launchdarkly_api.analysis import sample_size
from launchdarkly_api.model.experiment_bayesian_results_rep import ExperimentBayesianResultsRep
from launchdarkly_api.model.experiment_results import ExperimentResults
from launchdarkly_api.model_utils import decode
from launchdarkly_api.notebook import (
    plot_differences,
    plot_legacy,
    plot_portfolio,
    plot_probability_best,
    plot_results,
    plot_sample_size,
    report_of,
)
from launchdarkly_api.notebook.canvas import BLUE, GREY, VERMILLION, wrapped, wrapped_names
from test.notebook.boxes import shown, troubles
from test.notebook.examples import (
    LONG_NAMES,
    START,
    experiment,
    legacy,
    legacy_json,
    results,
    results_json,
    results_of,
    treatment_id,
)

BAYESIAN = (plot_results, plot_differences, plot_probability_best)
MEANS_OF_12 = [0.1 + 0.005 * n if n != 3 else None for n in range(12)]


def drawn(ax: Any) -> Iterator[tuple[Any, list[float], list[float]]]:
    """The lines with their coordinates."""
    for line in ax.get_lines():
        yield line, list(line.get_xdata()), list(line.get_ydata())


def lines_at(ax: Axes, x: float) -> list[Any]:
    """Vertical lines over the whole height."""
    return [line for line, xs, ys in drawn(ax) if ys == [0, 1] and xs == [x, x]]


def intervals(ax: Axes) -> dict[float, tuple[float, float]]:
    """The horizontal intervals by row."""
    return {ys[0]: (xs[0], xs[1]) for _, xs, ys in drawn(ax) if len(xs) == 2 and ys[0] == ys[1]}


def marks(ax: Axes) -> dict[float, tuple[float, str]]:
    """The points by row, with their markers."""
    return {ys[0]: (xs[0], line.get_marker()) for line, xs, ys in drawn(ax) if len(xs) == 1}


def colours(ax: Axes) -> dict[float, str]:
    """The colours of the bounds by row."""
    return {
        ys[0]: to_hex(line.get_color()).upper()
        for line, _, ys in drawn(ax)
        if line.get_linewidth() == 5
    }


def test_means_stand_in_their_intervals_and_the_baseline_is_marked() -> None:
    ax = plot_results(results(("a", "b", "c"), (0.1, 0.12, 0.2)), experiment(("a", "b", "c")))
    assert intervals(ax)[1] == pytest.approx((0.108, 0.132))
    assert {y: x for y, (x, _) in marks(ax).items()} == pytest.approx({0: 0.1, 1: 0.12, 2: 0.2})
    assert [marker for _, marker in marks(ax).values()] == ["s", "o", "o"]
    assert [t.get_text() for t in ax.get_yticklabels()] == ["a (baseline)", "b", "c"]
    assert lines_at(ax, 0.1)[0].get_linestyle() == "--"
    assert "dashed: the baseline's mean" in ax.get_xlabel()
    # The first treatment is at the top.
    assert ax.get_ylim()[0] > ax.get_ylim()[1]


def test_zero_is_drawn_where_the_intervals_reach_it() -> None:
    near = plot_results(results_of({"mean": 0.1, "credibleInterval": {"lower": -1, "upper": 1}}))
    assert lines_at(near, 0)
    assert near.get_xlim()[0] < 0 < near.get_xlim()[1]
    assert "reach zero" not in near.get_xlabel()
    far = plot_results(
        results_of(
            {"mean": 900, "credibleInterval": {"lower": 895, "upper": 905}},
            {"mean": 880, "credibleInterval": {"lower": 875, "upper": 885}},
        )
    )
    assert not lines_at(far, 0)
    assert far.get_xlim()[0] > 870
    assert "the axis does not reach zero" in far.get_xlabel()
    assert lines_at(plot_differences(results()), 0)
    assert lines_at(plot_probability_best(results()), 0)


def test_the_axis_names_the_unit() -> None:
    assert "Sign-ups, in its own unit" in plot_results(results(), experiment()).get_xlabel()
    assert "signup, in ms" in plot_results(results(), unit="ms").get_xlabel()
    newer = experiment()
    newer.current_iteration.primary_metric["isNumeric"] = False
    assert "as a fraction" in plot_results(results(), newer).get_xlabel()
    assert "90\N{NO-BREAK SPACE}% credible interval" in plot_results(results()).get_xlabel()
    assert "in\N{NO-BREAK SPACE}%" in plot_differences(results()).get_xlabel()
    assert "in\N{NO-BREAK SPACE}%" in plot_probability_best(results()).get_xlabel()


def test_differences_are_bounds_from_the_baseline_with_the_lift_marked() -> None:
    names, means = ("a", "b", "c", "d"), (0.1, 0.12, 0.05, 0.101)
    ax = plot_differences(results(names, means), experiment(names))
    assert intervals(ax)[1] == pytest.approx((0.1, 0.3))
    assert set(intervals(ax)) == {1, 2, 3}
    assert {y: marker for y, (_, marker) in marks(ax).items()} == {0: "s", 1: "D", 2: "D", 3: "D"}
    assert marks(ax)[1][0] == pytest.approx(0.2)
    # Nothing has the colour of better or worse, because no direction is known.
    assert colours(ax)[1] == colours(ax)[2] not in (BLUE, VERMILLION)
    assert colours(ax)[3] == GREY
    assert "from the baseline" in ax.get_xlabel()


def test_colours_show_better_and_worse_if_the_direction_is_known() -> None:
    names, means = ("a", "b", "c", "d"), (0.1, 0.12, 0.05, 0.101)
    known = (results(names, means), experiment(names))
    more = plot_differences(*known, lower_is_better=False)
    assert colours(more) == {1: BLUE, 2: VERMILLION, 3: GREY}
    less = plot_differences(*known, lower_is_better=True)
    assert colours(less) == {1: VERMILLION, 2: BLUE, 3: GREY}


def test_another_reference_may_be_chosen() -> None:
    for reference in ("bold", treatment_id(1)):
        ax = plot_differences(results(), experiment(), reference=reference)
        assert set(intervals(ax)) == {0}
        assert "from bold" in ax.get_xlabel()
    same = plot_differences(results(("same", "same"), (0.1, 0.2)), reference="same #2")
    assert "from same #2" in same.get_xlabel()
    with pytest.raises(ValueError, match=r"reference 'green' is not in .* 'control', 'bold'"):
        plot_differences(results(), reference="green")
    with pytest.raises(ValueError, match="no treatments"):
        plot_differences(ExperimentBayesianResultsRep(), reference="green")
    assert len(plt.get_fignums()) == 3


def test_an_unknown_baseline_is_called_an_assumption() -> None:
    ax = plot_differences(results())
    assert "from control" in ax.get_xlabel()
    assert "the baseline is not known, this is the first" in " ".join(ax.get_xlabel().split())
    assert "(baseline)" not in shown(ax.figure)


@pytest.mark.parametrize(
    ("lower_is_better", "words"),
    [
        (True, "← better worse → blue: better, vermillion: worse"),
        (False, "← worse better → blue: better, vermillion: worse"),
    ],
)
def test_the_axis_names_a_known_direction(lower_is_better: bool, words: str) -> None:
    drawn = plot_differences(results(), lower_is_better=lower_is_better)
    assert words in " ".join(drawn.get_xlabel().split())
    assert "better" not in plot_differences(results()).get_xlabel()


def test_probabilities_are_bars_from_zero_to_one() -> None:
    ax = plot_probability_best(results(), experiment())
    bars: Any = ax.patches
    assert [bar.get_width() for bar in bars] == pytest.approx([1 / 3, 2 / 3])
    assert ax.get_xlim() == (0, 1)
    # The baseline is hollow, and no colour stands for better.
    assert [to_hex(bar.get_facecolor()).upper() for bar in bars] == ["#FFFFFF", GREY]
    assert "33.3 %" in shown(ax.figure)


@pytest.mark.parametrize("plot", BAYESIAN)
@pytest.mark.parametrize("mismatch", [0.5, 0.999])
def test_a_picture_shows_the_warning_of_a_mismatch(
    plot: Callable[..., Axes], mismatch: float
) -> None:
    text = shown(plot(results(mismatch=mismatch)).figure)
    assert ("Warning: Sample-ratio mismatch (probability 99.9 %)" in text) is (mismatch > 0.9)


@pytest.mark.parametrize("plot", BAYESIAN)
@pytest.mark.parametrize("mismatch", [0.5, 0.999])
@pytest.mark.parametrize(
    ("names", "means"),
    [
        (("control", "bold"), (0.1, 0.12)),
        (LONG_NAMES[:2], (123456.7, 123956.7)),
        (LONG_NAMES, MEANS_OF_12),
        (LONG_NAMES, [10.0 ** (40 * (n % 7)) for n in range(12)]),
        ((), ()),
        (("control", "bold"), (None, None)),
        (("W" * 300, "i" * 300), (1.0, -1.0)),
    ],
)
def test_no_text_is_cut_or_overlaps(
    plot: Callable[..., Axes], names: Any, means: Any, mismatch: float
) -> None:
    experiment_of = experiment(names)
    ax = plot(results(names, means, mismatch=mismatch), experiment_of)
    assert troubles(ax.figure) == []


@pytest.mark.parametrize("plot", BAYESIAN)
@pytest.mark.parametrize("layout", [None, "constrained", "tight"])
@pytest.mark.parametrize("size", [(6.4, 4.8), (10, 5)])
@pytest.mark.parametrize("count", [2, 12])
def test_no_text_is_cut_in_the_callers_axes(
    plot: Callable[..., Axes], layout: Any, size: Any, count: int
) -> None:
    names, means = LONG_NAMES[:count], MEANS_OF_12[:count]
    figure, ax = plt.subplots(figsize=size, layout=layout)
    assert plot(results(names, means), experiment(names), ax=ax) is ax
    assert len(plt.get_fignums()) == 1
    assert troubles(figure) == []


def test_three_pictures_fit_side_by_side() -> None:
    figure, axes = plt.subplots(1, 3, figsize=(13, 4), layout="constrained", sharey=True)
    for plot, ax in zip(BAYESIAN, axes):
        plot(results(), experiment(), ax=ax)
    assert troubles(figure) == []
    figure, axes = plt.subplots(1, 2, figsize=(12, 4))
    for plot, ax in zip(BAYESIAN, axes):
        plot(results(), experiment(), ax=ax)
    assert troubles(figure) == []


def grid(rows: int, columns: int, size: Any, names: Any, **more: Any) -> Figure:
    """All kinds of pictures in one figure, with a mismatch."""
    figure, axes = plt.subplots(rows, columns, figsize=size, squeeze=False, **more)
    means = [0.1 + 0.01 * n for n in range(len(names))]
    sent, asked = results(names, means, mismatch=0.995), experiment(names)
    for plot, ax in zip((*BAYESIAN, None), axes.flat):
        plot_legacy(legacy(names), ax=ax) if plot is None else plot(sent, asked, ax=ax)
    return figure


@pytest.mark.parametrize("layout", [None, "constrained"])
@pytest.mark.parametrize(
    ("rows", "columns", "size", "count"),
    [(2, 2, (12, 9), 12), (1, 3, (15, 4), 4), (2, 1, (10, 7), 2), (1, 1, (6.4, 4.8), 12)],
)
def test_no_text_is_cut_or_overlaps_in_a_grid(
    rows: int, columns: int, size: Any, count: int, layout: Any
) -> None:
    assert troubles(grid(rows, columns, size, LONG_NAMES[:count], layout=layout)) == []


@pytest.mark.parametrize(
    ("rows", "columns", "size", "count"),
    [(1, 1, (6, 2.5), 12), (1, 1, (4, 3), 12), (2, 2, (7, 5), 2)],
)
def test_text_is_smaller_in_small_axes(rows: int, columns: int, size: Any, count: int) -> None:
    figure = grid(rows, columns, size, LONG_NAMES[:count])
    assert troubles(figure) == []
    assert "Warning: sample-ratio mismatch" in shown(figure)
    assert figure.axes[0].get_yticklabels()[0].get_fontsize() < 10


def test_too_small_axes_emit_a_warning_about_the_callers_line() -> None:
    _, ax = plt.subplots(figsize=(1, 1))
    with pytest.warns(UserWarning, match="too small for their text") as caught:
        plot_results(results(), experiment(), ax=ax)
    assert caught[0].filename == __file__


@pytest.mark.parametrize("plot", [*BAYESIAN, plot_legacy])
def test_a_tight_layout_may_follow(plot: Callable[..., Axes]) -> None:
    figure, ax = plt.subplots()
    plot(legacy() if plot is plot_legacy else results(), ax=ax)
    figure.tight_layout()
    assert troubles(figure) == []


def test_axes_without_a_grid_have_room_too() -> None:
    figure = plt.figure(figsize=(12, 4))
    for left in (0.05, 0.55):
        plot_results(results(), experiment(), ax=figure.add_axes((left, 0.1, 0.4, 0.8)))
    assert troubles(figure) == []


def test_text_in_a_large_font_fits() -> None:
    with mpl.rc_context({"font.size": 16}):
        ax = plot_results(results(LONG_NAMES, MEANS_OF_12), experiment(LONG_NAMES))
        assert troubles(ax.figure) == []


def test_pictures_follow_a_dark_style() -> None:
    with plt.style.context("dark_background"):
        ax = plot_differences(results(), experiment())
        assert to_hex(lines_at(ax, 0)[0].get_color()) == "#ffffff"
        ax.figure.canvas.draw()


@pytest.mark.parametrize("plot", [*BAYESIAN, plot_legacy])
def test_the_same_picture_goes_into_any_figure(plot: Callable[..., Axes]) -> None:
    """Figures that pyplot does not manage, and subfigures, also work."""
    figure = Figure()
    part: Any = figure.subfigures(1, 2, squeeze=False)[0, 0]
    sent: Any = legacy() if plot is plot_legacy else results()
    for home in (figure, part):
        plot(sent, ax=home.add_subplot())
    figure.savefig(io.BytesIO(), format="png")
    assert plt.get_fignums() == []


@pytest.mark.parametrize("plot", BAYESIAN)
@pytest.mark.parametrize(
    "empty",
    [
        ExperimentBayesianResultsRep(),
        results_of(),
        results_of({}),
        results_of({"treatmentName": "a", "mean": None, "pBest": None}, {"treatmentId": "x"}),
        results_of({"treatmentId": "a", "mean": math.nan, "pBest": math.nan, "units": 0}),
        results_of({"treatmentId": "a", "mean": math.inf, "pBest": -math.inf}),
        results_of({"mean": 10**400, "pBest": 10**400, "treatmentId": "a"}),
    ],
)
def test_without_data_the_picture_says_so(
    plot: Callable[..., Axes], empty: ExperimentBayesianResultsRep
) -> None:
    ax = plot(empty, experiment())
    assert "no data" in shown(ax.figure)
    assert troubles(ax.figure) == []
    assert list(ax.get_xticks()) == []
    # No line crosses the words.
    words = next(text for text in ax.texts if text.get_text() == "no data").get_window_extent()
    assert not [line for line in ax.get_lines() if words.overlaps(line.get_window_extent())]


def test_a_row_without_data_says_so() -> None:
    sent = results(("a", "b", "c"), (0.1, None, 0.2))
    assert "no data" in shown(plot_results(sent).figure)
    figure, ax = plt.subplots(figsize=(4, 4))
    plot_results(sent, ax=ax)
    assert "b (no data)" in shown(figure)


def test_half_an_interval_is_not_drawn() -> None:
    half = {"mean": 0.1, "credibleInterval": {"lower": None, "upper": 0.2}}
    ax = plot_results(results_of(half))
    assert intervals(ax) == {}
    assert marks(ax)[0][0] == 0.1
    assert "0.1 (no data to 0.2)" in shown(ax.figure)
    no_mean = {"credibleInterval": {"lower": 0.1, "upper": 0.2}}
    assert "no mean (0.1 to 0.2)" in shown(plot_results(results_of(no_mean)).figure)
    assert "| 0.1 |" in shown(plot_results(results_of({"mean": 0.1})).figure) + " |"


def test_names_of_treatments_are_not_read_as_mathematics() -> None:
    names = ("$x^2$", "a_b", "\\alpha", "$", "\x00\u202etnes", "same", "same", "")
    ax = plot_results(results(names, [0.1] * 8), experiment(names, baseline=5))
    ax.figure.canvas.draw()
    labels = [t.get_text() for t in ax.get_yticklabels()]
    assert labels[:5] == ["$x^2$", "a_b", "\\alpha", "$", "tnes"]
    assert labels[5:7] == ["same #1 (baseline)", "same #2"]
    assert labels[7].replace("\n", "") == treatment_id(7)
    assert not any(t.get_parse_math() for t in ax.get_yticklabels())


ALIKE = tuple(
    f"Checkout redesign experiment: button variant {letter} of the second wave, spring"
    for letter in "ABCDEFGHIJKL"
)


@pytest.mark.parametrize("size", [(9, 6), (6.4, 4.8)])
def test_long_names_remain_different_when_they_are_cut(size: Any) -> None:
    figure, ax = plt.subplots(figsize=size)
    plot_results(results(ALIKE, [0.1] * 12), experiment(ALIKE), ax=ax)
    labels = [t.get_text() for t in ax.get_yticklabels()]
    assert len(set(labels)) == 12
    assert troubles(figure) == []


@pytest.mark.parametrize(
    ("names", "written"),
    [
        (("aaaabbbbcccc", "aaaabbdbcccc"), ["aa…cc #1", "aa…cc #2"]),
        (("the first variant A of it", "the first variant B of it"), ["th…it #1", "th…it #2"]),
        (("the first kind A", "the first kind B"), ["the…d A", "the…d B"]),
        (("one", "two"), ["one", "two"]),
        ((), []),
    ],
)
def test_names_that_would_be_cut_alike_remain_different(names: Any, written: Any) -> None:
    assert wrapped_names(names, 8, 1) == written


@pytest.mark.parametrize("style", ["seaborn-v0_8", "ggplot", "dark_background"])
def test_every_style_has_the_glyphs_of_a_picture(style: str) -> None:
    with plt.style.context(style), warnings.catch_warnings():
        warnings.simplefilter("error")
        for plot in BAYESIAN:
            plot(results(mismatch=1.0), experiment()).figure.canvas.draw()
        plot_legacy(legacy()).figure.canvas.draw()


def test_figures_use_the_minus_sign_of_the_axis() -> None:
    ax = plot_differences(results(("a", "b"), (0.2, 0.1)), experiment(("a", "b")))
    assert "−60.0 % to −40.0 %" in shown(ax.figure)


def test_a_picture_survives_glyphs_that_the_font_lacks() -> None:
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", "Glyph")
        ax = plot_results(results(("短い名前" * 20, "🎉"), (0.1, 0.2)))
        assert troubles(ax.figure) == []


def test_nothing_stays_open_when_drawing_fails(monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*_: Any, **__: Any) -> None:
        raise RuntimeError("drawing failed")

    monkeypatch.setattr(Axes, "set_xlabel", fail)
    for plot in (*BAYESIAN, plot_legacy):
        with pytest.raises(RuntimeError, match="drawing failed"):
            plot(legacy() if plot is plot_legacy else results())
    assert plt.get_fignums() == []


numbers = st.one_of(st.none(), st.floats(), st.integers())


@settings(
    max_examples=8,
    deadline=None,
    derandomize=True,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(
    names=st.lists(st.text(max_size=40), min_size=1, max_size=4),
    figures=st.lists(numbers, min_size=7, max_size=7),
    baseline=st.integers(0, 4),
)
def test_any_numbers_can_be_drawn(names: list[str], figures: list[Any], baseline: int) -> None:
    sent = results_json(names, [0.1] * len(names), mismatch=figures[0])
    for treatment in sent["treatmentResults"][:1]:
        treatment |= {"mean": figures[1], "pBest": figures[2], "units": None}
        treatment["credibleInterval"] = {"lower": figures[3], "upper": figures[4]}
        for difference in treatment["relativeDifferences"]:
            difference |= {"lower": figures[5], "upper": figures[6]}
    decoded = decode(ExperimentBayesianResultsRep, sent)
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", "Glyph")
        for plot in BAYESIAN:
            plot(decoded, experiment(names, baseline=baseline)).figure.canvas.draw()
            plt.close("all")


# Legacy results.


def test_rates_are_lines_with_bands_and_the_baseline_in_ink() -> None:
    ax = plot_legacy(legacy(("control", "bold", "blue")))
    lines: dict[str, Any] = {str(line.get_gid()): line for line in ax.get_lines()[:3]}
    assert list(lines) == ["control (baseline)", "bold", "blue"]
    assert to_hex(lines["control (baseline)"].get_color()) == "#000000"
    assert len({line.get_color() for line in lines.values()}) == 3
    assert len(ax.collections) == 3
    assert list(lines["bold"].get_ydata())[-1] == pytest.approx(
        legacy_json(("control", "bold", "blue"))["series"][-1]["VariationData"][1][
            "cumulativeConversionRate"
        ]
    )
    assert "95\N{NO-BREAK SPACE}% confidence interval" in ax.get_xlabel()
    assert "one point a day" in ax.get_xlabel()
    assert "UTC" in ax.get_xlabel()


def test_twelve_variations_have_different_styles() -> None:
    ax = plot_legacy(legacy(LONG_NAMES))
    styles = {
        (line.get_color(), line.get_linestyle(), line.get_marker())
        for line in ax.get_lines()
        if line.get_gid()
    }
    assert len(styles) == 12
    assert not ax.collections
    assert "too many variations to draw intervals" in ax.get_xlabel()


@pytest.mark.parametrize("days", [1, 2, 14, 400])
@pytest.mark.parametrize("count", [1, 2, 12])
def test_no_text_of_a_time_series_is_cut_or_overlaps(days: int, count: int) -> None:
    ax = plot_legacy(legacy(LONG_NAMES[:count], days))
    assert troubles(ax.figure) == []


def test_the_baseline_is_taken_from_the_totals_or_from_the_caller() -> None:
    assert "bold (baseline)" in shown(plot_legacy(legacy(baseline=1)).figure)
    assert "(baseline)" not in shown(plot_legacy(legacy(baseline=None)).figure)
    ambiguous = legacy_json(("a", "b", "c"))
    del ambiguous["totals"][2]["improvement"]
    assert "(baseline)" not in shown(plot_legacy(decode(ExperimentResults, ambiguous)).figure)
    for chosen in (1, "bold"):
        assert "bold (baseline)" in shown(plot_legacy(legacy(), baseline=chosen).figure)
    assert "bold (baseline)" in shown(plot_legacy(legacy(), baseline=np.int64(1)).figure)
    for unknown in (2, -1, "green", True):
        with pytest.raises(ValueError, match=r"baseline .* which have 'control', 'bold'"):
            plot_legacy(legacy(), baseline=unknown)
    with pytest.raises(ValueError, match="which have no variations"):
        plot_legacy(ExperimentResults(), baseline=0)


def test_the_caller_names_the_unit_of_a_rate() -> None:
    assert "in ms" in plot_legacy(legacy(), unit="ms").get_ylabel()
    assert "conversions: a fraction" in plot_legacy(legacy()).get_ylabel()


def test_a_time_series_far_from_zero_says_so() -> None:
    sent = legacy_json(("a", "b"))
    for slice_ in sent["series"]:
        for variation in slice_["VariationData"]:
            variation["cumulativeConversionRate"] += 900
            del variation["cumulativeConfidenceInterval"]
    ax = plot_legacy(decode(ExperimentResults, sent))
    assert "the axis does not reach zero" in ax.get_xlabel()
    assert ax.get_ylim()[0] > 800
    assert plot_legacy(legacy()).get_ylim()[0] <= 0


@pytest.mark.parametrize(
    "empty",
    [
        {},
        {"series": []},
        {"series": [{"Time": START}]},
        {"series": [{"VariationData": [{"cumulativeConversionRate": 0.1}]}]},
        {"series": [{"Time": START, "VariationData": [{"cumulativeConversionRate": math.nan}]}]},
        {"series": [{"Time": START, "VariationData": [{"cumulativeConversionRate": 1e308}]}]},
    ],
)
def test_an_empty_time_series_says_so(empty: dict[str, Any]) -> None:
    ax = plot_legacy(decode(ExperimentResults, empty))
    assert "no data" in shown(ax.figure)
    assert troubles(ax.figure) == []


def test_names_of_variations_are_not_read_as_mathematics() -> None:
    names = ["_hidden", "$x", "a$b$c", "\x07", "<b>"]
    ax = plot_legacy(legacy(names), unit="$ or $")
    legend = ax.get_legend()
    assert legend is not None
    assert not any(text.get_parse_math() for text in legend.get_texts())
    assert [text.get_text() for text in legend.get_texts()] == [
        "_hidden (baseline)",
        "$x",
        "a$b$c",
        "variation 3",
        "<b>",
    ]
    assert "$ or $" in shown(ax.figure)


def test_slices_may_come_in_any_order_and_length() -> None:
    sent = legacy_json(("a", "b"))
    sent["series"].reverse()
    sent["series"][3]["VariationData"].pop()
    sent["series"].append({"Time": START, "VariationData": [{"cumulativeConversionRate": 0.1}] * 5})
    ax = plot_legacy(decode(ExperimentResults, sent))
    assert "variation 4" in shown(ax.figure)
    _, times, _ = next(drawn(ax))
    assert times == sorted(times)


def test_a_line_breaks_where_there_are_no_figures() -> None:
    sent = legacy_json(("a", "b"), 8)
    for day in (3, 4):
        sent["series"][day]["VariationData"][0]["cumulativeConversionRate"] = None
    sent["series"][6]["VariationData"].pop()
    ax = plot_legacy(decode(ExperimentResults, sent))
    first, second = (list(ys) for line, _, ys in drawn(ax) if line.get_gid())
    assert [n for n, y in enumerate(first) if math.isnan(y)] == [3, 4]
    assert [n for n, y in enumerate(second) if math.isnan(y)] == [6]


def test_one_point_has_a_bar_instead_of_a_band() -> None:
    ax = plot_legacy(legacy(("a", "b"), 1))
    bars = [ys for line, xs, ys in drawn(ax) if len(set(xs)) == 1 and len(ys) == 2]
    interval = legacy_json(("a", "b"), 1)["series"][0]["VariationData"][0]
    known = interval["cumulativeConfidenceInterval"]
    assert bars[0] == pytest.approx([known["lower"], known["upper"]])
    assert len(bars) == 2
    assert "bar: 95" in ax.get_xlabel()
    assert "band: 95" in plot_legacy(legacy(("a", "b"), 2)).get_xlabel()


def test_unusable_intervals_are_not_drawn() -> None:
    sent = legacy_json(("a", "b"))
    odd = (None, math.inf, 10**400, math.nan)
    for slice_, value in zip(sent["series"], odd):
        slice_["VariationData"][0]["cumulativeConfidenceInterval"] = {"lower": value, "upper": 1}
    plot_legacy(decode(ExperimentResults, sent)).figure.canvas.draw()


@pytest.mark.parametrize(
    ("low", "high"),
    [(0, 1), (12_345_670, 12_345_680), (900, 905), (-5, 5), (0, 1e-9), (-1e250, 3e250), (5, 5)],
)
def test_ticks_have_enough_digits_to_differ(low: float, high: float) -> None:
    ax = plot_results(results_of({"mean": low}, {"mean": high}))
    ax.figure.canvas.draw()
    labels = [t.get_text() for t in ax.get_xticklabels()]
    assert len(set(labels)) == len(labels) >= 2
    assert all(len(label) < 12 for label in labels)


@pytest.mark.parametrize(
    ("text", "width", "lines", "expected"),
    [
        ("short", 10, 2, "short"),
        ("two words", 5, 2, "two\nwords"),
        ("abcdefghij", 5, 2, "abcde\nfghij"),
        ("abcdefghijkl", 5, 2, "abcde\nf…jkl"),
        ("名前名前", 4, 2, "名前\n名前"),
        ("", 5, 2, ""),
        ("a" * 50, 1, 1, "…"),
    ],
)
def test_text_is_wrapped_and_cut(text: str, width: int, lines: int, expected: str) -> None:
    assert wrapped(text, width, lines) == expected


def portfolio(**more: Any) -> Any:
    """A report each with a difference above, around and below zero, and without metrics."""
    made = {}
    for key, mean in (("up", 0.12), ("around", 0.101), ("down", 0.05)):
        asked = experiment(name=f"Experiment {key}")
        sent = results(means=(0.1, mean))
        for treatment, p in zip(sent.treatment_results, (0.1, 0.9)):
            treatment.p_best = p
        made[key] = report_of(asked, {"signup": sent}, **more)
    # Without means there are bounds, and no lift.
    bare = results()
    for treatment, p in zip(bare.treatment_results, (0.1, 0.9)):
        treatment.p_best, treatment.mean = p, None
    made["bare"] = report_of(experiment(), {"signup": bare}, **more)
    return made | {"none": report_of(experiment(), {})}


def test_a_portfolio_is_a_forest_with_a_row_per_experiment() -> None:
    ax = plot_portfolio(portfolio())
    labels = [label.get_text() for label in ax.get_yticklabels()]
    assert labels[0] == "Experiment up: bold"
    assert labels[4] == "New checkout"
    assert set(marks(ax)) == {0, 1, 2}
    assert intervals(ax)[0] == pytest.approx((0.1, 0.3))
    assert marks(ax)[0][0] == pytest.approx(0.2)
    assert colours(ax)[1] == GREY
    assert colours(ax)[0] == colours(ax)[2] not in (BLUE, VERMILLION)
    assert "no data" in shown(ax.figure)
    assert troubles(ax.figure) == []


def test_a_portfolio_has_colours_if_directions_are_given() -> None:
    ax = plot_portfolio(portfolio(lower_is_better="signup"))
    assert colours(ax) == {0: VERMILLION, 1: GREY, 2: BLUE, 3: VERMILLION}
    assert "blue: better" in shown(ax.figure)
    assert "no data" in shown(plot_portfolio({}).figure)


def test_the_sample_size_falls_with_the_lift() -> None:
    ax = plot_sample_size(baseline=0.1, lifts=(0.05, 0.1))
    (line,) = ax.get_lines()
    assert line.get_ydata().tolist() == [
        sample_size(baseline=0.1, lift=0.05),
        sample_size(baseline=0.1, lift=0.1),
    ]
    assert "units of each arm" in shown(ax.figure)
    assert troubles(ax.figure) == []

"""The pictures: each ``plot_`` function here is a name of ``launchdarkly_api.notebook``.

A ``draw_`` function draws into axes without a title, so that reports can combine several pictures.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import partial
from typing import TYPE_CHECKING, Any

from matplotlib.ticker import FixedLocator, FuncFormatter

from launchdarkly_api._display.text import (
    percent_text,
)
from launchdarkly_api._display.thresholds import MIN_DAYS
from launchdarkly_api.analysis.sizes import sample_size
from launchdarkly_api.model.experiment import Experiment
from launchdarkly_api.model.experiment_results import ExperimentResults
from launchdarkly_api.model.iteration_rep import IterationRep
from launchdarkly_api.notebook import facts, figures
from launchdarkly_api.notebook.canvas import (
    BLUE,
    GREY,
    VERMILLION,
    WIDTH,
    Space,
    axes_for,
    describe,
    heading,
    ink,
    scaled,
)
from launchdarkly_api.notebook.days import Days, course_of
from launchdarkly_api.notebook.forests import (
    Reference,
    Rows,
    count_tick,
    draw_interval,
    drawable,
    ends_of,
    finish,
    interval,
    mark,
    mark_lift,
    number_tick,
    open_notes,
    percent_tick,
    plot_rows,
    reach,
    reference_of,
    rows_of,
)
from launchdarkly_api.notebook.over_days import plot_course
from launchdarkly_api.notebook.portfolio import Reported, compared
from launchdarkly_api.notebook.time_series import plot_series
from launchdarkly_api.notebook.wording import lift_text, mean_text

if TYPE_CHECKING:
    from matplotlib.axes import Axes
else:
    # Programs read annotations at run time too.
    Axes = Any

#: The names that ``launchdarkly_api.notebook`` offers.
__all__: list[str] = [
    "plot_differences",
    "plot_legacy",
    "plot_over_days",
    "plot_portfolio",
    "plot_probability_best",
    "plot_results",
    "plot_sample_size",
]


def plot_results(
    results: figures.Results,
    experiment: Experiment | IterationRep | None = None,
    *,
    ax: Axes | None = None,
    unit: str | None = None,
) -> Axes:
    """Draw the mean of each treatment with its 90 % credible interval, or its confidence interval.

    The baseline is a hollow square, and its mean is a dashed line. The axis shows the intervals,
    and says so if it does not reach zero. Where it does, zero is a solid line.

    Args:
        results: The results of one metric.
        experiment: The experiment, fetched with ``expand="treatments"``, which names the baseline.
        ax: The axes to draw into; a new figure by default.
        unit: The metric's unit, such as ``"ms"``. The service does not send it.

    Returns:
        The axes.
    """
    rows = rows_of(results, experiment)
    return plot_rows(rows, ax, "mean of each treatment", partial(draw_results, unit=unit))


def draw_results(ax: Axes, rows: Rows, space: Space, unit: str | None = None) -> None:
    """Draw ``plot_results`` without a title."""
    points = [drawable(arm.mean) for arm in rows.arms]
    intervals = [interval(arm.low, arm.high) for arm in rows.arms]
    base = next((p for arm, p in zip(rows.arms, points) if arm.is_baseline), None)
    notes = [f"{_unit(rows.metric, unit)}: mean with {rows.interval}"]
    if base is not None:
        ax.axvline(base, color=GREY, lw=1, ls=(0, (4, 3)), zorder=0)
        notes.append("dashed: the baseline's mean")
    for y, (arm, point, ends) in enumerate(zip(rows.arms, points, intervals)):
        if ends is not None:
            ax.plot(ends, (y, y), color=ink(), lw=2, marker="|", ms=9, mew=2)
        if point is not None:
            mark(ax, point, y, hollow=bool(arm.is_baseline))
    values = [end for ends in intervals for end in ends or ()]
    values += [point for point in points if point is not None]
    if values and not reach(ax, values) and not space.brief:
        notes.append("the axis does not reach zero")
    texts = [mean_text(arm, space.units) for arm in rows.arms]
    finish(ax, rows, space, texts, notes, drawn=bool(values))
    ax.xaxis.set_major_formatter(FuncFormatter(partial(number_tick, *ax.get_xlim())))


def _unit(metric: facts.Metric | None, unit: str | None) -> str:
    name = "the metric" if metric is None else metric.name
    if unit is None:
        unit = "as a fraction" if metric and metric.numeric is False else "in its own unit"
    else:
        unit = f"in {unit}"
    return f"{name}, {unit}"


def plot_differences(
    results: figures.Results,
    experiment: Experiment | IterationRep | None = None,
    *,
    ax: Axes | None = None,
    reference: str | None = None,
    lower_is_better: bool | None = None,
) -> Axes:
    """Draw each treatment's difference from the baseline: the lift and its bounds, in per cent.

    The bounds are those of the results: a 90 % credible interval, or a confidence interval. A mark
    shows the lift, the ratio of the means minus one. If ``lower_is_better`` is given, an interval
    on the better side of zero is blue, and one on the worse side is vermillion. Otherwise all
    intervals that exclude zero have the colour of text, because nothing is known to be better.
    Intervals around zero are grey.

    Args:
        results: The results of one metric.
        experiment: The experiment, fetched with ``expand="treatments"``, which names the baseline.
        ax: The axes to draw into; a new figure by default.
        reference: The treatment to compare with, by its name, its label in the picture or its id.
            By default the baseline, or the first treatment if the baseline is unknown.
        lower_is_better: The direction of success, which axis and colours then show. The service
            does not send it.

    Returns:
        The axes.

    Raises:
        ValueError: The results have no treatment ``reference``.
    """
    rows = rows_of(results, experiment)
    compared = reference_of(rows, reference)
    draw = partial(draw_differences, reference=compared, lower_is_better=lower_is_better)
    return plot_rows(rows, ax, "relative difference", draw)


def draw_differences(
    ax: Axes,
    rows: Rows,
    space: Space,
    reference: Reference | None,
    lower_is_better: bool | None = None,
) -> None:
    """Draw ``plot_differences`` without a title."""
    wanted = None if reference is None else reference.id
    differences = [None if wanted is None else arm.difference_from(wanted) for arm in rows.arms]
    intervals = [None if d is None else ends_of(d) for d in differences]
    drawn = any(ends is not None for ends in intervals)
    texts: list[str] = []
    lifts: list[float] = []
    for y, (arm, difference, ends) in enumerate(zip(rows.arms, differences, intervals)):
        if ends is not None and difference is not None:
            draw_interval(ax, y, ends, difference, _side_colours(lower_is_better))
        lift = None if difference is None else drawable(difference.lift)
        if lift is not None and ends is not None:
            mark_lift(ax, lift, y)
            lifts.append(lift)
        if wanted is not None and arm.id == wanted and drawn:
            mark(ax, 0, y, hollow=True)
            texts.append("reference")
        else:
            texts.append(lift_text(difference, with_lift=space.units))
    values = [end for ends in intervals for end in ends or ()]
    if values:
        reach(ax, [*values, *lifts], always=True)
    notes = _difference_notes(rows, reference, lower_is_better)
    notes += open_notes(differences)
    finish(ax, rows, space, texts, notes, drawn=drawn, max_ticks=4 if space.units else 6)
    ax.xaxis.set_major_formatter(FuncFormatter(percent_tick))


def _side_colours(lower_is_better: bool | None) -> tuple[str, str]:
    """Return the colours of intervals above and below zero."""
    if lower_is_better is None:
        return ink(), ink()
    return (VERMILLION, BLUE) if lower_is_better else (BLUE, VERMILLION)


def _difference_notes(
    rows: Rows, reference: Reference | None, lower_is_better: bool | None
) -> list[str]:
    label = "the baseline" if reference is None else reference.label
    notes = [f"relative difference from {label}, in %: lift with {rows.differences_interval}"]
    if reference is not None and reference.assumed:
        notes.append("the baseline is not known, this is the first treatment")
    if lower_is_better is not None:
        left, right = ("better", "worse") if lower_is_better else ("worse", "better")
        notes += [f"← {left}     {right} →", "blue: better, vermillion: worse"]
    return notes


def plot_probability_best(
    results: figures.Results,
    experiment: Experiment | IterationRep | None = None,
    *,
    ax: Axes | None = None,
) -> Axes:
    """Draw the probability of each treatment to be the best one, of Bayesian results.

    The service computed these probabilities, and chose which direction is better.

    Args:
        results: The results of one metric.
        experiment: The experiment, fetched with ``expand="treatments"``, which names the baseline.
        ax: The axes to draw into; a new figure by default.

    Returns:
        The axes.
    """
    rows = rows_of(results, experiment)
    return plot_rows(rows, ax, "probability of being best", draw_probability_best)


def draw_probability_best(ax: Axes, rows: Rows, space: Space) -> None:
    """Draw ``plot_probability_best`` without a title."""
    probabilities = [drawable(arm.p_best) for arm in rows.arms]
    for y, (arm, probability) in enumerate(zip(rows.arms, probabilities)):
        if probability is not None:
            face = ax.get_facecolor() if arm.is_baseline else GREY
            ax.barh(y, probability, height=0.55, facecolor=face, edgecolor=GREY, linewidth=1.5)
    ax.axvline(0, color=ink(), lw=1)
    ax.set_xlim(0, 1)
    texts = [percent_text(arm.p_best) for arm in rows.arms]
    drawn = any(probability is not None for probability in probabilities)
    finish(ax, rows, space, texts, ["probability of being best, in %"], drawn=drawn)
    ax.xaxis.set_major_locator(FixedLocator([0, 0.5, 1] if drawn else []))
    ax.xaxis.set_major_formatter(FuncFormatter(percent_tick))


def plot_legacy(
    results: ExperimentResults,
    *,
    ax: Axes | None = None,
    baseline: int | str | None = None,
    unit: str | None = None,
) -> Axes:
    """Draw the cumulative rate of each variation over time, with its 95 % confidence interval.

    With more than four variations the intervals are left out, and the axis says so.
    ``legacy_frame`` contains them.

    Args:
        results: The results of a legacy experiment.
        ax: The axes to draw into; a new figure by default.
        baseline: The index or the label of the baseline, which is drawn in the text colour. By
            default, if the totals of exactly one variation have no improvement, that variation is
            the baseline, because the service compares with it.
        unit: The unit of the rate. The service does not send it.

    Returns:
        The axes.

    Raises:
        ValueError: The results have no variation ``baseline``.
    """
    return plot_series(results, ax, baseline, unit)


def plot_over_days(
    days: Days,
    experiment: Experiment | IterationRep | None = None,
    *,
    ax: Axes | None = None,
    baseline: str | None = None,
    lower_is_better: bool | None = None,
    min_days: float = MIN_DAYS,
) -> Axes:
    """Draw the lift of each treatment as it was at the end of each day, with its interval.

    A line at zero means no difference from the baseline. The days before ``min_days`` are grey: a
    decision needs more. An interval that excludes zero on some day is no proof, because one that is
    looked at each day does so by chance more often than its level says; only intervals of a
    sequential test may be looked at each day. ``days_frame`` contains the figures.

    Args:
        days: For each day, the counts or the results at its end, as in ``days_frame``:
            ``DataExport.arms_by_day`` and ``results_by_day`` return them, and your own mapping of
            days to mappings from treatment ids to ``Arm`` serves as well.
        experiment: The experiment, fetched with ``expand=["treatments", "analysisConfig"]``.
        ax: The axes to draw into; a new figure by default.
        baseline: The id or the name of the baseline, if nothing else names it.
        lower_is_better: The direction of success, which a note then names.
        min_days: The minimum duration, in days, as in ``Rules``.

    Returns:
        The axes.

    Raises:
        ApiTypeError: ``days`` does not map days to results or counts.
        ApiValueError: A day is not a date, or the baseline is not known.
    """
    return plot_course(course_of(days, experiment, baseline), ax, min_days, lower_is_better)


def plot_portfolio(reports: Mapping[str, Reported], *, ax: Axes | None = None) -> Axes:
    """Draw the difference that decides each experiment, in its first metric: a row each.

    It is the difference of the leader from the baseline or, if the baseline leads, of its closest
    rival. Colours are those of ``plot_differences``: without a direction, nothing is better.

    Args:
        reports: The reports by the experiments' keys, as ``reports`` returns them.
        ax: The axes to draw into; a new figure by default.

    Returns:
        The axes.
    """
    return plot_rows(portfolio_rows(reports), ax, "lift of each experiment", draw_portfolio)


def portfolio_rows(reports: Mapping[str, Reported]) -> Rows:
    """Return a row per experiment, with the one difference that decides."""
    arms: list[figures.Arm] = []
    directions: list[bool | None] = []
    for key, report in reports.items():
        findings = report.summary().findings
        name, difference = compared(findings[0]) if findings else (None, None)
        title = facts.clean_text(report.experiment.name) or key
        label = title if name is None else f"{title}: {name}"
        differences = () if difference is None else (difference,)
        arms.append(figures.Arm(key, label, None, None, None, None, None, None, differences))
        directions.append(findings[0].lower_is_better if findings else None)
    labels = facts.labels([arm.name for arm in arms], "experiment")
    return Rows(
        arms, labels, None, None, None, figures.CREDIBLE, figures.CREDIBLE, tuple(directions)
    )


def draw_portfolio(ax: Axes, rows: Rows, space: Space) -> None:
    """Draw ``plot_portfolio`` without a title."""
    differences = [arm.differences[0] if arm.differences else None for arm in rows.arms]
    intervals = [None if d is None else ends_of(d) for d in differences]
    values: list[float] = []
    for y, (difference, ends, lower) in enumerate(zip(differences, intervals, rows.directions)):
        if difference is None or ends is None:
            continue
        draw_interval(ax, y, ends, difference, _side_colours(lower))
        lift = drawable(difference.lift)
        if lift is not None:
            mark_lift(ax, lift, y)
        values += [*ends, *([] if lift is None else [lift])]
    if values:
        reach(ax, values, always=True)
    texts = [lift_text(difference, with_lift=space.units) for difference in differences]
    notes = ["relative difference from the baseline, in %: lift with its interval"]
    if any(direction is not None for direction in rows.directions):
        notes.append("blue: better, vermillion: worse, black or white: no direction is given")
    notes += open_notes(differences)
    finish(ax, rows, space, texts, notes, drawn=bool(values), max_ticks=4)
    ax.xaxis.set_major_formatter(FuncFormatter(percent_tick))


def plot_sample_size(
    *,
    baseline: float,
    lifts: Sequence[float] = (0.02, 0.03, 0.05, 0.07, 0.1, 0.15, 0.2),
    power: float = 0.8,
    alpha: float = 0.05,
    arms: int = 2,
    standard_deviation: float | None = None,
    ax: Axes | None = None,
) -> Axes:
    """Draw the units that each arm needs, over the lift to detect.

    Args:
        baseline: The conversion rate of the baseline, or its mean with ``standard_deviation``.
        lifts: The lifts to draw, as fractions.
        power: The probability to detect the lift.
        alpha: The significance level.
        arms: The number of arms, with the baseline.
        standard_deviation: The standard deviation of one unit's value, for a numeric metric.
        ax: The axes to draw into; a new figure by default.

    Returns:
        The axes.

    Raises:
        ApiValueError: A number is out of its range, as in ``analysis.sample_size``.
    """
    needed = [
        sample_size(
            baseline=baseline,
            lift=lift,
            power=power,
            alpha=alpha,
            arms=arms,
            standard_deviation=standard_deviation,
        )
        for lift in lifts
    ]
    with axes_for(ax, scaled(WIDTH), scaled(3.5)) as axes:
        axes.plot(lifts, needed, color=ink(), marker="o")
        axes.set_yscale("log")
        axes.grid(visible=True, color=GREY, alpha=0.25, lw=0.8)
        axes.spines[["top", "right"]].set_visible(False)
        axes.xaxis.set_major_formatter(FuncFormatter(percent_tick))
        axes.yaxis.set_major_formatter(FuncFormatter(count_tick))
        axes.set_xlabel(f"lift to detect, in %; power {power:.3g}, alpha {alpha:.3g}, {arms} arms")
        axes.set_ylabel("units of each arm")
        heading(axes, "Units that are needed", None, scaled(WIDTH) * 72 * 0.6)
        pairs = (f"{n:,} units to detect {percent_tick(x, 0)}" for x, n in zip(lifts, needed))
        describe(axes, f"Units that each arm needs: {'; '.join(pairs)}")
    return axes

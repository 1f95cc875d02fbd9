"""Forest plots: one row a treatment, in the order of the results, so that plots compare by row."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Any

from matplotlib.ticker import FixedLocator, FuncFormatter, MaxNLocator

from launchdarkly_api._display.text import (
    as_number,
    interval_text,
    mismatch_text,
    number_text,
    percent_text,
    shortened,
    signed_percent_text,
    width_of,
)
from launchdarkly_api.model.experiment import Experiment
from launchdarkly_api.model.experiment_bayesian_results_rep import ExperimentBayesianResultsRep
from launchdarkly_api.model.iteration_rep import IterationRep
from launchdarkly_api.notebook import facts
from launchdarkly_api.notebook.canvas import (
    BLUE,
    EM,
    GREY,
    LINE,
    PLAIN,
    VERMILLION,
    Space,
    axes_for,
    font_size,
    heading,
    ink,
    no_data,
    room_in,
    scaled,
    wrapped,
    wrapped_names,
)

if TYPE_CHECKING:
    from matplotlib.axes import Axes
else:
    # Programs ask for annotations at run time too.
    Axes = Any

#: Inches.
WIDTH = 9.0
#: A float cannot hold the margins of axes that reach further.
_FURTHEST = 1e300
#: Zero is in view unless that would leave less than this share of the axis to the intervals.
_LEAST_SHARE = 0.15


@dataclass(frozen=True)
class Rows:
    """The treatments as rows, and what is known of the whole."""

    arms: list[facts.Arm]
    labels: list[str]
    metric: facts.Metric | None
    baseline: str | None
    warning: str | None

    def of_metric(self, what: str) -> str:
        """A title: what of which metric."""
        return f"{self.metric.name}: {what}" if self.metric else what.capitalize()


def rows_of(
    results: ExperimentBayesianResultsRep, experiment: Experiment | IterationRep | None
) -> Rows:
    """Read the results for a picture."""
    arms = facts.arms(results, experiment)
    return Rows(
        arms,
        facts.labels([arm.name or arm.id for arm in arms]),
        facts.metric_of(results, experiment),
        facts.baseline_id(experiment),
        mismatch_text(as_number(results.probability_of_mismatch)),
    )


@dataclass(frozen=True)
class Reference:
    """What the others are compared with. ``assumed`` is set where nobody said so."""

    id: str
    label: str
    assumed: bool


def reference_of(rows: Rows, wanted: str | None = None) -> Reference | None:
    """The treatment of that name or id; by default the baseline, else the first treatment."""
    if wanted is None and rows.baseline is not None:
        # Compared with even where it has no results of its own.
        return Reference(rows.baseline, "the baseline", assumed=False)
    for arm, label in zip(rows.arms, rows.labels):
        if arm.id is not None and (wanted is None or wanted in (arm.id, arm.name, label)):
            return Reference(arm.id, shortened(label, 40), assumed=wanted is None)
    if wanted is None:
        return None
    names = ", ".join(map(repr, rows.labels)) or "no treatments"
    raise ValueError(f"reference {wanted!r} is not in these results, which have {names}")


def space_for(rows: Rows, ax: Axes | None) -> Space:
    """Room for text in the caller's axes, or as much as new ones shall have."""
    if ax is not None:
        return room_in(ax, len(rows.arms), rows.warning)
    return Space(
        label_width=30, label_lines=2, values=True, units=True, title=scaled(WIDTH) * 72 * 0.6
    )


def height_for(rows: Rows, space: Space) -> float:
    """Inches that the rows need, with room for a title and the axis below."""
    lines = max((label.count("\n") + 1 for label in _wrapped(rows, space)), default=1)
    row = font_size("ytick.labelsize") * (lines * LINE + 0.9) / 72
    return max(len(rows.arms), 2) * row + (2.2 if rows.warning else 1.5)


def plot_results(
    results: ExperimentBayesianResultsRep,
    experiment: Experiment | IterationRep | None = None,
    *,
    ax: Axes | None = None,
    unit: str | None = None,
) -> Axes:
    """Draw the mean of each treatment with its 90 % credible interval.

    The baseline is a hollow square, and its mean a dashed line. Zero is a solid line; where the
    intervals would shrink to nothing beside it, the axis leaves it out and says so.

    Args:
        results: The results of one metric.
        experiment: The experiment, asked for with ``expand="treatments"``, to know the baseline.
        ax: Where to draw; a new figure by default.
        unit: The metric's unit, which the service does not send, such as ``"ms"``.

    Returns:
        The axes.
    """
    rows = rows_of(results, experiment)
    space = space_for(rows, ax)
    with axes_for(ax, scaled(WIDTH), height_for(rows, space)) as drawn:
        draw_results(drawn, rows, space, unit)
        heading(
            drawn,
            rows.of_metric("mean of each treatment"),
            rows.warning,
            space.title,
            brief=space.brief,
        )
    return drawn


def plot_differences(
    results: ExperimentBayesianResultsRep,
    experiment: Experiment | IterationRep | None = None,
    *,
    ax: Axes | None = None,
    reference: str | None = None,
    lower_is_better: bool | None = None,
) -> Axes:
    """Draw how far each treatment lies from the baseline: 90 % bounds, in per cent of its mean.

    Bounds above zero are blue, below zero vermillion, around zero grey. Where ``lower_is_better``
    is said, blue is better and vermillion worse. There is no point in the middle, because the
    service sends none.

    Args:
        results: The results of one metric.
        experiment: The experiment, asked for with ``expand="treatments"``, to know the baseline.
        ax: Where to draw; a new figure by default.
        reference: The name, the label in the picture or the id of the treatment to compare with;
            the baseline by default, and the first one where that is not known.
        lower_is_better: Which direction is a success; axis and colours then say so. The service
            does not tell it.

    Returns:
        The axes.

    Raises:
        ValueError: The results have no treatment ``reference``.
    """
    rows = rows_of(results, experiment)
    compared = reference_of(rows, reference)
    space = space_for(rows, ax)
    with axes_for(ax, scaled(WIDTH), height_for(rows, space)) as drawn:
        draw_differences(drawn, rows, space, compared, lower_is_better)
        heading(
            drawn,
            rows.of_metric("relative difference"),
            rows.warning,
            space.title,
            brief=space.brief,
        )
    return drawn


def plot_probability_best(
    results: ExperimentBayesianResultsRep,
    experiment: Experiment | IterationRep | None = None,
    *,
    ax: Axes | None = None,
) -> Axes:
    """Draw the probability of each treatment to be the best one.

    The probabilities are the service's. Which direction is better, the service has assumed.

    Args:
        results: The results of one metric.
        experiment: The experiment, asked for with ``expand="treatments"``, to know the baseline.
        ax: Where to draw; a new figure by default.

    Returns:
        The axes.
    """
    rows = rows_of(results, experiment)
    space = space_for(rows, ax)
    with axes_for(ax, scaled(WIDTH), height_for(rows, space)) as drawn:
        draw_probability_best(drawn, rows, space)
        heading(
            drawn,
            rows.of_metric("probability of being best"),
            rows.warning,
            space.title,
            brief=space.brief,
        )
    return drawn


def draw_results(ax: Axes, rows: Rows, space: Space, unit: str | None = None) -> None:
    """``plot_results`` without a title."""
    points = [_drawable(arm.mean) for arm in rows.arms]
    intervals = [_interval(arm.low, arm.high) for arm in rows.arms]
    base = next((p for arm, p in zip(rows.arms, points) if arm.is_baseline), None)
    notes = [f"{_unit(rows.metric, unit)}: mean with {LEVEL} credible interval"]
    if base is not None:
        ax.axvline(base, color=GREY, lw=1, ls=(0, (4, 3)), zorder=0)
        notes.append("dashed: the baseline's mean")
    for y, (arm, point, interval) in enumerate(zip(rows.arms, points, intervals)):
        colour = ink() if arm.is_baseline else BLUE
        if interval is not None:
            ax.plot(interval, (y, y), color=colour, lw=2, marker="|", ms=9, mew=2)
        if point is not None:
            _mark(ax, point, y, hollow=bool(arm.is_baseline))
    ends = [end for interval in intervals for end in interval or ()]
    ends += [point for point in points if point is not None]
    if ends and not _reach(ax, min(ends), max(ends)):
        notes.append("the axis does not reach zero")
    texts = [_mean_text(arm, space.units) for arm in rows.arms]
    _finish(ax, rows, space, texts, notes, drawn=bool(ends))
    ax.xaxis.set_major_formatter(FuncFormatter(partial(_tick, *ax.get_xlim())))


def draw_differences(
    ax: Axes,
    rows: Rows,
    space: Space,
    reference: Reference | None,
    lower_is_better: bool | None = None,
) -> None:
    """``plot_differences`` without a title."""
    wanted = None if reference is None else reference.id
    differences = [None if wanted is None else arm.difference_from(wanted) for arm in rows.arms]
    intervals = [None if d is None else _interval(d.low, d.high) for d in differences]
    drawn = any(interval is not None for interval in intervals)
    texts = []
    for y, (arm, difference, interval) in enumerate(zip(rows.arms, differences, intervals)):
        if interval is not None:
            low, high = interval
            above, below = (VERMILLION, BLUE) if lower_is_better else (BLUE, VERMILLION)
            colour = above if low > 0 else below if high < 0 else GREY
            # The ends are marked, so that bounds that lie close together do not vanish.
            ax.plot(interval, (y, y), color=colour, lw=5, marker="|", ms=9, mew=2)
        if wanted is not None and arm.id == wanted and drawn:
            _mark(ax, 0, y, hollow=True)
            texts.append("reference")
        else:
            low_high = (difference.low, difference.high) if difference else (None, None)
            texts.append(_minus(interval_text(*low_high, signed_percent_text)))
    ends = [end for interval in intervals for end in interval or ()]
    if ends:
        _reach(ax, min(ends), max(ends), always=True)
    label = "the baseline" if reference is None else reference.label
    notes = [f"relative difference from {label}, {LEVEL} bounds, in %"]
    if reference is not None and reference.assumed:
        notes.append("the baseline is not known, this is the first treatment")
    if lower_is_better is not None:
        left, right = ("better", "worse") if lower_is_better else ("worse", "better")
        notes += [f"← {left}     {right} →", "blue: better, vermillion: worse"]
    _finish(ax, rows, space, texts, notes, drawn=drawn)
    ax.xaxis.set_major_formatter(FuncFormatter(_percent_tick))


def draw_probability_best(ax: Axes, rows: Rows, space: Space) -> None:
    """``plot_probability_best`` without a title."""
    probabilities = [_drawable(arm.p_best) for arm in rows.arms]
    for y, (arm, probability) in enumerate(zip(rows.arms, probabilities)):
        if probability is not None:
            ax.barh(y, probability, height=0.55, color=GREY if arm.is_baseline else BLUE)
    ax.axvline(0, color=ink(), lw=1)
    ax.set_xlim(0, 1)
    texts = [percent_text(arm.p_best) for arm in rows.arms]
    drawn = any(probability is not None for probability in probabilities)
    _finish(ax, rows, space, texts, ["probability of being best, in %"], drawn=drawn)
    ax.xaxis.set_major_locator(FixedLocator([0, 0.5, 1] if drawn else []))
    ax.xaxis.set_major_formatter(FuncFormatter(_percent_tick))


LEVEL = f"{facts.LEVEL:.0%}".replace("%", " %")


def _finish(
    ax: Axes, rows: Rows, space: Space, texts: Sequence[str], notes: Sequence[str], *, drawn: bool
) -> None:
    """Label the rows and the axis, write the figures beside the rows, and take away the frame."""
    points = font_size("ytick.labelsize")
    silent = [t == "no data" and drawn and not space.values for t in texts]
    ax.set_yticks(range(len(rows.arms)), _wrapped(rows, space, silent), **PLAIN)
    ax.set_ylim(max(len(rows.arms), 1) - 0.5, -0.5)
    ax.tick_params(axis="y", length=0)
    ax.spines[["top", "right", "left"]].set_visible(False)
    ax.grid(visible=False)
    ax.set_axisbelow(True)
    width = int(space.title / points / EM)
    notes, lines = (["; ".join(notes)], 3 * len(notes)) if space.brief else (notes, 3)
    ax.set_xlabel("\n".join(wrapped(note, width, lines) for note in notes), **PLAIN)
    if not drawn:
        ax.set_xticks([])
        no_data(ax)
        return
    ax.grid(visible=True, axis="x", color=GREY, alpha=0.25, lw=0.8)
    ax.xaxis.set_major_locator(MaxNLocator(max(2, min(6, int(space.title / points / 7)))))
    if space.values:
        for y, text in enumerate(texts):
            ax.annotate(
                text,
                (1, y),
                (8, 0),
                xycoords=("axes fraction", "data"),
                textcoords="offset points",
                va="center",
                fontsize=points,
                color=GREY if text == "no data" else ink(),
                annotation_clip=False,
                **PLAIN,
            )


def _wrapped(rows: Rows, space: Space, silent: Sequence[bool] = ()) -> list[str]:
    """The labels as they are written. What is said of a treatment stays when its name is cut."""
    suffixes = []
    for arm, mute in zip(rows.arms, silent or [False] * len(rows.arms)):
        roles = [*(["baseline"] if arm.is_baseline else []), *(["no data"] if mute else [])]
        suffixes.append(f" ({', '.join(roles)})" if roles else "")
    return wrapped_names(rows.labels, space.label_width, space.label_lines, suffixes)


def _mark(ax: Axes, x: float, y: float, *, hollow: bool) -> None:
    colour = ink() if hollow else BLUE
    face = ax.get_facecolor() if hollow else colour
    ax.plot([x], [y], "s" if hollow else "o", color=colour, mfc=face, mew=1.5, ms=7, zorder=3)


def _reach(ax: Axes, low: float, high: float, *, always: bool = False) -> bool:
    """Set the ends of the axis, and draw zero if it is among them."""
    with_zero = min(low, 0), max(high, 0)
    width = with_zero[1] - with_zero[0]
    zero = always or not width or (high - low) / width >= _LEAST_SHARE
    if zero:
        low, high = with_zero
        ax.axvline(0, color=ink(), lw=1, zorder=1)
    margin = (high - low) * 0.05 or abs(high) * 0.1 or 1
    ax.set_xlim(low - margin, high + margin)
    return zero


def _drawable(value: float | None) -> float | None:
    return value if value is not None and abs(value) < _FURTHEST else None


def _interval(low: float | None, high: float | None) -> tuple[float, float] | None:
    low, high = _drawable(low), _drawable(high)
    return None if low is None or high is None else (low, high)


def _mean_text(arm: facts.Arm, units: bool) -> str:
    if arm.mean is None and arm.low is None and arm.high is None:
        return "no data"
    count = "" if arm.units is None or not units else f"  n = {arm.units:,}"
    mean = "no mean" if arm.mean is None else number_text(arm.mean, width_of(arm.low, arm.high))
    if arm.low is None and arm.high is None:
        return _minus(mean) + count
    return _minus(f"{mean} ({interval_text(arm.low, arm.high)})") + count


def _minus(figures: str) -> str:
    """Figures with the sign that the axis has, where there is no word with a hyphen."""
    return figures.replace("-", "\N{MINUS SIGN}")


def _unit(metric: facts.Metric | None, unit: str | None) -> str:
    name = "the metric" if metric is None else metric.name
    if unit is None:
        unit = "as a fraction" if metric and metric.numeric is False else "in its own unit"
    else:
        unit = f"in {unit}"
    return f"{name}, {unit}"


def _tick(low: float, high: float, x: float, _: object) -> str:
    """A number with the digits that tell it from the next tick."""
    span = high - low
    digits = max(math.ceil(math.log10(max(abs(low), abs(high)) / span)) + 2, 3)
    return _minus(f"{0 if abs(x) < span * 1e-9 else x:.{digits}g}")


def _percent_tick(x: float, _: object) -> str:
    return _minus(f"{x * 100:.6g} %")

"""The parts of forest plots: one row per treatment, in the order of the results.

All pictures of the same results have the same rows, so that they can be compared row by row.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, TypeAlias

from matplotlib.ticker import MaxNLocator

from launchdarkly_api._display.text import mismatch_text, shortened, signed_percent_text
from launchdarkly_api.model.experiment import Experiment
from launchdarkly_api.model.iteration_rep import IterationRep
from launchdarkly_api.notebook import facts, figures
from launchdarkly_api.notebook.canvas import (
    EM,
    FURTHEST,
    GREY,
    LINE,
    PLAIN,
    WIDTH,
    Space,
    axes_for,
    describe,
    font_size,
    heading,
    ink,
    no_data,
    room_in,
    scaled,
    wrapped,
    wrapped_names,
)
from launchdarkly_api.notebook.wording import with_minus_signs

if TYPE_CHECKING:
    from matplotlib.axes import Axes
else:
    # Programs read annotations at run time too.
    Axes = Any


@dataclass(frozen=True)
class Rows:
    """The treatments as rows, and the facts that concern all of them."""

    arms: list[figures.Arm]
    labels: list[str]
    metric: facts.Metric | None
    baseline: str | None
    warning: str | None
    interval: figures.Interval
    differences_interval: figures.Interval
    #: Whether less is better, for each row of a portfolio.
    directions: tuple[bool | None, ...] = ()


#: Draws rows into axes, with labels and notes but without a title.
Draw: TypeAlias = Callable[[Axes, Rows, Space], None]


def rows_of(results: figures.Results, experiment: Experiment | IterationRep | None) -> Rows:
    """Read the results for a picture."""
    arms = figures.arms(results, experiment)
    return Rows(
        arms,
        facts.labels([arm.name or arm.id for arm in arms]),
        figures.metric_of(results, experiment),
        figures.baseline_of(results, experiment),
        mismatch_text(figures.mismatch_of(results, experiment)),
        figures.interval_of(results),
        figures.differences_interval(results),
    )


def plot_rows(rows: Rows, ax: Axes | None, title: str, draw: Draw) -> Axes:
    """Draw rows with a title, and a warning if there is one.

    Args:
        rows: The treatments.
        ax: The axes to draw into; a new figure by default.
        title: The quantity that is drawn. The name of the metric is put before it.
        draw: Draws the rows.

    Returns:
        The axes.
    """
    space = _space_for(rows, ax)
    with axes_for(ax, scaled(WIDTH), height_for(rows, space)) as axes:
        draw(axes, rows, space)
        whole = f"{rows.metric.name}: {title}" if rows.metric else title.capitalize()
        heading(axes, whole, rows.warning, space.title, brief=space.brief)
        describe(axes, ". ".join([whole, *([rows.warning] if rows.warning else []), _told(axes)]))
    return axes


def _told(ax: Axes) -> str:
    """Return the figures of each row in words."""
    labels = [" ".join(label.get_text().split()) for label in ax.get_yticklabels()]
    beside = [text for text in ax.texts if text.get_gid() == BESIDE]
    return "; ".join(f"{a}: {b.get_text()}" for a, b in zip(labels, beside)) or "no data"


#: The group of the figures beside the rows.
BESIDE = "beside"


@dataclass(frozen=True)
class Reference:
    """The treatment that the others are compared with."""

    id: str
    label: str
    #: Whether the baseline is unknown and this is simply the first treatment.
    assumed: bool


def reference_of(rows: Rows, wanted: str | None = None) -> Reference | None:
    """Return the treatment of that name or id; by default the baseline, else the first one."""
    if wanted is None and rows.baseline is not None:
        # The results may contain differences from a baseline that has no results of its own.
        return Reference(rows.baseline, "the baseline", assumed=False)
    for arm, label in zip(rows.arms, rows.labels):
        if arm.id is not None and (wanted is None or wanted in (arm.id, arm.name, label)):
            return Reference(arm.id, shortened(label, 40), assumed=wanted is None)
    if wanted is None:
        return None
    names = ", ".join(map(repr, rows.labels)) or "no treatments"
    raise ValueError(f"reference {wanted!r} is not in these results, which have {names}")


def _space_for(rows: Rows, ax: Axes | None) -> Space:
    """Return the room for text in the caller's axes, or in new ones."""
    if ax is not None:
        return room_in(ax, len(rows.arms), rows.warning)
    return Space(
        label_width=24, label_lines=2, values=True, units=True, title=scaled(WIDTH) * 72 * 0.6
    )


def height_for(rows: Rows, space: Space) -> float:
    """Return the height in inches of the rows, a title above and the axis below them."""
    lines = max((label.count("\n") + 1 for label in _wrapped(rows, space)), default=1)
    row = font_size("ytick.labelsize") * (lines * LINE + 0.9) / 72
    return max(len(rows.arms), 2) * row + (2.2 if rows.warning else 1.5)


def finish(
    ax: Axes,
    rows: Rows,
    space: Space,
    texts: Sequence[str],
    notes: Sequence[str],
    *,
    drawn: bool,
    max_ticks: int = 6,
) -> None:
    """Label the rows and the axis, write the figures beside the rows, and remove the frame.

    Args:
        ax: The axes with the drawing.
        rows: The treatments.
        space: The room for text.
        texts: The figures of each row.
        notes: The lines below the axis.
        drawn: Whether there was anything to draw.
        max_ticks: The maximum number of intervals between ticks.
    """
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
    ticks = min(max_ticks, max(2, int(space.title / points / 7)))
    ax.xaxis.set_major_locator(MaxNLocator(ticks))
    if space.values:
        _write_beside(ax, texts, points)


def _write_beside(ax: Axes, texts: Sequence[str], points: float) -> None:
    for y, text in enumerate(texts):
        ax.annotate(
            text,
            (1, y),
            (8, 0),
            xycoords=("axes fraction", "data"),
            textcoords="offset points",
            va="center",
            fontsize=points,
            color=ink(),
            gid=BESIDE,
            annotation_clip=False,
            **PLAIN,
        )


def _wrapped(rows: Rows, space: Space, silent: Sequence[bool] = ()) -> list[str]:
    """Return the labels of the rows. A treatment's role is kept if its name is cut."""
    suffixes = []
    for arm, mute in zip(rows.arms, silent or [False] * len(rows.arms)):
        roles = [*(["baseline"] if arm.is_baseline else []), *(["no data"] if mute else [])]
        suffixes.append(f" ({', '.join(roles)})" if roles else "")
    return wrapped_names(rows.labels, space.label_width, space.label_lines, suffixes)


def mark(ax: Axes, x: float, y: float, *, hollow: bool) -> None:
    """Mark a point: a circle, or a hollow square for the baseline."""
    face = ax.get_facecolor() if hollow else ink()
    ax.plot([x], [y], "s" if hollow else "o", color=ink(), mfc=face, mew=1.5, ms=7, zorder=3)


def mark_lift(ax: Axes, x: float, y: float) -> None:
    """Mark a point on an interval, in the colour of the ground with a frame."""
    ax.plot([x], [y], "D", color=ink(), mfc=ax.get_facecolor(), mew=1.5, ms=7, zorder=3)


def reach(ax: Axes, ends: Iterable[float], *, always: bool = False) -> bool:
    """Set the ends of the axis so that these values are visible.

    Args:
        ax: The axes.
        ends: The values, at least one.
        always: Whether to include zero.

    Returns:
        Whether the axis includes zero, which is then drawn.
    """
    values = [*ends, *([0.0] if always else [])]
    low, high = min(values), max(values)
    margin = (high - low) * 0.05 or abs(high) * 0.1 or 1
    low, high = low - margin, high + margin
    ax.set_xlim(low, high)
    if low <= 0 <= high:
        ax.axvline(0, color=ink(), lw=1, zorder=1)
        return True
    return False


def drawable(value: float | None) -> float | None:
    """Return the value, or None if it is missing or too large to draw."""
    return value if value is not None and abs(value) < FURTHEST else None


def interval(low: float | None, high: float | None) -> tuple[float, float] | None:
    """Return the ends of an interval, or None if one of them cannot be drawn."""
    low, high = drawable(low), drawable(high)
    return None if low is None or high is None else (low, high)


def open_side(difference: figures.Difference) -> int | None:
    """Return the side without a bound of a one-sided interval: 0 for the left, 1 for the right."""
    if difference.low is None or difference.high is None or drawable(difference.lift) is None:
        return None
    sides = [math.isinf(difference.low), math.isinf(difference.high)]
    return sides.index(True) if sum(sides) == 1 else None


def ends_of(difference: figures.Difference) -> tuple[float, float] | None:
    """Return the ends of an interval to draw, or None if one of them cannot be drawn.

    A one-sided interval is drawn as far beyond the lift as its bound is from it.
    """
    low, high, lift = difference.low, difference.high, difference.lift
    side = open_side(difference)
    if side is not None and low is not None and high is not None and lift is not None:
        low, high = (2 * lift - high, high) if side == 0 else (low, 2 * lift - low)
    return interval(low, high)


def draw_interval(
    ax: Axes,
    y: float,
    ends: tuple[float, float],
    difference: figures.Difference,
    colours: tuple[str, str],
) -> None:
    """Draw the interval of a difference, with an arrow at a side without a bound.

    Args:
        ax: The axes.
        y: The row.
        ends: The ends to draw.
        difference: The difference.
        colours: The colours of intervals above and below zero.
    """
    above, below = colours
    low, high = difference.low or 0.0, difference.high or 0.0
    colour = above if low > 0 else below if high < 0 else GREY
    # Markers at the ends keep bounds visible that are close together.
    ax.plot(ends, (y, y), color=colour, lw=5, marker="|", ms=9, mew=2)
    side = open_side(difference)
    if side is not None:
        ax.plot([ends[side]], [y], color=colour, marker="<>"[side], ms=11)


def open_notes(differences: Iterable[figures.Difference | None]) -> list[str]:
    """Return the line below the axis that explains arrows, if there are any."""
    arrows = any(d is not None and open_side(d) is not None for d in differences)
    return ["arrow: a one-sided interval, without a bound there"] if arrows else []


def number_tick(low: float, high: float, x: float, _: object) -> str:
    """Format a number so that it differs from the next tick of an axis from low to high."""
    span = high - low
    largest = max(abs(low), abs(high))
    digits = max(math.ceil(math.log10(largest / span)) + 2, 3)
    if 1000 <= largest < 1e9:
        # Thousands are written out: "1,040" and not "1.04e+03".
        digits = max(digits, math.floor(math.log10(largest)) + 1)
    return with_minus_signs(f"{0 if abs(x) < span * 1e-9 else x:,.{digits}g}")


def percent_tick(x: float, _: object) -> str:
    """Format a fraction in per cent. A large one is a factor: "101x"."""
    if abs(x) >= 100:
        return with_minus_signs(signed_percent_text(x))
    return with_minus_signs(f"{x * 100:,.6g} %")


def count_tick(x: float, _: object) -> str:
    """Format a number of units."""
    return f"{x:,.0f}"

"""The picture of results over days."""

from __future__ import annotations

import datetime
from collections.abc import Sequence
from itertools import cycle
from typing import TYPE_CHECKING, Any

import numpy as np
from matplotlib.ticker import FixedLocator, FuncFormatter, MaxNLocator

from launchdarkly_api.notebook import figures
from launchdarkly_api.notebook.canvas import (
    EM,
    GREY,
    PLAIN,
    WIDTH,
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
from launchdarkly_api.notebook.days import Course, Point
from launchdarkly_api.notebook.forests import drawable, ends_of, open_side, percent_tick
from launchdarkly_api.notebook.time_series import MAX_BANDS, STYLES, add_legend, legend_lines
from launchdarkly_api.notebook.wording import lift_text

if TYPE_CHECKING:
    from matplotlib.axes import Axes
else:
    # Programs read annotations at run time too.
    Axes = Any

HEIGHT = 4.2
#: The maximum number of ticks on the axis of days.
_TICKS = 7
#: The opacity of a band, and the number of layers of one that fades.
SHADE, FADES = 0.18, 6
#: The day at zero on that axis.
_FIRST = datetime.date(1970, 1, 1)


def plot_course(
    course: Course, ax: Axes | None, min_days: float, lower_is_better: bool | None
) -> Axes:
    """Draw ``plot_over_days``."""
    drawn = {key: _known(course.of(key)) for key in course.names}
    shown = {key: points for key, points in drawn.items() if points}
    height = max(HEIGHT, 1.5 + 0.33 * len(shown))
    with axes_for(ax, scaled(WIDTH), scaled(height)) as axes:
        width = scaled(WIDTH) * 72 * 0.6 if ax is None else room_in(axes, 1).title
        axes.spines[["top", "right"]].set_visible(False)
        axes.set_ylabel("lift, in %", **PLAIN)
        if shown:
            notes = _draw(axes, course, shown, min_days, lower_is_better)
            add_legend(axes, min(max(legend_lines(axes, len(shown)), 0.6), 1))
        else:
            notes = ["end of each day"]
            axes.set_xticks([])
            axes.set_yticks([])
            no_data(axes)
        characters = int(width / font_size("ytick.labelsize") / EM)
        axes.set_xlabel("\n".join(wrapped(note, characters, 2) for note in notes), **PLAIN)
        title = "lift at the end of each day"
        whole = f"{course.metric.name}: {title}" if course.metric else title.capitalize()
        heading(axes, whole, None, width)
        told = [f"{course.names[key]}: {_told(points)}" for key, points in shown.items()]
        about = f", from {course.baseline} with {course.interval}"
        describe(axes, f"{whole}{about}. {'; '.join(told) or 'no data'}")
    return axes


def _known(points: Sequence[Point]) -> list[tuple[Point, float, tuple[float, float] | None]]:
    """Return the points with a lift that can be drawn, and their intervals.

    A one-sided interval is as long to its open side as to the other.
    """
    known = []
    for point in points:
        d = point.difference
        lift = None if d is None else drawable(d.lift)
        if d is not None and lift is not None:
            known.append((point, lift, ends_of(d)))
    return known


_Known = list[tuple[Point, float, "tuple[float, float] | None"]]


def _draw(
    ax: Axes,
    course: Course,
    shown: dict[str, _Known],
    min_days: float,
    lower_is_better: bool | None,
) -> list[str]:
    """Draw the lines, the bands, zero and the minimum of days. Return the notes below the axis."""
    days = sorted({point.day for points in shown.values() for point, _, _ in points})
    labels = wrapped_names([course.names[key] for key in shown], 22, 2)
    bands = len(shown) <= MAX_BANDS
    for points, label, style in zip(shown.values(), labels, cycle(STYLES)):
        _line(ax, points, label, style)
    ax.axhline(0, color=ink(), lw=1.2, zorder=2)
    _set_days(ax, days)
    enough = _enough(course, days[0], min_days)
    cut = _set_lifts(ax, shown, enough)
    for points, (colour, *_) in zip(shown.values() if bands else (), cycle(STYLES)):
        _band(ax, points, colour)
    early = _mark_minimum(ax, enough)
    ax.grid(visible=True, color=GREY, alpha=0.25, lw=0.8)
    notes = [f"end of each day, {days[0]} to {days[-1]}: all units until then"]
    band = f"band: {course.interval}" if bands else "too many treatments to draw intervals"
    notes.append(f"{band}; line at 0 %: no difference from {course.baseline}")
    if bands and any(_open_side(points) is not None for points in shown.values()):
        notes.append("fading, or an arrow: a one-sided interval, without a bound there")
    if lower_is_better is not None:
        notes.append("below 0 %: better" if lower_is_better else "above 0 %: better")
    if early:
        notes.append(f"grey: fewer than {min_days:g} days, too early to decide")
    if cut:
        notes.append("intervals of the first days are cut")
    return notes


def _line(ax: Axes, points: _Known, label: str, style: tuple[str, str, str]) -> None:
    colour, line, marker = style
    days: Any = [_place(point.day) for point, _, _ in points]
    lifts = [lift for _, lift, _ in points]
    ax.plot(days, lifts, color=colour, ls=line, marker=marker, ms=4, lw=1.8, gid=label, zorder=3)


def _band(ax: Axes, points: _Known, colour: str) -> None:
    """Draw the intervals. A side without a bound fades, up to the edge of the axes."""
    days: Any = [_place(point.day) for point, _, _ in points]
    ends = np.array([ends or (lift, lift) for _, lift, ends in points])
    known = np.array([ends is not None for _, _, ends in points])
    side = _open_side(points)
    if side is None:
        low, high = ends.T
        ax.fill_between(days, low, high, where=known, color=colour, alpha=SHADE, lw=0)
    else:
        bound = ends[:, 1 - side]
        ends[:, side] = ax.get_ylim()[side]
        alpha = 1 - (1 - SHADE) ** (1 / FADES)
        # Near the bound, all layers lie one above another, and at the edge there is one.
        for share in np.arange(1, FADES + 1) / FADES:
            part = bound + share * (ends[:, side] - bound)
            ax.fill_between(days, bound, part, where=known, color=colour, alpha=alpha, lw=0)
        ax.plot(days, np.where(known, bound, np.nan), color=colour, alpha=0.6, lw=1)
    if len(days) == 1:
        # A band has no width at a single point.
        ax.plot(days * 2, ends[0], color=colour, alpha=0.6, lw=1.8, marker="_", ms=10)
        if side is not None:
            ax.plot(days, ends[:, side], color=colour, marker="v^"[side], ms=9, clip_on=False)


def _open_side(points: _Known) -> int | None:
    """Return the side without a bound of one-sided intervals: 0 for below, 1 for above."""
    sides = (open_side(point.difference) for point, _, _ in points if point.difference)
    return next((side for side in sides if side is not None), None)


def _set_days(ax: Axes, days: Sequence[datetime.date]) -> None:
    step = -(-len(days) // _TICKS)
    ticks = [*reversed(days[::-1][::step])]
    ax.set_xlim(*_around(days))
    ax.xaxis.set_major_locator(FixedLocator([_place(day) for day in ticks]))
    ax.xaxis.set_major_formatter(FuncFormatter(_day_tick))


def _place(day: datetime.date) -> float:
    """Return the place of a day or a time on the axis: the days since 1970."""
    if isinstance(day, datetime.datetime):
        return day.timestamp() / 86_400
    return float((day - _FIRST).days)


def _around(days: Sequence[datetime.date]) -> tuple[float, float]:
    first, last = _place(days[0]), _place(days[-1])
    margin = max((last - first) * 0.03, 0.5)
    return first - margin, last + margin


def _day_tick(x: float, _: object) -> str:
    day = _FIRST + datetime.timedelta(days=round(x))
    return f"{day:%b} {day.day}"


def _enough(course: Course, first: datetime.date, min_days: float) -> float:
    """Return the place on the axis from which on enough days have passed.

    The results of a day are those at its end, one day after the place of the day on the axis.
    """
    start = _place(first)
    if course.started is not None and 0 <= _place(course.started) - start < 1:
        start = _place(course.started)
    return float(start + min_days - 1)


def _mark_minimum(ax: Axes, enough: float) -> bool:
    """Mark the days before the minimum, if there are any."""
    low, high = ax.get_xlim()
    if enough <= low + 0.5:
        return False
    end = min(enough, high)
    ax.axvspan(low, end, color=GREY, alpha=0.15, lw=0, zorder=0)
    if end == enough:
        ax.axvline(end, color=GREY, lw=1.2, ls=(0, (4, 3)), zorder=1)
    return True


def _set_lifts(ax: Axes, shown: dict[str, _Known], enough: float) -> bool:
    """Set the axis of lifts. Return whether it cuts the wide intervals of the first days."""
    every = [known for points in shown.values() for known in points]
    later = [known for known in every if _place(known[0].day) >= enough] or every
    all_values, values = _values(every), [0.0, *_values(later), *(lift for _, lift, _ in every)]
    low, high = min(values), max(values)
    margin = (high - low) * 0.08 or 0.1
    ax.set_ylim(low - margin, high + margin)
    ax.yaxis.set_major_locator(MaxNLocator(6))
    ax.yaxis.set_major_formatter(FuncFormatter(percent_tick))
    return min(all_values) < low - margin or max(all_values) > high + margin


def _values(known: _Known) -> list[float]:
    return [end for _, lift, ends in known for end in (lift, *(ends or ()))]


def _told(points: _Known) -> str:
    """Return the last lift, and since when its interval excludes zero."""
    last, _, _ = points[-1]
    text = f"{lift_text(last.difference, with_lift=True)} on {last.day}"
    since: datetime.date | None = None
    sides = [_side(point.difference) if ends else 0 for point, _, ends in points]
    for (point, _, _), side in reversed([*zip(points, sides)]):
        if not side or side != sides[-1]:
            break
        since = point.day
    end = f"excludes zero since {since}" if since else "includes zero"
    return f"{text}, an interval that {end}" if points[-1][2] else text


def _side(difference: figures.Difference | None) -> int:
    """Return the side of zero on which an interval is, or 0 if it includes zero."""
    if difference is None or difference.low is None or difference.high is None:
        return 0
    return (difference.low > 0) - (difference.high < 0)

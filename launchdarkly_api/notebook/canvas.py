"""The parts that all pictures share: colours, axes of the right size, and text that fits.

Nothing here changes matplotlib's settings, and pictures follow the user's.
"""

from __future__ import annotations

import math
import textwrap
import unicodedata
import warnings
from collections.abc import Generator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import pairwise
from typing import TYPE_CHECKING, Any, Literal

import matplotlib as mpl
from matplotlib import pyplot as plt
from matplotlib.font_manager import FontProperties
from matplotlib.text import Text
from matplotlib.ticker import MaxNLocator
from matplotlib.transforms import Bbox

from launchdarkly_api._display.text import shortened
from launchdarkly_api.notebook.pictures import Picture

if TYPE_CHECKING:
    from matplotlib.axes import Axes
else:
    # Programs read annotations at run time too.
    Axes = Any

#: The palette of Okabe and Ito, distinguishable with every kind of colour vision. The text colour
#: stands in for black, because a dark style changes it. Yellow is left out: white paper hides it.
BLUE, VERMILLION, GREEN, ORANGE, SKY, PURPLE = (
    "#0072B2",
    "#D55E00",
    "#009E73",
    "#E69F00",
    "#56B4E9",
    "#CC79A7",
)
#: Readable on white and on black.
GREY = "#7F7F7F"

#: Values beyond this are not drawn: a float could not represent the margins of such axes.
FURTHEST = 1e300
#: The axis includes zero if the data then still take at least this share of it.
MIN_SHARE = 0.15

#: The width of a picture, in inches. Text of ten points has nine pixels if 520 pixels show it.
WIDTH = 8.0

#: Options that keep names plain text: no mathematics between dollar signs, and no TeX.
PLAIN: dict[str, Any] = {"parse_math": False, "usetex": False}


@dataclass(frozen=True)
class Space:
    """The room for text in a picture."""

    #: The maximum characters of a line, and lines of a label.
    label_width: int
    label_lines: int
    #: Whether the figures of each row are written to its right.
    values: bool
    #: Whether these figures include the number of units.
    units: bool
    #: The width of the title, in points from the left edge of the axes.
    title: float
    #: Whether the axes are so low that the warning and the notes must be short.
    brief: bool = False


@contextmanager
def axes_for(ax: Axes | None, width: float, height: float) -> Generator[Axes]:
    """Yield the caller's axes, or new ones of this size in inches, closed if drawing fails."""
    if ax is not None:
        yield ax
        _make_room(ax)
        return
    figure, ax = plt.subplots(figsize=(width, height), layout="constrained", FigureClass=Picture)
    try:
        yield ax
        _thin_out(ax)
    except BaseException:
        plt.close(figure)
        raise


def _thin_out(ax: Axes) -> None:
    """Draw fewer ticks if their labels overlap, which long names beside the axes can cause."""
    for count in (2, 1):
        ax.figure.canvas.figure.draw_without_rendering()
        low, high = sorted(ax.get_xlim())
        labels = [
            tick.label1 for tick in ax.xaxis.get_major_ticks() if low <= tick.get_loc() <= high
        ]
        if not _overlap(labels):
            return
        ax.xaxis.set_major_locator(MaxNLocator(count))


def describe(ax: Axes, text: str) -> None:
    """Say in words what a picture of the package's own shows. The caller's figures stay theirs."""
    figure = ax.figure.canvas.figure
    if isinstance(figure, Picture):
        figure.alt = text


def _make_room(ax: Axes) -> None:
    """Shrink the axes until everything around them is visible, unless their figure does so.

    If too little of the axes would remain, the text is made smaller, down to a limit.
    """
    if ax.figure.canvas.figure.get_layout_engine() is not None:
        return
    cell, start = _cell(ax), ax.get_position()
    for _ in range(_STEPS):
        if _fits(ax, cell, start):
            return
        _write_smaller(ax)
    if not _fits(ax, cell, start):
        text = "The axes are too small for their text. Make them larger."
        warnings.warn(text, stacklevel=_STACK_LEVEL)


#: The frames from ``_make_room`` to the caller of a ``plot_`` function, which calls a function that
#: uses ``axes_for``.
_STACK_LEVEL = 6
#: The maximum number of times that the text is made smaller, and the factor.
_STEPS, _SMALLER = 7, 0.9


def _fits(ax: Axes, cell: Bbox, start: Bbox) -> bool:
    """Try to fit the axes and everything around them into the cell."""
    _place(ax, start)
    # Repeated, because smaller axes may have other ticks.
    for _ in range(3):
        box = ax.bbox
        around = ax.get_tightbbox() or box
        fitting = Bbox.from_extents(
            box.x0 + max(cell.x0 - around.x0, 0),
            box.y0 + max(cell.y0 - around.y0, 0),
            box.x1 - max(around.x1 - cell.x1, 0),
            box.y1 - max(around.y1 - cell.y1, 0),
        )
        if fitting.width < cell.width / 6 or fitting.height < cell.height / 6:
            return False
        _place(ax, fitting.transformed(ax.figure.transSubfigure.inverted()))
    around = ax.get_tightbbox() or ax.bbox
    inside = cell.padded(2)
    return (
        inside.x0 <= around.x0
        and inside.y0 <= around.y0
        and around.x1 <= inside.x1
        and around.y1 <= inside.y1
        and not _overlap(ax.get_yticklabels())
        and not _overlap(ax.get_xticklabels())
    )


def _place(ax: Axes, position: Bbox) -> None:
    spec = ax.get_subplotspec()
    if spec is not None and spec.get_gridspec().get_geometry() == (1, 1):
        # The figure stores the position too, so that a later ``tight_layout`` starts from it.
        left, bottom, right, top = position.extents
        ax.figure.subplots_adjust(left=left, bottom=bottom, right=right, top=top)
    # If the text around the axes were not part of the layout, ``tight_layout`` would cut it off.
    ax.set_position(position)
    ax.set_in_layout(True)


def _overlap(labels: Sequence[Text]) -> bool:
    boxes = [label.get_window_extent() for label in labels if label.get_text()]
    return any(Bbox.intersection(one, other) is not None for one, other in pairwise(boxes))


def _write_smaller(ax: Axes) -> None:
    legend = ax.get_legend()
    texts = [child for child in ax.get_children() if isinstance(child, Text)]
    texts += [ax.xaxis.label, ax.yaxis.label, *(legend.get_texts() if legend else ())]
    for text in texts:
        points = FontProperties(size=text.get_fontsize()).get_size_in_points()
        text.set_fontsize(points * _SMALLER)
    for axis in (ax.xaxis, ax.yaxis):
        for label in axis.get_ticklabels()[:1]:
            points = FontProperties(size=label.get_fontsize()).get_size_in_points()
            axis.set_tick_params(labelsize=points * _SMALLER)


def _cell(ax: Axes) -> Bbox:
    """Return the part of the figure that these axes may use: halfway to their neighbours.

    The halfway line follows the grid, because axes that already have a picture are smaller than
    their place in the grid. Text of a neighbour that crosses the line is not covered.
    """
    box, edge = _of_grid(ax), ax.figure.bbox
    others = [
        (_of_grid(other), other.get_tightbbox() or other.bbox)
        for other in ax.figure.axes
        if other is not ax
    ]
    beside = [(o, t) for o, t in others if o.y0 < box.y1 and box.y0 < o.y1]
    above = [(o, t) for o, t in others if o.x0 < box.x1 and box.x0 < o.x1]
    cell = Bbox.from_extents(
        max([max((o.x1 + box.x0) / 2, t.x1) for o, t in beside if o.x1 <= box.x0], default=edge.x0),
        max([max((o.y1 + box.y0) / 2, t.y1) for o, t in above if o.y1 <= box.y0], default=edge.y0),
        min([min((o.x0 + box.x1) / 2, t.x0) for o, t in beside if o.x0 >= box.x1], default=edge.x1),
        min([min((o.y0 + box.y1) / 2, t.y0) for o, t in above if o.y0 >= box.y1], default=edge.y1),
    )
    return cell.padded(-3)


def _of_grid(ax: Axes) -> Bbox:
    """Return the place of the axes in their figure's grid, even if they were shrunk since."""
    spec = ax.get_subplotspec()
    if spec is None:
        return ax.bbox
    return spec.get_position(ax.figure.canvas.figure).transformed(ax.figure.transSubfigure)


def room_in(ax: Axes, rows: int, warning: str | None = None) -> Space:
    """Return the room for text in and around the caller's axes, which will be shrunk for it."""
    inch, points = ax.figure.canvas.figure.dpi, font_size("ytick.labelsize")
    width, height = ax.bbox.width / inch * 72, _cell(ax).height / inch * 72
    values = width >= 320
    title = width * 0.6 if values else width * 0.8
    brief = height < 24 * points
    # The title, the ticks, about three lines below them, and the warning.
    taken = 7 * points * LINE
    if warning:
        text = BRIEF_WARNING if brief else warning
        taken += (math.ceil(len(text) * points * EM / title) + 1) * points * LINE
    row = max(height - taken, 0) / max(rows, 1)
    return Space(
        label_width=min(max(int(width * 0.4 / (points * EM)), 5), 30),
        label_lines=min(max(int(row * 0.8 / (points * LINE)), 1), 3),
        values=values,
        units=values,
        title=title,
        brief=brief,
    )


#: The mean width of a character, and the distance between lines, in font sizes.
EM, LINE = 0.6, 1.25


def font_size(
    setting: Literal["axes.titlesize", "legend.fontsize", "xtick.labelsize", "ytick.labelsize"],
) -> float:
    """Return the user's setting of a font size, in points."""
    return FontProperties(size=mpl.rcParams[setting]).get_size_in_points()


def scaled(inches: float) -> float:
    """Scale a length in inches up if the user's font is larger than the default."""
    return inches * max(font_size("ytick.labelsize") / 10, 1)


def ink() -> str:
    """Return the text colour of the user's style."""
    colour: str = mpl.rcParams["text.color"]
    return colour


def wrapped(text: str, width: int, lines: int, suffix: str = "") -> str:
    """Break the text into at most ``lines`` lines. Longer text is cut in the middle.

    The suffix is never cut.
    """
    if any(unicodedata.east_asian_width(character) in "WF" for character in text):
        width = max(width // 2, 1)
    # Lines do not break at a no-break space, so that a number keeps its sign.
    text = text.replace(" %", "\N{NO-BREAK SPACE}%")
    limit = max(width * lines - len(suffix), 3)
    while len(found := textwrap.wrap(shortened(text, limit) + suffix, width)) > lines < limit:
        # Lines break between words, so that they may contain less than ``width`` characters.
        limit -= 1
    return "\n".join(found)


def wrapped_names(
    names: Sequence[str], width: int, lines: int, suffixes: Sequence[str] = ()
) -> list[str]:
    """Return names as ``wrapped`` formats them, but all different.

    If the cut would make some names equal, their common beginning is removed. If they are still
    equal, they are numbered.
    """
    ends = [*suffixes] or [""] * len(names)
    shown, cut = [*names], [wrapped(name, width, lines) for name in names]
    for text in {text for text in cut if cut.count(text) > 1}:
        alike = [i for i, other in enumerate(cut) if other == text]
        letters = enumerate(zip(*(names[i] for i in alike)))
        first = next((at for at, found in letters if len(set(found)) > 1), 0)
        # The word before the difference is kept, because it often names the difference.
        start = names[alike[0]].rfind(" ", 0, max(names[alike[0]].rfind(" ", 0, first), 0)) + 1
        for i in alike:
            shown[i] = f"…{names[i][start:]}" if start else names[i]
        if len({wrapped(shown[i], width, lines) for i in alike}) < len(alike):
            for number, i in enumerate(alike, 1):
                shown[i], ends[i] = names[i], f" #{number}{ends[i]}"
    return [
        # A suffix gets a line of its own if it would leave too little of the name.
        wrapped(name, width, lines + (end != "" and width * lines - len(end) < _MIN_NAME), end)
        for name, end in zip(shown, ends)
    ]


#: The minimum characters of a name in the line that it shares with its suffix.
_MIN_NAME = 4


def heading(ax: Axes, title: str, warning: str | None, width: float, brief: bool = False) -> None:
    """Draw a title, and the warning in a box below it. The width is in points."""
    pad = 6.0
    if warning:
        points = font_size("xtick.labelsize")
        sentence = BRIEF_WARNING if brief else WARNING + warning
        text = wrapped(sentence, int(width / points / EM), 6)
        ax.annotate(
            text,
            (0, 1),
            (5, pad + 4),
            xycoords="axes fraction",
            textcoords="offset points",
            fontsize=points,
            va="bottom",
            annotation_clip=False,
            bbox=WARNING_BOX,
            **PLAIN,
        )
        pad += (text.count("\n") + 1) * points * LINE + points + 4
    points = font_size("axes.titlesize")
    ax.set_title(wrapped(title, int(width / points / EM), 3), loc="left", pad=pad, **PLAIN)


#: A word and not a sign, because many fonts lack the sign.
WARNING = "Warning: "
BRIEF_WARNING = WARNING + "sample-ratio mismatch"
WARNING_BOX = {"boxstyle": "square,pad=.4", "facecolor": f"{VERMILLION}26", "edgecolor": VERMILLION}


def no_data(ax: Axes, text: str = "no data") -> None:
    """Write in the middle of the axes that there is nothing to draw."""
    ax.text(
        *(0.5, 0.5, text),
        transform=ax.transAxes,
        ha="center",
        va="center",
        color=ink(),
        fontsize=font_size("axes.titlesize"),
        **PLAIN,
    )

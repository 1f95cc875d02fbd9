"""What all pictures share: colours, axes of the right size, text that fits.

Nothing here changes matplotlib's settings, and what the user has set is kept to.
"""

from __future__ import annotations

import io
import textwrap
import unicodedata
from collections.abc import Generator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal

import matplotlib as mpl
from matplotlib import pyplot as plt
from matplotlib.figure import Figure
from matplotlib.font_manager import FontProperties
from matplotlib.transforms import Bbox

from launchdarkly_api.html import shortened

if TYPE_CHECKING:
    from matplotlib.axes import Axes

#: The palette of Okabe and Ito, told apart with every kind of colour vision. Black is left to the
#: text's colour, which a dark style changes; yellow is left out, which white paper swallows.
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

#: Names are text: no mathematics between dollar signs, and no TeX.
PLAIN: dict[str, Any] = {"parse_math": False, "usetex": False}


class Picture(Figure):
    """A figure that pyplot does not know: nothing stays open, and Jupyter shows it."""

    def _repr_png_(self) -> bytes:
        return self.to_png()

    def to_png(self) -> bytes:
        """The picture as PNG. The same figures give the same bytes."""
        file = io.BytesIO()
        self.savefig(file, format="png", metadata={"Software": None})
        return file.getvalue()


@dataclass(frozen=True)
class Space:
    """How much text a picture has room for."""

    #: Characters of a line, and lines of a label.
    label_width: int
    label_lines: int
    #: Whether the figures of each row stand to its right.
    values: bool
    #: Whether the number of units is among them.
    units: bool
    #: Points from the left edge of the axes that a title may take.
    title: float


@contextmanager
def axes_for(ax: Axes | None, width: float, height: float) -> Generator[Axes]:
    """The caller's axes, or new ones of this size in inches, which go again if drawing fails."""
    if ax is not None:
        yield ax
        _make_room(ax)
        return
    figure, ax = plt.subplots(figsize=(width, height), layout="constrained")
    try:
        yield ax
    except BaseException:
        plt.close(figure)
        raise


def _make_room(ax: Axes) -> None:
    """Shrink axes until all that stands around them is in view, unless their figure does it."""
    if ax.figure.canvas.figure.get_layout_engine() is not None:
        return
    cell = _cell(ax)
    # Once more, because smaller axes may have other ticks.
    for _ in range(2):
        box = ax.bbox
        around = ax.get_tightbbox() or box
        fitting = Bbox.from_extents(
            box.x0 + max(cell.x0 - around.x0, 0),
            box.y0 + max(cell.y0 - around.y0, 0),
            box.x1 - max(around.x1 - cell.x1, 0),
            box.y1 - max(around.y1 - cell.y1, 0),
        )
        if fitting.width < box.width / 5 or fitting.height < box.height / 5:
            return
        ax.set_position(fitting.transformed(ax.figure.transSubfigure.inverted()))


def _cell(ax: Axes) -> Bbox:
    """The part of the figure that is the axes' own: up to halfway to their neighbours."""
    box, edge = ax.bbox, ax.figure.bbox.padded(-3)
    others = [other.bbox for other in ax.figure.axes]
    beside = [o for o in others if o.y0 < box.y1 and box.y0 < o.y1]
    above = [o for o in others if o.x0 < box.x1 and box.x0 < o.x1]
    return Bbox.from_extents(
        max([(o.x1 + box.x0) / 2 for o in beside if o.x1 <= box.x0], default=edge.x0),
        max([(o.y1 + box.y0) / 2 for o in above if o.y1 <= box.y0], default=edge.y0),
        min([(o.x0 + box.x1) / 2 for o in beside if o.x0 >= box.x1], default=edge.x1),
        min([(o.y0 + box.y1) / 2 for o in above if o.y0 >= box.y1], default=edge.y1),
    )


def room_in(ax: Axes, rows: int) -> Space:
    """What fits around and into axes that the caller made. Room is made at the axes' cost."""
    inch, points = ax.figure.canvas.figure.dpi, font_size("ytick.labelsize")
    width, row = ax.bbox.width / inch * 72, ax.bbox.height / inch * 72 / max(rows, 1)
    values = width >= 320
    return Space(
        label_width=min(max(int(width * 0.4 / (points * EM)), 5), 30),
        label_lines=min(max(int(row * 0.7 / (points * LINE)), 1), 3),
        values=values,
        units=values,
        title=width * 0.6 if values else width * 0.8,
    )


#: The mean width of a character and the distance of lines, in font sizes.
EM, LINE = 0.6, 1.25


def font_size(
    setting: Literal["axes.titlesize", "xtick.labelsize", "ytick.labelsize"],
) -> float:
    """A font size of the user's settings, in points."""
    return FontProperties(size=mpl.rcParams[setting]).get_size_in_points()


def scaled(inches: float) -> float:
    """A length that grows with the letters, from their size by default."""
    return inches * max(font_size("ytick.labelsize") / 10, 1)


def ink() -> str:
    """The colour that the user's style writes in."""
    colour: str = mpl.rcParams["text.color"]
    return colour


def wrapped(text: str, width: int, lines: int, suffix: str = "") -> str:
    """The text in so many lines, cut in the middle where it is longer, and whole at the end."""
    if any(unicodedata.east_asian_width(character) in "WF" for character in text):
        width = max(width // 2, 1)
    # A number keeps its sign: lines do not break at this kind of space.
    text = text.replace(" %", "\N{NO-BREAK SPACE}%")
    limit = max(width * lines - len(suffix), 3)
    while len(found := textwrap.wrap(shortened(text, limit) + suffix, width)) > lines < limit:
        # Lines break between words, and so hold less than they could.
        limit -= 1
    return "\n".join(found)


def wrapped_names(
    names: Sequence[str], width: int, lines: int, suffixes: Sequence[str] = ()
) -> list[str]:
    """Names as ``wrapped`` makes them, told apart also where they differ only in what it cuts.

    Such names first lose what they begin with alike; if that does not help they get numbers.
    """
    ends = [*suffixes] or [""] * len(names)
    longest = max(ends, key=len, default="")
    shown, cut = [*names], [wrapped(name, width, lines, longest) for name in names]
    for text in {text for text in cut if cut.count(text) > 1}:
        alike = [i for i, other in enumerate(cut) if other == text]
        letters = enumerate(zip(*(names[i] for i in alike)))
        first = next((at for at, found in letters if len(set(found)) > 1), 0)
        # The word before the difference stays, because it often says what differs.
        start = names[alike[0]].rfind(" ", 0, max(names[alike[0]].rfind(" ", 0, first), 0)) + 1
        for i in alike:
            shown[i] = f"…{names[i][start:]}" if start else names[i]
        if len({wrapped(shown[i], width, lines, longest) for i in alike}) < len(alike):
            for number, i in enumerate(alike, 1):
                shown[i], ends[i] = names[i], f" #{number}{ends[i]}"
    return [wrapped(name, width, lines, end) for name, end in zip(shown, ends)]


def heading(ax: Axes, title: str, warning: str | None, width: float) -> None:
    """A title, and under it what must not be missed, in a box. The width is in points."""
    pad = 6.0
    if warning:
        points = font_size("xtick.labelsize")
        text = wrapped(f"{WARNING}{warning}", int(width / points / EM), 6)
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


#: A word, because many fonts lack the sign.
WARNING = "Warning: "
WARNING_BOX = {"boxstyle": "square,pad=.4", "facecolor": f"{VERMILLION}26", "edgecolor": VERMILLION}


def no_data(ax: Axes, text: str = "no data") -> None:
    """Say in the middle that there is nothing to draw."""
    ax.text(
        *(0.5, 0.5, text),
        transform=ax.transAxes,
        ha="center",
        va="center",
        color=GREY,
        fontsize=font_size("axes.titlesize"),
        **PLAIN,
    )

"""The positions of the texts in a picture."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import combinations
from typing import Any

from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.text import Text
from matplotlib.transforms import Bbox


def texts(figure: Any) -> Iterator[Text]:
    """The texts that are drawn, without ticks outside the view."""
    yield from _around(figure)
    for ax in figure.axes:
        yield from _texts_of(ax)


def _around(part: Any) -> Iterator[Text]:
    """The texts of a figure and its parts that belong to no axes."""
    yield from part.texts
    if part._suptitle is not None:
        yield part._suptitle
    for inner in part.subfigs:
        yield from _around(inner)


def _texts_of(ax: Any) -> Iterator[Text]:
    yield from (ax.title, ax._left_title, ax._right_title)
    yield from ax.texts
    legend = ax.get_legend()
    if legend is not None:
        yield from legend.get_texts()
    for axis, (low, high) in ((ax.xaxis, sorted(ax.get_xlim())), (ax.yaxis, sorted(ax.get_ylim()))):
        yield axis.label
        yield axis.get_offset_text()
        for tick in axis.get_major_ticks():
            if low <= tick.get_loc() <= high:
                yield tick.label1


def boxes(figure: Any) -> dict[str, Bbox]:
    """Maps each visible text to its box."""
    if not isinstance(figure.canvas, FigureCanvasAgg):
        FigureCanvasAgg(figure)
    figure.canvas.draw()
    renderer = figure.canvas.get_renderer()
    found: dict[str, Bbox] = {}
    for text in texts(figure):
        if text.get_visible() and text.get_text().strip():
            box = text.get_window_extent(renderer)
            patch = text.get_bbox_patch()
            if patch is not None:
                box = Bbox.union([box, patch.get_window_extent(renderer)])
            found[f"{text.get_text()} @{box.x0:.0f},{box.y0:.0f}"] = box
    return found


def troubles(figure: Any) -> list[str]:
    """Texts that the edge cuts or that overlap another one by more than a pixel."""
    found = boxes(figure)
    assert found
    wide, high = figure.bbox.width, figure.bbox.height
    cut = [
        f"cut: {name}"
        for name, box in found.items()
        if box.x0 < -1 or box.y0 < -1 or box.x1 > wide + 1 or box.y1 > high + 1
    ]
    overlapping = [
        f"overlap: {one} / {other}"
        for (one, a), (other, b) in combinations(found.items(), 2)
        if min(a.x1, b.x1) - max(a.x0, b.x0) > 1 and min(a.y1, b.y1) - max(a.y0, b.y0) > 1
    ]
    return cut + overlapping


def shown(figure: Any) -> str:
    """All texts, joined."""
    return " | ".join(" ".join(name.rsplit(" @", 1)[0].split()) for name in boxes(figure))

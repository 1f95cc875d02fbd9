"""Figures that notebooks and pages show in the reader's theme, with a text that says the result."""

from __future__ import annotations

import base64
import io
from typing import Any

import matplotlib as mpl
from matplotlib.colors import to_hex
from matplotlib.figure import Figure

from launchdarkly_api._display.html import image, page

#: The text and the ground of a picture, on a light page and on a dark one.
LIGHT, DARK = ("#000000", "#ffffff"), ("#e6eaf0", "#171c24")


class Picture(Figure):
    """A figure that notebooks show in the reader's theme, light or dark.

    ``alt`` says in words what it shows, for people who cannot see it.
    """

    def __init__(self, *args: Any, **more: Any) -> None:
        super().__init__(*args, **more)
        #: The result in words. Setting it replaces the default, which has the figures of each row.
        self.alt: str = ""

    def _repr_png_(self) -> bytes:
        return self.to_png()

    def _repr_html_(self) -> str:
        return page(self.to_html())

    def to_png(self) -> bytes:
        """Return the picture as PNG, with the colours of the style that it was drawn with.

        The same figures give the same bytes.
        """
        return self._saved("png", Software=None)

    def to_svg(self) -> str:
        """Return the picture as SVG, which has light and dark colours, and follows the page.

        A picture that was drawn with a style other than black on white keeps its colours.
        """
        with mpl.rc_context({"svg.hashsalt": "launchdarkly", "svg.fonttype": "path"}):
            drawn = self._saved("svg", Date=None, Creator=None).decode("utf-8")
        start = drawn.index("<svg")
        return _themed(drawn[start:]) if to_hex(self.get_facecolor()) == LIGHT[1] else drawn[start:]

    def to_html(self, alt: str | None = None) -> str:
        """Return the picture as an HTML element, which needs no other files.

        Args:
            alt: The result in words, instead of ``alt``.

        Returns:
            An ``img`` element.
        """
        data = base64.b64encode(self.to_svg().encode()).decode("ascii")
        return image(f"data:image/svg+xml;base64,{data}", self.alt if alt is None else alt)

    def _saved(self, kind: str, **metadata: None) -> bytes:
        file = io.BytesIO()
        self.savefig(file, format=kind, metadata=metadata)
        return file.getvalue()


def _themed(svg: str) -> str:
    """Replace black and white by variables, which a dark page sets to other colours."""
    for name, colour in zip(("ink", "ground"), LIGHT):
        svg = svg.replace(f": {colour}", f": var(--{name})")
    end = svg.index(">") + 1
    light, dark = (f"svg{{--ink:{ink};--ground:{ground}}}" for ink, ground in (LIGHT, DARK))
    # Text has no colour of its own if it is black.
    style = f"{light}@media (prefers-color-scheme:dark){{{dark}}}svg{{fill:var(--ink)}}"
    return f"{svg[:end]}<style>{style}</style>{svg[end:]}"

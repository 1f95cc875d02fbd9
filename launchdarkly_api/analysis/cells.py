"""Output of a cell of a notebook that can be replaced, and leaves nothing behind."""

from __future__ import annotations

import sys
from typing import Any


class CellOutput:
    """A text file that shows the last line that was written, in the output of a notebook's cell.

    Unlike the standard error stream, which notebooks show in red, and unlike widgets, it leaves
    nothing in the notebook or its exports once it is closed.
    """

    def __init__(self, display: Any) -> None:
        self._handle: Any = None
        self._display = display

    def write(self, text: str) -> int:
        """Show a line instead of the previous one."""
        line = text.strip()
        if line:
            self._show(line)
        return len(text)

    def flush(self) -> None:
        """Do nothing: each line is shown at once."""

    def close(self) -> None:
        """Remove the line."""
        if self._handle is not None:
            self._show("")

    def _show(self, line: str) -> None:
        data = {"text/plain": line}
        if self._handle is None:
            self._handle = self._display(data, raw=True, display_id=True)
        else:
            self._handle.update(data, raw=True)


def cell_output() -> CellOutput | None:
    """Return an output of the current cell, or None outside of a notebook's kernel."""
    shell = getattr(sys.modules.get("IPython"), "get_ipython", lambda: None)()
    if getattr(shell, "kernel", None) is None:
        return None
    return CellOutput(sys.modules["IPython"].display.display)

"""Lines on standard output, which nobody waits for.

A pipe that nobody reads takes some lines and then blocks whoever writes. So a thread of its own
writes them, and what it cannot write in time is dropped and counted.
"""

from __future__ import annotations

import os
import threading
from typing import TextIO

#: How many lines may wait to be written.
CAPACITY = 1_000


def printable(line: str) -> str:
    """A line that no terminal can take for more than text."""
    return "".join(c if c.isprintable() else f"\\x{ord(c):02x}" for c in line)


class Output:
    """A stream of lines; None where standard output is closed."""

    def __init__(self, stream: TextIO | None) -> None:
        self._open = stream is not None
        self._lines: list[str] = []
        self._dropped = 0
        self._idle = True
        self._changed = threading.Condition()
        if stream is not None:
            threading.Thread(
                target=self._run, args=(stream,), name="launchdarkly-output", daemon=True
            ).start()

    def say(self, line: str) -> None:
        """Have a line written as soon as the reader takes it."""
        with self._changed:
            if self._open and len(self._lines) < CAPACITY:
                self._lines.append(line)
                self._changed.notify_all()
            elif self._open:
                self._dropped += 1

    def close(self, seconds: float) -> None:
        """Say no more, once all lines are written or so many seconds have passed."""
        with self._changed:
            self._changed.wait_for(lambda: self._idle and not self._lines, seconds)
            self._end()

    def _end(self) -> None:
        with self._changed:
            self._open = False
            self._lines.clear()
            self._idle = True
            self._changed.notify_all()

    def _run(self, stream: TextIO) -> None:
        while True:
            with self._changed:
                self._idle = True
                self._changed.notify_all()
                self._changed.wait_for(lambda: self._lines or not self._open)
                if not self._open:
                    return
                lines, self._lines = self._lines, []
                dropped, self._dropped = self._dropped, 0
                self._idle = False
            if dropped:
                lines.append(f"… {dropped} lines dropped")
            try:
                self._write(stream, "".join(f"{line}\n" for line in lines))
            except (OSError, ValueError):
                self._end()

    def _write(self, stream: TextIO, text: str) -> None:
        try:
            file = stream.fileno()
        except (OSError, ValueError):
            stream.write(text)
            stream.flush()
            return
        # Around the stream's buffer: its lock would keep the program from ending while a write
        # blocks.
        left = text.encode(stream.encoding or "utf-8", "backslashreplace")
        while left:
            left = left[os.write(file, left) :]

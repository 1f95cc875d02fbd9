"""Standard output that never blocks the sandbox.

Programs in other languages start the sandbox, read its URL from the first line and read no further,
so that a plain ``print`` would fill the pipe and stop the sandbox after less than 1,000 requests. A
thread writes the lines instead. Lines that do not fit into its queue are dropped and counted.
"""

from __future__ import annotations

import os
import queue
import threading
from contextlib import suppress
from typing import TextIO

#: The maximum number of lines that wait to be written.
CAPACITY = 1_000


def escaped(line: str) -> str:
    """Return a line that contains no control sequences for a terminal."""
    return "".join(c if c.isprintable() else f"\\x{ord(c):02x}" for c in line)


class Output:
    """Writes lines to a stream in a thread. The stream is None if standard output is closed."""

    def __init__(self, stream: TextIO | None) -> None:
        #: None ends the thread.
        self._lines: queue.Queue[str | None] = queue.Queue(CAPACITY)
        self._dropped = 0
        self._thread = threading.Thread(
            target=self._run, args=(stream,), name="launchdarkly-output", daemon=True
        )
        if stream is not None:
            self._thread.start()

    def say(self, line: str) -> None:
        """Write a line as soon as the reader accepts it."""
        if self._thread.is_alive():
            try:
                self._lines.put_nowait(line)
            except queue.Full:
                self._dropped += 1

    def close(self, seconds: float) -> None:
        """Wait up to ``seconds`` for the remaining lines to be written."""
        if self._thread.is_alive():
            with suppress(queue.Full):
                self._lines.put(None, timeout=seconds)
                self._thread.join(seconds)

    def _run(self, stream: TextIO) -> None:
        with suppress(OSError, ValueError):
            while (line := self._lines.get()) is not None:
                self._write(stream, line)
                if self._dropped and self._lines.empty():
                    dropped, self._dropped = self._dropped, 0
                    self._write(stream, f"… {dropped} lines dropped")

    def _write(self, stream: TextIO, line: str) -> None:
        try:
            file = stream.fileno()
        except (OSError, ValueError):
            print(line, file=stream, flush=True)
            return
        # Not through the stream's buffer: a blocked write would hold the lock of the buffer, and
        # the interpreter could not exit.
        left = f"{line}\n".encode(stream.encoding or "utf-8", "backslashreplace")
        while left:
            left = left[os.write(file, left) :]

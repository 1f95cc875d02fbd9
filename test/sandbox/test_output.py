"""Output that never blocks its writer."""

from __future__ import annotations

import io
import os
from collections.abc import Iterator
from typing import BinaryIO, TextIO

import pytest

from launchdarkly_api.sandbox import output
from launchdarkly_api.sandbox.output import Output, escaped


@pytest.fixture
def pipe() -> Iterator[tuple[BinaryIO, TextIO]]:
    read, write = os.pipe()
    with os.fdopen(read, "rb") as reader, os.fdopen(write, "w", encoding="ascii") as writer:
        yield reader, writer


def test_lines_are_written_in_order(pipe: tuple[BinaryIO, TextIO]) -> None:
    reader, writer = pipe
    lines = Output(writer)
    for number in range(5):
        lines.say(f"line {number} ü")
    assert [reader.readline() for _ in range(5)] == [b"line %d \\xfc\n" % n for n in range(5)]
    lines.close(60)


def test_close_waits_for_unwritten_lines(pipe: tuple[BinaryIO, TextIO]) -> None:
    reader, writer = pipe
    lines = Output(writer)
    for _ in range(100):
        lines.say("x" * 10)
    lines.close(60)
    writer.close()
    assert reader.read().count(b"\n") == 100


def test_lines_that_nobody_reads_are_dropped_and_counted(
    pipe: tuple[BinaryIO, TextIO], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(output, "CAPACITY", 2)
    reader, writer = pipe
    lines = Output(writer)
    said = 0
    while not lines._dropped:
        lines.say("x" * 30_000)
        said += 1
    texts = [reader.readline()]
    while b"lines dropped" not in texts[-1]:
        texts.append(reader.readline())
    assert len(texts) - 1 + int(texts[-1].split()[1]) == said
    lines.say("goes on")
    assert reader.readline() == b"goes on\n"
    lines.close(60)


def test_output_ends_when_its_reader_leaves(pipe: tuple[BinaryIO, TextIO]) -> None:
    reader, writer = pipe
    lines = Output(writer)
    reader.close()
    lines.say("nobody reads this")
    lines.close(60)
    assert not lines._thread.is_alive()


def test_a_stream_without_a_file_is_written() -> None:
    stream = io.StringIO()
    lines = Output(stream)
    lines.say("text ü")
    lines.close(60)
    assert stream.getvalue() == "text ü\n"


def test_lines_without_a_stream_are_discarded() -> None:
    lines = Output(None)
    lines.say("nobody reads this")
    lines.close(60)
    assert lines._lines.empty()


def test_a_line_holds_no_control_sequence() -> None:
    assert escaped("a\x1b[31mb\x9bü") == "a\\x1b[31mb\\x9bü"

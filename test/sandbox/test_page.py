"""The page for the browser: its HTML, and how Chromium shows it."""

from __future__ import annotations

import re
import shutil
import struct
import subprocess
import zlib
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import pytest

from launchdarkly_api.sandbox import Sandbox
from launchdarkly_api.sandbox.http import page
from test.sandbox.client import Client, experiments, on_flag

HOSTILE = "<script>document.title='owned'</script>\"'&<img src=x onerror=alert(1)>"


@pytest.fixture
def full(sandbox: Sandbox, client: Client) -> Sandbox:
    """One experiment of each state, some requests, and names that contain HTML."""
    client.run("checkout")
    sandbox.add_project("shop", name=HOSTILE)
    sandbox.add_metric("m", project_key="shop", name=HOSTILE)
    flag = sandbox.add_flag("f", project_key="shop", name=HOSTILE, variations=["a", HOSTILE])
    metrics = [{"key": "m", "primary": True}]
    client.run(HOSTILE, "shop/test", **on_flag(flag, metrics=metrics, hypothesis=HOSTILE))
    sandbox.record(HOSTILE, "a", units=900, events={"m": 90}, project_key="shop")
    sandbox.record(HOSTILE, HOSTILE, units=100, events={"m": 20}, project_key="shop")
    client.create("draft")
    client.patch({"kind": "archiveExperiment"}, key="draft")
    client.get(experiments(), filter=HOSTILE)
    return sandbox


class Structure(HTMLParser):
    """Checks that each tag is closed, and collects the tags."""

    def __init__(self) -> None:
        super().__init__()
        self.open: list[str] = []
        self.tags: set[str] = set()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.add(tag)
        assert not [name for name, _ in attrs if name.startswith("on")]
        if tag not in ("meta", "br"):
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag


def test_the_page_is_whole_and_holds_no_foreign_html(full: Sandbox, client: Client) -> None:
    answer = client.call("GET", "/", headers={"Authorization": None, "LD-API-Version": None})
    assert answer.status == 200
    assert answer.headers["Content-Type"] == "text/html; charset=utf-8"
    assert answer.headers["Content-Security-Policy"].startswith("default-src 'none'")
    structure = Structure()
    structure.feed(answer.data.decode())
    assert not structure.open
    assert not {"script", "img", "link", "iframe"} & structure.tags
    assert "sandbox-token" not in answer.data.decode()


def test_the_page_lists_projects_and_experiments(full: Sandbox, client: Client) -> None:
    text = client.get("/").data.decode()
    for said in (
        "Projects: 2 · experiments: 3",
        "checkout-button",
        "page-load-ms</bdi></code> (numeric, lower is better)",
        "<b>running</b>, iteration 1",
        "<b>not_started</b>, iteration 1 · archived",
        "No traffic yet.",
        "Sample-ratio mismatch",
        "P(best)",
        "filter=%3Cscript%3E",
    ):
        assert said in text, said


def test_the_page_shows_the_results_of_all_metrics(sandbox: Sandbox, client: Client) -> None:
    client.run()
    text = client.get("/").data.decode()
    assert text.count("P(best)") == 3
    assert "Primary metric <code><bdi>signup</bdi></code>" in text
    assert "Secondary metric <code><bdi>page-load-ms</bdi></code>" in text


def test_a_project_without_flags_has_no_table_of_them(sandbox: Sandbox, client: Client) -> None:
    sandbox.add_project("empty")
    text = client.get("/").data.decode()
    assert "No flags." in text
    assert text.count("<th>Flag</th>") == 1


def test_results_that_cannot_be_computed_do_not_hide_the_rest(
    full: Sandbox,
    client: Client,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
) -> None:
    results = full._calls.results

    def broken(project: Any, experiment: Any, metric_key: str) -> Any:
        if experiment.key == "checkout":
            raise ZeroDivisionError("broken")
        return results(project, experiment, metric_key)

    monkeypatch.setattr(full._calls, "results", broken)
    answer = client.get("/")
    assert answer.status == 200
    assert answer.data.count(b"could not be computed") == 3
    assert answer.data.count(b"P(best)") == 1
    assert "ZeroDivisionError: broken" in caplog.text


def test_the_page_of_a_new_sandbox_is_valid(client: Client) -> None:
    text = client.get("/").data.decode()
    assert "Projects: 1 · experiments: 0 · requests: 0" in text
    assert "None yet." in text


def test_the_page_is_bounded(
    sandbox: Sandbox, client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(page, "SHOWN_EXPERIMENTS", 2)
    monkeypatch.setattr(page, "SHOWN_REQUESTS", 3)
    for number in range(5):
        client.create(f"exp-{number}")
    client.patch({"kind": "updateName", "value": "long" * 1000}, key="exp-4")
    text = client.get("/").data.decode()
    assert "long" * 75 + "…" in text
    assert text.count("<section>") == 2
    assert "and 3 older ones" in text
    assert len(re.findall(r"<td>(POST|PATCH)</td>", text)) == 3


def test_a_dropped_request_and_a_lone_surrogate_are_shown(sandbox: Sandbox, client: Client) -> None:
    assert client.create("\ud800").status == 400
    client.create()
    assert client.patch({"kind": "updateName", "value": "half \ud83d"}).status == 200
    sandbox.fail_next(drop=True)
    with pytest.raises(Exception, match="aborted"):
        client.get(experiments())
    text = client.get("/").data.decode()
    assert ">dropped</span>" in text
    assert "half \\ud83d" in text


# In a browser.


def chromium(sandbox: Sandbox, folder: Path, *arguments: str) -> str:
    """Open the page in headless Chromium: the document as it then is."""
    program = shutil.which("chromium") or shutil.which("chromium-browser")
    if program is None:
        pytest.skip("Chromium is not installed (Debian's package chromium)")
    ended = subprocess.run(
        [
            program,
            "--headless",
            "--no-sandbox",
            "--disable-gpu",
            "--disable-quic",
            "--no-first-run",
            "--disable-background-networking",
            "--disable-component-update",
            "--disable-sync",
            "--hide-scrollbars",
            "--window-size=1000,1400",
            f"--user-data-dir={folder / 'profile'}",
            *arguments,
            f"{sandbox.url}/",
        ],
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert ended.returncode == 0, ended.stderr[-2000:]
    return ended.stdout


def test_chromium_shows_the_page(full: Sandbox, tmp_path: Path) -> None:
    document = chromium(full, tmp_path, "--dump-dom")
    assert "<title>LaunchDarkly sandbox</title>" in document
    assert document.count("<section>") == 3
    assert "&lt;script&gt;document.title='owned'&lt;/script&gt;" in document
    assert full.requests[-1].path == "/"


def pixels(png: Path) -> list[bytes]:
    """The rows of an 8-bit RGB or RGBA picture, as far as a check of colours needs them."""
    data, position, parts = png.read_bytes(), 8, b""
    width = height = channels = 0
    while position < len(data):
        (length,) = struct.unpack(">I", data[position : position + 4])
        kind, content = (
            data[position + 4 : position + 8],
            data[position + 8 : position + 8 + length],
        )
        if kind == b"IHDR":
            width, height, _, colours = struct.unpack(">IIBB", content[:10])
            channels = {2: 3, 6: 4}[colours]
        elif kind == b"IDAT":
            parts += content
        position += 12 + length
    raw, rows, before = zlib.decompress(parts), [], bytes(width * channels)
    for number in range(height):
        start = number * (width * channels + 1)
        row = bytearray(raw[start + 1 : start + 1 + width * channels])
        _unfilter(raw[start], row, before, channels)
        rows.append(bytes(row))
        before = bytes(row)
    return [b"".join(row[i : i + 3] for i in range(0, len(row), channels)) for row in rows]


def _unfilter(kind: int, row: bytearray, before: bytes, channels: int) -> None:
    for index in range(len(row)):
        left = row[index - channels] if index >= channels else 0
        up = before[index]
        corner = before[index - channels] if index >= channels else 0
        if kind == 4:
            guess = left + up - corner
            distances = (abs(guess - left), abs(guess - up), abs(guess - corner))
            added = (left, up, corner)[distances.index(min(distances))]
        else:
            added = (0, left, up, (left + up) // 2)[kind]
        row[index] = (row[index] + added) & 0xFF


@pytest.mark.parametrize("dark", [False, True], ids=["light", "dark"])
def test_the_page_is_readable(full: Sandbox, tmp_path: Path, dark: bool) -> None:
    picture = tmp_path / "page.png"
    theme = ["--blink-settings=preferredColorScheme=0"] if dark else []
    chromium(full, tmp_path, f"--screenshot={picture}", "--window-size=400,300", *theme)
    rows = pixels(picture)
    brightness = [sum(row) / len(row) for row in rows]
    background = brightness[1]
    assert (background < 60) if dark else (background > 240)
    # There is text on it, in the opposite shade.
    text = max(max(row) for row in rows) if dark else min(min(row) for row in rows)
    assert abs(text - background) > 150

"""The page for the browser: its HTML, and how Chromium shows it."""

from __future__ import annotations

import re
import subprocess
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import pytest

from launchdarkly_api.sandbox import Sandbox
from launchdarkly_api.sandbox.http import page
from test.notebook import browser
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
    response = client.call("GET", "/", headers={"Authorization": None, "LD-API-Version": None})
    assert response.status == 200
    assert response.headers["Content-Type"] == "text/html; charset=utf-8"
    assert response.headers["Content-Security-Policy"].startswith("default-src 'none'")
    structure = Structure()
    structure.feed(response.data.decode())
    assert not structure.open
    assert not {"script", "img", "link", "iframe"} & structure.tags
    assert "sandbox-token" not in response.data.decode()


def test_the_page_lists_projects_and_experiments(full: Sandbox, client: Client) -> None:
    text = client.get("/").data.decode()
    for said in (
        "Projects: 2 · experiments: 3",
        "checkout-button",
        "page-load-ms</bdi></code> (numeric, lower is better)",
        "<b>running</b>, iteration 1",
        "<b>not_started</b>, iteration 1 · archived",
        "no traffic yet",
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
    assert text.count(">Flag</th>") == 1


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
    response = client.get("/")
    assert response.status == 200
    assert response.data.count(b"could not be computed") == 3
    assert response.data.count(b"P(best)") == 1
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
    assert "long" * 49 in text
    assert "long" * 75 not in text
    # Two experiments and the project.
    assert text.count("<section>") == 3
    assert "and 3 more, older" in text
    assert len(re.findall(r"<td><bdi>(POST|PATCH)</bdi></td>", text)) == 3


def test_a_dropped_request_and_a_lone_surrogate_do_not_break_the_page(
    sandbox: Sandbox, client: Client
) -> None:
    assert client.create("\ud800").status == 400
    client.create()
    assert client.patch({"kind": "updateName", "value": "half \ud83d"}).status == 200
    sandbox.fail_next(drop=True)
    with pytest.raises(Exception, match="aborted"):
        client.get(experiments())
    text = client.get("/").data.decode()
    assert ">dropped</span>" in text
    assert "half \N{REPLACEMENT CHARACTER}" in text


# In a browser.


def chromium(url: str, folder: Path, *arguments: str) -> str:
    """Open a page in headless Chromium, and return its document after that."""
    ended = subprocess.run(
        [
            str(browser.CHROMIUM),
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
            url,
        ],
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert ended.returncode == 0, ended.stderr[-2000:]
    return ended.stdout


@browser.needs_chromium
def test_chromium_shows_the_page(full: Sandbox, tmp_path: Path) -> None:
    document = chromium(f"{full.url}/", tmp_path, "--dump-dom")
    assert "<title>LaunchDarkly sandbox</title>" in document
    # Three experiments and two projects.
    assert document.count("<section>") == 5
    assert "&lt;script&gt;document.title='owned'&lt;/script&gt;" in document
    assert full.requests[-1].path == "/"


@browser.needs_chromium
@pytest.mark.parametrize("theme", ["light", "dark"])
def test_every_text_of_the_page_stands_out_from_its_background(
    full: Sandbox, client: Client, tmp_path: Path, theme: browser.Theme
) -> None:
    found = browser.inspect(tmp_path, client.get("/").data.decode(), theme)
    assert found["unreadable"] == []
    assert found["texts"] > 50
    assert (found["scripts"], found["hacked"]) == (0, None)


@browser.needs_chromium
@pytest.mark.parametrize("width", [1000, 600])
def test_the_page_fits_into_its_window(
    full: Sandbox, client: Client, tmp_path: Path, width: int
) -> None:
    document = client.get("/").data.decode()
    script = (
        "<script>const all = document.querySelector('div.launchdarkly');"
        "document.title = all.scrollWidth - all.clientWidth</script></body>"
    )
    source = tmp_path / "page.html"
    source.write_text(document.replace("</body>", script), encoding="utf-8")
    shown = chromium(source.as_uri(), tmp_path, "--dump-dom", f"--window-size={width},1000")
    assert "<title>0</title>" in shown

"""A real browser that opens pages as a person would."""

from __future__ import annotations

import html
import json
import re
import shutil
import subprocess
from pathlib import Path
from typing import Any, Literal

import pytest

Theme = Literal["light", "dark"]

CHROMIUM = next(
    filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None
)
needs_chromium = pytest.mark.skipif(CHROMIUM is None, reason="there is no Chromium here")

#: A script by which a page reports unreadable text, scripts that ran, and the targets of links.
_INSPECTION = """
<script>
const colour = text => {
  const parts = (text.match(/[\\d.]+/g) || []).map(Number);
  return parts.length < 4 ? [...parts, 1] : parts;
};
const over = (top, bottom) => top.slice(0, 3).map((c, i) => c * top[3] + bottom[i] * (1 - top[3]));
const background = element => {
  const layers = [];
  for (let e = element; e; e = e.parentElement) layers.push(getComputedStyle(e).backgroundColor);
  const dark = matchMedia('(prefers-color-scheme: dark)').matches
    && getComputedStyle(document.documentElement).colorScheme.includes('dark');
  return layers.map(colour).reduceRight((below, layer) => over(layer, below),
    dark ? [18, 18, 18] : [255, 255, 255]);
};
const opacity = element => {
  let product = 1;
  for (let e = element; e; e = e.parentElement) product *= getComputedStyle(e).opacity;
  return product;
};
const luminance = rgb => {
  const [r, g, b] = rgb.map(c => (c /= 255) <= 0.03928 ? c / 12.92 : ((c + 0.055) / 1.055) ** 2.4);
  return 0.2126 * r + 0.7152 * g + 0.0722 * b;
};
const contrast = (a, b) => {
  const [low, high] = [luminance(a), luminance(b)].sort((x, y) => x - y);
  return (high + 0.05) / (low + 0.05);
};
const unreadable = [];
let texts = 0;
for (const root of document.querySelectorAll('div.launchdarkly')) {
  for (const details of root.querySelectorAll('details')) details.open = true;
  const walker = document.createTreeWalker(root, NodeFilter.SHOW_TEXT);
  while (walker.nextNode()) {
    const text = walker.currentNode.textContent.trim(), element = walker.currentNode.parentElement;
    if (!text || element.tagName === 'STYLE') continue;
    const below = background(element), ink = colour(getComputedStyle(element).color);
    ink[3] *= opacity(element);
    const ratio = contrast(over(ink, below), below);
    texts += 1;
    if (ratio < 4.5) unreadable.push([text.slice(0, 40), ratio]);
  }
}
const report = {
  texts, unreadable,
  dark: matchMedia('(prefers-color-scheme: dark)').matches,
  hacked: window.hacked || null,
  links: [...document.querySelectorAll('div.launchdarkly a')].map(a => a.href),
  alignments: [...new Set([...document.querySelectorAll('div.launchdarkly td')].map(
    cell => [cell.className, getComputedStyle(cell).textAlign].join(':')))].sort(),
  pictures: [...document.images].map(i => [i.naturalWidth, i.naturalHeight]),
  scripts: document.querySelectorAll('div.launchdarkly script').length,
  mathematics: document.querySelectorAll('div.launchdarkly mjx-container').length,
};
const result = document.createElement('pre');
result.id = 'inspection';
result.textContent = JSON.stringify(report);
document.body.append(result);
</script>
"""


def page(*parts: str) -> str:
    """A page that follows the colour preference of the reader."""
    return (
        "<!doctype html><html><head><meta charset='utf-8'>"
        "<style>:root { color-scheme: light dark } body { font-family: sans-serif }</style>"
        f"</head><body>{'<hr>'.join(parts)}</body></html>"
    )


def _run(directory: Path, source: str, theme: Theme, *flags: str) -> bytes:
    assert CHROMIUM is not None
    file = directory / "page.html"
    file.write_text(source, encoding="utf-8", errors="strict")
    done = subprocess.run(
        [
            CHROMIUM,
            "--headless",
            "--no-sandbox",
            "--disable-gpu",
            "--no-first-run",
            "--disable-background-networking",
            "--disable-component-update",
            "--disable-sync",
            "--hide-scrollbars",
            "--host-resolver-rules=MAP * ~NOTFOUND",
            f"--user-data-dir={directory / 'profile'}",
            f"--blink-settings=preferredColorScheme={'10'[theme == 'dark']}",
            *flags,
            file.as_uri(),
        ],
        capture_output=True,
        timeout=120,
        check=True,
    )
    return done.stdout


def inspect(directory: Path, source: str, theme: Theme) -> dict[str, Any]:
    """Open a page and measure how readable it is."""
    end = source.rindex("</body>")
    shown = _run(directory, source[:end] + _INSPECTION + source[end:], theme, "--dump-dom")
    found = re.search(r'<pre id="inspection">(.*?)</pre>', shown.decode(), re.DOTALL)
    assert found, "the page did not get as far as saying how it looks"
    inspected: dict[str, Any] = json.loads(html.unescape(found.group(1)))
    assert inspected["dark"] is (theme == "dark")
    return inspected


def dom(directory: Path, source: str, theme: Theme) -> str:
    """Open a page and return it as it is after its scripts."""
    return _run(directory, source, theme, "--dump-dom").decode()


def screenshot(
    directory: Path, source: str, theme: Theme, target: Path, width: int, height: int
) -> None:
    """Take a screenshot of a page."""
    _run(directory, source, theme, f"--screenshot={target}", f"--window-size={width},{height}")

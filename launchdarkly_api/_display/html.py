"""Building blocks of HTML: escaped text, tables, folds, links, whole documents.

Colours are inherited, so that the blocks are readable on light and on dark pages. The module knows
no models: notebooks show models with it, and the sandbox shows its state.
"""

from __future__ import annotations

import html
import re
from collections.abc import Iterable, Sequence
from urllib.parse import urlsplit

from launchdarkly_api._display.options import options
from launchdarkly_api._display.text import MAX_TEXT, as_datetime, shortened

#: The maximum number of rows of a table and of items of a list.
MAX_ROWS = 60

#: The class is repeated to take precedence over Jupyter's own styles for tables.
_ROOT = "div.launchdarkly.launchdarkly.launchdarkly"
_STYLE = """
& { overflow-x: auto; line-height: 1.4; }
& table { border-collapse: collapse; border: 0; margin: .3em 0; }
& caption { text-align: left; font-weight: bold; caption-side: top; color: inherit; }
& td, & th { text-align: left; vertical-align: top; padding: .15em 1em .15em 0; border: 0;
  border-bottom: 1px solid rgba(128, 128, 128, .35); }
& bdi { display: inline-block; max-width: 60ch; overflow-wrap: break-word; }
& th { white-space: nowrap; }
& td.number, & th.number { text-align: right; white-space: nowrap; }
& a { color: inherit; text-decoration: underline; }
& summary { cursor: pointer; }
& time { white-space: nowrap; }
& .muted { opacity: .7; }
& img { max-width: 100%; height: auto; border-radius: 4px; }
& .warning { border-left: .3em solid #d55e00; padding-left: .6em; margin: .4em 0; }
"""

#: Pictures follow the colour scheme of their element. Jupyter and VS Code have themes of their own,
#: which may differ from the preference of the reader.
_THEMES = """
[data-jp-theme-light="true"] & img, .vscode-light & img { color-scheme: light; }
[data-jp-theme-light="false"] & img, .vscode-dark & img, html[theme=dark] & img {
  color-scheme: dark; }
"""

#: The style of a whole document, which has no page around it to inherit from.
_DOCUMENT_STYLE = """
:root { color-scheme: light dark; }
body { font: 15px/1.5 system-ui, sans-serif; max-width: 68rem; margin: 2rem auto; padding: 0 1rem; }
@media (prefers-color-scheme: dark) { body { background: #171c24; color: #e6eaf0; } }
"""


def escape(value: object) -> str:
    """Return text that is safe in HTML, both as content and as an attribute.

    Characters that HTML forbids (control characters, lone surrogates) are replaced.
    """
    return html.escape(_UNSHOWABLE.sub("\N{REPLACEMENT CHARACTER}", str(value)))


_UNSHOWABLE = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\ud800-\udfff]")


def isolated(text: object, limit: int = MAX_TEXT) -> str:
    """Return text of bounded length whose direction does not affect the text around it."""
    return f"<bdi>{escape(shortened(str(text), limit))}</bdi>"


def page(*parts: str, style: str = "") -> str:
    """Join the parts into one output with its style. Math notation in names is not rendered.

    Args:
        *parts: The parts, in HTML.
        style: Further rules of CSS. ``&`` stands for the element around the parts.

    Returns:
        One element, for the page of another program.
    """
    rules = (_STYLE + _THEMES + style).replace("&", _ROOT)
    return (
        '<div class="launchdarkly tex2jax_ignore mathjax_ignore">'
        f"<style>{rules}</style>{''.join(parts)}</div>"
    )


def document(title: str, *parts: str, style: str = "") -> str:
    """Return a whole document, which follows the colour scheme of the reader.

    Args:
        title: The title, as plain text.
        *parts: The parts, in HTML.
        style: Further rules of CSS, as in ``page``.

    Returns:
        The document, for a browser.
    """
    return (
        '<!doctype html><html lang="en"><head><meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width">'
        f"<title>{escape(title)}</title><style>{_DOCUMENT_STYLE}</style></head>"
        f"<body>{page(*parts, style=style)}</body></html>"
    )


def image(source: str, alt: str) -> str:
    """Return a picture that is never wider than the page.

    Args:
        source: The address of the picture.
        alt: The content of the picture, as plain text.

    Returns:
        The element, in HTML.
    """
    return (
        f'<img alt="{escape(alt)}" src="{escape(source)}" style="max-width: 100%; height: auto;">'
    )


def table(
    rows: Iterable[Sequence[str]],
    headers: Sequence[str] = (),
    *,
    caption: str = "",
    numbers: frozenset[int] = frozenset(),
) -> str:
    """Return a table.

    Args:
        rows: The cells of each row, in HTML.
        headers: The headers of the columns, as plain text.
        caption: The caption, in HTML.
        numbers: The indexes of the columns to align right.

    Returns:
        The table, in HTML.
    """

    def cells(kind: str, contents: Sequence[str]) -> str:
        classes = [' class="number"' if i in numbers else "" for i in range(len(contents))]
        tag = 'th scope="col"' if kind == "th" else kind
        return "".join(f"<{tag}{c}>{text}</{kind}>" for c, text in zip(classes, contents))

    head = f"<thead><tr>{cells('th', [*map(escape, headers)])}</tr></thead>" if headers else ""
    title = f"<caption>{caption}</caption>" if caption else ""
    body = "".join(f"<tr>{cells('td', row)}</tr>" for row in rows)
    return f"<table>{title}{head}<tbody>{body}</tbody></table>"


def fold(summary: str, body: str) -> str:
    """Return a body that is hidden until a click on its summary. Both are HTML."""
    return f"<details><summary>{summary}</summary>{body}</details>"


def rest(total: int, limit: int = MAX_ROWS, note: str = ", not shown") -> str:
    """Return the number of items beyond a limit, or nothing if all items are shown.

    Args:
        total: The number of items.
        limit: The number of items that are shown.
        note: The end of the sentence, as plain text.

    Returns:
        A line, in HTML.
    """
    hidden = total - limit
    return f"<div>{muted(f'and {hidden:,} more{note}')}</div>" if hidden > 0 else ""


def warning(text: str) -> str:
    """Return a highlighted warning."""
    return f'<div class="warning" role="note">⚠ {prose(text)}</div>'


def prose(text: str) -> str:
    """Escape sentences, and prevent line breaks between a number and its percent sign."""
    return escape(text).replace(" %", "&nbsp;%")


def muted(text: object) -> str:
    """Return text in a muted colour, for secondary information."""
    return f'<span class="muted">{escape(text)}</span>'


def time_html(milliseconds: float, raw: object = None) -> str:
    """Return a date and time. The number that the service sent appears on hover."""
    moment = as_datetime(milliseconds)
    raw = milliseconds if raw is None else raw
    if moment is None:
        return escape(raw)
    date, clock = moment.isoformat(timespec="seconds")[:19].split("T")
    return f'<time datetime="{date}T{clock}Z" title="{escape(raw)}">{date} {clock} UTC</time>'


def link_html(href: str) -> str:
    """Return a link if the address is an HTTP or HTTPS URL, and its text otherwise."""
    text = escape(shortened(href))
    if options.link_host and href.startswith("/") and not href.startswith("//"):
        href = options.link_host.rstrip("/") + href
    try:
        address = urlsplit(href)
    except ValueError:
        return text
    if address.scheme not in ("http", "https") or not address.netloc:
        return text
    return f'<a href="{escape(href)}" target="_blank" rel="noopener noreferrer">{text}</a>'

"""Shows the pages in a browser, at an address of this computer."""

from __future__ import annotations

import html
from collections.abc import Callable
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from urllib.parse import unquote, urlsplit

from launchdarkly_api.docs import ROOT, pages, title

_PAGE = """<!doctype html><html lang="en"><head><meta charset="utf-8">
<meta name="viewport" content="width=device-width"><title>{title}</title><style>
:root {{ color-scheme: light dark; font: 16px/1.5 system-ui, sans-serif }}
body {{ max-width: 60rem; margin: 0 auto; padding: 1rem }}
pre {{ overflow-x: auto; padding: .75rem; background: #8882; border-radius: .25rem }}
table {{ display: block; overflow-x: auto; border-collapse: collapse }}
td, th {{ border: 1px solid #8886; padding: .25rem .5rem; text-align: left; vertical-align: top }}
code {{ font-family: ui-monospace, monospace; font-size: .9em }}
</style></head><body><nav><a href="/">All pages</a></nav>{body}</body></html>
"""


def serve(port: int) -> ThreadingHTTPServer:
    """Return a server of the pages, which listens on this computer only.

    Args:
        port: The port. 0 chooses a free one.
    """
    return ThreadingHTTPServer(("127.0.0.1", port), _Handler)


class _Handler(BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        path = unquote(urlsplit(self.path).path).lstrip("/")
        page = _by_path().get(path)
        if not path:
            self._send(200, "Documentation", _index())
        elif page is not None:
            self._send(200, title(page), _as_html(page.read_text(encoding="utf-8")))
        else:
            self._send(404, "Not found", "<h1>Not found</h1><p>This file is not in the package.")

    def _send(self, status: int, heading: str, body: str) -> None:
        text = _PAGE.format(title=html.escape(heading), body=body).encode()
        self.send_response(status)
        self.send_header("Content-Type", "text/html; charset=utf-8")
        self.send_header("Content-Length", str(len(text)))
        self.end_headers()
        self.wfile.write(text)

    def log_message(self, format: str, *args: Any) -> None:
        """Print nothing."""


def _by_path() -> dict[str, Path]:
    files = [ROOT / "docs" / "guides" / "README.md", *pages().values()]
    return {file.relative_to(ROOT).as_posix(): file for file in files}


def _index() -> str:
    items = "".join(
        f'<li><a href="/{path.relative_to(ROOT).as_posix()}">{html.escape(title(path))}</a>'
        for path in pages().values()
    )
    return f"<h1>Documentation</h1><ul>{items}</ul>"


def _as_html(text: str) -> str:
    render = _renderer()
    return render(text) if render else f"<pre>{html.escape(text)}</pre>"


def _renderer() -> Callable[[str], str] | None:
    """Return markdown-it-py's renderer. None if it is not installed."""
    try:
        from markdown_it import MarkdownIt
    except ImportError:
        return None
    render: Callable[[str], str] = MarkdownIt("commonmark").enable("table").render
    return render

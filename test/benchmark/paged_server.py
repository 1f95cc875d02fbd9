"""``python -m test.benchmark.paged_server``: 300 experiments, page by page, compressed if asked.

Their ids, texts and times differ as those of real experiments do: what repeats itself more than
real data would be compressed better.
"""

from __future__ import annotations

import functools
import gzip
import http.server
import json
import random
import sys
import threading
import urllib.parse
from typing import Any

from test.benchmark.payload import PROJECT, experiment, link

TOTAL = 300
PATH = f"{PROJECT}/environments/test/experiments"
_DEFAULT_LIMIT = "20"


_VOCABULARY = (
    "a and at basket button campaign card checkout clearer convert customers discount earlier easy"
    " fewer first for form free from help home image in larger layout less link list longer mail"
    " menu more new of on offer open order page payment plan price product recommend returning"
    " sales search see shorter sign step support than that the to trial upgrade users visit with"
)
_IDS = frozenset(("_id", "_maintainerId", "variationId", "winningTreatmentId"))
_TEXTS = {"description": 14, "hypothesis": 12, "winningReason": 8}
_TIMES = frozenset(("_creationDate", "createdAt", "startedAt", "endedAt"))


def lifelike(value: Any, source: random.Random) -> Any:
    """The same JSON with ids, texts and times of its own."""
    if isinstance(value, list):
        return [lifelike(item, source) for item in value]
    if not isinstance(value, dict):
        return value
    return {name: _lifelike(name, item, source) for name, item in value.items()}


def _lifelike(name: str, value: Any, source: random.Random) -> Any:
    if name in _IDS:
        return f"{source.getrandbits(96):024x}"
    if name in _TEXTS:
        return " ".join(source.choices(_VOCABULARY.split(), k=_TEXTS[name])).capitalize()
    if name in _TIMES:
        return value + source.randrange(86_400_000)
    return lifelike(value, source)


@functools.lru_cache
def page(limit: int, offset: int) -> dict[str, Any]:
    """A page of the list, with all expansions, the total and the link to the next page."""
    links = {"self": link(f"{PATH}?limit={limit}&offset={offset}")}
    if offset + limit < TOTAL:
        links["next"] = link(f"{PATH}?limit={limit}&offset={offset + limit}")
    numbers = range(offset, min(offset + limit, TOTAL))
    items = [lifelike(experiment(number), random.Random(number)) for number in numbers]
    return {"items": items, "total_count": TOTAL, "_links": links}


@functools.lru_cache
def body(limit: int, offset: int, compressed: bool) -> bytes:
    text = json.dumps(page(limit, offset)).encode()
    return gzip.compress(text, mtime=0) if compressed else text


class Handler(http.server.BaseHTTPRequestHandler):
    """Answers each GET with a page."""

    protocol_version = "HTTP/1.1"
    # Head and body go out together.
    wbufsize = -1

    def do_GET(self) -> None:
        query = dict(urllib.parse.parse_qsl(urllib.parse.urlsplit(self.path).query))
        compressed = "gzip" in self.headers.get("Accept-Encoding", "")
        limit, offset = int(query.get("limit", _DEFAULT_LIMIT)), int(query.get("offset", "0"))
        data = body(limit, offset, compressed)
        self.send_response(200)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(data)))
        self.send_header("Vary", "Accept-Encoding")
        if compressed:
            self.send_header("Content-Encoding", "gzip")
        self.end_headers()
        self.wfile.write(data)

    def log_message(self, format: str, *args: Any) -> None:
        """Print nothing: the port is the only line."""


def serve() -> http.server.ThreadingHTTPServer:
    """A server on a free port, in a thread of its own."""
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    return server


if __name__ == "__main__":
    print(serve().server_port, flush=True)
    # It ends with its standard input.
    sys.stdin.read()

"""Pyodide in a worker of a page that Chromium opens."""

from __future__ import annotations

import json
import queue
import shutil
import subprocess
import threading
from collections.abc import Mapping
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

from test.notebook.browser import CHROMIUM
from test.pyodide.environment import HERE, PATIENCE, Pyodide, describe

_PAGE = "<!doctype html><script>new Worker('worker.mjs', {type: 'module'})</script>"


def run_in_chromium(
    pyodide: Pyodide, folder: Path, environment: Mapping[str, str], waiting: bool, code: str
) -> tuple[int, str]:
    """Run Python code in Pyodide in Chromium.

    Args:
        pyodide: The prepared folder.
        folder: An empty folder, to serve.
        environment: Variables for the code.
        waiting: Whether JavaScript awaits Python, so that Python can wait for responses.
        code: Its last expression is the exit status.

    Returns:
        The exit status and the output.
    """
    (folder / "node_modules").symlink_to(pyodide.folder / "node_modules")
    shutil.copy(HERE / "worker.mjs", folder)
    for name in ("packages", "source"):
        shutil.make_archive(str(folder / name), "zip", pyodide.folder / name)
    (folder / "index.html").write_text(_PAGE)
    job = {**describe(code, environment), "waiting": waiting}
    (folder / "job.json").write_text(json.dumps(job))
    posted: queue.SimpleQueue[dict[str, Any]] = queue.SimpleQueue()

    class Handler(SimpleHTTPRequestHandler):
        def __init__(self, *args: Any) -> None:
            super().__init__(*args, directory=str(folder))

        def do_POST(self) -> None:
            posted.put(json.loads(self.rfile.read(int(self.headers["Content-Length"]))))
            self.send_response(204)
            self.end_headers()

        def log_message(self, format: str, *args: Any) -> None:
            """Say nothing."""

    assert CHROMIUM is not None
    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        flags = ("--headless", "--no-sandbox", "--disable-gpu", "--no-first-run", "--disable-sync")
        browser = subprocess.Popen(
            [
                *(CHROMIUM, *flags, "--disable-background-networking"),
                *("--remote-debugging-port=0", f"--user-data-dir={folder / 'profile'}"),
                f"http://127.0.0.1:{server.server_port}/",
            ],
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        try:
            came = posted.get(timeout=PATIENCE)
        finally:
            browser.terminate()
            browser.wait()
            server.shutdown()
            thread.join()
    return came["status"], came["printed"]

"""Who may call: names of the sandbox, and pages of other origins, in a real browser too."""

from __future__ import annotations

import json
import subprocess
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest

from launchdarkly_api.sandbox import Sandbox
from test.notebook import browser
from test.sandbox.client import Client, experiment_post, experiments
from test.sandbox.test_http import Wire
from test.sandbox.test_page import chromium

APP = "https://app.example"


def status(sandbox: Sandbox, host: str | None = None, path: str = experiments()) -> int:
    with Client(sandbox.url).pool as pool:
        headers = {"Authorization": "sandbox-token", "LD-API-Version": "beta"}
        if host is not None:
            headers["Host"] = host
        return pool.request("GET", f"{sandbox.url}{path}", headers=headers).status


@pytest.mark.parametrize(
    "host",
    [
        "localhost",
        "LOCALHOST:80",
        "localhost.:8000",
        "ld.localhost",
        "127.0.0.1",
        "127.8.8.8:1",
        "[::1]:8000",
        "192.0.2.7",
    ],
)
def test_addresses_and_names_of_this_computer_are_accepted(sandbox: Sandbox, host: str) -> None:
    assert status(sandbox, host) == 200


@pytest.mark.parametrize(
    "host",
    [
        "evil.example",
        "evil.example:8000",
        "localhost.evil.example",
        "127.0.0.1.evil.example",
        "notlocalhost",
        "sandbox",
        "host.docker.internal",
        "evil.example, localhost",
        "localhost@evil.example",
        "evil.example#localhost",
        "[::1",
        "[::1].evil.example",
        "[::1]evil",
        "[evil]",
        "evil@localhost",
        "localhost/evil",
        "localhost:8000@evil.example",
        "localhost:evil",
        "127.0.0.1.nip.io",
        ":8000",
        "%6cocalhost",
    ],
)
@pytest.mark.parametrize("path", ["/", experiments(), "/__sandbox", "/nowhere"])
def test_a_foreign_host_is_refused(sandbox: Sandbox, host: str, path: str) -> None:
    wire = Wire(sandbox)
    wire.request(f"GET {path} HTTP/1.1", host=f"Host: {host}\r\n")
    code, headers, body = wire.response()
    wire.close()
    assert (code, headers["content-type"]) == (403, "application/json")
    assert json.loads(body)["code"] == "forbidden"
    assert "--allow-host" in json.loads(body)["message"]
    assert sandbox.requests[-1].status == 403


def test_allowed_hosts_are_accepted() -> None:
    with Sandbox(allow_hosts=["ld.example.com", ".svc.cluster.local"]) as sandbox:
        assert status(sandbox, "LD.example.com:80") == 200
        assert status(sandbox, "sandbox.test.svc.cluster.local") == 200
        assert status(sandbox, "svc.cluster.local") == 403
        assert status(sandbox, "example.com") == 403
    with Sandbox(allow_hosts=["*"]) as sandbox:
        assert status(sandbox, "anything.example") == 200


def test_names_of_containers_are_accepted_on_all_addresses() -> None:
    with Sandbox(host="0.0.0.0") as sandbox:
        assert status(sandbox, "sandbox:8000") == 200
        assert status(sandbox, "host.docker.internal:8000") == 200
        assert status(sandbox, "evil.example") == 403
        assert status(sandbox, "internal.evil.example") == 403


def test_a_sandbox_accepts_the_name_that_it_listens_on() -> None:
    with Sandbox(host="localhost") as sandbox:
        assert status(sandbox) == 200


ATTACKS: list[dict[str, str | None]] = [
    {"Origin": APP},
    {"Origin": "null"},
    {"Origin": "http://localhost:1"},
    {"Origin": "http://127.0.0.1"},
    {"Origin": ""},
    {"Origin": "file://"},
    {"Origin": f"{APP}, http://127.0.0.1"},
    {"Sec-Fetch-Site": "cross-site", "Sec-Fetch-Mode": "no-cors", "Sec-Fetch-Dest": "image"},
    {"Sec-Fetch-Site": "same-site", "Sec-Fetch-Mode": "no-cors", "Sec-Fetch-Dest": "script"},
    {"Sec-Fetch-Site": "cross-site", "Sec-Fetch-Mode": "navigate", "Sec-Fetch-Dest": "iframe"},
    {"Sec-Fetch-Site": "cross-site"},
]


@pytest.mark.parametrize("sent", ATTACKS)
@pytest.mark.parametrize("path", ["/", experiments(), "/__sandbox/reset", "/nowhere"])
@pytest.mark.parametrize("method", ["GET", "HEAD", "POST", "OPTIONS"])
def test_a_page_of_another_origin_is_refused(
    client: Client, sent: dict[str, str | None], path: str, method: str
) -> None:
    preflight = {"Access-Control-Request-Method": "POST"} if method == "OPTIONS" else {}
    body = experiment_post() if method == "POST" else None
    answer = client.call(method, path, body, headers={**sent, **preflight})
    assert answer.status == 403
    assert not [name for name in answer.headers if name.lower().startswith("access-control-")]
    if method != "HEAD":
        assert "--allow-origin" in answer.message
    assert client.get(experiments()).json["total_count"] == 0


@pytest.mark.parametrize("host", ["", "Host: \r\n"])
@pytest.mark.parametrize("origin", ["null", "", "http://"])
def test_an_origin_is_not_the_own_one_if_no_host_is_named(
    sandbox: Sandbox, host: str, origin: str
) -> None:
    wire = Wire(sandbox)
    wire.request(f"GET {experiments()} HTTP/1.0", f"Origin: {origin}\r\n", host=host)
    assert wire.response()[0] == 403
    wire.close()


@pytest.mark.parametrize(
    ("target", "expected"),
    [("http://evil.example/", 403), ("http://127.0.0.1:1/", 200), ("http://localhost", 200)],
)
def test_the_host_of_a_whole_url_counts(sandbox: Sandbox, target: str, expected: int) -> None:
    wire = Wire(sandbox)
    wire.request(f"GET {target} HTTP/1.1")
    assert wire.response()[0] == expected
    wire.close()


def test_an_origin_of_another_scheme_is_foreign(client: Client) -> None:
    for scheme in ("file", "chrome-extension", "http://http"):
        origin = client.url.replace("http:", f"{scheme}:")
        assert client.call("GET", "/", headers={"Origin": origin}).status == 403, origin


def test_a_link_to_the_page_works(client: Client) -> None:
    link = {"Sec-Fetch-Site": "cross-site", "Sec-Fetch-Mode": "navigate"}
    document: dict[str, str | None] = {**link, "Sec-Fetch-Dest": "document"}
    assert client.call("GET", "/", headers=document).status == 200
    assert client.call("POST", "/", headers=document).status == 403
    assert client.call("GET", experiments(), headers=document).status == 403


def test_the_own_page_may_ask(client: Client) -> None:
    own = client.url
    assert client.call("GET", "/", headers={"Origin": own}).status == 200
    tls = own.replace("http:", "https:")
    assert client.call("GET", "/", headers={"Origin": tls, "Sec-Fetch-Site": "same-origin"}).status
    assert client.call("GET", "/", headers={"Sec-Fetch-Site": "none"}).status == 200


@pytest.mark.parametrize("allowed", [APP, "HTTPS://app.example/", "*"])
def test_an_allowed_origin_may_send_and_read(allowed: str) -> None:
    with Sandbox(allow_origins=[allowed]) as sandbox:
        client = Client(sandbox.url)
        asked = client.call(
            "OPTIONS",
            experiments(),
            headers={
                "Authorization": None,
                "LD-API-Version": None,
                "Origin": APP,
                "Access-Control-Request-Method": "PATCH",
                "Access-Control-Request-Headers": "authorization,ld-api-version",
                "Access-Control-Request-Private-Network": "true",
            },
        )
        assert (asked.status, asked.data) == (204, b"")
        assert asked.headers["Access-Control-Allow-Origin"] == APP
        assert asked.headers["Access-Control-Allow-Methods"] == "PATCH"
        assert asked.headers["Access-Control-Allow-Headers"] == "authorization,ld-api-version"
        assert asked.headers["Access-Control-Allow-Private-Network"] == "true"
        assert "Access-Control-Allow-Credentials" not in asked.headers
        simple = {"Origin": APP, "Access-Control-Request-Method": "GET"}
        plain = client.call("OPTIONS", experiments(), headers=simple)
        assert (plain.status, "Access-Control-Allow-Headers" in plain.headers) == (204, False)
        found = client.call("GET", experiments(), headers={"Origin": APP})
        assert (found.status, found.headers["Access-Control-Allow-Origin"]) == (200, APP)
        assert found.headers["Vary"] == "Origin"
        wrong = client.call("GET", "/x", headers={"Origin": APP, "Authorization": "x"})
        assert (wrong.status, wrong.headers["Access-Control-Allow-Origin"]) == (404, APP)
        other = client.call("GET", experiments(), headers={"Origin": "https://evil.example"})
        assert other.status == (200 if allowed == "*" else 403)
        client.close()


def test_an_allowed_origin_still_needs_the_token() -> None:
    with Sandbox(allow_origins=[APP]) as sandbox:
        client = Client(sandbox.url, "wrong")
        assert client.call("GET", experiments(), headers={"Origin": APP}).status == 401
        client.close()


def test_a_browser_may_read_the_headers_of_limits() -> None:
    with Sandbox(allow_origins=[APP]) as sandbox:
        client = Client(sandbox.url)
        sandbox.rate_limit(0, 60)
        answer = client.call("GET", experiments(), headers={"Origin": APP})
        exposed = answer.headers["Access-Control-Expose-Headers"].split(", ")
        assert {"Allow", "Retry-After"} < set(exposed)
        limits = [name for name in answer.headers if name.lower().startswith("x-ratelimit-")]
        assert limits
        assert set(limits) < set(exposed)
        assert "Access-Control-Expose-Headers" not in client.get(experiments()).headers
        client.close()


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        ({"allow_hosts": "x.example"}, "allow_hosts must be a list"),
        ({"allow_hosts": ["http://x.example"]}, "allow_hosts must name hosts without a port"),
        ({"allow_hosts": ["x.example:80"]}, "allow_hosts must name hosts without a port"),
        ({"allow_hosts": [""]}, "allow_hosts must name hosts"),
        ({"allow_hosts": [1]}, "allow_hosts must name hosts"),
        ({"allow_hosts": ["bücher.example"]}, "allow_hosts must name hosts"),
        ({"allow_origins": "https://x"}, "allow_origins must be a list"),
        ({"allow_origins": ["app.example"]}, "allow_origins must name origins"),
        ({"allow_origins": ["https://app.example/path"]}, "allow_origins must name origins"),
        ({"allow_origins": [None]}, "allow_origins must name origins"),
        ({"allow_origins": ["http://[::1"]}, "allow_origins must name origins"),
        ({"allow_origins": ["https://app example"]}, "allow_origins must name origins"),
        ({"allow_origins": ["https://bücher.example"]}, "allow_origins must name origins"),
    ],
)
def test_invalid_names_are_refused(arguments: dict[str, Any], said: str) -> None:
    with pytest.raises(ValueError, match=said):
        Sandbox(**arguments)


@pytest.mark.parametrize(
    ("allowed", "sent"),
    [
        ("HTTPS://App.Example/", "https://app.example"),
        ("https://app.example:443", "https://app.example"),
        ("http://app.example:80/", "http://app.example"),
        ("http://app.example:443", "http://app.example:443"),
        ("http://[::1]:3000", "http://[::1]:3000"),
        ("chrome-extension://abc", "chrome-extension://abc"),
    ],
)
def test_an_allowed_origin_is_compared_as_browsers_send_it(allowed: str, sent: str) -> None:
    with Sandbox(allow_origins=[allowed]) as sandbox:
        client = Client(sandbox.url)
        answer = client.call("GET", "/__sandbox/health", headers={"Origin": sent})
        client.close()
    assert answer.headers["Access-Control-Allow-Origin"] == sent


def test_responses_protect_themselves(client: Client) -> None:
    for path in ("/", experiments(), "/nowhere"):
        headers = client.get(path).headers
        assert headers["X-Content-Type-Options"] == "nosniff"
        assert headers["Cross-Origin-Resource-Policy"] == "same-origin"
    headers = client.get("/").headers
    assert "frame-ancestors 'none'" in headers["Content-Security-Policy"]
    assert "form-action 'none'" in headers["Content-Security-Policy"]
    assert headers["Referrer-Policy"] == "no-referrer"
    assert headers["Cache-Control"] == "no-store"


# In a browser.


ATTACK = """<!doctype html><title>attack</title>
<iframe name=target></iframe><iframe id=frame src="{url}/"></iframe>
<form id=form method=post target=target enctype="text/plain"
 action="{url}{path}"><input name='{{"key":"form"' value='"x"}}'></form>
<script>
const url = "{url}", path = "{path}", found = {{}};
const headers = {{"Authorization": "sandbox-token", "LD-API-Version": "beta"}};
const body = JSON.stringify({post});
const read = (name, call) => call.then(r => r.text()).then(t => found[name] = "READ " + t.length,
    e => found[name] = "blocked");
const load = (name, tag) => new Promise(done => {{
  const element = document.createElement(tag);
  element.onload = () => {{ found[name] = "READ"; done(); }};
  element.onerror = () => {{ found[name] = "blocked"; done(); }};
  element.src = url + "/?" + name; document.body.append(element);
}});
Promise.all([
  read("page", fetch(url + "/")),
  read("list", fetch(url + path, {{headers}})),
  read("create", fetch(url + path, {{method: "POST", headers, body}})),
  fetch(url + path, {{method: "POST", mode: "no-cors", body}}).then(
    r => found.quiet = r.type, e => found.quiet = "blocked"),
  load("image", "img"), load("script", "script"),
  new Promise(done => {{
    const socket = new WebSocket(url.replace("http", "ws") + "/");
    socket.onopen = () => {{ found.socket = "READ"; done(); }};
    socket.onerror = () => {{ found.socket = "blocked"; done(); }};
  }}),
  new Promise(done => {{
    document.querySelector("[name=target]").onload = done;
    form.submit();
  }}),
]).then(
  // At the end: a reset drops the requests that are under way.
  () => read("reset", fetch(url + "/__sandbox/reset", {{method: "POST"}}))
).then(() => {{
  try {{ found.frame = frame.contentDocument.body.innerText; }}
  catch (e) {{ found.frame = "blocked"; }}
  return fetch("/report", {{method: "POST", body: JSON.stringify(found)}});
}});
</script>"""


class Attacker(ThreadingHTTPServer):
    """A web server whose page attacks a sandbox, and reports what it got."""

    daemon_threads = True

    def __init__(self, port: str) -> None:
        super().__init__(("127.0.0.1", 0), AttackPage)
        self.url = f"http://127.0.0.1:{self.server_port}"
        self.port = port
        self.found: dict[str, str] = {}
        self.reported = threading.Event()

    def attack(self, folder: Path, host: str = "127.0.0.1", path: str = "/") -> dict[str, str]:
        """Open the page in Chromium, under a name of this server, and return its report."""
        # A remote-debugging port keeps Chromium open until it has reported.
        process = subprocess.Popen(
            [
                str(browser.CHROMIUM),
                *("--headless", "--no-sandbox", "--disable-gpu", "--no-first-run"),
                *("--disable-sync", "--disable-background-networking"),
                *("--remote-debugging-port=0", f"--user-data-dir={folder / 'attacked'}"),
                "--host-resolver-rules=MAP evil.example 127.0.0.1",
                f"{self.url.replace('127.0.0.1', host)}{path}",
            ],
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        try:
            assert self.reported.wait(120)
        finally:
            process.terminate()
            process.wait()
        return self.found


class AttackPage(BaseHTTPRequestHandler):
    server: Any

    def do_GET(self) -> None:
        host = self.headers["Host"].partition(":")[0] if self.path == "/same" else "127.0.0.1"
        url = f"http://{host}:{self.server.port}"
        post = json.dumps(experiment_post("attack"))
        self.reply(ATTACK.format(url=url, path=experiments(), post=post).encode())

    def do_POST(self) -> None:
        self.server.found = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        self.server.reported.set()
        self.reply(b"")

    def reply(self, page: bytes) -> None:
        self.send_response(200)
        self.send_header("Content-Type", "text/html")
        self.send_header("Content-Length", str(len(page)))
        self.end_headers()
        self.wfile.write(page)

    def log_message(self, format: str, *args: Any) -> None: ...


@pytest.fixture
def attacker(sandbox: Sandbox) -> Iterator[Attacker]:
    with Attacker(sandbox.url.rpartition(":")[2]) as server:
        thread = threading.Thread(target=server.serve_forever, args=(0.05,))
        thread.start()
        yield server
        server.shutdown()
        thread.join()


@browser.needs_chromium
@pytest.mark.parametrize("host", ["127.0.0.1", "localhost", "evil.example"])
def test_a_page_on_another_port_or_host_gets_and_changes_nothing(
    sandbox: Sandbox, client: Client, attacker: Attacker, tmp_path: Path, host: str
) -> None:
    found = attacker.attack(tmp_path, host)
    assert not [name for name, result in found.items() if "READ" in result], found
    assert {"page", "list", "create", "reset", "image", "script", "socket"} < found.keys()
    assert found["frame"] in ("blocked", "")
    arrived = [(r.method, r.path, r.status) for r in sandbox.requests]
    # Chromium itself ends some requests, such as those that it asks for beforehand.
    assert {status for _, _, status in arrived} == {403}
    assert ("POST", experiments(), 403) in arrived
    assert ("GET", "/", 403) in arrived
    assert client.get(experiments()).json["total_count"] == 0


@browser.needs_chromium
def test_a_page_whose_name_stands_for_this_computer_gets_nothing(
    sandbox: Sandbox, client: Client, attacker: Attacker, tmp_path: Path
) -> None:
    client.run("secret-experiment")
    port = sandbox.url.rpartition(":")[2]
    document = chromium(
        f"http://evil.example:{port}/",
        tmp_path,
        "--dump-dom",
        "--host-resolver-rules=MAP evil.example 127.0.0.1",
    )
    assert "secret-experiment" not in document
    assert "is not a name of the sandbox" in document
    found = attacker.attack(tmp_path, "evil.example", "/same")
    assert not [name for name, result in found.items() if "READ" in result], found


@browser.needs_chromium
def test_a_page_of_an_allowed_origin_reads_and_changes(
    attacker: Attacker, sandbox: Sandbox, tmp_path: Path
) -> None:
    port = int(sandbox.url.rpartition(":")[2])
    sandbox.stop()
    arrived: list[tuple[str, str, int]] = []
    with Sandbox(port=port, allow_origins=[attacker.url]) as allowing:
        # The page also resets the sandbox, which clears its log.
        allowing.on_request = lambda r: arrived.append((r.method, r.path, r.status))
        found = attacker.attack(tmp_path)
    assert all(found[name].startswith("READ") for name in ("list", "create", "reset"))
    assert ("POST", experiments(), 201) in arrived

"""The measurement over the network: the same list for both, and compressed only if asked."""

from __future__ import annotations

import gzip
from collections.abc import Generator

import pytest
import urllib3

from launchdarkly_api import ApiClient, Configuration
from launchdarkly_api.apis import ExperimentsBetaApi
from test.benchmark import network
from test.benchmark.paged_server import PATH, TOTAL, page, serve
from test.benchmark.test_link import linked


@pytest.fixture(name="port")
def fixture_port() -> Generator[int, None, None]:
    server = serve()
    yield server.server_port
    server.shutdown()
    server.server_close()


def test_the_server_compresses_if_it_is_asked_to(port: int) -> None:
    url = f"http://127.0.0.1:{port}{PATH}?limit=20&offset=40"
    with urllib3.PoolManager() as manager:
        plain, small = (
            manager.request("GET", url, headers={"Accept-Encoding": coding}, preload_content=False)
            for coding in ("identity", "br, gzip")
        )
        text, data = plain.read(decode_content=False), small.read(decode_content=False)
    assert "Content-Encoding" not in plain.headers
    assert small.headers["Content-Encoding"] == "gzip"
    assert gzip.decompress(data) == text
    assert len(data) * 4 < len(text)


def test_the_pages_hold_every_experiment_once() -> None:
    pages = [page(20, offset) for offset in range(0, TOTAL, 20)]
    keys = [item["key"] for one in pages for item in one["items"]]
    assert keys == [f"experiment-{number}" for number in range(TOTAL)]
    assert ["next" in one["_links"] for one in pages] == [True] * 14 + [False]
    assert {one["total_count"] for one in pages} == {TOTAL}
    assert all("draftIteration" in item for one in pages for item in one["items"])


@pytest.mark.parametrize("work", ["loop", "iterate"])
def test_both_works_list_every_experiment(
    work: str, port: int, capsys: pytest.CaptureFixture[str]
) -> None:
    network.main(work, f"http://127.0.0.1:{port}")
    assert float(capsys.readouterr().out) > 0


def test_a_list_is_asked_for_compressed(port: int) -> None:
    received: dict[str, int] = {}
    for coding in ("gzip", "identity"):
        with linked(port) as (link, linked_port):
            configuration = Configuration(host=f"http://127.0.0.1:{linked_port}")
            with ApiClient(configuration) as client:
                if coding == "identity":
                    client.set_default_header("Accept-Encoding", coding)
                assert len(list(network.iterate(ExperimentsBetaApi(client)))) == TOTAL
            received[coding] = link.to_client.carried
    assert received["gzip"] * 4 < received["identity"]

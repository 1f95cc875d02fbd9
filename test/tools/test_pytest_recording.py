"""pytest-recording's marker and options, in pytest runs of its own."""

from __future__ import annotations

import pytest

from test.tools.service import TOKEN, Service

pytest_plugins = ["pytester"]
pytest.importorskip("pytest_recording")

USING = """
import os
import pytest
from launchdarkly_api import ApiClient, Configuration
from launchdarkly_api.apis import ExperimentsBetaApi

@pytest.fixture(scope="module")
def vcr_config():
    return {"filter_headers": ["Authorization"]}

@pytest.fixture
def api():
    configuration = Configuration(host=os.environ["TOOLS_URL"])
    configuration.api_key["ApiKey"] = os.environ["TOOLS_TOKEN"]
    with ApiClient(configuration) as client:
        yield ExperimentsBetaApi(client)

@pytest.mark.vcr
def test_recorded(api):
    assert api.get_experiment("p", "e", "x").key == "x"
    assert len(list(api.iter_experiments("p", "e"))) == 45
    api.patch_experiment("p", "e", "x", {"instructions": [{"kind": "updateName", "value": "n"}]})
"""
BLOCKED = (
    USING
    + """
def test_blocked(api):
    api.get_experiment("p", "e", "x")
"""
)


@pytest.fixture(autouse=True)
def environment(service: Service, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TOOLS_URL", service.url)
    monkeypatch.setenv("TOOLS_TOKEN", TOKEN)


def test_a_marked_test_is_recorded_once_and_replayed(
    pytester: pytest.Pytester, service: Service
) -> None:
    pytester.makepyfile(test_it=USING)
    pytester.runpytest_subprocess("--record-mode=once").assert_outcomes(passed=1)
    recorded = service.count
    assert recorded >= 5
    pytester.runpytest_subprocess("--record-mode=none").assert_outcomes(passed=1)
    assert service.count == recorded
    [cassette] = pytester.path.rglob("*.yaml")
    assert TOKEN not in cassette.read_text()


def test_a_test_without_a_cassette_lets_nothing_out(
    pytester: pytest.Pytester, service: Service
) -> None:
    pytester.makepyfile(test_it=BLOCKED)
    result = pytester.runpytest_subprocess("--record-mode=none", "--block-network")
    result.assert_outcomes(failed=2)
    assert service.count == 0

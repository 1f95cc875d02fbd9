"""The pytest plugin, in pytest runs of its own."""

from __future__ import annotations

import pytest

pytest_plugins = ["pytester"]

USING = """
import threading, time
from urllib.request import urlopen
import pytest
urls = set()

@pytest.mark.parametrize("number", range(3))
def test_each_test_gets_fresh_state(launchdarkly_sandbox, experiments_api, number):
    urls.add(launchdarkly_sandbox.url)
    assert len(urls) == 1
    assert experiments_api.get_experiments("demo", "test").total_count == 0
    launchdarkly_sandbox.add_project("left-over")
    assert len(launchdarkly_sandbox.requests) == 1
    launchdarkly_sandbox.fail_next(503, count=100)
    launchdarkly_sandbox.rate_limit(0)

def test_the_fixture_starts_a_stopped_sandbox_again(launchdarkly_sandbox):
    launchdarkly_sandbox.stop()

heard = []
asking = []

def test_a_test_may_leave_a_request_and_a_listener_behind(launchdarkly_sandbox):
    launchdarkly_sandbox.on_request = heard.append
    launchdarkly_sandbox.fail_next(slow=600)

    def ask():
        with pytest.raises(OSError):
            urlopen(launchdarkly_sandbox.url + "/api/v2/projects/demo/experimentation-settings")

    asking.append(threading.Thread(target=ask))
    asking[0].start()
    while launchdarkly_sandbox._application.faults._planned:
        time.sleep(0.001)

def test_a_request_and_a_listener_of_the_test_before_are_gone(launchdarkly_sandbox):
    asking[0].join(60)
    assert not asking[0].is_alive()
    assert not launchdarkly_sandbox.requests
    assert not heard
    assert launchdarkly_sandbox.on_request is None

def test_the_sandbox_works_after_a_test_that_stopped_it(experiments_api):
    assert experiments_api.get_experimentation_settings("demo").project_key == "demo"
"""


@pytest.fixture(autouse=True)
def plugin(pytester: pytest.Pytester) -> None:
    pytester.makeconftest('pytest_plugins = ["launchdarkly_api.sandbox.pytest_plugin"]')


def test_the_fixtures_give_a_sandbox_and_a_client(pytester: pytest.Pytester) -> None:
    pytester.makepyfile(USING)
    result = pytester.runpytest_subprocess("-W", "error", "-p", "no:cacheprovider")
    result.assert_outcomes(passed=7)


def test_an_unused_plugin_loads_nothing(
    pytester: pytest.Pytester, monkeypatch: pytest.MonkeyPatch
) -> None:
    # Other plugins that are installed load what they need.
    monkeypatch.setenv("PYTEST_DISABLE_PLUGIN_AUTOLOAD", "1")
    pytester.makepyfile(
        """
        import sys, threading

        def test_nothing_is_loaded():
            assert "werkzeug" not in sys.modules
            assert "urllib3" not in sys.modules
            assert "launchdarkly_api.sandbox.sandbox" not in sys.modules
            assert threading.active_count() == 1
        """
    )
    result = pytester.runpytest_subprocess("-p", "no:cacheprovider")
    result.assert_outcomes(passed=1)


def test_the_fixtures_have_descriptions(pytester: pytest.Pytester) -> None:
    result = pytester.runpytest_subprocess("--fixtures", "-p", "no:cacheprovider")
    result.stdout.fnmatch_lines(
        ["*launchdarkly_sandbox*", "*holds only the demo data*", "*experiments_api*"]
    )

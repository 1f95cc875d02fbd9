"""Tools that patch another layer: the effect of each on a call, as the guide says."""

from __future__ import annotations

import pytest

from launchdarkly_api.apis import ExperimentsBetaApi
from test.tools.service import Service, experiment

PATH = "/api/v2/projects/p/environments/e/experiments/x"


def test_responses_is_for_requests_and_does_not_see_a_call(
    service: Service, api: ExperimentsBetaApi
) -> None:
    responses = pytest.importorskip("responses")
    with responses.RequestsMock(assert_all_requests_are_fired=False) as mocked:
        mocked.get(service.url + PATH, json=experiment("mocked"))
        assert api.get_experiment("p", "e", "x").key == "x"
        assert len(mocked.calls) == 0
    assert service.count == 1


def test_requests_mock_is_for_requests_and_does_not_see_a_call(
    service: Service, api: ExperimentsBetaApi
) -> None:
    requests_mock = pytest.importorskip("requests_mock")
    with requests_mock.Mocker() as mocked:
        mocked.get(service.url + PATH, json=experiment("mocked"))
        assert api.get_experiment("p", "e", "x").key == "x"
        assert not mocked.called
    assert service.count == 1

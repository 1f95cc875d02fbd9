"""Responses of 2026 are decoded, are reachable in full, and encode to JSON of the same value."""

from __future__ import annotations

import json
import warnings
from collections.abc import Iterator
from typing import Any

import pytest

from launchdarkly_api import ApiClient
from launchdarkly_api.apis import ExperimentsBetaApi
from launchdarkly_api.demo import new_experiment, new_iteration
from launchdarkly_api.model_utils import ArrayModel, Model
from launchdarkly_api.models import (
    Experiment,
    ExperimentPatchInput,
    ExperimentPost,
    Instruction,
    Instructions,
    IterationInput,
)
from launchdarkly_api.sandbox import Sandbox
from test.contract import ENDPOINTS, MODELS
from test.strategies import kept

KEYS = ("demo", "test", "e")
EVERYTHING = ["previousIterations", "draftIteration", "secondaryMetrics", "treatments"]


def marked(iteration: IterationInput) -> IterationInput:
    """The iteration in the contract of 2023, which marks the primary metric itself."""
    for metric in iteration.metrics:
        metric.primary = metric.key == "signup"
    return iteration


@pytest.fixture(scope="module")
def answers() -> Iterator[dict[str, tuple[Any, Any]]]:
    """By call: the JSON of the response, and the model."""
    found: dict[str, tuple[Any, Any]] = {}
    with (
        Sandbox(api_version="2023", unusual_values=True) as sandbox,
        ApiClient(sandbox.configuration()) as client,
    ):
        api = ExperimentsBetaApi(client)

        def keep(name: str, *arguments: Any, **options: Any) -> None:
            result = getattr(api, name)(*arguments, **options)
            assert client.last_response is not None
            text = client.last_response.data
            found[name] = (json.loads(text) if text else None, result)

        start = Instructions([Instruction.start_iteration("again")])
        post = new_experiment("e")
        post.iteration = marked(post.iteration)
        keep("create_experiment", "demo", "test", post)
        api.patch_experiment(*KEYS, ExperimentPatchInput(start))
        keep("create_iteration", *KEYS, marked(new_iteration()))
        api.patch_experiment(*KEYS, ExperimentPatchInput(start))
        api.create_iteration(*KEYS, marked(new_iteration()))
        rename = Instructions([Instruction.update_name("Renamed")])
        keep("patch_experiment", *KEYS, ExperimentPatchInput(rename))
        keep("get_experiment", *KEYS, expand=EVERYTHING)
        keep("get_experiments", "demo", "test", expand=EVERYTHING)
        keep("get_experiment_results", *KEYS, "signup")
        keep("get_experimentation_settings", "demo")
        units = [
            {"randomizationUnit": "user", "default": True, "standardRandomizationUnit": "user"}
        ]
        keep("put_experimentation_settings", "demo", {"randomizationUnits": units})
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", DeprecationWarning)
            flag = ("demo", "checkout-button", "test", "signup")
            keep("get_legacy_experiment_results", *flag)
        keep("reset_experiment", *flag)
        yield found


@pytest.mark.parametrize("name", [endpoint["name"] for endpoint in ENDPOINTS])
def test_a_response_of_today_encodes_to_the_same_json(
    name: str, answers: dict[str, tuple[Any, Any]]
) -> None:
    wire, result = answers[name]
    sent = ApiClient.sanitize_for_serialization(result)
    # Times that came as digits are numbers, and whole numbers in float fields are floats.
    assert json.dumps(sent) == json.dumps(kept(type(result).__name__, wire))


@pytest.mark.parametrize("name", [endpoint["name"] for endpoint in ENDPOINTS])
def test_every_value_in_a_response_of_today_is_reachable(
    name: str, answers: dict[str, tuple[Any, Any]]
) -> None:
    wire, result = answers[name]
    _assert_reachable(wire, result)


def _assert_reachable(wire: Any, value: Any) -> None:
    """Each property by its name, each item by its place."""
    if isinstance(value, Model):
        known = {wire_name: name for name, wire_name in type(value).attribute_map.items()}
        for wire_name, inner in wire.items():
            name = str(known.get(wire_name, wire_name))
            assert name in value
            _assert_reachable(inner, value[name])
            if wire_name in known:
                assert getattr(value, name) == value[name]
    elif isinstance(value, (list, ArrayModel)):
        assert len(wire) == len(value)
        for one, other in zip(wire, value):
            _assert_reachable(one, other)
    elif isinstance(value, dict):
        assert wire.keys() == value.keys()
        for key, inner in wire.items():
            _assert_reachable(inner, value[key])
    else:
        # A timestamp may come as digits; it reads as the number.
        assert value == (int(wire) if isinstance(wire, str) and isinstance(value, int) else wire)


def test_responses_of_today_hold_fields_that_the_contract_lacks(
    answers: dict[str, tuple[Any, Any]],
) -> None:
    text = json.dumps([wire for wire, _ in answers.values()])
    declared = {field["json"] for model in MODELS.values() for field in model.get("fields", [])}
    for name in ("environmentKey", "methodology", "holdoutId", "isGroup", "_versionId", "traffic"):
        assert f'"{name}"' in text
        assert name not in declared
    assert ": null" in text
    experiment = answers["get_experiment"][1]
    assert experiment["environmentKey"] == "test"
    metric = experiment.current_iteration.primary_metric
    assert metric.kind not in ("pageview", "click", "custom")


def test_an_experiment_can_be_built_from_a_response_of_today(
    answers: dict[str, tuple[Any, Any]],
) -> None:
    _, result = answers["get_experiment"]
    made = Experiment(**result.to_dict())
    assert made.current_iteration
    assert made.current_iteration.primary_metric
    assert made.current_iteration.primary_metric.kind == "funnel"
    # None means "not set" in a model that a program builds.
    assert _set(made.to_dict()) == _set(result.to_dict())


def _set(value: Any) -> Any:
    """A value without the properties that are None, at every level."""
    if isinstance(value, dict):
        return {key: _set(item) for key, item in value.items() if item is not None}
    return [_set(item) for item in value] if isinstance(value, list) else value


def test_fields_that_the_contract_lacks_can_be_sent() -> None:
    with Sandbox(era="2026") as sandbox, ApiClient(sandbox.configuration()) as client:
        api = ExperimentsBetaApi(client)
        post = new_experiment("new-fields")
        post["methodology"] = "bayesian"
        post["tags"] = ["checkout"]
        post.iteration["analysisConfig"] = {"bayesianThreshold": "95"}
        api.create_experiment("demo", "test", post)
        sent = json.loads(sandbox.requests[-1].body or "")
    assert sent["methodology"] == "bayesian"
    assert sent["tags"] == ["checkout"]
    assert sent["iteration"]["analysisConfig"] == {"bayesianThreshold": "95"}
    assert isinstance(post, ExperimentPost)
    assert isinstance(post.iteration, IterationInput)

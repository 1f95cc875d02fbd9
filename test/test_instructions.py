"""Instructions that change fields, and the fields that tell which changes are refused."""

from __future__ import annotations

import warnings
from typing import Any

import pytest

from launchdarkly_api import ApiClient
from launchdarkly_api.exceptions import ApiTypeError, ApiValueError
from launchdarkly_api.model_utils import decode, to_json_value
from launchdarkly_api.models import (
    AnalysisConfigInput,
    Experiment,
    Instruction,
    MetricInput,
    MetricsInput,
    TreatmentsInput,
)
from launchdarkly_api.patches import RefusedChange, refused_changes

loose: Any = Instruction


def test_fields_are_updated_added_to_and_removed() -> None:
    made = Instruction.update_experiment_fields(
        update={"name": "New name", "maintainer_id": "m", "primarySingleMetricKey": "signup"},
        add={"tags": ["a", "b"], "metrics": [MetricInput("revenue")]},
        remove=["holdout_id"],
    )
    assert to_json_value(made) == {
        "kind": "updateExperimentFields",
        "value": {
            "name": {"operation": "update", "value": "New name"},
            "maintainerId": {"operation": "update", "value": "m"},
            "primarySingleMetricKey": {"operation": "update", "value": "signup"},
            "tags": {"operation": "add", "value": ["a", "b"]},
            "metrics": {"operation": "add", "value": [{"key": "revenue"}]},
            "holdoutId": {"operation": "remove"},
        },
    }


def test_items_can_be_removed_from_a_field() -> None:
    made = Instruction.update_experiment_fields(remove={"tags": ["a"], "covariate_id": None})
    assert to_json_value(made)["value"] == {
        "tags": {"operation": "remove", "value": ["a"]},
        "covariateId": {"operation": "remove"},
    }


def test_a_model_is_a_value_of_a_field() -> None:
    made = Instruction.update_experiment_fields(
        update={
            "analysis_config": AnalysisConfigInput(bayesian_threshold="90"),
            "metrics": MetricsInput([MetricInput("signup")]),
            "treatments": TreatmentsInput([]),
        }
    )
    assert ApiClient.sanitize_for_serialization(made)["value"] == {
        "analysisConfig": {"operation": "update", "value": {"bayesianThreshold": "90"}},
        "metrics": {"operation": "update", "value": [{"key": "signup"}]},
        "treatments": {"operation": "update", "value": []},
    }


def test_a_field_that_is_not_declared_is_sent_as_it_is() -> None:
    made = Instruction.update_experiment_fields(update={"colorScheme": {"a": 1}}, remove=["budget"])
    assert to_json_value(made)["value"] == {
        "colorScheme": {"operation": "update", "value": {"a": 1}},
        "budget": {"operation": "remove"},
    }


def test_a_new_iteration_starts_with_other_fields() -> None:
    made = Instruction.save_and_start_new_iteration(
        "Adjusted after a week", update={"hypothesis": "h"}
    )
    assert to_json_value(made) == {
        "kind": "saveAndStartNewIteration",
        "changeJustification": "Adjusted after a week",
        "value": {"hypothesis": {"operation": "update", "value": "h"}},
    }
    bare = Instruction.save_and_start_new_iteration()
    assert to_json_value(bare) == {"kind": "saveAndStartNewIteration"}


@pytest.mark.parametrize(
    ("arguments", "error", "message"),
    [
        ({}, ApiValueError, r"update_experiment_fields\(\) needs a field to change"),
        ({"update": {"tags": "a"}}, ApiTypeError, "Expected list of str, got str 'a' at update"),
        ({"add": {"tags": [1]}}, ApiTypeError, r"Expected str, got int 1 at add\.tags\[0\]"),
        ({"update": {"name": None}}, ApiValueError, "update needs a value at update.name|needs a"),
        ({"add": ["tags"]}, ApiTypeError, "add needs the values of fields"),
        ({"update": "name"}, ApiTypeError, "Expected a mapping of fields, got str"),
        ({"remove": "name"}, ApiTypeError, "Expected a mapping of fields, got str"),
        ({"remove": 5}, ApiTypeError, "Expected a mapping of fields, got int"),
        (
            {"update": {"holdout_id": "h"}, "remove": ["holdoutId"]},
            ApiValueError,
            "'holdoutId' is changed twice",
        ),
    ],
)
def test_a_mistake_in_the_fields_is_an_error(
    arguments: dict[str, Any], error: type[Exception], message: str
) -> None:
    with pytest.raises(error, match=message):
        loose.update_experiment_fields(**arguments)


@pytest.mark.parametrize("method", ["update_name", "update_description"])
def test_the_deprecated_kinds_warn_at_the_callers_line(method: str) -> None:
    with pytest.warns(DeprecationWarning, match="deprecated by the service; use update_exp") as all:
        getattr(Instruction, method)("x")
    assert [warning.filename for warning in all] == [__file__]


def test_the_other_kinds_do_not_warn() -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        Instruction.start_iteration("why")
        Instruction.stop_iteration("id", "why")
        Instruction.update_experiment_fields(update={"name": "n"})
        Instruction.save_and_start_new_iteration("why")


MUTABLE = {
    "not_started": {"name": ["update"], "tags": ["add", "update", "remove"], "flags": ["update"]},
    "running": {"name": ["update"], "tags": ["add", "remove"]},
}


def experiment(status: str | None, mutable: Any = MUTABLE) -> Experiment:
    body: dict[str, Any] = {
        "key": "k",
        "name": "n",
        "_maintainerId": "m",
        "_creationDate": 1,
        "_links": {},
    }
    if mutable is not None:
        body["mutableFieldsByStatus"] = mutable
    if status is not None:
        body["currentIteration"] = {"hypothesis": "h", "status": status, "createdAt": 1}
    return decode(Experiment, body)


WANTED = Instruction.update_experiment_fields(
    update={"name": "x", "tags": ["a"], "flags": {}}, remove=["holdout_id"]
)


def test_the_refused_changes_depend_on_the_status() -> None:
    refused = refused_changes(experiment("running"), WANTED)
    assert refused == [
        RefusedChange("tags", "update", "running", ("add", "remove")),
        RefusedChange("flags", "update", "running", ()),
        RefusedChange("holdoutId", "remove", "running", ()),
    ]
    assert [str(change) for change in refused] == [
        "tags does not accept 'update' while the iteration is running, only 'add' and 'remove'.",
        "flags cannot be changed while the iteration is running.",
        "holdoutId cannot be changed while the iteration is running.",
    ]
    for status in ("not_started", None):
        (only,) = refused_changes(experiment(status), WANTED)
        assert str(only) == "holdoutId cannot be changed while the iteration is not started."


def test_the_changes_of_a_new_iteration_are_those_before_a_start() -> None:
    wanted = Instruction.save_and_start_new_iteration("why", update={"flags": {}, "tags": ["a"]})
    assert refused_changes(experiment("running"), wanted) == []
    assert refused_changes(experiment("stopped"), wanted) == []


def test_of_a_status_that_the_service_does_not_list_nothing_is_known() -> None:
    for status in ("stopped", "paused"):
        assert refused_changes(experiment(status), WANTED) == []
    assert refused_changes(experiment("running", mutable={}), WANTED) == []
    # A list without fields is known: it accepts nothing.
    assert len(refused_changes(experiment("stopped", mutable={"stopped": {}}), WANTED)) == 4


@pytest.mark.parametrize("given", [{"key": "k", "mutableFieldsByStatus": MUTABLE}, None, "k"])
def test_an_experiment_that_is_not_a_model_is_an_error(given: Any) -> None:
    with pytest.raises(ApiTypeError, match=f"must be an Experiment.*not {type(given).__name__}"):
        refused_changes(given, WANTED)


def test_an_instruction_may_be_a_dict() -> None:
    given = to_json_value(WANTED)
    assert len(refused_changes(experiment("running"), given)) == 3
    odd = {"kind": "updateExperimentFields", "value": {"name": "no object"}}
    (refused,) = refused_changes(experiment("running"), odd)
    assert (refused.field, refused.operation) == ("name", "")


@pytest.mark.parametrize(
    "instruction",
    [
        Instruction.start_iteration("why"),
        Instruction.save_and_start_new_iteration("why"),
        Instruction(kind="updateName", value="n"),
        {"kind": "updateExperimentFields", "value": None},
    ],
)
def test_an_instruction_without_fields_is_not_refused(instruction: Any) -> None:
    assert refused_changes(experiment(None, mutable=None), instruction) == []


def test_an_experiment_that_was_not_expanded_is_an_error() -> None:
    with pytest.raises(ApiValueError, match='expand="mutableFieldsByStatus"'):
        refused_changes(experiment("running", mutable=None), WANTED)


@pytest.mark.parametrize("kind", [["updateExperimentFields"], {}, 5, None])
def test_a_kind_of_another_type_is_not_refused(kind: Any) -> None:
    wanted = {"kind": kind, "value": {"hypothesis": {"operation": "update", "value": "h"}}}
    assert refused_changes(experiment("running"), wanted) == []


@pytest.mark.parametrize(
    ("name", "hint"),
    [
        ("hypotesis", "hypothesis"),
        ("maintainerid", "maintainer_id"),
        ("holdout_ids", "holdout_id"),
        ("some_thing_else", None),
    ],
)
def test_a_misspelt_field_of_a_change_warns_at_the_line_of_the_program(
    name: str, hint: str | None
) -> None:
    for operation in ({"update": {name: "x"}}, {"remove": [name]}):
        with pytest.warns(UserWarning, match=repr(name)) as caught:
            made = loose.update_experiment_fields(**operation)
        (warning,) = caught
        assert warning.filename == __file__
        assert (f"Did you mean {hint!r}?" in str(warning.message)) == (hint is not None)
        assert list(made.value) == [name]


def test_an_undeclared_field_of_a_change_in_camel_case_does_not_warn() -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        made = Instruction.update_experiment_fields(update={"colorScheme": "dark"})
    assert list(made.value) == ["colorScheme"]


def test_the_name_of_a_changed_field_is_text() -> None:
    for operation in ({"update": {1: 2}}, {"remove": [1]}, {"add": {None: 1}}):
        with pytest.raises(ApiTypeError, match="Names of fields are text"):
            loose.update_experiment_fields(**operation)

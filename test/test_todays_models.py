"""The models against LaunchDarkly's document of October 2026: fields, types, and misspelt names."""

from __future__ import annotations

import ast
import inspect
import json
import typing
import warnings
from pathlib import Path
from typing import Any, Literal

import pytest

from launchdarkly_api import ApiClient, models
from launchdarkly_api.model_utils import (
    ArrayModel,
    EpochMilliseconds,
    Model,
    decode,
    to_json_value,
)
from launchdarkly_api.models import (
    AnalysisConfigInput,
    Experiment,
    ExperimentPost,
    FlagsInput,
    Instruction,
    IterationInput,
    Link,
    MetricInput,
    MetricsInput,
    MutableFieldsByStatusRep,
    RandomizationUnitInput,
    TreatmentsInput,
)

DOCUMENT: dict[str, Any] = json.loads(Path(__file__).with_name("today.json").read_text())
SCHEMAS: dict[str, Any] = DOCUMENT["components"]["schemas"]
#: The names that the document has changed since 2023.
RENAMED = {
    "RandomizationSettingsPut": "ExperimentationSettingsPut",
    "RandomizationSettingsRep": "ExperimentationSettingsRep",
}
#: Schemas that are plain strings or numbers, and have no model.
SCALARS = {"UnixMillis": "int", "ActionIdentifier": "str", "ActionSpecifier": "str"}
JSON_TYPES: dict[Any, str] = {"string": "str", "integer": "int", "boolean": "bool"}
OBJECTS = sorted(name for name, schema in SCHEMAS.items() if "properties" in schema)
#: This model stands for a group too, so that its type can stay that of 13.0.0.
KEPT = {("IterationRep", "primaryMetric"): "MetricV2Rep"}

loose: Any = models


def model(name: str) -> type[Any]:
    cls: type[Any] = getattr(models, RENAMED.get(name, name))
    return cls


def fields(name: str) -> list[tuple[str, str, dict[str, Any]]]:
    return [(name, wire, given) for wire, given in SCHEMAS[name]["properties"].items()]


def documented(schema: dict[str, Any]) -> str:
    """The type of a property of the document, in words."""
    if "$ref" in schema:
        name = schema["$ref"].rpartition("/")[2]
        return SCALARS.get(name) or str(name)
    if schema.get("type") == "array":
        return f"list[{documented(schema['items'])}]"
    if "additionalProperties" in schema:
        return f"dict[{documented(schema['additionalProperties'])}]"
    return JSON_TYPES.get(schema.get("type"), "any")


def declared(annotation: Any) -> str:
    """The type of a field, in the same words."""
    if annotation == EpochMilliseconds:
        return "int"
    origin = typing.get_origin(annotation)
    arguments = [a for a in typing.get_args(annotation) if a is not type(None)]
    if origin is list:
        return f"list[{declared(arguments[0])}]"
    if origin is dict:
        return f"dict[{declared(arguments[1])}]"
    if origin is Literal or any(typing.get_origin(a) is Literal for a in arguments):
        return "str"
    if arguments:
        return declared(arguments[0])
    return "any" if annotation is Any else str(annotation.__name__)


def words(annotation: Any) -> set[str]:
    """The values that an enumeration lists."""
    if typing.get_origin(annotation) is Literal:
        return set(typing.get_args(annotation))
    return {word for a in typing.get_args(annotation) for word in words(a)}


def test_every_schema_of_the_document_has_a_model() -> None:
    for name, schema in SCHEMAS.items():
        if name not in SCALARS:
            base = ArrayModel if schema.get("type") == "array" else Model
            assert issubclass(model(name), base)


@pytest.mark.parametrize("field", [f for name in OBJECTS for f in fields(name)], ids=str)
def test_every_field_of_the_document_is_declared(field: tuple[str, str, Any]) -> None:
    name, wire, schema = field
    ours = model(name)._schema.by_wire[wire]
    assert declared(ours.annotation) == KEPT.get((name, wire), documented(schema))
    listed = words(ours.annotation)
    if "enum" in schema and wire != "status":
        assert listed >= set(schema["enum"])
        assert ours.schema.is_open
    if ours.required:
        assert wire in SCHEMAS[name]["required"]
    assert inspect.getdoc(getattr(model(name), ours.name))


@pytest.mark.parametrize("name", OBJECTS)
def test_a_response_may_lack_what_13_0_0_did_not_require(name: str) -> None:
    shape = model(name)._schema
    needed = {f.wire: _example(f.annotation) for f in shape.required}
    assert to_json_value(decode(model(name), needed)) == needed
    nulls = {f.wire: None for f in shape.fields if not f.required}
    read = decode(model(name), {**needed, **nulls})
    assert all(getattr(read, f.name) is None for f in shape.fields if not f.required)


def _example(annotation: Any) -> Any:
    kind = declared(annotation)
    if kind.startswith("list"):
        return []
    if kind.startswith("dict") or kind in models.__all__:
        return (
            []
            if kind in models.__all__ and issubclass(model(kind), ArrayModel)
            else {f.wire: _example(f.annotation) for f in model(kind)._schema.required}
            if kind in models.__all__
            else {}
        )
    return {"str": "x", "int": 1, "bool": True}[kind]


def iteration() -> IterationInput:
    return IterationInput(
        "h",
        MetricsInput([MetricInput("signup")]),
        TreatmentsInput([]),
        FlagsInput(),
        primary_single_metric_key="signup",
    )


def test_an_experiment_goes_out_in_the_services_names() -> None:
    post = ExperimentPost(
        name="n",
        key="k",
        iteration=iteration(),
        type="experiment",
        tags=["a"],
        holdout_id="h",
        methodology="bayesian",
        data_source="snowflake",
        analysis_config=AnalysisConfigInput(bayesian_threshold="90"),
    )
    sent = ApiClient.sanitize_for_serialization(post)
    assert sent == {
        "name": "n",
        "key": "k",
        "iteration": {
            "hypothesis": "h",
            "metrics": [{"key": "signup"}],
            "treatments": [],
            "flags": {},
            "primarySingleMetricKey": "signup",
        },
        "type": "experiment",
        "tags": ["a"],
        "holdoutId": "h",
        "methodology": "bayesian",
        "dataSource": "snowflake",
        "analysisConfig": {"bayesianThreshold": "90"},
    }


def test_the_order_of_13_0_0s_positional_arguments_holds() -> None:
    by_position = ExperimentPost("n", "m", "k", iteration(), description="d")
    by_name = ExperimentPost(
        description="d", iteration=iteration(), key="k", maintainer_id="m", name="n"
    )
    assert by_position == by_name
    assert list(to_json_value(by_name)) == [
        *("name", "maintainerId", "key", "iteration", "description"),
    ]
    assert ExperimentPost("n", None, "k", iteration()).maintainer_id is None
    assert to_json_value(MetricInput("a", True)) == {"key": "a", "primary": True}
    assert to_json_value(RandomizationUnitInput("team")) == {"randomizationUnit": "team"}
    assert to_json_value(RandomizationUnitInput("team", True, "team")) == {
        "randomizationUnit": "team",
        "default": True,
        "standardRandomizationUnit": "team",
    }


def test_the_types_of_the_optional_arguments_are_those_of_the_fields() -> None:
    """Type checkers read them from a second list, beside the overloads."""
    tree = ast.parse(inspect.getsource(inspect.getmodule(ExperimentPost)))  # type: ignore[arg-type]
    found = {
        node.name: {
            ast.unparse(statement.target): ast.unparse(statement.annotation)
            for statement in node.body
            if isinstance(statement, ast.AnnAssign)
        }
        for node in ast.walk(tree)
        if isinstance(node, ast.ClassDef)
    }
    model_fields = found["ExperimentPost"]
    positional = ("name", "maintainer_id", "key", "iteration", "_")
    optional = {name: t for name, t in model_fields.items() if name not in positional}
    assert found["Optional"] == optional


def test_the_operations_by_status_are_read_by_the_names_of_the_statuses() -> None:
    experiment = decode(
        Experiment,
        {
            "key": "k",
            "name": "n",
            "_maintainerId": "m",
            "_creationDate": 1,
            "_links": {},
            "mutableFieldsByStatus": {"not_started": {"name": ["update"]}, "running": {}},
        },
    )
    assert experiment.mutable_fields_by_status == MutableFieldsByStatusRep(
        not_started={"name": ["update"]}, running={}
    )


@pytest.mark.parametrize(
    ("build", "message"),
    [
        (
            lambda: loose.ExperimentPost("n", "m", "k", iteration(), experiment_group="a"),
            r"^ExperimentPost has no field 'experiment_group', and the service ignores properties"
            r" that it does not know. To send a property of this name, set it as an item:"
            r" model\['experiment_group'\] = ...$",
        ),
        (lambda: loose.Link(herf="/a"), "no field 'herf'.* Did you mean 'href'?"),
        (
            lambda: loose.IterationInput(
                **iteration().to_dict(), primary_singel_metric_key="signup"
            ),
            "Did you mean 'primary_single_metric_key'?",
        ),
        (lambda: loose.MetricInput("a", isgroup=True), "Did you mean 'is_group'?"),
        (lambda: Instruction(kind="startIteration", change_justification="x"), "Instruction has"),
        (lambda: setattr(Link(), "herf", "/a"), "Did you mean 'href'?"),
    ],
)
def test_a_name_that_looks_like_a_field_and_is_none_warns(build: Any, message: str) -> None:
    with pytest.warns(UserWarning, match=message) as caught:
        build()
    assert [warning.filename for warning in caught] == [__file__]


def test_a_name_of_the_service_is_sent_without_a_warning() -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        link = loose.Link(href="/a", color="red", newField=1)
        link["snake_case"] = 2
        link.camelCase = 3
        assert to_json_value(link) == {
            "href": "/a",
            "color": "red",
            "newField": 1,
            "snake_case": 2,
            "camelCase": 3,
        }
        decode(Link, {"herf": "/a", "other_name": 1})
        loose.Link(_check_type=True, href="/a")
        loose.Link(_check_type=False, herf="/a")
        loose.Instruction({"change_justification": "x"}, kind="startIteration")


def test_the_keys_of_flags_are_no_names_of_fields() -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        FlagsInput(my_flag=models.FlagInput("fallthrough", 1))

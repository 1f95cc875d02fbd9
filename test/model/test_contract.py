"""The declarations hold the contract, all of it.

The service has grown since, and a model may: by optional fields, below those of the contract. The
folder may hold further models.
"""

from __future__ import annotations

import ast
import importlib
import inspect
import typing
from pathlib import Path
from typing import Any, Literal

import pytest

from launchdarkly_api import model as package
from launchdarkly_api import models
from launchdarkly_api._modelling.annotations import EpochTime
from launchdarkly_api._support.lazy import module_name
from launchdarkly_api.model_utils import ArrayModel, EpochMilliseconds, Model
from test.contract import MODELS, is_required

FOLDER = Path(package.__file__).parent


def load(name: str) -> type[Any]:
    module = importlib.import_module(f"launchdarkly_api.model.{module_name(name)}")
    cls: type[Any] = getattr(module, name)
    return cls


def declared_in(cls: type[Any]) -> dict[str, Any]:
    return {name: kind for name, kind in inspect.get_annotations(cls).items() if name != "_"}


def without_none(annotation: Any) -> Any:
    choices = [a for a in typing.get_args(annotation) if a is not type(None)]
    return choices[0] if type(None) in typing.get_args(annotation) else annotation


def written(annotation: Any) -> str:
    """A type in the contract's way of writing."""
    if annotation is Any:
        return "any"
    if annotation in (EpochMilliseconds, EpochTime):
        return "int"
    origin, arguments = typing.get_origin(annotation), typing.get_args(annotation)
    if origin is list:
        return f"list[{written(arguments[0])}]"
    if origin is dict:
        assert arguments[0] is str
        return f"map[{written(arguments[1])}]"
    if words(annotation):
        return "str"
    name: str = annotation.__name__
    return name


def words(annotation: Any) -> list[str] | None:
    """The words that the contract lists for a field."""
    if typing.get_origin(annotation) is Literal:
        return list(typing.get_args(annotation))
    literals = [a for a in typing.get_args(annotation) if typing.get_origin(a) is Literal]
    return list(typing.get_args(literals[0])) if literals else None


def test_there_is_one_module_a_model() -> None:
    assert len(MODELS) == 43
    modules = {path.stem for path in FOLDER.glob("*.py")} - {"__init__"}
    assert modules >= {model["module"] for model in MODELS.values()}
    assert modules == {module_name(name) for name in models.__all__}


@pytest.mark.parametrize("name", sorted(MODELS))
def test_a_declaration_holds_the_contracts(name: str) -> None:
    model, cls = MODELS[name], load(name)
    if model["kind"] == "array":
        assert issubclass(load(name), ArrayModel)
        assert cls.openapi_types == {"value": ([load(model["items"])],)}
        assert cls.attribute_map == {}
        return
    assert issubclass(load(name), Model)
    assert written(cls._additional) == model["additional_properties"]
    declared = declared_in(cls)
    promised = [field["name"] for field in model["fields"]]
    assert [field for field in declared if field in promised] == promised
    for field in model["fields"]:
        annotation = declared[field["name"]]
        needed = is_required(name, field)
        assert (without_none(annotation) == annotation) == (needed or annotation is Any)
        annotation = without_none(annotation)
        assert written(annotation) == field["type"]
        assert (annotation == EpochMilliseconds) == ("unit" in field)
        assert set(words(annotation) or ()) >= set(field.get("enum", ()))
        assert bool(words(annotation)) == ("enum" in field)
        assert cls.attribute_map[field["name"]] == field["json"]
    # A further required field would refuse the answers, and the programs, of before. A field that
    # has become optional keeps its place.
    required = [field["name"] for field in model["fields"] if field["required"]]
    assert list(cls.__match_args__) == required
    assert list(cls.attribute_map) == list(declared)
    assert list(cls.openapi_types) == list(declared)


@pytest.mark.parametrize("name", sorted(MODELS))
def test_13_0_0s_types_are_the_contracts(name: str) -> None:
    types: dict[str, Any] = {"str": (str,), "int": (int,), "float": (float,), "bool": (bool,)}
    anything = load("ExperimentMetadataRep").openapi_types["key"]
    types["any"] = anything

    def classes(kind: str) -> Any:
        if kind.startswith("list["):
            return (list(classes(kind[5:-1])),)
        if kind.startswith("map["):
            return ({str: classes(kind[4:-1])},)
        return types[kind] if kind in types else (load(kind),)

    for field in MODELS[name].get("fields", []):
        assert load(name).openapi_types[field["name"]] == classes(field["type"])


@pytest.mark.parametrize("name", sorted(MODELS))
def test_words_are_listed_as_13_0_0_lists_them(name: str) -> None:
    listed = load(name).allowed_values
    for field in MODELS[name].get("fields", []):
        if "enum" in field:
            promised = {word.upper(): word for word in field["enum"]}
            assert listed[(field["name"],)].items() >= promised.items()


@pytest.mark.parametrize("name", models.__all__)
def test_a_module_holds_nothing_but_the_declaration(name: str) -> None:
    path = FOLDER / f"{module_name(name)}.py"
    *imports, declaration = ast.parse(path.read_text()).body
    for statement in imports:
        if isinstance(statement, ast.If):
            assert ast.unparse(statement.test) == "TYPE_CHECKING"
        else:
            assert isinstance(statement, (ast.Import, ast.ImportFrom))
    assert isinstance(declaration, ast.ClassDef)
    assert declaration.name == name
    assert ast.get_docstring(declaration)
    for statement in declaration.body:
        if isinstance(statement, ast.Expr):
            assert isinstance(statement.value, ast.Constant)
        elif isinstance(statement, ast.If):
            assert ast.unparse(statement.test) == "TYPE_CHECKING"
        elif isinstance(statement, ast.FunctionDef):
            # The kinds of instruction that the service documents, by name.
            assert name == "Instruction"
            assert ast.unparse(statement.decorator_list[0]) == "classmethod"
        else:
            assert isinstance(statement, (ast.AnnAssign, ast.Assign))


@pytest.mark.parametrize("name", models.__all__)
def test_times_say_their_unit(name: str) -> None:
    for field, annotation in declared_in(load(name)).items():
        if without_none(annotation) == EpochMilliseconds:
            doc = inspect.getdoc(getattr(load(name), field))
            assert "Epoch milliseconds." in str(doc)

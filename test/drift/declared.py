"""Reads the declarations of the package: endpoints, models, instructions and exceptions."""

from __future__ import annotations

import importlib
import inspect
import pkgutil
import typing
from collections.abc import Iterable, Iterator, Mapping
from datetime import datetime
from types import ModuleType
from typing import Any

from launchdarkly_api import api, models
from launchdarkly_api._call.endpoint import Endpoint
from launchdarkly_api._modelling import containers, schema
from launchdarkly_api._modelling.declaration import camel_case
from launchdarkly_api._modelling.introspection import field_docs
from launchdarkly_api._modelling.structured import Structured
from launchdarkly_api.api.base import BaseApi
from launchdarkly_api.exceptions import exception_for_status
from test.drift.contract import ANY, Call, Contract, Field, Instruction, Object, Parameter, Shape

#: The types of parameters, as they are sent.
_SENT: dict[Any, str] = {bool: "boolean", int: "integer", float: "number", datetime: "integer"}

#: The types of OpenAPI for the classes of scalar values.
JSON_TYPES: dict[Any, str] = {
    str: "string",
    bool: "boolean",
    int: "integer",
    float: "number",
    type(None): "null",
}


def package() -> Contract:
    """Return the contract that the package declares."""
    modules = [
        importlib.import_module(f"{api.__name__}.{module.name}")
        for module in pkgutil.iter_modules(api.__path__)
    ]
    classes = {name: getattr(models, name) for name in models.__all__}
    return declared(modules, classes, models.Instruction)


def declared(
    modules: Iterable[ModuleType], classes: Mapping[str, type[Structured]], instruction: type[Any]
) -> Contract:
    """Return the contract that some declarations make.

    Args:
        modules: The modules that hold endpoints, and the API classes with their methods.
        classes: The models, by name.
        instruction: The class whose class methods create instructions.

    Returns:
        The contract.
    """
    modules = tuple(modules)
    endpoints = {
        value.name: value
        for module in modules
        for value in vars(module).values()
        if isinstance(value, Endpoint)
    }
    methods = _methods(modules)
    return Contract(
        tuple(
            _call(endpoint, methods.get(endpoint.name), classes) for endpoint in endpoints.values()
        ),
        {name: _object(model) for name, model in classes.items() if _is_object(model)},
        dict(_instructions(instruction)),
    )


def _methods(modules: Iterable[ModuleType]) -> dict[str, Any]:
    return {
        name: method
        for module in modules
        for class_ in vars(module).values()
        if isinstance(class_, type) and issubclass(class_, BaseApi)
        for name, method in inspect.getmembers(class_, inspect.isfunction)
    }


def _call(endpoint: Endpoint, method: Any, classes: Mapping[str, type[Structured]]) -> Call:
    arguments = {} if method is None else inspect.signature(method).parameters
    annotations = {} if method is None else typing.get_type_hints(method)
    parameters = {
        ("path", parameter.wire): Parameter(Shape("string"), required=True)
        for parameter in endpoint.path_parameters
    }
    for parameter in endpoint.query_parameters:
        argument = arguments.get(parameter.name)
        parameters["query", parameter.wire] = Parameter(
            Shape(_SENT.get(parameter.type, "string")),
            argument is not None and argument.default is argument.empty,
            frozenset(_literals(annotations.get(parameter.name))),
        )

    def model(name: str | None) -> Shape | None:
        return None if name is None else shape_of(containers.Ref(classes[name]))

    return Call(
        endpoint.name,
        endpoint.method,
        endpoint.path,
        parameters,
        model(endpoint.body),
        model(endpoint.returns),
        frozenset({endpoint.success}),
        {status: model(exception_for_status(status).error_model) for status in endpoint.errors},
        frozenset(endpoint.observed),
        endpoint.deprecated,
        endpoint.withdrawn,
    )


def _literals(annotation: Any) -> Iterator[str]:
    """Yield the strings in the ``Literal`` types of an annotation, at any depth."""
    for argument in typing.get_args(annotation):
        if isinstance(argument, str):
            yield argument
        else:
            yield from _literals(argument)


def _is_object(model: type[Structured]) -> bool:
    return isinstance(model._schema, containers.Object) and bool(model._schema.fields)


def _object(model: type[Structured]) -> Object:
    docs = field_docs(model)
    return Object(
        {
            field.wire: Field(
                shape_of(field.schema), field.required, _says_deprecated(docs.get(field.name))
            )
            for field in model._schema.fields
        }
    )


def shape_of(declared: schema.Schema) -> Shape:
    """Return the shape of a declared type."""
    match declared:
        case containers.Ref(model=model):
            if _is_object(model):
                return Shape("object", model.__name__)
            return shape_of(model._schema)
        case containers.Object(additional=additional):
            return Shape("map", item=shape_of(additional))
        case containers.Array(item=item):
            return Shape("array", item=shape_of(item))
        case containers.Map(item=item):
            return Shape("map", item=shape_of(item))
        case containers.Union(choices=choices):
            return _union(choices)
        case schema.OneOf(values=values):
            return Shape("string", words=frozenset(values))
        case _:
            return _simple(declared)


def _union(choices: tuple[schema.Schema, ...]) -> Shape:
    shapes = tuple(shape_of(choice) for choice in choices)
    others = tuple(shape for shape in shapes if shape.kind != "null")
    nullable = len(others) < len(shapes)
    if len(others) == 1:
        return others[0]._replace(nullable=nullable)
    return Shape("union", choices=others, nullable=nullable)


def _simple(declared: schema.Schema) -> Shape:
    kind = JSON_TYPES.get(declared.classes[0]) if len(declared.classes) == 1 else None
    return Shape(kind) if kind else ANY


def _instructions(instruction: type[Any]) -> Iterator[tuple[str, Instruction]]:
    """Yield the kinds of the class methods that return an instruction."""
    for name, method in inspect.getmembers(instruction, inspect.ismethod):
        signature = inspect.signature(method)
        returned = signature.return_annotation
        returned = str(getattr(returned, "__name__", returned)).strip("'\"")
        if name.startswith("_") or returned not in (instruction.__name__, "Self"):
            continue
        parameters = frozenset(map(camel_case, signature.parameters))
        yield camel_case(name), Instruction(parameters, _says_deprecated(method.__doc__))


def _says_deprecated(text: str | None) -> bool:
    return text is not None and "deprecat" in text.lower()

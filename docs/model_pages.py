"""The index of the models, and a page about each of them."""

from __future__ import annotations

import inspect
import json
import warnings
from collections.abc import Iterator
from typing import Any

from markup import FOOTER, MODELS, markdown, type_link, type_text

from launchdarkly_api._modelling.containers import Array, Field, Map, Ref
from launchdarkly_api._modelling.introspection import field_docs
from launchdarkly_api._modelling.schema import Schema
from launchdarkly_api.model_utils import ArrayModel, to_json_value

#: The arguments of the class methods that change fields.
CHANGES: dict[str, Any] = {
    "update": {"name": "…"},
    "add": {"tags": ["…"]},
    "remove": ["holdout_id"],
}
#: The number of properties that an example shows of a nested object.
SHOWN = 3


def models_index() -> str:
    """The page that lists the models, each with a link to its page and its summary."""
    lines = [
        "# Models",
        "",
        "All are imported from `launchdarkly_api.models`.",
        "",
        "Name | Description",
        "--- | ---",
    ]
    for name, model in MODELS.items():
        summary = inspect.cleandoc(model.__doc__ or "").partition("\n\n")[0]
        lines.append(f"[{name}]({name}.md) | {markdown(summary)}")
    return "\n".join([*lines, "", "[[Back to README]](../README.md)", ""])


def model_page(name: str) -> str:
    """The page about one model."""
    model = MODELS[name]
    summary, _, text = inspect.cleandoc(model.__doc__ or "").partition("\n\n")
    lines = [f"# {name}", "", markdown(summary), ""]
    lines += [markdown(text), ""] if text else []
    if model._fields:
        lines += _properties(model)
    lines += _makers(model)
    if issubclass(model, ArrayModel):
        lines += ["The model is a JSON array; `value` is the list of its items.", ""]
    else:
        kind = type_text(model._additional)
        values = "may have any type" if kind == "Any" else f"have the type {type_link(kind)}"
        lines += [f"Additional properties are kept and sent; their values {values}.", ""]
        if isinstance(schema := model._schema.additional, Ref):
            lines += [f'Example: `{{"key": {example_of(schema)}}}`', ""]
    return "\n".join([*lines, FOOTER.format(top=name.lower()), ""])


def _properties(model: Any) -> Iterator[str]:
    yield from ("## Properties", "", "Name | Type | Wire name | Description | Example | Notes")
    yield "--- | --- | --- | --- | --- | ---"
    docs = field_docs(model)
    for field in model._fields:
        if issubclass(model, ArrayModel):
            meaning, wire = "The items.", "the array itself"
        else:
            meaning, wire = told(docs, field)[0], f"`{field.wire}`"
        shown = f"`{example(model, field)}`".replace("|", "\\|")
        yield (
            f"**{field.name}** | {type_link(type_text(field.annotation))} | {wire} |"
            f" {meaning} | {shown} | {'' if field.required else '[optional]'}"
        )
    yield ""


def _makers(model: Any) -> Iterator[str]:
    """The table of the class methods that create an instance."""
    made = dict(_class_methods(model))
    if made:
        yield from ("## Class methods", "", "Method | Makes | Description", "--- | --- | ---")
    for name, method in made.items():
        meaning = markdown(inspect.getdoc(method) or "")
        parameters = ", ".join(inspect.signature(method).parameters)
        yield f"**{name}**({parameters}) | `{_made(method)}` | {meaning}"
    if made:
        yield ""


def _class_methods(model: Any) -> Iterator[tuple[str, Any]]:
    members: dict[str, Any] = {**vars(model)}
    for name, value in members.items():
        if isinstance(value, classmethod) and not name.startswith("_"):
            yield name, getattr(model, name)


def _made(method: Any) -> str:
    """The JSON of an instance from a class method, with an ellipsis for each text."""
    arguments = {name: CHANGES.get(name, "…") for name in inspect.signature(method).parameters}
    with warnings.catch_warnings():
        # The page says which kinds the service deprecates.
        warnings.simplefilter("ignore", DeprecationWarning)
        return json.dumps(to_json_value(method(**arguments)), ensure_ascii=False)


def told(docs: dict[str, str], field: Field) -> tuple[str, str]:
    """The meaning and the example of a field, from its declaration."""
    meaning, _, example = " ".join(docs.get(field.name, "").split()).partition(" Example: ")
    return meaning.replace("``", "`"), example.removesuffix(".").replace("``", "")


def example(model: Any, field: Field) -> str:
    """An example of a field: from the declaration, or JSON that is built from its schema."""
    return told(field_docs(model), field)[1] or example_of(field.schema)


def example_of(schema: Schema) -> str:
    """Abbreviated JSON. An object shows its first properties that have an example."""
    if isinstance(schema, Array):
        return f"[{example_of(schema.item)}]"
    if isinstance(schema, Map):
        return f'{{"key": {example_of(schema.item)}}}'
    if not isinstance(schema, Ref):
        return ""
    model: Any = schema.model
    if isinstance(model._schema, Array):
        return example_of(model._schema)
    if isinstance(model._schema.additional, Ref):
        return f'{{"key": {example_of(model._schema.additional)}}}'
    for _, method in _class_methods(model):
        return _made(method)
    fields = sorted(model._fields, key=lambda f: not f.required)
    given = [(f.wire, told(field_docs(model), f)[1]) for f in fields if f.wire != "_links"]
    shown = [f'"{wire}": {_as_json(text)}' for wire, text in given if text][:SHOWN]
    return f"{{{', '.join([*shown, '…'] if len(shown) < len(fields) else shown)}}}"


def _as_json(text: str) -> str:
    return {"True": "true", "False": "false"}.get(text, text)

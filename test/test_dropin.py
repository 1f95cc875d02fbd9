"""Programs written for 13.0.0 get the same results: both libraries run the same script.

The script makes each model in each of the ways that 13.0.0 offers, and prints what comes of it.
13.0.0 is installed from the package index into a folder of its own.
"""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

import launchdarkly_api
from test.contract import MODELS, example

#: Runs in both. Reads expressions by name, prints for each the value or the error.
SCRIPT = """
import copy, datetime, json, pickle, sys, warnings
warnings.simplefilter("ignore")
import launchdarkly_api
modules = sorted(n for n in ("model_utils", "rest", "models") if hasattr(launchdarkly_api, n))
from launchdarkly_api import ApiClient, ApiKeyError, ApiTypeError, Configuration
from launchdarkly_api.models import *

client = ApiClient(Configuration())

def dumps(value):
    return json.dumps(client.sanitize_for_serialization(value))

def after(x, statement):
    exec(statement)
    return dumps(x)

class Answer:
    def __init__(self, value):
        self.data = json.dumps(value)

def answered(kind, value):
    return client.deserialize(Answer(value), (kind,), True)

def told(error):
    kinds = [kind.__name__ for kind in type(error).__mro__]
    shown = [kind for kind in kinds if kind.startswith("Api")] or kinds
    return {"error": shown[0], "path": getattr(error, "path_to_item", None) or None}

results = {}
for name, expression in json.load(sys.stdin).items():
    try:
        results[name] = repr(eval(expression))
    except Exception as error:
        results[name] = told(error)
print(json.dumps(results))
"""

METRIC = "MetricInput('a', True)"
BY_HAND = {
    "an attribute that is not there": "Link(href='x').nope",
    "an item that is not there": "Link(href='x')['nope']",
    "get of what is not there": "Link(href='x').get('nope', 5)",
    "a position too many": "Link('x')",
    "a name that is no text": "Link({3: 4})",
    "None for an optional field": "dumps(Link(href=None))",
    "an array by keyword": "dumps(MetricsInput(value=[]))",
    "an array of dicts": "dumps(MetricsInput([{'key': 'a', 'primary': True}]))",
    "an array of what it cannot hold": "MetricsInput([3])",
    "an array from no list": "MetricsInput(3)",
    "an array with more": "MetricsInput([], more=1)",
    "an array's item": f"MetricsInput([{METRIC}])['value']",
    "an array's get": f"MetricsInput([{METRIC}]).get('value')",
    "an array's in": "'value' in MetricsInput([]), 'nope' in MetricsInput([])",
    "an array's other item": "MetricsInput([])['nope']",
    "an array's other attribute": "MetricsInput([]).nope",
    "an array's string": f"str(MetricsInput([{METRIC}])), MetricsInput([]).to_str()",
    "arrays compared": f"MetricsInput([]) == MetricsInput([]), MetricsInput([{METRIC}]) == []",
    "an array's value set": f"after(MetricsInput([]), 'x.value = [{METRIC}]')".replace(
        "'a'", '"a"'
    ),
    "an array's value set wrongly": "after(MetricsInput([]), 'x.value = [3]')",
    "an array's other attribute set": "after(MetricsInput([]), 'x.nope = [3]')",
    "an array for a list": "dumps(ExperimentPatchInput(instructions=[{'kind': 'x'}]))",
    "an array in to_dict": "type(ExperimentPatchInput(Instructions([Instruction()])).to_dict()"
    "['instructions'][0])",
    "an empty array as a condition": "bool(MetricsInput([]))",
    "an attribute in the service's name": "after(IterationInput('h', MetricsInput([]),"
    " TreatmentsInput([]), FlagsInput()), 'x.canReshuffleTraffic = True')",
    "dicts in Python's names as wire data": "TreatmentInput._from_openapi_data('n', True, '5',"
    " [{'flag_key': 'f', 'variation_id': 'v'}]).to_dict()",
    "text of an error": "str(ApiTypeError('m', ['a', 0, 'b']))",
    "text of a key error": "str(ApiKeyError('m'))",
    "modules of the package": "[name for name in modules if name != 'models']",
    "unchecked": "dumps(Link(href=3, _check_type=False))",
    "unchecked wire data": "Link._from_openapi_data(href=3, _check_type=False).to_dict()",
    "a flag by keyword": "dumps(FlagsInput(key=FlagInput('r', 1)))",
    "a flag by mapping": "dumps(FlagsInput({'a-b': FlagInput('r', 1)}))",
    "a flag as a dict": "dumps(FlagsInput(key={'rule_id': 'r', 'flag_config_version': 1}))",
    "a flag read": "FlagsInput(key=FlagInput('r', 1)).key, FlagsInput(k=FlagInput('r', 1))['k']",
    "a flag that is none": "FlagsInput(key=3)",
    "flags as a dict": "FlagsInput(key=FlagInput('r', 1)).to_dict()",
    "an additional attribute set": "after(Instruction(kind='x'), 'x.other = [1]')",
    "an instruction with null": "dumps(Instruction(kind='x', value=None))",
    "an instruction with a model": "dumps(Instruction(kind='x', value=Link(href='y')))",
    "an instruction with a date": "dumps(Instruction(value=datetime.datetime(2020, 1, 2)))",
    "an instruction with what is no JSON": "dumps(Instruction(kind='x', value=object()))",
    "serialised None": "client.sanitize_for_serialization(None)",
    "serialised scalars": "client.sanitize_for_serialization([1, 1.5, 'x', True, None, (1,)])",
    "serialised date": "client.sanitize_for_serialization(datetime.date(2020, 1, 2))",
    "serialised number for a name": "client.sanitize_for_serialization({1: 2})",
    "serialised set": "client.sanitize_for_serialization({1})",
    "hash": "hash(Link(href='x'))",
    "copy": "copy.copy(Link(href='x'))",
    "deepcopy": "copy.deepcopy(Link(href='x'))",
    "pickle": "pickle.loads(pickle.dumps(Link(href='x')))",
    "answer: text": "answered(str, 'x')",
    "answer: list of models": "client.deserialize(Answer([{'href': 'x'}]), ([Link],), True)",
    "answer: map of models": "client.deserialize(Answer({'a': {}}), ({str: (Link,)},), True)",
    "answer: one of two": "client.deserialize(Answer('x'), (Link, str), True)",
    "answer: whole number for a float": "answered(float, 5)",
    "answer: text for a number": "answered(int, '5')",
    "answer: unknown fields": "answered(Link, {'more': 'x', 'most': [True, None]}).to_dict()",
    "answer: unknown whole number": "answered(Link, {'more': 1152921504606846977})['more']",
    "answer: unknown date": "answered(Link, {'more': '2020-01-02'})['more']",
    "answer: null": "answered(Link, {'href': None}).href",
    "answer: wrong type": "answered(Link, {'href': 5})",
    "answer: no object": "answered(Link, [])",
    "unchecked answer: null": "client.deserialize(Answer(None), (Link,), False)",
    "unchecked answer: number": "client.deserialize(Answer(5), (Link,), False)",
    "unchecked answer: text": "client.deserialize(Answer('x'), (int,), False)",
    "unchecked answer: no list": "client.deserialize(Answer({}), ([Link],), False)",
    "unchecked answer: inside": "client.deserialize(Answer({'href': 5}), (Link,), False).href",
    "answer: a new kind": "answered(MetricV2Rep,"
    " {'key': 'k', 'name': 'n', 'kind': 'funnel', '_links': {}}).kind",
    "answer: missing field": "answered(ParameterRep, {}), answered(TreatmentParameterInput, {})",
    "answer: digits": "answered(IterationRep,"
    " {'hypothesis': 'h', 'status': 's', 'createdAt': '123'}).created_at",
    "answer: a switch by name": "answered(Link, {'_check_type': False, 'href': 3})",
    "answer: an argument by name": "answered(Link, {'cls': 1}).to_dict()",
}

#: The differences from 13.0.0: the reason, the scenarios, and their results. Each is an
#: error or a trap of 13.0.0, or a response of today that it cannot read.
DIFFERENCES = [
    ("An unset optional field reads as None", ".*: unset attribute", "error to value"),
    ("None leaves an optional field unset", "None for an optional field", "error to value"),
    ("A whole number is good for a float", ".*: (made with|set to) 3", "error to value"),
    ("A missing argument is an ApiTypeError, too", r"\w+: nothing", "error to error"),
    ("A list is good for an array model", "an array for a list", "error to value"),
    ("JSON of an array model, too", r"\w+: wire data", "error to value"),
    ("Errors lead into array models", r".*: (made with|set to) \[3\]", "error to error"),
    ("They lead into dicts, too", r".*: (made with|set to) \{'a': 3\}", "error to error"),
    ("A missing field is an ApiTypeError, too", "answer: missing field", "error to error"),
    ("So is a name that is no text", "a name that is no text", "error to error"),
    ("The service accepts any unit today", r".*unit: .* 'text'", "error to value"),
    ("A list of the service's is open", r".*\.kind: (made with|set to) 'text'", "error to value"),
    ("Metrics have more kinds today", "MetricV2Rep: allowed_values", "value to value"),
    ("to_dict() goes into array models", "an array in to_dict", "value to value"),
    ("So JSON can hold it", r"\w+: to_dict", "error to value"),
    ("And it is laid out", r"\w+: (to_str|repr)|\w+.iteration: unset item", "value to value"),
    ("An empty sequence is false", "an empty array as a condition", "value to value"),
    ("A field has one value", "an attribute in the service's name", "value to error"),
    ("Answers have the service's names", "dicts in Python's names as wire data", "value to error"),
    ("JSON names are text", "serialised number for a name", "value to error"),
    ("Errors are sentences", "text of (an|a key) error", "value to value"),
    ("Models can be copied and pickled", "copy|deepcopy|pickle", "error to value"),
    ("Unknown values stay as they came", "answer: unknown (whole number|date)", "value to value"),
    ("Null, new kinds and digits", "answer: (null|a new kind|digits)", "error to value"),
    ("Paths have wire names", "answer: (wrong type|text for a number)", "error to error"),
    ("They begin at the answer", "unchecked answer: .*", "error to error"),
    ("An answer must be of its shape", "answer: no object", "value to error"),
    ("Names in answers turn no checks off", "answer: a switch by name", "value to error"),
    ("Names in answers are no arguments", "answer: an argument by name", "error to value"),
]


def scenarios() -> dict[str, str]:
    """Expressions, by a name that says what they show."""
    found = dict(BY_HAND)
    for name, model in MODELS.items():
        # A model may have fields beyond the contract, which programs for 13.0.0 do not know.
        names = [field["name"] for field in model.get("fields", [{"name": "value"}])]
        for told in ("openapi_types", "attribute_map"):
            found[f"{name}: {told}"] = f"[{name}.{told}.get(n) for n in {names}]"
        found[f"{name}: allowed_values"] = f"[{name}.allowed_values.get((n,)) for n in {names}]"
        found[f"{name}: nothing"] = f"dumps({name}())"
        found[f"answer: {name}"] = f"dumps(answered({name}, {example(name)!r}))"
        if model["kind"] == "object":
            found.update(object_scenarios(name))
    return found


def object_scenarios(name: str) -> dict[str, str]:
    whole, needed = arguments(name), arguments(name, required_only=True)
    positions = ", ".join(value for _, value in needed)
    made, least = f"{name}({keywords(whole)})", f"{name}({positions})"
    backwards = f"{name}({keywords(whole[::-1])})"
    wire = f"**{example(name)!r}, _spec_property_naming=True"
    found = {
        "keywords": f"dumps({made})",
        "keywords backwards": f"dumps({backwards})",
        "positions": f"dumps({least})",
        "to_dict": f"json.dumps({made}.to_dict())",
        "to_str": f"{made}.to_str()",
        "repr": f"repr({made})",
        "compared": f"{made} == {backwards}, {made} != {least}, {made} == 3",
        "wire data": f"{name}._from_openapi_data({wire}).to_dict()",
        "more": f"dumps({name}(more=[1, None, {{}}], {keywords(whole)}))",
        "mapping": f"dumps({name}({positions}{', ' * bool(needed)}{{'more': 1}}))",
    }
    for field, value in whole:
        optional = (field, value) not in needed
        by_name = f"{made}.{field}, {made}['{field}'], {made}.get('{field}')"
        found[f"{field}: read"] = f"dumps([{by_name}])"
        found[f"{field}: in"] = f"'{field}' in {made}, '{field}' in {least}"
        found[f"{field}: set"] = f"after({least}, {f'x.{field} = {value}'!r})"
        found[f"{field}: set item"] = f"after({least}, {f'x[{field!r}] = {value}'!r})"
        found[f"{field}: unset item"] = f"{least}['{field}']"
        found[f"{field}: unset get"] = f"dumps({least}.get('{field}'))"
        if optional:
            found[f"{field}: unset attribute"] = f"{least}.{field}"
        for wrong in ("object()", "1.5", "'text'", "3", "True", "[3]", "{'a': 3}"):
            given = [(one, wrong if one == field else right) for one, right in whole]
            found[f"{field}: made with {wrong}"] = f"dumps({name}({keywords(given)}))"
            found[f"{field}: set to {wrong}"] = f"after({made}, {f'x.{field} = {wrong}'!r})"
    return {f"{name}{'.' if ':' in key else ': '}{key}": code for key, code in found.items()}


def arguments(name: str, *, required_only: bool = False) -> list[tuple[str, str]]:
    """A model's fields and a value for each, as they stand in a program."""
    return [
        (
            field["name"],
            repr(field["enum"][0]) if "enum" in field else literal(field["type"], field["name"]),
        )
        for field in MODELS[name]["fields"]
        if field["required"] or not required_only
    ]


def literal(kind: str, name: str) -> str:
    """A value of a type as it stands in a program."""
    if kind in MODELS:
        model = MODELS[kind]
        if model["kind"] == "array":
            return f"{kind}([{literal(model['items'], name)}])"
        if model["additional_properties"] != "any":
            return f"{kind}(key={literal(model['additional_properties'], name)})"
        return f"{kind}({keywords(arguments(kind))})"
    if kind.startswith("list["):
        return f"[{literal(kind[5:-1], name)}]"
    if kind.startswith("map["):
        return f"{{'some-key': {literal(kind[4:-1], name)}}}"
    return repr(example(kind, name=name))


def keywords(fields: list[tuple[str, str]]) -> str:
    return ", ".join(f"{name}={value}" for name, value in fields)


def outcomes(folder: Path) -> dict[str, Any]:
    """The results of the scenarios with the library in this folder."""
    done = subprocess.run(
        [sys.executable, "-c", SCRIPT],
        input=json.dumps(scenarios()),
        capture_output=True,
        text=True,
        env={**os.environ, "PYTHONPATH": str(folder)},
        cwd=folder,
    )
    assert done.returncode == 0, done.stderr
    found: dict[str, Any] = json.loads(done.stdout)
    return found


@pytest.mark.slow
def test_programs_for_13_0_0_differ_only_as_the_migration_guide_says(upstream: Path) -> None:
    theirs = outcomes(upstream)
    ours = outcomes(Path(launchdarkly_api.__file__).parents[1])
    assert len(theirs) == len(ours) > 3000
    differing = {name for name in theirs if theirs[name] != ours[name]}
    explained = set()
    for reason, pattern, change in DIFFERENCES:
        alike = {name for name in differing if re.fullmatch(pattern, name)}
        assert alike, f"no longer different: {reason}"
        assert {f"{_kind(theirs[n])} to {_kind(ours[n])}" for n in alike} == {change}, reason
        explained |= alike
    assert {name: (theirs[name], ours[name]) for name in differing - explained} == {}


def _kind(outcome: Any) -> str:
    return "value" if isinstance(outcome, str) else "error"

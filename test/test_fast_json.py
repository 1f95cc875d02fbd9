"""Parsing with and without msgspec: the same values, the same exceptions."""

from __future__ import annotations

import json
import math
import subprocess
import sys
from collections.abc import Callable, Iterator
from decimal import Context, Decimal
from types import SimpleNamespace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from launchdarkly_api import models
from launchdarkly_api._modelling import json_text
from launchdarkly_api._modelling.containers import Ref
from launchdarkly_api._modelling.json_text import parse_json
from launchdarkly_api.model_utils import decode_json
from test.benchmark.payload import page
from test.strategies import JSON, replaced, thorough

#: Texts that parsers disagree about.
ODD_TEXTS = [
    *("9223372036854775807", "18446744073709551615", "18446744073709551616"),
    *("-9223372036854775808", "-9223372036854775809", "19727226138443527554", "9" * 20, "9" * 21),
    *("1" * 40, "1" * 400, "1" * 4300, "1" * 4301, "1" * 5000, f"[{'1' * 5000}]", "-" + "1" * 5000),
    *("0", "-0", "-0.0", "0.0", "0e0", "1E5", "1e+5", "1e-5", "1e400", "-1e400", "1e-400", "1e308"),
    *("2.2250738585072014e-308", "5e-324", "2e-324", "1.7976931348623159e308", "0." + "1" * 5000),
    *("1" * 5000 + ".0", "9007199254740993.0", "0.1000000000000000055511151231257827"),
    *("01", "+1", ".5", "1.", "1.e5", "1e", "1e+", "-", "--1", "- 1", "1_000", "0x10", "1 2"),
    *("NaN", "Infinity", "-Infinity", "[NaN, 1]", "nan", "inf", "nul", "True", "None", "undefined"),
    *('"\\ud800"', '"\\udc00\\ud800"', '"\\ud83d\\ude00"', '"\\ud83dx"', '{"\\ud800": 1}'),
    *('"\ud800"', '{"\udc00": 1}', '"\\u0000"', '"\x00"', '"\x1f"', '"\t"', '"\n"', '"\x7f"'),
    *('"\u2028\u2029"', '"\\x"', '"\\u12"', '"\\u+123"', '"\\u1_23"', '"\\/"', '"\\', '"a', "'a'"),
    *('{"a": 1, "b": 2, "a": 3}', '{"\\u0061": 1, "a": 2}', '{"a": 1,}', "[1,]", "[,1]", "{,}"),
    *('{"a"}', '{"a": }', "{1: 2}", '{"a": 1}}', "[1] x", "[1][2]", "[1", "{", "]", "/* */ 1"),
    *("", " ", "\n", " \t\r\n1 ", "\u00a01", "\f1", "\v1", "\ufeff{}", "{}\ufeff", "1\x00"),
    *("[" * 200 + "]" * 200, "[" * 100_000, "[" * 100_000 + "]" * 100_000, '{"a":' * 100_000),
]


@pytest.fixture
def without_msgspec(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.setitem(sys.modules, "msgspec", None)
    json_text._parser.cache_clear()
    yield
    json_text._parser.cache_clear()


@pytest.fixture(autouse=True)
def _parser_of_this_test() -> Iterator[None]:
    json_text._parser.cache_clear()
    yield
    json_text._parser.cache_clear()


def outcome(work: Callable[[], Any]) -> tuple[Any, ...]:
    """A value with the type and the sign of every number in it, or an exception."""
    try:
        value = work()
    except RecursionError:
        return (RecursionError,)
    except (TypeError, ValueError) as error:
        return type(error), str(error), getattr(error, "path_to_item", None)
    return type(value), told(value)


def told(value: Any) -> Any:
    if isinstance(value, dict):
        return [(key, told(item)) for key, item in value.items()]
    if isinstance(value, list):
        return [told(item) for item in value]
    if isinstance(value, float):
        return float, value.hex(), math.copysign(1, value)
    # The text of an integer of 5,000 digits is refused.
    return type(value), value


def assert_parsed_as_json_does(text: str | bytes) -> None:
    assert outcome(lambda: parse_json(text)) == outcome(lambda: json.loads(text))


def test_msgspec_parses_if_it_is_installed(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(text: Any) -> Any:
        raise AssertionError(text)

    assert parse_json("1") == 1
    with monkeypatch.context() as patch:
        patch.setattr(json, "loads", refuse)
        assert parse_json(json.dumps(page(3))) == page(3)


def test_json_parses_if_msgspec_is_not_installed(without_msgspec: None) -> None:
    assert json_text._parser() is json.loads
    assert parse_json(json.dumps(page(3))) == page(3)


def test_an_msgspec_that_wraps_large_integers_is_not_used(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """As the releases before 0.19 do."""
    old = SimpleNamespace(decode=lambda text: json.loads(text) % 2**64, MsgspecError=ValueError)
    monkeypatch.setitem(sys.modules, "msgspec", old)
    monkeypatch.setitem(sys.modules, "msgspec.json", old)
    assert parse_json("19727226138443527554") == 19727226138443527554


@pytest.mark.parametrize("text", ODD_TEXTS, ids=lambda text: ascii(text)[:30])
def test_an_odd_text_has_the_outcome_of_json(text: str) -> None:
    assert_parsed_as_json_does(text)
    assert_parsed_as_json_does(f'{{"a": [{text}]}}')
    try:
        encoded = text.encode()
    except UnicodeEncodeError:
        encoded = text.encode("utf-8", "surrogatepass")
    assert_parsed_as_json_does(encoded)


@pytest.mark.parametrize(
    "text", [b'"\xff"', b'"\xed\xa0\x80"', b'"\xc0\x80"', b"\xef\xbb\xbf{}", b"", b"1"]
)
@pytest.mark.parametrize("encoding", ["as it is", "utf-16", "utf-32"])
def test_bytes_have_the_outcome_of_json(text: bytes, encoding: str) -> None:
    if encoding != "as it is":
        text = text.decode("latin-1").encode(encoding)
    assert_parsed_as_json_does(text)


@thorough
@given(JSON, st.booleans(), st.sampled_from([None, 1]))
def test_every_value_is_parsed_as_json_does(value: Any, ascii_only: bool, indent: Any) -> None:
    assert_parsed_as_json_does(json.dumps(value, ensure_ascii=ascii_only, indent=indent))


@thorough
@given(JSON, st.data())
def test_damaged_text_has_the_outcome_of_json(value: Any, data: Any) -> None:
    text = json.dumps(value, ensure_ascii=data.draw(st.booleans()))
    start = data.draw(st.integers(0, len(text)))
    end = data.draw(st.integers(start, min(len(text), start + 3)))
    pieces = st.sampled_from([*'{}[]:,"\\ \n\x000123456789-+.eEunlNI', "\\ud800", "\ufeff", "1e"])
    assert_parsed_as_json_does(text[:start] + data.draw(pieces) + text[end:])


@thorough
@given(
    st.from_regex(r"-?(0|[1-9][0-9]{0,30})(\.[0-9]{1,30})?([eE][+-]?[0-9]{1,3})?", fullmatch=True)
)
def test_every_number_is_parsed_to_the_last_digit(text: str) -> None:
    assert_parsed_as_json_does(text)


@thorough
@given(st.floats(min_value=0, allow_infinity=False, exclude_max=True, max_value=1.7e308))
def test_a_number_between_two_floats_is_rounded_as_json_does(low: float) -> None:
    exact = Context(prec=1100)
    half = exact.divide(exact.add(Decimal(low), Decimal(math.nextafter(low, math.inf))), Decimal(2))
    for text in (f"{half:e}", f"{exact.next_plus(half):e}", f"{exact.next_minus(half):e}"):
        assert_parsed_as_json_does(text)


@pytest.mark.parametrize(
    ("path", "wrong"),
    [
        (("items", 1, "name"), 5),
        (("items", 1, "_links"), None),
        (("items", 0, "currentIteration", "treatments", 1, "baseline"), "yes"),
        (("items", 0, "currentIteration", "createdAt"), 2**70),
        (("items", 0, "currentIteration", "createdAt"), 1.5),
        (("items", 0, "_links"), {"self": {"more": float("nan")}}),
        (("items", 0, "_links"), {"self": {"more": "\ud800"}}),
        (("items",), {}),
        ((), []),
    ],
)
def test_a_response_has_the_same_models_and_errors_without_msgspec(
    path: tuple[Any, ...], wrong: Any, request: pytest.FixtureRequest
) -> None:
    text = json.dumps(replaced(page(2), path, wrong))

    def decoded() -> Any:
        return repr(decode_json(Ref(models.ExperimentCollectionRep), text))

    fast = outcome(decoded)
    request.getfixturevalue("without_msgspec")
    assert outcome(decoded) == fast


def test_msgspec_is_imported_with_the_first_response() -> None:
    code = (
        "import sys; from launchdarkly_api.api.experiments_beta_api import ExperimentsBetaApi\n"
        "from launchdarkly_api._modelling.json_text import parse_json\n"
        "print('msgspec' in sys.modules, parse_json('1'), 'msgspec' in sys.modules)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.split() == ["False", "1", "True"]

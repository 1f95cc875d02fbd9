"""Numbers, booleans and text of other types are kept and sent as Python's own."""

from __future__ import annotations

import datetime
import decimal
import enum
import fractions
import subprocess
import sys
from typing import Any

import numpy as np
import pandas as pd  # type: ignore[import-untyped,unused-ignore]
import pytest

from launchdarkly_api import models
from launchdarkly_api.exceptions import ApiTypeError, ApiValueError
from launchdarkly_api.model_utils import decode, to_json_value
from launchdarkly_api.models import Instruction

#: The models as an unchecked program sees them.
loose: Any = models


class Key(str, enum.Enum):
    """Words of a program."""

    CHECKOUT = "checkout"
    KIND = "kind"


class Level(enum.IntEnum):
    """Numbers of a program."""

    HIGH = 3


def same(value: Any, expected: Any) -> bool:
    """Whether a value is the expected one, of exactly its type."""
    return type(value) is type(expected) and bool(value == expected)


SCALARS = [
    (np.int64(5), 5),
    (np.uint64(2**64 - 1), 2**64 - 1),
    (np.int8(-5), -5),
    (np.float64(0.5), 0.5),
    (np.float32(0.5), 0.5),
    (np.float16(0.5), 0.5),
    (np.longdouble(0.5), 0.5),
    (np.bool_(True), True),
    (np.bool_(False), False),
    (np.str_("a"), "a"),
    (Key.CHECKOUT, "checkout"),
    (Level.HIGH, 3),
]


@pytest.mark.parametrize(("value", "expected"), SCALARS)
def test_a_scalar_is_kept_and_sent_as_a_plain_value(value: Any, expected: Any) -> None:
    instruction = Instruction(kind="a", value=value, values=[{"a": value}])
    instruction["more"] = value
    assert same(instruction["value"], expected)
    assert same(instruction["values"][0]["a"], expected)
    assert same(instruction["more"], expected)
    assert same(to_json_value(value), expected)
    assert same(to_json_value({"a": [value]})["a"][0], expected)


def test_a_number_or_boolean_field_takes_a_numpy_scalar() -> None:
    flag = loose.FlagInput(np.str_("a"), np.int32(5))
    assert same(flag.rule_id, "a")
    assert same(flag.flag_config_version, 5)
    flag.flag_config_version = np.uint8(6)
    assert same(flag["flagConfigVersion"], 6)
    assert same(loose.MetricInput("a", np.bool_(True)).primary, True)
    assert same(loose.CredibleIntervalRep(upper=np.float32(0.5)).upper, 0.5)
    assert same(loose.CredibleIntervalRep(upper=np.int64(5)).upper, 5.0)
    read = decode(loose.FlagInput, {"ruleId": "a", "flagConfigVersion": np.int64(3)})
    assert same(read.flag_config_version, 3)
    unchecked = loose.FlagInput("a", np.int64(3), _check_type=False)
    assert same(to_json_value(unchecked)["flagConfigVersion"], 3)


@pytest.mark.parametrize(
    ("build", "message"),
    [
        (lambda: loose.FlagInput("a", np.float64(5)), "Expected int, got float64"),
        (lambda: loose.FlagInput("a", np.bool_(True)), "Expected int, got bool"),
        (lambda: loose.FlagInput("a", np.array(5)), "Expected int, got ndarray"),
        (lambda: loose.MetricInput("a", np.int64(1)), "Expected bool, got int64"),
        (lambda: loose.MetricInput("a", np.array(True)), "Expected bool, got ndarray"),
        (lambda: loose.MetricInput(np.bytes_(b"a"), True), "Expected str, got bytes_"),
        (lambda: loose.CredibleIntervalRep(upper=np.bool_(True)), "Expected float, got bool"),
        (lambda: loose.CredibleIntervalRep(upper=np.complex64(1)), "Expected float, got complex64"),
    ],
)
def test_a_scalar_of_another_kind_is_refused(build: Any, message: str) -> None:
    with pytest.raises(ApiTypeError, match=message):
        build()


def test_a_numpy_number_that_json_lacks_is_refused() -> None:
    with pytest.raises(ApiValueError, match="JSON has no number nan at upper"):
        loose.CredibleIntervalRep(upper=np.float32("nan"))
    with pytest.raises(ApiValueError, match=r"JSON cannot hold float32"):
        to_json_value([np.float32("inf")])


@pytest.mark.parametrize(
    "value",
    [
        decimal.Decimal("0.1"),
        fractions.Fraction(1, 3),
        np.datetime64("2020-01-01"),
        np.array([1]),
        pd.NaT,
        pd.NA,
        1j,
    ],
)
def test_a_value_that_json_would_change_is_refused(value: Any) -> None:
    with pytest.raises(ApiTypeError, match="Expected float, got"):
        loose.CredibleIntervalRep(upper=value)
    with pytest.raises(ApiTypeError, match="Expected a JSON value, got"):
        Instruction(value=value)
    with pytest.raises(ApiValueError, match=r"JSON cannot hold .* at a\[0\]"):
        to_json_value({"a": [value]})


def test_a_timestamp_of_pandas_is_a_datetime() -> None:
    when = datetime.datetime(2020, 1, 2, tzinfo=datetime.timezone.utc)
    assert to_json_value([pd.Timestamp(when)]) == [when.isoformat()]


def test_a_name_may_be_a_member_of_an_enumeration() -> None:
    for made in (
        loose.Instruction(**{Key.KIND: Key.CHECKOUT}),
        loose.Instruction({Key.KIND: Key.CHECKOUT}),
        loose.Instruction(a={Key.KIND: Key.CHECKOUT})["a"],
        loose.FlagsInput({Key.KIND: loose.FlagInput("a", 1)}),
        to_json_value({Key.KIND: 1}),
    ):
        (name,) = to_json_value(made)
        assert same(name, "kind")
    instruction = loose.Instruction(other=1)
    instruction[Key.KIND] = 1
    setattr(instruction, Key.CHECKOUT, 2)
    assert [same(name, str.__str__(name)) for name in to_json_value(instruction)] == [True] * 3
    assert instruction[Key.KIND] == 1


def test_models_do_not_import_numpy() -> None:
    code = (
        "import sys; from launchdarkly_api.models import Instruction\n"
        "try: Instruction(a=1j)\n"
        "except TypeError: print('numpy' in sys.modules)"
    )
    shown = subprocess.run([sys.executable, "-c", code], capture_output=True, check=True, text=True)
    assert shown.stdout == "False\n"

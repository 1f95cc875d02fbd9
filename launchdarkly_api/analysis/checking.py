"""Checks of the arguments that every analysis has."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from fractions import Fraction
from typing import Any

from launchdarkly_api._support.errors import ApiTypeError, ApiValueError
from launchdarkly_api._support.printable import shown
from launchdarkly_api._support.scalars import boolean, plain_scalar, whole_number
from launchdarkly_api.analysis.arms import Arm, as_float


def checked_arms(arms: Any) -> dict[str, Arm]:
    """Check that arms can be compared with one another.

    Args:
        arms: The arms by the id of their treatment.

    Returns:
        The arms.

    Raises:
        ApiTypeError: ``arms`` is not a mapping to arms.
        ApiValueError: They are empty, or conversion and numeric ones are mixed.
    """
    if not isinstance(arms, Mapping):
        raise ApiTypeError("arms must map the id of each treatment to its Arm", None, (dict,))
    checked: dict[str, Arm] = dict(arms)
    if not checked:
        raise ApiValueError("arms is empty: give the Arm of each treatment")
    for treatment_id, arm in checked.items():
        if not isinstance(treatment_id, str):
            raise ApiTypeError(
                f"arms has the key {shown(treatment_id)}; the id of a treatment is a string",
                None,
                (str,),
            )
        if not isinstance(arm, Arm):
            raise ApiTypeError(
                f"the arm of {shown(treatment_id)} is {shown(arm)}; give an Arm", None, (Arm,)
            )
    first, *others = checked.items()
    for treatment_id, arm in others:
        if arm.numeric != first[1].numeric:
            raise ApiValueError(
                f"the arms are of two kinds of metrics: {shown(first[0])} is {first[1]}, and"
                f" {shown(treatment_id)} is {arm}. Give the arms of one metric"
            )
    return checked


def checked_baseline(arms: Mapping[str, Arm], baseline: str) -> str:
    """Check that the baseline is an arm.

    Raises:
        ApiValueError: It is not.
    """
    if baseline not in arms:
        known = ", ".join(map(shown, arms))
        raise ApiValueError(f"baseline is {shown(baseline)}, which is no arm. The arms are {known}")
    return baseline


def checked_share(name: str, value: Any) -> float:
    """Check a level, a power or the like.

    Raises:
        ApiValueError: It is not between 0 and 1.
    """
    number = plain_number(value)
    if number is None or not 0.0 < number < 1.0:
        raise ApiValueError(
            f"{name} is {shown(value)}; it must be between 0 and 1, such as 0.9 for 90 %"
        )
    return number


def checked_number(name: str, value: Any) -> float:
    """Check a number that may have any size.

    Raises:
        ApiTypeError: It is not a number.
    """
    number = plain_number(value)
    if number is None:
        raise ApiTypeError(f"{name} is {shown(value)}; it must be a number", None, (float,))
    return number


def plain_number(value: Any) -> float | None:
    """Convert a number, such as one of NumPy or a ``Decimal``, to a float.

    None for other values, which include booleans and text.
    """
    number = plain_scalar(value)
    known = isinstance(number, int | float | Decimal | Fraction) and not isinstance(number, bool)
    return as_float(number) if known else None


def checked_choice(name: str, value: Any) -> bool:
    """Check a boolean: ``"no"`` would be a yes.

    Raises:
        ApiTypeError: It is not a boolean.
    """
    choice = boolean(value)
    if choice is None:
        raise ApiTypeError(f"{name} is {shown(value)}; it must be True or False", None, (bool,))
    return choice


def checked_seed(value: Any) -> int:
    """Check the seed of draws. None is 0.

    Raises:
        ApiTypeError: It is not a whole number of at least 0.
    """
    seed = 0 if value is None else whole_number(value)
    if seed is None or seed < 0:
        raise ApiTypeError(
            f"seed is {shown(value)}; it must be a whole number of at least 0, or None",
            None,
            (int,),
        )
    return seed

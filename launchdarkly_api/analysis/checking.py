"""Checks of the arguments that every analysis has."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from launchdarkly_api._support.errors import ApiTypeError, ApiValueError
from launchdarkly_api._support.printable import shown
from launchdarkly_api.analysis.arms import Arm


def checked_arms(arms: Any) -> dict[str, Arm]:
    """Check that arms can be compared with one another.

    Args:
        arms: The arms by the id of their treatment.

    Returns:
        The arms.

    Raises:
        ApiTypeError: ``arms`` is not a mapping to arms.
        ApiValueError: There are none, or both conversion and numeric ones.
    """
    if not isinstance(arms, Mapping):
        raise ApiTypeError("arms must map the id of each treatment to its Arm", None, (dict,))
    checked: dict[str, Arm] = dict(arms)
    if not checked:
        raise ApiValueError("arms is empty: give the Arm of each treatment")
    for treatment_id, arm in checked.items():
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
    if not isinstance(value, int | float) or not 0.0 < value < 1.0:
        raise ApiValueError(
            f"{name} is {shown(value)}; it must be between 0 and 1, such as 0.9 for 90 %"
        )
    return float(value)

"""Request bodies: from bytes to checked JSON."""

from __future__ import annotations

import json
from typing import Any, NoReturn

from launchdarkly_api.sandbox.service.endpoints import Call
from launchdarkly_api.sandbox.service.problems import invalid


def _no_constant(name: str) -> NoReturn:
    raise ValueError(f"JSON has no {name}")


def parse(body: bytes) -> Any:
    """The JSON value that a body holds."""
    if not body:
        raise invalid("The request has no body. Send a JSON object.")
    try:
        return json.loads(body, parse_constant=_no_constant)
    except RecursionError:
        raise invalid("The body is nested too deeply.") from None
    except ValueError as error:
        raise invalid(f"The body is not valid JSON: {error}.") from None


def check(call: Call, value: Any) -> Any:
    """A body's value, if it has the shape that the contract gives the call's body."""
    # These load urllib3 by way of the exceptions: not before a body needs checking.
    from launchdarkly_api.exceptions import OpenApiException
    from launchdarkly_api.model.experiment_patch_input import ExperimentPatchInput
    from launchdarkly_api.model.experiment_post import ExperimentPost
    from launchdarkly_api.model.experimentation_settings_put import ExperimentationSettingsPut
    from launchdarkly_api.model.iteration_input import IterationInput
    from launchdarkly_api.model_utils import BaseModel, decode

    shapes: dict[Call, type[BaseModel]] = {
        "create_experiment": ExperimentPost,
        "create_iteration": IterationInput,
        "patch_experiment": ExperimentPatchInput,
        "put_experimentation_settings": ExperimentationSettingsPut,
    }
    try:
        decode(shapes[call], value)
    except OpenApiException as error:
        raise invalid(f"{error}.") from None
    return value

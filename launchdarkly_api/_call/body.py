"""Prepares the bodies of requests, and decodes the bodies of responses."""

# Values of any type pass through here, so the types of their parts are unknown.
# pyright: reportUnknownVariableType=false

from __future__ import annotations

from collections.abc import Mapping
from functools import lru_cache
from typing import TYPE_CHECKING, Any

from launchdarkly_api import models
from launchdarkly_api._call.encoding import encode_json
from launchdarkly_api._call.response_type import response_schema
from launchdarkly_api._modelling.containers import Ref
from launchdarkly_api._modelling.json_value import TOO_DEEP, to_json_value, unwrapped
from launchdarkly_api._modelling.schema import Schema
from launchdarkly_api._modelling.validation import LENIENT, STRICT, UNCHECKED, InvalidValue
from launchdarkly_api._support import charset
from launchdarkly_api.exceptions import (
    ApiException,
    ApiTypeError,
    ApiValueError,
)
from launchdarkly_api.model_utils import decode_json

if TYPE_CHECKING:
    from launchdarkly_api._call.endpoint import Endpoint
    from launchdarkly_api._transport.request import Request
    from launchdarkly_api._transport.response import RESTResponse
else:
    # ``get_type_hints`` evaluates annotations at run time.
    Endpoint = Request = RESTResponse = Any


def response_type(endpoint: Endpoint) -> tuple[Any, ...] | None:
    """Return the response type of an endpoint for ``call_api``: ``(Experiment,)``, or None."""
    return (_ref(endpoint.returns).model,) if endpoint.returns else None


def accepted_body(endpoint: Endpoint, given: Any, content_type: str, check: bool) -> Any:
    """Return the body to pass to ``call_api``.

    The result is a new model, so that later changes of the argument have no effect and exactly the
    validated values are sent. Without validation, text is sent unchanged if its media type is not
    JSON.

    Args:
        endpoint: The call.
        given: The argument: a model, or a dict or list of the same form.
        content_type: The media type of the body.
        check: Whether to validate the argument.

    Returns:
        The model; without validation, a JSON value or text.

    Raises:
        ApiTypeError, ApiValueError: The argument does not match the model of the body.
    """
    if not check and isinstance(given, (str, bytes)) and "json" not in content_type.lower():
        return given
    name, schema = str(endpoint.body_name), _ref(str(endpoint.body))
    if isinstance(given, schema.model):
        # The schema of the argument's own class, because a subclass may declare more fields.
        schema = Ref(type(given))
    elif check and not isinstance(given, (Mapping, list, tuple)):
        raise schema.mismatch(given).inside(name).as_api_error()
    try:
        accepted = schema.accept(unwrapped(given), STRICT if check else UNCHECKED)
    except InvalidValue as error:
        raise error.inside(name).as_api_error() from None
    except RecursionError:
        raise ApiValueError(TOO_DEEP, [name]) from None
    if check:
        return accepted
    value = to_json_value(accepted, name)
    return value if isinstance(value, (dict, list)) else encode_json(value)


def schema_for(given: Any) -> Schema | None:
    """Return the schema of a response type, or None if the body is to be ignored."""
    try:
        return _known_schema(given)
    except TypeError:
        # The type is not hashable, such as ``([Link],)``, or is not a type at all.
        return response_schema(given, _model)


@lru_cache(maxsize=128)
def _known_schema(given: Any) -> Schema | None:
    return None if given is None else response_schema(given, _model)


def _model(name: str) -> Any:
    return getattr(models, name)


def decode_response(
    response: RESTResponse, schema: Schema | None, check: bool, request: Request
) -> Any:
    """Decode the body of a response.

    ``response.data`` becomes text, as in 13.0.0.

    Args:
        response: The response.
        schema: The schema of the body, or None to ignore the body.
        check: Whether to validate the body.
        request: The request, for the exception.

    Returns:
        The decoded body.

    Raises:
        ApiException: The body is not JSON.
        ApiTypeError, ApiValueError: The body does not match the schema. The message has the path to
            the value.
    """
    if schema is None:
        return None
    try:
        response.data = charset.decode_text(response.data, response.headers.get("Content-Type"))
        return decode_json(schema, response.data, LENIENT if check else UNCHECKED)
    except (ApiTypeError, ApiValueError):
        raise
    except RecursionError:
        problem = "is nested too deep"
    except UnicodeDecodeError as error:
        problem = f"is not text in {error.encoding}"
    except ValueError as error:
        problem = f"is not JSON ({error})" if response.data else "is empty"
    unusable = ApiException(http_resp=response)
    unusable.reason = f"The response body {problem}"
    unusable.method, unusable.url, unusable.attempts = (
        request.method,
        request.url,
        response.attempts,
    )
    raise unusable


def decode_as(text: str | bytes, returns: Any, check: bool) -> Any:
    """Decode a text as a response type. A text that is not JSON is treated as a string."""
    schema = schema_for(returns)
    if schema is None:
        return None
    mode = LENIENT if check else UNCHECKED
    try:
        return decode_json(schema, text, mode)
    except (ApiTypeError, ApiValueError):
        raise
    except ValueError:
        pass
    try:
        return schema.accept_whole(text.decode() if isinstance(text, bytes) else text, mode)
    except InvalidValue as error:
        raise error.as_api_error() from None


def error_model(error: ApiException) -> Any:
    """Return the body of an error response as the model of the contract, or None."""
    if error.error_model is None or not error.body:
        return None
    try:
        return decode_json(_ref(error.error_model), error.body)
    except (ValueError, TypeError, RecursionError):
        return None


@lru_cache
def _ref(model: str) -> Ref:
    return Ref(_model(model))

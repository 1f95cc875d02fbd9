"""Bodies: a model on its way into a request, the text of a response on its way to a model."""

# Values of any type pass through here, so the types of their parts are unknown.
# pyright: reportUnknownVariableType=false

from __future__ import annotations

from collections.abc import Mapping
from functools import lru_cache
from typing import TYPE_CHECKING, Any

from launchdarkly_api import models
from launchdarkly_api._call.encoding import encode_json
from launchdarkly_api._modelling.containers import Ref
from launchdarkly_api._modelling.json_value import TOO_DEEP, to_json_value, unwrapped
from launchdarkly_api._modelling.response_type import response_schema
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
    from launchdarkly_api._transport.answer import RESTResponse
    from launchdarkly_api._transport.request import Request
else:
    # ``get_type_hints`` evaluates annotations at run time.
    Endpoint = Request = RESTResponse = Any


def response_type(endpoint: Endpoint) -> tuple[Any, ...] | None:
    """What an endpoint returns, as ``call_api`` receives it: ``(Experiment,)``, or None."""
    return (_ref(endpoint.returns).model,) if endpoint.returns else None


def accepted_body(endpoint: Endpoint, given: Any, content_type: str, check: bool) -> Any:
    """What ``call_api`` is to send for an argument that is a model, or a dict of the same shape.

    It is a model of its own, so that what was checked is what goes out, however the argument was
    put together. An unchecked text that is not JSON by its media type stays as it is.
    """
    if not check and isinstance(given, (str, bytes)) and "json" not in content_type.lower():
        return given
    name, schema = str(endpoint.body_name), _ref(str(endpoint.body))
    if isinstance(given, schema.model):
        # A subclass may declare fields of its own.
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
    """The schema of a response type, or None for a response whose body is ignored."""
    try:
        return _known_schema(given)
    except TypeError:
        # Such as ``([Link],)``, which cannot be looked up, or no type at all.
        return response_schema(given, _model)


@lru_cache(maxsize=128)
def _known_schema(given: Any) -> Schema | None:
    return None if given is None else response_schema(given, _model)


def _model(name: str) -> Any:
    return getattr(models, name)


def decode_response(
    response: RESTResponse, schema: Schema | None, check: bool, request: Request
) -> Any:
    """Read a response's body as what the call returns.

    ``response.data`` becomes text, as in 13.0.0. Raises ``ApiException`` if it is not JSON, and
    ``ApiTypeError`` or ``ApiValueError`` with the path to what does not fit.
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
        problem = f"is no text in {error.encoding}"
    except ValueError as error:
        problem = f"is no JSON ({error})" if response.data else "is empty"
    unusable = ApiException(http_resp=response)
    unusable.reason = f"The answer's body {problem}"
    unusable.method, unusable.url, unusable.tries = request.method, request.url, response.tries
    raise unusable


def decode_text(text: str | bytes, returns: Any, check: bool) -> Any:
    """Read a text as a response type. A text that is not JSON is taken as it is."""
    schema = schema_for(returns)
    if schema is None:
        return None
    trust = LENIENT if check else UNCHECKED
    try:
        return decode_json(schema, text, trust)
    except (ApiTypeError, ApiValueError):
        raise
    except ValueError:
        pass
    try:
        return schema.accept_whole(text.decode() if isinstance(text, bytes) else text, trust)
    except InvalidValue as error:
        raise error.as_api_error() from None


def error_model(error: ApiException) -> Any:
    """The body of an answer that is no success, as the contract's model. None where it is none."""
    if error.error_model is None or not error.body:
        return None
    try:
        return decode_json(_ref(error.error_model), error.body)
    except (ValueError, TypeError, RecursionError):
        return None


@lru_cache
def _ref(model: str) -> Ref:
    return Ref(_model(model))

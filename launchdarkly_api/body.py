"""Bodies: a model on its way to JSON text, an answer's text on its way to a model."""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import lru_cache
from typing import TYPE_CHECKING, Any

from launchdarkly_api import models
from launchdarkly_api.encoding import encode_json
from launchdarkly_api.exceptions import (
    ApiException,
    ApiTypeError,
    ApiValueError,
    OpenApiException,
)
from launchdarkly_api.json_value import TOO_DEEP, to_json_value, unwrapped
from launchdarkly_api.model_utils import decode_json
from launchdarkly_api.schema import LENIENT, STRICT, UNCHECKED, InvalidValue, Ref, schema_of
from launchdarkly_api.secret import masked
from launchdarkly_api.transport.answer import MaskedAnswer, RESTResponse

if TYPE_CHECKING:
    from launchdarkly_api.endpoint import Endpoint
    from launchdarkly_api.transport.request import Request

_CHARSET = re.compile(r"charset=[\"']?([\w.:-]+)", re.IGNORECASE)


def encode_body(endpoint: Endpoint, given: Any, content_type: str, check: bool) -> str | bytes:
    """The text that a model, or a dict of the same shape, is sent as.

    What is checked is what goes out, however it was put together.
    """
    if not check and isinstance(given, (str, bytes)) and "json" not in content_type.lower():
        return given
    name, schema = str(endpoint.body_name), _ref(str(endpoint.body))
    fits = isinstance(given, (schema.model, Mapping, list, tuple))
    try:
        if check and not fits:
            raise schema.mismatch(given)
        accepted = schema.accept(unwrapped(given), STRICT if check else UNCHECKED)
    except InvalidValue as error:
        raise error.inside(name).as_api_error() from None
    except RecursionError:
        raise ApiValueError(TOO_DEEP, [name]) from None
    return encode_json(to_json_value(accepted, name))


def decode_answer(answer: RESTResponse, returns: Any, check: bool, request: Request) -> Any:
    """The answer's body as what the call returns. The body becomes text, as 13.0.0 had it."""
    if returns is None:
        return None
    schema = _ref(returns) if isinstance(returns, str) else schema_of(returns)
    trust = LENIENT if check else UNCHECKED
    charset = _CHARSET.search(answer.headers.get("Content-Type") or "")
    try:
        try:
            answer.data = answer.data.decode(charset[1] if charset else "utf-8")
        except LookupError:
            answer.data = answer.data.decode("utf-8")
        return decode_json(schema, answer.data, trust)
    except (ApiTypeError, ApiValueError) as error:
        text = masked(answer.data, answer.hidden)
        if text == answer.data:
            raise
        raise _without_echo(error, schema, text, trust).with_traceback(None) from None
    except RecursionError:
        problem = "is nested too deep"
    except UnicodeDecodeError as error:
        problem = f"is no text in {error.encoding}"
    except ValueError as error:
        problem = f"is no JSON ({error})" if answer.data else "is empty"
    unusable = ApiException(answer.status, f"The answer's body {problem}")
    shown = MaskedAnswer(answer)
    unusable.body, unusable.headers = shown.data, shown.headers
    unusable.method, unusable.url, unusable.tries = request.method, request.url, answer.tries
    raise unusable


def _without_echo(error: OpenApiException, schema: Any, shown: str, trust: Any) -> OpenApiException:
    """The same error, quoting the answer without the secrets that it sent back."""
    try:
        decode_json(schema, shown, trust)
    except (ApiTypeError, ApiValueError) as same:
        error.args = same.args
    # What it came of has frames that hold the answer.
    error.__context__ = None
    return error


def decode_text(text: str | bytes, returns: Any, check: bool) -> Any:
    """What a text holds, as a type in 13.0.0's way of writing; a text that is no JSON is itself."""
    schema = schema_of(returns)
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
    return Ref(getattr(models, model))

"""What API classes share: a client, and two ways to get more of a call than its data."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any, TypeVar, cast

from launchdarkly_api.api_client import ApiClient, guard
from launchdarkly_api.exceptions import ApiTypeError
from launchdarkly_api.response import ApiResponse

if TYPE_CHECKING:
    from typing_extensions import ParamSpec

    from launchdarkly_api.future import ApiFuture

    P = ParamSpec("P")

T = TypeVar("T")

#: Options that change what a call returns, as they are where they do not.
_SHAPE = {"async_req": False, "_preload_content": True, "_return_http_data_only": True}


class BaseApi:
    """Base of the API classes. Without a client it makes one, from the default configuration."""

    def __init__(self, api_client: ApiClient | None = None) -> None:
        self.api_client: ApiClient = ApiClient() if api_client is None else api_client

    @staticmethod
    def with_http_info(
        call: Callable[P, T], /, *args: P.args, **kwargs: P.kwargs
    ) -> ApiResponse[T]:
        """Make a call, and get its data with the answer's status and headers.

        ``api.with_http_info(api.get_experiment, "project", "environment", "experiment")``
        """
        guard(kwargs)
        options: dict[str, Any] = {**kwargs, "_return_http_data_only": True}
        refuse("with_http_info", options, "it waits for the answer, and reads it")
        options["_return_http_data_only"] = False
        answered = cast(Any, call)(*args, **options)
        if not isinstance(answered, tuple):
            raise ApiTypeError(
                "with_http_info() takes a call that returns its data, and this one returned"
                f" {type(answered).__name__}"
            )
        data, status, headers = answered
        return ApiResponse(data, status, headers)

    @staticmethod
    def submit(call: Callable[P, T], /, *args: P.args, **kwargs: P.kwargs) -> ApiFuture[T]:
        """Make a call in the background, as ``async_req=True`` does, and get its future.

        ``api.submit(api.get_experiment, "project", "environment", "experiment")``
        """
        guard(kwargs)
        options: dict[str, Any] = {**kwargs, "async_req": True}
        future: ApiFuture[T] = cast(Any, call)(*args, **options)
        return future


def refuse(call: str, options: Mapping[str, Any], reason: str) -> None:
    """``ApiTypeError`` where an option would change what a call returns."""
    for name, usual in _SHAPE.items():
        if options.get(name, usual) is not usual:
            raise ApiTypeError(f"{call}() takes no {name}={options[name]!r:.60}: {reason}", [name])

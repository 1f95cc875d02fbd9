"""The base of API classes: a client, and two ways to get more of a call than its data."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any, ParamSpec, TypeVar, cast

from launchdarkly_api._call.options import guard, refuse
from launchdarkly_api._support.attributes import known_by_class
from launchdarkly_api.api_client import ApiClient
from launchdarkly_api.exceptions import ApiTypeError
from launchdarkly_api.response import ApiResponse

if TYPE_CHECKING:
    from launchdarkly_api.future import ApiFuture
else:
    from launchdarkly_api._support.lazy import LateType

    # Most programs submit no call, and need not import threads for it.
    ApiFuture = LateType("launchdarkly_api.future", "ApiFuture")

P = ParamSpec("P")
T = TypeVar("T")


@known_by_class
class BaseApi:
    """Base of the API classes.

    Args:
        api_client: The client to make calls with; ``None`` makes one from the default
            configuration.
    """

    api_client: ApiClient

    def __init__(self, api_client: ApiClient | None = None) -> None:
        self.api_client = ApiClient() if api_client is None else api_client

    @staticmethod
    def with_http_info(
        call: Callable[P, T], /, *args: P.args, **kwargs: P.kwargs
    ) -> ApiResponse[T]:
        """Make a call, and get its data with the response's status and headers.

        ``api.with_http_info(api.get_experiment, "project", "environment", "experiment")``
        """
        guard(kwargs)
        options: dict[str, Any] = {**kwargs, "_return_http_data_only": True}
        refuse("with_http_info", options, "it waits for the response, and reads it")
        options["_return_http_data_only"] = False
        received = cast(Any, call)(*args, **options)
        if not isinstance(received, tuple):
            raise ApiTypeError(
                "with_http_info() takes a call that returns its data, and this one returned"
                f" {type(received).__name__}"
            )
        data, status, headers = cast("tuple[T, int, Mapping[str, str]]", received)
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

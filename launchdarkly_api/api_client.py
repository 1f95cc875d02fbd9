"""Makes calls: validates and encodes arguments, sends requests, decodes responses or raises."""

# Values of any type pass through here, so the types of their parts are unknown.
# pyright: reportUnknownMemberType=false, reportUnknownVariableType=false
# pyright: reportUnknownArgumentType=false

from __future__ import annotations

import sys
import warnings
from collections.abc import Iterable, Mapping, Sequence
from functools import lru_cache
from types import TracebackType
from typing import TYPE_CHECKING, Any

from launchdarkly_api._call.encoding import (
    encode_json,
    encode_query,
)
from launchdarkly_api._call.endpoint import JSON, Endpoint, Template
from launchdarkly_api._call.options import CallOptions as CallOptions
from launchdarkly_api._call.options import checked_options, guard
from launchdarkly_api._call.preparing import encode_target, prepare
from launchdarkly_api._support.absent import absent_names
from launchdarkly_api._support.attributes import known_by_class
from launchdarkly_api._support.caller import level_of_caller
from launchdarkly_api._support.distribution import DISTRIBUTION
from launchdarkly_api._support.printable import shown
from launchdarkly_api._support.scalars import whole_number
from launchdarkly_api._support.secret import HeaderDict, Secret, secret
from launchdarkly_api._support.text import checked_text, text_of
from launchdarkly_api._transport.boundary import UNDER_WAY, on_its_way_out
from launchdarkly_api._transport.content import ACCEPT_ENCODING
from launchdarkly_api._transport.headers import checked_headers, guarded_headers, merge_headers
from launchdarkly_api._transport.request import Request
from launchdarkly_api.configuration import SCHEME, Configuration, checked_host
from launchdarkly_api.exceptions import ApiException, ApiTypeError, ApiValueError
from launchdarkly_api.rest import RESTClient, RESTResponse
from launchdarkly_api.version import __version__

if TYPE_CHECKING:
    from typing_extensions import Self

    from launchdarkly_api.future import Background
else:
    # ``get_type_hints`` evaluates annotations at run time.
    Background = Self = Any
    __getattr__ = absent_names(__name__)


#: Sent unless a header of the client or of the call overrides it.
_COMPRESSED = {"Accept-Encoding": ACCEPT_ENCODING}
_COMPRESSED_JSON = {**_COMPRESSED, "Content-Type": JSON}


@known_by_class
class ApiClient:
    """Makes calls with one configuration. The API classes use it.

    A client can be shared between threads. ``close()``, or leaving the ``with`` block, ends its
    threads and closes its connections; a closed client opens new ones when it is used again.

    Pickling a client includes its configuration, and so the access token.

    Args:
        configuration: Host, access token and settings. ``None`` means a copy of the default.
        header_name: The name of a header for every call.
        header_value: The value of that header.
        cookie: The ``Cookie`` header for every call.
        pool_threads: The maximum number of calls with ``async_req=True`` that run concurrently.

    Raises:
        ApiTypeError, ApiValueError: An argument is not allowed.
    """

    configuration: Configuration
    #: The maximum number of calls with ``async_req=True`` that run concurrently.
    pool_threads: int
    #: The headers for every call.
    default_headers: dict[str, Any]
    #: The last response that any thread has read. None before the first.
    last_response: RESTResponse | None
    rest_client: RESTClient

    def __init__(
        self,
        configuration: Configuration | None = None,
        header_name: str | None = None,
        header_value: str | None = None,
        cookie: str | None = None,
        pool_threads: int = 1,
    ) -> None:
        # Masked first, because a traceback of an error below may show this frame.
        header_value, cookie = secret(header_value), secret(cookie)
        threads = whole_number(pool_threads)
        if threads is None or threads < 1:
            raise ApiValueError(f"pool_threads is {shown(pool_threads)}; give a number from 1")
        if configuration is not None and not isinstance(configuration, Configuration):
            raise ApiTypeError(
                f"configuration is a {type(configuration).__name__}; give a Configuration, such as"
                " Configuration(access_token=...)"
            )
        self.configuration = configuration or Configuration.get_default_copy()
        self.pool_threads = threads
        self.default_headers = HeaderDict()
        if header_name is not None:
            self.default_headers[header_name] = header_value
        self.cookie = cookie
        self.user_agent = f"{DISTRIBUTION}/{__version__} python/{sys.version.split()[0]}"
        self.last_response = None
        self.rest_client = RESTClient(self.configuration)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self.close()

    def close(self) -> None:
        """Wait for background calls, end their threads, and close all connections."""
        background: Background | None = vars(self).get("_background")
        if background is not None:
            background.close()
        self.rest_client.close()

    def __getstate__(self) -> dict[str, Any]:
        state = {**vars(self), "last_response": None}
        state.pop("_background", None)
        return state

    @property
    def cookie(self) -> str | None:
        """The ``Cookie`` header of every call. Its ``repr`` is masked."""
        return self._cookie

    @cookie.setter
    def cookie(self, cookie: str | None) -> None:
        cookie = secret(cookie)
        self._cookie: str | None = checked_text("ApiClient.cookie", cookie)

    @property
    def user_agent(self) -> str:
        """The ``User-Agent`` header of every call."""
        agent: str = self.default_headers["User-Agent"]
        return agent

    @user_agent.setter
    def user_agent(self, value: str) -> None:
        self.default_headers["User-Agent"] = value

    def set_default_header(self, header_name: str, header_value: str) -> None:
        """Set a header for every call.

        It overrides the call's own headers, but not the access token or the ``_headers`` option.

        Args:
            header_name: The name of the header.
            header_value: Its value.
        """
        self.default_headers[header_name] = header_value

    def call(
        self, endpoint: Endpoint, arguments: Mapping[str, Any], options: Mapping[str, Any]
    ) -> Any:
        """Validate the arguments of a call, and make it with ``call_api``.

        The methods of the API classes use this.

        Args:
            endpoint: The description of the call.
            arguments: The arguments of the call, by Python name.
            options: The options that the caller set.

        Returns:
            The result of ``call_api``.

        Raises:
            ApiTypeError, ApiValueError: An argument is not allowed, and nothing was sent; or the
                response does not match the return type.
            ApiException: The call failed.
        """
        from launchdarkly_api._call.body import response_type

        chosen = checked_options(endpoint.name, options)
        if notice := endpoint.notice:
            warnings.warn(notice, DeprecationWarning, stacklevel=level_of_caller())
        prepared = prepare(endpoint, arguments, chosen)
        winning: Mapping[str, Any] = chosen["_headers"] or {}
        if chosen["_content_type"] and endpoint.body_name:
            # The option overrides a header of the client.
            names = {text_of(name).lower() for name in self.default_headers}
            if "content-type" in names:
                winning = HeaderDict({"Content-Type": chosen["_content_type"], **winning})
        # Passed only if needed: an override written for 13.0.0 does not accept this argument.
        further = {"_headers": winning} if winning else {}
        return self.call_api(
            Template.of(endpoint),
            endpoint.method,
            prepared.path,
            prepared.query,
            prepared.headers,
            body=prepared.body,
            post_params=[],
            files={},
            response_type=response_type(endpoint),
            auth_settings=[SCHEME],
            async_req=chosen["async_req"],
            _check_type=chosen["_check_return_type"],
            _return_http_data_only=chosen["_return_http_data_only"],
            _preload_content=chosen["_preload_content"],
            _request_timeout=chosen["_request_timeout"],
            _host=self._host(endpoint.name, chosen["_host_index"]),
            _request_auths=chosen["_request_auths"],
            collection_formats={},
            **further,
        )

    def call_api(
        self,
        resource_path: str,
        method: str,
        path_params: Mapping[str, Any] | Iterable[tuple[str, Any]] | None = None,
        query_params: Mapping[str, Any] | Iterable[tuple[str, Any]] | None = None,
        header_params: Mapping[str, Any] | None = None,
        body: Any = None,
        post_params: Any = None,
        files: Any = None,
        response_type: Any = None,
        auth_settings: Sequence[str] | None = None,
        async_req: bool | None = None,
        _return_http_data_only: bool | None = None,
        collection_formats: Mapping[str, str] | None = None,
        _preload_content: bool = True,
        _request_timeout: Any = None,
        _host: str | None = None,
        _check_type: bool | None = None,
        _request_auths: Sequence[Mapping[str, Any]] | None = None,
        _headers: Mapping[str, Any] | None = None,
    ) -> Any:
        """Make any call by its path. Every call of the API classes passes through this method.

        A subclass may override it to observe, change or refuse calls. The API classes pass the
        arguments that 13.0.0 passes, and ``_headers`` if it was given to the call.

        Args:
            resource_path: The path below the host, with ``{name}`` for each path parameter.
            method: The HTTP method.
            path_params: The values of the path parameters, as a mapping or as pairs.
            query_params: The query, as a mapping or as pairs. A value of ``None`` is left out.
            header_params: The headers of the call. Headers of the client override them.
            body: A model or any JSON value. Text and bytes are sent unchanged.
            post_params: A form. No call of this API sends one.
            files: Files. No call of this API sends any.
            response_type: The type of the response's body: a model, a type or its name, such as
                ``(Experiment,)``, ``Experiment``, ``"list[Experiment]"`` or ``"object"``.
                ``None`` ignores the body.
            auth_settings: ``["ApiKey"]`` to send the access token.
            async_req: Whether to make the call in the background and return its future.
            _return_http_data_only: Whether to return the data alone, and not
                ``(data, status, headers)``.
            collection_formats: The format of lists in the path and the query, by parameter.
            _preload_content: ``False`` returns urllib3's response, unread.
            _request_timeout: Seconds, or (connect, read). ``None`` means ``Configuration.timeout``.
            _host: The base URL, instead of ``Configuration.host``.
            _check_type: ``False`` accepts the response's body without validation.
            _request_auths: Credentials for this call, instead of those of the configuration.
            _headers: Headers that override all others.

        Returns:
            ``(data, status, headers)``, unless an option above changes it.

        Raises:
            ApiTypeError, ApiValueError: An argument is not allowed, and nothing was sent; or the
                response does not match ``response_type``.
            ApiException: The response is not a success, or no usable response was received.
        """
        # Masked first, because a traceback of an error below may show this frame.
        header_params = guarded_headers(header_params or {})
        options = {"_request_auths": _request_auths, "_headers": _headers}
        if _request_auths is not None or _headers is not None:
            _request_auths = _headers = None
            guard(options)
        _host = _host and secret(_host)
        headers = checked_headers("header_params", header_params)
        host, prefix = _origin(_host or self.configuration.host)
        if post_params or files:
            raise ApiValueError("No call of this API sends a form or a file; give a body")
        target = encode_target(
            resource_path,
            path_params,
            query_params,
            collection_formats or {},
            self.configuration.safe_chars_for_path_param,
        )
        if body is not None and not isinstance(body, (str, bytes)):
            body = encode_json(self.sanitize_for_serialization(body))
        if options["_request_auths"] is None and SCHEME not in (auth_settings or ()):
            options["_request_auths"] = ()
        endpoint: Endpoint | None = getattr(resource_path, "endpoint", None)
        method = method.upper()
        request = Request(
            endpoint.name if endpoint else f"{method} {resource_path}",
            method,
            host,
            prefix + target,
            headers,
            body,
            _request_timeout,
            _preload_content,
        )

        from launchdarkly_api._call.body import decode_response, error_model, schema_for

        schema = schema_for(response_type)

        def perform() -> Any:
            handled = sys.exc_info()[1]
            before = UNDER_WAY.set(request.masker)
            try:
                self._authorize(request, options)
                response = self.rest_client.request(request)
                if not isinstance(response, RESTResponse):
                    return response
                data = decode_response(response, schema, _check_type is not False, request)
            except BaseException as error:
                on_its_way_out(error, request.masker, handled)
                if isinstance(error, ApiException):
                    error.error = error_model(error)
                    if endpoint and endpoint.withdrawn and error.status == 404:
                        error.note = endpoint.notice
                raise error
            finally:
                UNDER_WAY.reset(before)
            self.last_response = response
            if _return_http_data_only:
                return data
            return data, response.status, response.headers

        return self._in_background().submit(perform) if async_req else perform()

    def deserialize(
        self, response: Any, response_type: Any, _check_type: bool | None = True
    ) -> Any:
        """Decode a response's body as the given type.

        Args:
            response: Any object whose ``data`` is JSON text.
            response_type: As for ``call_api``.
            _check_type: ``False`` accepts the body without validation.

        Returns:
            The decoded body. None if ``response_type`` is None.

        Raises:
            ApiTypeError: The body does not match the type. The message has the path to the value.
            ApiValueError: A response cannot have this type.
        """
        from launchdarkly_api._call.body import decode_as

        return decode_as(response.data, response_type, _check_type is not False)

    @classmethod
    def sanitize_for_serialization(cls, obj: Any) -> Any:
        """Convert a model, or any other value, to a JSON value with wire names.

        Args:
            obj: The value.

        Returns:
            New dicts, lists and plain scalars.

        Raises:
            ApiValueError: JSON cannot represent a part of the value.
        """
        from launchdarkly_api.model_utils import to_json_value

        return to_json_value(obj)

    # The steps of a call.

    def _host(self, call: str, index: int | None) -> str:
        configuration = self.configuration
        if index is None:
            index = configuration.server_operation_index.get(call, configuration.server_index)
        variables = configuration.server_operation_variables.get(
            call, configuration.server_variables
        )
        return configuration.get_host_from_settings(index, variables)

    def _in_background(self) -> Background:
        from launchdarkly_api.future import Background

        # ``setdefault`` is atomic: threads that call at the same time get the same object.
        made: Background = vars(self).setdefault("_background", Background(self.pool_threads))
        return made

    def _authorize(self, request: Request, options: Mapping[str, Any]) -> None:
        """Give the request all of its headers, and the current access token."""
        in_headers, in_query = self._credentials(options["_request_auths"])
        usual = _COMPRESSED if request.body is None else _COMPRESSED_JSON
        layers: list[Mapping[str, Any]] = [usual, request.headers, self.default_headers]
        if self._cookie:
            layers.append({"Cookie": self._cookie})
        layers += in_headers
        if options["_headers"]:
            layers.append(options["_headers"])
        request.headers = merge_headers(layers)
        request.masker.learn(request.headers)
        if in_query:
            request.masker.learn({}, *(Secret(value) for _, value in in_query))
            separator = "&" if "?" in request.target else "?"
            request.target = Secret(request.target + separator + encode_query(in_query))

    def _credentials(
        self, auths: Sequence[Mapping[str, Any]] | None
    ) -> tuple[list[Mapping[str, Any]], list[tuple[str, Any]]]:
        """Return the headers and query parameters that authenticate the caller."""
        in_headers: list[Mapping[str, Any]] = []
        in_query: list[tuple[str, Any]] = []
        for auth in self.configuration.auth_settings().values() if auths is None else auths:
            name, place = text_of(auth["key"]), auth["in"]
            value: Any = secret(auth["value"])
            if value is None:
                continue
            checked_text(f"The credential {name!r:.60}", value)
            if place == "header":
                in_headers.append({name: value})
            elif place == "cookie":
                in_headers.append({"Cookie": secret(f"{name}={value}")})
            elif place == "query":
                in_query.append((name, value))
            else:
                raise ApiValueError(f"A credential goes in header, cookie or query, not {place!r}")
        return in_headers, in_query


@lru_cache(maxsize=16)
def _origin(host: str) -> tuple[str, str]:
    """Return scheme, host and port of a base URL, and the path that precedes that of each call."""
    host = checked_host(host)
    start = host.find("/", host.index("://") + 3)
    return (host, "") if start < 0 else (host[:start], host[start:])

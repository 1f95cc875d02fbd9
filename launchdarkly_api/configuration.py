"""The configuration of a client: host, credentials, TLS, timeouts, retries and logging."""

from __future__ import annotations

import copy
import logging
import os
import sys
from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, Any, ClassVar

import urllib3

from launchdarkly_api._support.absent import absent_names
from launchdarkly_api._support.attributes import known_by_class
from launchdarkly_api._support.clock import Clock
from launchdarkly_api._support.credentials import usable, why_no_token
from launchdarkly_api._support.debug_level import DEBUG_LEVEL
from launchdarkly_api._support.keywords import accepted_by, checked_keywords, refuse_unknown
from launchdarkly_api._support.secret import MASK, basic_credentials, secret
from launchdarkly_api._support.settings import (
    Event,
    Number,
    OptionalSecretTexts,
    SecretText,
    SecretTexts,
    check_keywords,
    copied_mapping,
    first_set,
    guarded_mapping,
    guarded_texts,
)
from launchdarkly_api._support.settings import Settings as Settings
from launchdarkly_api._support.text import checked_text, plain
from launchdarkly_api._transport.checking import check, lists_of_hooks
from launchdarkly_api._transport.hosts import checked_host as checked_host
from launchdarkly_api._transport.hosts import guarded_host, server_url
from launchdarkly_api._transport.timeout import DEFAULT
from launchdarkly_api.exceptions import ApiValueError
from launchdarkly_api.retry import policy_from
from launchdarkly_api.version import __version__

if TYPE_CHECKING:
    from typing_extensions import Self, Unpack
else:
    __getattr__ = absent_names(__name__)

#: The hosts of the service, in the order of ``server_index``.
SERVERS: tuple[tuple[str, str], ...] = (
    ("https://app.launchdarkly.com", "Default"),
    ("https://app.launchdarkly.us", "Federal"),
    ("https://app.eu.launchdarkly.com", "EU"),
)

#: The variables that LaunchDarkly's own tools read: the Terraform provider first, then ldcli.
TOKEN_VARIABLES = ("LAUNCHDARKLY_ACCESS_TOKEN", "LD_ACCESS_TOKEN")
HOST_VARIABLES = ("LAUNCHDARKLY_API_HOST", "LD_BASE_URI")

#: The name of the service's security scheme, which is the key in ``Configuration.api_key``.
SCHEME = "ApiKey"

#: The attributes that copies share: loggers, handlers with open files, and callables, which may be
#: bound to objects that cannot be copied.
_SHARED = frozenset(
    (
        "logger",
        "logger_file_handler",
        "logger_stream_handler",
        "event_hooks",
        "refresh_api_key_hook",
    )
)


if not TYPE_CHECKING:  # pragma: no branch
    # ``get_type_hints`` evaluates annotations at run time. Python 3.10 has neither of these types.
    Self, Unpack = Any, {Settings: Any}


@known_by_class
class Configuration:
    """The settings of a client.

    Each is a keyword of the constructor, which checks it, and an attribute that can be assigned.

    Args:
        host: The base URL, ``http`` or ``https``, with a path if a gateway needs one.
        api_key: ``{"ApiKey": token}``; the key is the name of the service's security scheme.
        api_key_prefix: ``{"ApiKey": prefix}``: text that precedes the token, and a space.
        access_token: The token, if ``api_key`` has none. It is the shorter way.
        username, password: For ``get_basic_auth_token`` alone. No call of this API uses them.
        server_index: 0 default, 1 federal, 2 EU. It takes precedence over ``host``.
        server_variables: The values for each ``{name}`` in the server's URL.
        server_operation_index, server_operation_variables: The same two, by the name of a call.
        ssl_ca_cert: The path to a file of CA certificates in PEM, instead of the system's.
        timeout: Seconds for a whole request, a (connect, read) pair of seconds, or a
            ``urllib3.Timeout``. None means the default pair.
        retries: The maximum number of retries of one call (default 3), or a ``urllib3.Retry``.
        max_retry_wait: Seconds; the maximum sum of all waits of one call. If a wait would exceed
            it, the exception is raised at once.
        respect_rate_limits: Whether to wait for the reset of a rate limit that is used up.
        max_response_bytes: The maximum size of a response in bytes, after decompression.
        proxy, no_proxy, proxy_headers: The URL of a proxy, a comma-separated list of hosts to
            reach without it, and headers for the proxy itself.
        verify_ssl, cert_file, key_file, assert_hostname, socket_options: As in urllib3.
        connection_pool_maxsize: The maximum number of idle connections kept open per host. None
            means 5 for each processor.
        event_hooks: Lists of callables, by ``request``, ``response``, ``retry``; see ``events``.
        refresh_api_key_hook: A callable that gets the configuration before each request.
        debug: Whether to log requests and responses, with secrets masked.
        logger_file, logger_format: The path of a file for the log, and the format of its lines.
        safe_chars_for_path_param: The characters that path parameters keep unquoted.
        discard_unknown_keys, client_side_validation, temp_folder_path: Accepted, and not used.
        disabled_client_side_validations: Likewise.

    Raises:
        ApiTypeError: A setting has the wrong type, or does not exist.
        ApiValueError: The value of a setting is not allowed.

    Pickling a configuration includes the access token, since a worker process needs it.
    """

    _default: ClassVar[Configuration | None] = None

    api_key: SecretTexts = SecretTexts("The access token, by security scheme.", "{'ApiKey': token}")
    api_key_prefix: SecretTexts = SecretTexts(
        "The text that precedes the token.", "{'ApiKey': prefix}"
    )
    access_token: SecretText = SecretText("The access token, if ``api_key`` has none.")
    username: SecretText = SecretText("The user for ``get_basic_auth_token``. It may be a token.")
    password: SecretText = SecretText("The password for ``get_basic_auth_token``.")
    proxy: SecretText = SecretText("The proxy's URL, with user and password if it needs them.")
    proxy_headers: OptionalSecretTexts = OptionalSecretTexts(
        "The headers for the proxy itself.", "{name: value}"
    )

    server_index: int | None
    server_variables: dict[str, str]
    server_operation_index: dict[str, int]
    server_operation_variables: dict[str, Mapping[str, str]]
    refresh_api_key_hook: Callable[[Configuration], Any] | None
    discard_unknown_keys: bool
    client_side_validation: bool
    temp_folder_path: str | None
    verify_ssl: bool
    ssl_ca_cert: str | None
    cert_file: str | None
    key_file: str | None
    assert_hostname: bool | str | None
    socket_options: Sequence[tuple[int, int, int | bytes]] | None
    connection_pool_maxsize: int | None
    no_proxy: str | None
    safe_chars_for_path_param: str
    timeout: Number | tuple[Number, Number] | urllib3.Timeout | None
    retries: int | urllib3.Retry | None
    max_retry_wait: Number
    respect_rate_limits: bool
    max_response_bytes: int
    event_hooks: dict[Event, list[Callable[[Any], Any]]]
    logger: dict[str, logging.Logger]
    logger_formatter: logging.Formatter
    logger_stream_handler: logging.Handler | None
    logger_file_handler: logging.Handler | None

    @checked_keywords("Configuration")
    def __init__(
        self,
        host: str | None = None,
        api_key: Mapping[str, str] | None = None,
        api_key_prefix: Mapping[str, str] | None = None,
        access_token: str | None = None,
        username: str | None = None,
        password: str | None = None,
        discard_unknown_keys: bool = False,
        disabled_client_side_validations: str = "",
        server_index: int | None = None,
        server_variables: Mapping[str, str] | None = None,
        server_operation_index: Mapping[str, int] | None = None,
        server_operation_variables: Mapping[str, Mapping[str, str]] | None = None,
        ssl_ca_cert: str | None = None,
        *,
        timeout: Number | tuple[Number, Number] | urllib3.Timeout | None = DEFAULT[:2],
        retries: int | urllib3.Retry | None = None,
        max_retry_wait: Number = 60.0,
        respect_rate_limits: bool = True,
        max_response_bytes: int = 64 * 2**20,
        proxy: str | None = None,
        no_proxy: str | None = None,
        proxy_headers: Mapping[str, str] | None = None,
        verify_ssl: bool = True,
        cert_file: str | None = None,
        key_file: str | None = None,
        assert_hostname: bool | str | None = None,
        socket_options: Sequence[tuple[int, int, int | bytes]] | None = None,
        connection_pool_maxsize: int | None = None,
        event_hooks: Mapping[Event, Sequence[Callable[[Any], Any]]] | None = None,
        refresh_api_key_hook: Callable[[Any], Any] | None = None,
        debug: bool = False,
        logger_file: str | None = None,
        logger_format: str = "%(asctime)s %(levelname)s %(message)s",
        safe_chars_for_path_param: str = "",
        client_side_validation: bool = True,
        temp_folder_path: str | None = None,
    ) -> None:
        # Masked first, because a traceback of an error below may show this frame.
        proxy = secret(proxy)
        proxy_headers = None if proxy_headers is None else guarded_texts(proxy_headers)
        api_key, api_key_prefix = guarded_texts(api_key), guarded_texts(api_key_prefix)
        access_token, username, password = secret(access_token), secret(username), secret(password)
        disabled_client_side_validations = secret(disabled_client_side_validations) or ""
        host = guarded_host(host)
        server_variables = guarded_mapping(server_variables)
        server_operation_index = guarded_mapping(server_operation_index)
        server_operation_variables = guarded_mapping(server_operation_variables)
        self.server_index = 0 if server_index is None and host is None else server_index
        self.server_variables = copied_mapping("server_variables", server_variables)
        self.server_operation_index = copied_mapping(
            "server_operation_index", server_operation_index
        )
        self.server_operation_variables = copied_mapping(
            "server_operation_variables", server_operation_variables
        )
        self._base_path = SERVERS[0][0] if host is None else checked_host(host)
        self.api_key = api_key
        self.api_key_prefix = api_key_prefix
        self.access_token = access_token
        self.username = username
        self.password = password
        self.refresh_api_key_hook = refresh_api_key_hook
        self.discard_unknown_keys = discard_unknown_keys
        self.disabled_client_side_validations = disabled_client_side_validations
        self.client_side_validation = client_side_validation
        self.temp_folder_path = temp_folder_path
        self.verify_ssl = verify_ssl
        self.ssl_ca_cert = ssl_ca_cert
        self.cert_file = cert_file
        self.key_file = key_file
        self.assert_hostname = assert_hostname
        self.socket_options = socket_options
        size = connection_pool_maxsize
        self.connection_pool_maxsize = (os.cpu_count() or 1) * 5 if size is None else size
        self.proxy = proxy
        self.no_proxy = no_proxy
        self.proxy_headers = proxy_headers
        self.safe_chars_for_path_param = safe_chars_for_path_param
        self.timeout = timeout
        self.retries = retries
        self.max_retry_wait = max_retry_wait
        self.respect_rate_limits = respect_rate_limits
        self.max_response_bytes = max_response_bytes
        self.event_hooks = lists_of_hooks(event_hooks)
        self.logger = {
            "package_logger": logging.getLogger("launchdarkly_api"),
            "urllib3_logger": logging.getLogger("urllib3"),
        }
        self.logger_format = logger_format
        self.logger_stream_handler = None
        self.logger_file_handler = None
        self._logger_file: str | None = None
        self._debug = False
        # These two change the logging of the process, and a refused setting must not.
        check(self)
        policy_from(retries, Clock())
        self.logger_file = logger_file
        self.debug = debug

    @classmethod
    def from_env(cls, **settings: Unpack[Settings]) -> Self:
        """Create a configuration from environment variables.

        The token is read from ``LAUNCHDARKLY_ACCESS_TOKEN`` or ``LD_ACCESS_TOKEN``. The host is
        read from ``LAUNCHDARKLY_API_HOST`` or ``LD_BASE_URI``; without them, it is the default.

        Args:
            **settings: Arguments of the constructor. They override the environment; a token or a
                host of None does not.

        Returns:
            The configuration.

        Raises:
            ApiTypeError: A setting has the wrong type, or does not exist.
            ApiValueError: The token is missing and no ``refresh_api_key_hook`` supplies it, or the
                value of a setting is not allowed.
        """
        given: Any = settings
        try:
            if unknown := [name for name in given if name not in Settings.__annotations__]:
                refuse_unknown("from_env", unknown, accepted_by(cls))
            if settings.get("host") is None and settings.get("server_index") is None:
                host = guarded_host(first_set(HOST_VARIABLES))
                if host:
                    settings["host"] = host if "://" in host else f"https://{host}"
            configuration = cls(**settings)
        finally:
            # A traceback may show this frame, and a misspelt argument may hold a token.
            given.clear()
        token = secret(first_set(TOKEN_VARIABLES))
        if token and not configuration._has_token():
            configuration.api_key[SCHEME] = token
        if not configuration._has_token() and configuration.refresh_api_key_hook is None:
            why = why_no_token(configuration.api_key, configuration.access_token, SCHEME)
            raise ApiValueError(
                f"No access token found: set the environment variable {TOKEN_VARIABLES[0]}"
                f" (or {TOKEN_VARIABLES[1]})" + (f"; {why}" if why else "")
            )
        return configuration

    # Credentials.

    def token(self) -> str | None:
        """Return the access token, after a call of ``refresh_api_key_hook`` if it is set."""
        if self.refresh_api_key_hook is not None:
            self.refresh_api_key_hook(self)
        token = self.api_key.get(SCHEME)
        checked: str | None = checked_text(f"Configuration.api_key['{SCHEME}']", token)
        return next((each for each in (checked, self.access_token) if usable(each)), None)

    def _has_token(self) -> bool:
        return usable(self.api_key.get(SCHEME)) or usable(self.access_token)

    def get_api_key_with_prefix(self, identifier: str, alias: str | None = None) -> str | None:
        """Return the API key of this name, or of its alias, with its prefix. None if not set."""
        identifier = plain(identifier)
        key = self.token()
        if identifier != SCHEME:
            key = self.api_key.get(identifier) or (self.api_key.get(alias) if alias else None)
            key = checked_text(f"Configuration.api_key[{identifier!r}]", key)
        prefix = self.api_key_prefix.get(identifier)
        if prefix is None:
            return secret(key)
        prefix = checked_text(f"Configuration.api_key_prefix[{identifier!r}]", prefix)
        return secret(f"{prefix} {key}" if key and prefix else key)

    def get_basic_auth_token(self) -> str | None:
        """Return ``username`` and ``password`` as the value of an ``Authorization`` header."""
        return basic_credentials(self.username or "", self.password or "")

    def auth_settings(self) -> dict[str, dict[str, Any]]:
        """Return the header that authenticates requests, by security scheme.

        Raises:
            ApiTypeError: The access token is not text.
            ApiValueError: The token is empty, or its key in ``api_key`` is not ``"ApiKey"``.
        """
        value = self.get_api_key_with_prefix(SCHEME)
        why = None if value else why_no_token(self.api_key, self.access_token, SCHEME)
        if why:
            raise ApiValueError(f"The access token is missing: {why}")
        if value is None:
            return {}
        return {SCHEME: {"type": "api_key", "in": "header", "key": "Authorization", "value": value}}

    # Hosts.

    @property
    def host(self) -> str:
        """The base URL of requests."""
        return self.get_host_from_settings(self.server_index, self.server_variables)

    @host.setter
    def host(self, value: str) -> None:
        value = guarded_host(value)
        self._base_path = checked_host(value)
        self.server_index = None

    def get_host_settings(self) -> list[dict[str, Any]]:
        """Return the hosts of the service: default, federal, EU."""
        return [{"url": url, "description": description} for url, description in SERVERS]

    def get_host_from_settings(
        self,
        index: int | None,
        variables: Mapping[str, str] | None = None,
        servers: Sequence[Mapping[str, Any]] | None = None,
    ) -> str:
        """Return the base URL of a server.

        Args:
            index: The index of the server in ``servers``, or None for the ``host`` that was set.
            variables: Values for each ``{name}`` in the server's URL.
            servers: Servers in the form of ``get_host_settings``, which is also the default.

        Returns:
            The base URL.

        Raises:
            ApiTypeError: The index is not an integer.
            ApiValueError: The index is out of range, the value of a variable is not allowed, or
                requests cannot be built on the URL.
        """
        if index is None:
            return self._base_path
        return server_url(
            self.get_host_settings() if servers is None else servers, index, variables
        )

    # Validation and logging.

    @property
    def disabled_client_side_validations(self) -> str:
        """A comma-separated list of JSON schema keywords. None of them applies to this API."""
        return self._disabled_validations

    @disabled_client_side_validations.setter
    def disabled_client_side_validations(self, names: str) -> None:
        names = secret(names) or ""
        names = checked_text("Configuration.disabled_client_side_validations", names)
        check_keywords(names)
        self._disabled_validations = plain(names)

    @property
    def debug(self) -> bool:
        """Whether the logger ``launchdarkly_api`` logs requests and responses, with secrets masked.

        While it is on for any configuration, the level of that logger is DEBUG. Afterwards the
        previous level is restored. Other loggers are not changed, and nothing is printed.
        """
        return self._debug

    @debug.setter
    def debug(self, on: bool) -> None:
        self._debug = bool(on)
        DEBUG_LEVEL.wanted(self, self._debug)

    @property
    def logger_format(self) -> str:
        """The format of the lines in ``logger_file``."""
        return self._logger_format

    @logger_format.setter
    def logger_format(self, text: str) -> None:
        self._logger_format = text
        self.logger_formatter: logging.Formatter = logging.Formatter(text)

    @property
    def logger_file(self) -> str | None:
        """The path of a file to which the messages of this library are logged, or None."""
        return self._logger_file

    @logger_file.setter
    def logger_file(self, path: str | None) -> None:
        package_logger = self.logger["package_logger"]
        if self.logger_file_handler is not None:
            package_logger.removeHandler(self.logger_file_handler)
            self.logger_file_handler.close()
            self.logger_file_handler = None
        self._logger_file = path
        if path:
            self.logger_file_handler = logging.FileHandler(path)
            self.logger_file_handler.setFormatter(self.logger_formatter)
            package_logger.addHandler(self.logger_file_handler)

    def to_debug_report(self) -> str:
        """Return a description of the environment for a bug report, without secrets."""
        return (
            "Python SDK Debug Report:\n"
            f"OS: {sys.platform}\n"
            f"Python Version: {sys.version}\n"
            "Version of the API: 2.0\n"
            f"SDK Package Version: {__version__}"
        )

    # Copies.

    @classmethod
    def set_default(cls, default: Configuration | None) -> None:
        """Set a copy as the default for clients without a configuration. None removes it."""
        Configuration._default = copy.deepcopy(default)

    @classmethod
    def get_default_copy(cls) -> Configuration:
        """Return a copy of the default configuration, or a new one if no default was set."""
        default = Configuration._default
        return Configuration() if default is None else copy.deepcopy(default)

    def __deepcopy__(self, memo: dict[int, Any]) -> Configuration:
        duplicate = type(self).__new__(type(self))
        memo[id(self)] = duplicate
        for name, value in vars(self).items():
            vars(duplicate)[name] = value if name in _SHARED else copy.deepcopy(value, memo)
        # The copy has its own lists, but the hooks in them are shared.
        duplicate.event_hooks = {name: list(hooks) for name, hooks in self.event_hooks.items()}
        duplicate.debug = self._debug
        return duplicate

    def __getstate__(self) -> dict[str, Any]:
        handlers = {"logger_file_handler": None, "logger_stream_handler": None}
        return {**vars(self), **handlers, "_logger_file": None}

    def __setstate__(self, state: dict[str, Any]) -> None:
        vars(self).update(state)
        self.debug = self._debug

    def __repr__(self) -> str:
        if not hasattr(self, "_access_token"):
            # A traceback may show the object while its constructor refuses an argument.
            return f"<{type(self).__name__}, not complete>"
        authenticated = MASK if self._has_token() else None
        return f"<{type(self).__name__} host={self.host!r} access_token={authenticated!r}>"

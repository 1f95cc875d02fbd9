"""Errors of urllib3: their cause, whether a retry can help, and whether anything was sent."""

from __future__ import annotations

import builtins
import re
import ssl
from http.client import HTTPException, IncompleteRead, RemoteDisconnected
from typing import NamedTuple

from urllib3.exceptions import (
    ConnectTimeoutError,
    DecodeError,
    InvalidChunkLength,
    InvalidHeader,
    LocationValueError,
    MaxRetryError,
    NameResolutionError,
    NewConnectionError,
    ProtocolError,
    ProxyError,
    SSLError,
)
from urllib3.exceptions import TimeoutError as HTTPTimeoutError
from urllib3.util.ssl_match_hostname import CertificateError

from launchdarkly_api._support.printable import printable
from launchdarkly_api._transport.boundary import related
from launchdarkly_api._transport.content import UnknownCoding
from launchdarkly_api._transport.platform import in_browser

#: A proxy that refuses with one of these statuses may accept a later attempt.
_PASSING_REFUSALS = frozenset((429, 500, 502, 503, 504))
_TUNNEL_REFUSED = re.compile(r"Tunnel connection failed: ([0-9]{3})")
#: OpenSSL's reasons, apart from alerts, for failures that another attempt would meet too.
_LASTING_TLS = frozenset(
    ("WRONG_VERSION_NUMBER", "UNSUPPORTED_PROTOCOL", "HTTP_REQUEST", "NO_PROTOCOLS_AVAILABLE")
)
#: OpenSSL's verification errors: an unknown CA, another name, a certificate not valid at this time.
_UNKNOWN_CA = frozenset((2, 18, 19, 20, 21))
_OTHER_NAME = frozenset((62, 63, 64))
_OTHER_TIME = frozenset((9, 10))
_MAX_LENGTH = 300


class NotSent(ConnectTimeoutError):
    """The request was never sent, so the service cannot have acted on it.

    A retry policy receives it in place of the original error: urllib3 counts every
    ``ConnectTimeoutError`` as an error in connecting.
    """


class Description(NamedTuple):
    """A description of a failure and, if one is known, a remedy."""

    cause: str
    remedy: str = ""
    #: Whether a timeout caused the failure.
    is_timeout: bool = False


def describe(error: BaseException) -> Description:
    """Describe an error of the transport in a few words."""
    if isinstance(error, MaxRetryError) and error.reason is not None:
        return describe(error.reason)
    if isinstance(error, ProxyError):
        return _of_proxy(error.original_error)
    if isinstance(error, SSLError):
        return _of_tls(error)
    if isinstance(error, NameResolutionError):
        return Description("the host's name could not be resolved", "see Configuration.host")
    if isinstance(error, NewConnectionError):
        return Description(f"could not connect: {_innermost(error)}")
    if isinstance(error, ConnectTimeoutError):
        return Description("timed out while connecting", "see Configuration.timeout", True)
    if isinstance(error, (HTTPTimeoutError, builtins.TimeoutError)):
        return Description("timed out waiting for the response", "see Configuration.timeout", True)
    if isinstance(error, DecodeError):
        return Description(str(error.args[0]))
    if isinstance(error, LocationValueError):
        return Description(f"the address is not a URL: {_shown(error)}", "see Configuration.host")
    return _of_connection(error)


def _of_connection(error: BaseException) -> Description:
    if in_browser():
        return Description(
            f"the request failed in the browser: {_innermost(error)}", "see its console"
        )
    causes = list(related(error))
    for cause in causes:
        if isinstance(cause, builtins.TimeoutError):
            return Description(
                "timed out while sending the request", "see Configuration.timeout", True
            )
        if isinstance(cause, IncompleteRead) and not isinstance(cause, InvalidChunkLength):
            return Description("the response was cut off")
    strange = (HTTPException, InvalidHeader)
    odd = [c for c in causes if isinstance(c, strange) and not isinstance(c, RemoteDisconnected)]
    if odd:
        return Description(f"the response is not HTTP: {_shown(odd[-1])}")
    if isinstance(error, (ProtocolError, OSError)):
        return Description(f"the connection was lost: {_innermost(error)}")
    return Description(f"{type(error).__name__}: {_shown(error)}")


def _of_proxy(error: BaseException) -> Description:
    refused = _TUNNEL_REFUSED.search(str(error))
    if refused and refused[1] == "407":
        return Description(
            "the proxy asks for a user and a password (407)", "put them into Configuration.proxy"
        )
    if refused:
        return Description(f"the proxy responded with {refused[1]}", "see Configuration.proxy")
    inner = describe(error)
    return Description(
        f"the proxy failed: {inner.cause}", "see Configuration.proxy", inner.is_timeout
    )


def _of_tls(error: BaseException) -> Description:
    for cause in related(error):
        if isinstance(cause, ssl.SSLCertVerificationError):
            return Description(
                f"the certificate was refused: {cause.verify_message}",
                _remedy_for_certificate(cause.verify_code),
            )
        if isinstance(cause, CertificateError):
            return Description(
                f"the certificate was refused: {_shown(cause)}", "see Configuration.assert_hostname"
            )
        reason = cause.reason if isinstance(cause, ssl.SSLError) else None
        if reason == "WRONG_VERSION_NUMBER":
            return Description("TLS failed: the server does not use TLS", "see Configuration.host")
        if reason and "CERTIFICATE_REQUIRED" in reason:
            return Description(
                "TLS failed: the server asks for a client certificate",
                "set Configuration.cert_file and key_file",
            )
    return Description(f"TLS failed: {_innermost(error)}")


def _remedy_for_certificate(code: int) -> str:
    if code in _UNKNOWN_CA:
        return "set Configuration.ssl_ca_cert to a file with the CA that signed it"
    if code in _OTHER_NAME:
        return "see Configuration.host, or set Configuration.assert_hostname to the name in it"
    if code in _OTHER_TIME:
        return "check this computer's clock"
    return ""


def is_before_sending(error: BaseException) -> bool:
    """Whether the class of an error shows that no connection was made, so nothing was sent."""
    if isinstance(error, MaxRetryError) and error.reason is not None:
        return is_before_sending(error.reason)
    if isinstance(error, ProxyError):
        return is_before_sending(error.original_error)
    return isinstance(error, ConnectTimeoutError)


def is_lasting(error: BaseException) -> bool:
    """Whether another attempt would end in the same error."""
    if isinstance(error, (LocationValueError, UnknownCoding)):
        return True
    refused = _TUNNEL_REFUSED.search(str(error)) if isinstance(error, ProxyError) else None
    if refused:
        return int(refused[1]) not in _PASSING_REFUSALS
    return any(_is_lasting_in_tls(cause) for cause in related(error))


def _is_lasting_in_tls(error: BaseException) -> bool:
    if isinstance(error, (ssl.SSLCertVerificationError, CertificateError)):
        return True
    reason = error.reason if isinstance(error, ssl.SSLError) else None
    return bool(reason) and (reason in _LASTING_TLS or "ALERT" in str(reason))


def _innermost(error: BaseException) -> str:
    """The text of the error that came first: the transport wraps errors in other errors."""
    *_, first = related(error)
    return _shown(first)


def _shown(error: BaseException) -> str:
    return printable(str(getattr(error, "strerror", None) or error))[:_MAX_LENGTH]

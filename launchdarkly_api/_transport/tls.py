"""TLS: the CAs to trust, and the client certificate to present."""

from __future__ import annotations

import ssl

from urllib3.util.ssl_ import create_urllib3_context

from launchdarkly_api._transport.settings import TransportSettings
from launchdarkly_api.exceptions import ApiValueError


def service_context(configuration: TransportSettings) -> ssl.SSLContext:
    """Create the TLS settings that connections to the service share: creating them is slow.

    Raises:
        ApiValueError: A file that is named in the configuration cannot be used.
    """
    context = proxy_context(configuration)
    if configuration.assert_hostname is not None:
        # urllib3 then compares the names itself. If ``assert_hostname`` is false, nothing does.
        context.check_hostname = False
    cert_file, key_file = configuration.cert_file, configuration.key_file
    if cert_file:
        try:
            # Without a password here, OpenSSL might ask for one on the terminal.
            context.load_cert_chain(cert_file, key_file, password="")
        except OSError as error:
            raise ApiValueError(
                f"Configuration.cert_file and key_file are {cert_file!r} and {key_file!r}:"
                f" {_why(error)}; give a certificate in PEM and its key, not encrypted"
            ) from None
    return context


def proxy_context(configuration: TransportSettings) -> ssl.SSLContext:
    """Create the TLS settings for connections to a proxy, without the client certificate.

    Raises:
        ApiValueError: The file with CA certificates cannot be used.
    """
    if not configuration.verify_ssl:
        return create_urllib3_context(cert_reqs=ssl.CERT_NONE)
    context = create_urllib3_context(cert_reqs=ssl.CERT_REQUIRED)
    ca_cert = configuration.ssl_ca_cert
    if not ca_cert:
        context.load_default_certs()
        return context
    try:
        context.load_verify_locations(ca_cert)
    except OSError as error:
        raise ApiValueError(
            f"Configuration.ssl_ca_cert is {ca_cert!r}: {_why(error)};"
            " give a file with CA certificates in PEM"
        ) from None
    return context


def _why(error: OSError) -> str:
    if isinstance(error, ssl.SSLError):
        return f"it contains no usable certificate ({error.reason or error})"
    return error.strerror or str(error)

"""TLS against real servers, with certificates that the tests issue."""

from __future__ import annotations

import gc
import pickle
import ssl
import warnings
from pathlib import Path
from typing import Any

import pytest
import urllib3.exceptions

from launchdarkly_api.exceptions import ApiConnectionException, ApiValueError
from test.fault_server import FaultServer, answer
from test.resilience.certificates import Authority, Pair
from test.resilience.tools import TOKEN, Caller


@pytest.fixture
def server(authority: Authority) -> Any:
    pair = authority.issue("127.0.0.1")
    with FaultServer(context=authority.server_context(pair)) as running:
        yield running


def test_the_configured_ca_is_trusted(server: FaultServer, authority: Authority) -> None:
    with Caller(server.url, ssl_ca_cert=str(authority.path)) as caller:
        for _ in range(3):
            caller.call()
        assert server.connections == 1
        assert server.requests[0].header("Authorization") == TOKEN


def test_the_ca_may_be_given_to_the_constructor(server: FaultServer, authority: Authority) -> None:
    from launchdarkly_api import ApiClient, Configuration
    from launchdarkly_api.apis import ExperimentsBetaApi

    configuration = Configuration(host=server.url, ssl_ca_cert=str(authority.path))
    with ApiClient(configuration) as client:
        ExperimentsBetaApi(client).get_experiment("p", "e", "x")


def test_the_systems_cas_alone_are_trusted_by_default(
    server: FaultServer, authority: Authority, monkeypatch: pytest.MonkeyPatch
) -> None:
    """They are trusted if no CA is configured."""
    with Caller(server.url) as caller, pytest.raises(ApiConnectionException):
        caller.call()
    # OpenSSL reads the system's CAs from this file.
    monkeypatch.setenv("SSL_CERT_FILE", str(authority.path))
    with Caller(server.url) as caller:
        caller.call()


@pytest.mark.parametrize("method", ["GET", "POST"])
def test_nothing_is_sent_if_the_certificate_is_refused(server: FaultServer, method: str) -> None:
    with Caller(server.url) as caller:
        with pytest.raises(ApiConnectionException) as raised:
            caller.call(method)
        assert server.connections == 1
        assert server.requests == []
        assert caller.sleeps == []
    assert isinstance(raised.value.__cause__, urllib3.exceptions.SSLError)
    assert isinstance(raised.value.__cause__.args[0], ssl.SSLCertVerificationError)
    assert "set Configuration.ssl_ca_cert to a file with the CA" in str(raised.value)
    assert pickle.loads(pickle.dumps(raised.value)).status == 0


def test_a_call_without_verification_succeeds_with_a_warning(server: FaultServer) -> None:
    with (
        Caller(server.url, verify_ssl=False) as caller,
        pytest.warns(urllib3.exceptions.InsecureRequestWarning),
    ):
        caller.call()
    assert len(server.requests) == 1


@pytest.mark.parametrize(
    ("asserted", "hosts", "works"),
    [
        (None, ["127.0.0.1"], True),
        (None, ["service.test"], False),
        ("service.test", ["service.test"], True),
        ("service.test", ["127.0.0.1"], False),
        (False, ["service.test"], True),
    ],
)
def test_the_certificate_must_name_the_host_or_the_asserted_one(
    authority: Authority, asserted: Any, hosts: list[str], works: bool
) -> None:
    context = authority.server_context(authority.issue(*hosts))
    settings: dict[str, Any] = {"ssl_ca_cert": str(authority.path), "assert_hostname": asserted}
    with FaultServer(context=context) as server, Caller(server.url, **settings) as caller:
        if works:
            caller.call()
            return
        with pytest.raises(ApiConnectionException) as raised:
            caller.call()
        assert "Configuration.assert_hostname" in str(raised.value)
        assert server.requests == []
        assert caller.sleeps == []


def test_the_ca_is_checked_even_if_the_name_is_not(server: FaultServer) -> None:
    with Caller(server.url, assert_hostname=False) as caller:
        with pytest.raises(ApiConnectionException) as raised:
            caller.call()
        assert "ssl_ca_cert" in str(raised.value)


class TestClientCertificate:
    def test_a_client_certificate_is_sent(self, authority: Authority) -> None:
        context = authority.server_context(authority.issue("127.0.0.1"), clients=authority)
        mine = authority.issue(name="client")
        settings: dict[str, Any] = {
            "ssl_ca_cert": str(authority.path),
            "cert_file": str(mine.certificate),
            "key_file": str(mine.key),
        }
        with FaultServer(context=context) as server, Caller(server.url, **settings) as caller:
            caller.call("POST")
            assert len(server.requests) == 1

    def test_a_client_certificate_and_its_key_may_share_a_file(
        self, authority: Authority, tmp_path: Path
    ) -> None:
        context = authority.server_context(authority.issue("127.0.0.1"), clients=authority)
        mine = authority.issue(name="client")
        both = tmp_path / "both.pem"
        both.write_bytes(mine.key.read_bytes() + mine.certificate.read_bytes())
        settings: dict[str, Any] = {"ssl_ca_cert": str(authority.path), "cert_file": str(both)}
        with FaultServer(context=context) as server, Caller(server.url, **settings) as caller:
            caller.call()

    def test_a_client_certificate_of_another_ca_fails_once(
        self, authority: Authority, tmp_path: Path
    ) -> None:
        context = authority.server_context(authority.issue("127.0.0.1"), clients=authority)
        mine = Authority(tmp_path, "Other").issue(name="client")
        settings: dict[str, Any] = {
            "ssl_ca_cert": str(authority.path),
            "cert_file": str(mine.certificate),
            "key_file": str(mine.key),
        }
        with FaultServer(context=context) as server, Caller(server.url, **settings) as caller:
            with pytest.raises(ApiConnectionException) as raised:
                caller.call()
            assert "TLS failed" in str(raised.value)
            assert server.requests == []
            assert caller.sleeps == []


class TestFilesOfNoUse:
    """Each file is refused by name, before anything is sent."""

    def refused(self, **settings: Any) -> str:
        with FaultServer() as server:
            caller = Caller(server.url.replace("http:", "https:"), **settings)
            with pytest.raises(ApiValueError) as raised:
                caller.call()
            assert server.connections == 0
        return str(raised.value)

    def test_a_ca_file_that_does_not_exist_is_refused(self, tmp_path: Path) -> None:
        path = str(tmp_path / "none.pem")
        said = self.refused(ssl_ca_cert=path)
        assert f"Configuration.ssl_ca_cert is {path!r}: No such file or directory" in said
        assert "give a file with CA certificates in PEM" in said

    def test_a_ca_file_without_a_certificate_is_refused(self, tmp_path: Path) -> None:
        path = tmp_path / "text.pem"
        path.write_text("no certificate")
        assert "it contains no usable certificate" in self.refused(ssl_ca_cert=str(path))

    def test_a_folder_as_ca_file_is_refused(self, tmp_path: Path) -> None:
        assert "Configuration.ssl_ca_cert is" in self.refused(ssl_ca_cert=str(tmp_path))

    def test_a_client_certificate_that_does_not_exist_is_refused(self, tmp_path: Path) -> None:
        said = self.refused(cert_file=str(tmp_path / "none.pem"))
        assert "Configuration.cert_file and key_file are" in said
        assert "No such file" in said

    def test_a_key_of_another_certificate_is_refused(self, authority: Authority) -> None:
        one, other = authority.issue(name="one"), authority.issue(name="other")
        said = self.refused(cert_file=str(one.certificate), key_file=str(other.key))
        assert "KEY_VALUES_MISMATCH" in said

    def test_an_encrypted_key_is_refused_without_a_prompt(self, authority: Authority) -> None:
        pair: Pair = authority.issue(name="secret", password="secret-0123")
        said = self.refused(cert_file=str(pair.certificate), key_file=str(pair.key))
        assert "not encrypted" in said


def test_the_ca_file_is_read_once_for_all_connections(
    server: FaultServer, authority: Authority, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Reading it takes long."""
    read = []
    load = ssl.SSLContext.load_verify_locations

    def counting(self: ssl.SSLContext, *arguments: Any, **named: Any) -> None:
        read.append(arguments)
        load(self, *arguments, **named)

    monkeypatch.setattr(ssl.SSLContext, "load_verify_locations", counting)
    server.script(*[answer(keep=False)] * 4)
    with Caller(server.url, ssl_ca_cert=str(authority.path)) as caller:
        for _ in range(4):
            caller.call("PUT")
        assert server.connections == 4
    assert len(read) == 1


def test_a_forgotten_client_leaves_no_open_socket(
    server: FaultServer, authority: Authority
) -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        caller = Caller(server.url, ssl_ca_cert=str(authority.path))
        caller.call()
        del caller
        gc.collect()


def test_tls_older_than_1_2_is_refused(authority: Authority) -> None:
    context = authority.server_context(authority.issue("127.0.0.1"))
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)
        context.minimum_version = ssl.TLSVersion.TLSv1
        context.maximum_version = ssl.TLSVersion.TLSv1_1
    context.set_ciphers("DEFAULT:@SECLEVEL=0")
    settings: dict[str, Any] = {"ssl_ca_cert": str(authority.path)}
    with FaultServer(context=context) as server, Caller(server.url, **settings) as caller:
        with pytest.raises(ApiConnectionException) as raised:
            caller.call()
        assert "TLS failed" in str(raised.value)
        assert caller.sleeps == []
        assert server.requests == []

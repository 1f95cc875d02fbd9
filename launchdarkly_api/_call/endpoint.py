"""Endpoints: immutable descriptions of calls, which API methods pass to the client."""

from __future__ import annotations

from typing import Any, NamedTuple

#: The header that the service requires for this API, because it is in beta.
BETA = ("LD-API-Version", "beta")
JSON = "application/json"
#: The media type with which the service treats a PATCH body as a semantic patch.
SEMANTIC_PATCH = f"{JSON}; domain-model=launchdarkly.semanticpatch"


class Parameter(NamedTuple):
    """A path or query parameter: its Python name, its wire name, and its type.

    A parameter of type ``datetime`` is sent in epoch milliseconds. A parameter of type ``dict`` is
    a list of ``field:value``.
    """

    name: str
    wire: str
    type: Any = str


class Endpoint(NamedTuple):
    """A call of the service.

    ``body`` and ``returns`` are names of models; ``body_name`` is the argument for the body.
    ``success`` is the status of a successful response, and ``errors`` are the error statuses, both
    from the contract.
    """

    name: str
    method: str
    path: str
    path_parameters: tuple[Parameter, ...]
    errors: tuple[int, ...]
    returns: str | None = None
    query_parameters: tuple[Parameter, ...] = ()
    body_name: str | None = None
    body: str | None = None
    content_type: str = JSON
    success: int = 200
    #: Statuses that are not in the contract, but that the service has been observed to return.
    observed: tuple[int, ...] = ()
    #: Whether the service deprecates the call.
    deprecated: bool = False
    #: Whether the service has removed the call from its public API since the contract was written.
    withdrawn: bool = False
    #: The replacement of a call that is deprecated or withdrawn.
    instead: str = ""

    @property
    def notice(self) -> str | None:
        """The sentence about a call that is deprecated or withdrawn, or None."""
        if self.withdrawn:
            return f"{self.name} is withdrawn by the service; use {self.instead}"
        if self.deprecated:
            return f"{self.name} is deprecated by the service; use {self.instead}"
        return None


class Template(str):
    """The path of an endpoint as ``ApiClient.call_api`` receives it, with a reference to it.

    13.0.0 passes plain text, and so may a program. The call is then named by its method and path.
    """

    endpoint: Endpoint

    @classmethod
    def of(cls, endpoint: Endpoint) -> Template:
        template = cls(endpoint.path)
        template.endpoint = endpoint
        return template

"""What a call is: an immutable description that a method hands to the client."""

from __future__ import annotations

from typing import Any, NamedTuple

#: What every call of this API needs to be let in: it is in beta.
BETA = ("LD-API-Version", "beta")
JSON = "application/json"
#: What makes the service read a PATCH body as a semantic patch.
SEMANTIC_PATCH = f"{JSON}; domain-model=launchdarkly.semanticpatch"


class Parameter(NamedTuple):
    """A path or query parameter: Python's name, its name on the wire, its type.

    A parameter of type ``datetime`` is a point in time, sent in epoch milliseconds. One of type
    ``dict`` is a list of ``field:value``.
    """

    name: str
    wire: str
    type: Any = str


class Endpoint(NamedTuple):
    """One call of the service.

    ``body`` and ``returns`` name models; ``body_name`` is the argument that holds the body.
    ``errors`` are the statuses of the contract.
    """

    name: str
    method: str
    path: str
    path_parameters: tuple[Parameter, ...]
    success: int
    errors: tuple[int, ...]
    returns: str | None = None
    query_parameters: tuple[Parameter, ...] = ()
    body_name: str | None = None
    body: str | None = None
    content_type: str = JSON
    #: Statuses that the contract does not name, and the service has been seen to answer with.
    seen: tuple[int, ...] = ()
    #: The contract marks the call as deprecated.
    deprecated: bool = False
    #: The service has taken the call out of its public API since the contract was written.
    withdrawn: bool = False


class Template(str):
    """The path of an endpoint, as ``ApiClient.call_api`` receives it: text that knows its endpoint.

    13.0.0 passes the text alone, and so may a program. Then the call goes by its method and path.
    """

    endpoint: Endpoint

    @classmethod
    def of(cls, endpoint: Endpoint) -> Template:
        template = cls(endpoint.path)
        template.endpoint = endpoint
        return template

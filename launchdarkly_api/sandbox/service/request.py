"""The parts of a request that its call reads."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from launchdarkly_api.sandbox.service.queries import Query


@dataclass(frozen=True)
class CallRequest:
    """The parts of a request that its call reads."""

    #: The parameters of the path, decoded.
    path: Mapping[str, str]
    query: Query
    body: bytes
    #: The parameters of the Content-Type header.
    content_type_options: Mapping[str, str]

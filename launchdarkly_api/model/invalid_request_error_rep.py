from launchdarkly_api.model_utils import KW_ONLY, Model


class InvalidRequestErrorRep(Model):
    """The body of a 400 response: the request is malformed or not allowed."""

    __slots__ = ()

    _: KW_ONLY
    code: str | None = None
    """The kind of error, for programs. Often missing. Example: ``"invalid_request"``."""
    message: str | None = None
    """A description of the error, for people. Example: ``"Invalid request body"``."""

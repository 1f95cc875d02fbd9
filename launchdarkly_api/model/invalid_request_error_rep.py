from launchdarkly_api.model_utils import KW_ONLY, Model


class InvalidRequestErrorRep(Model):
    """What the service says with a 400: the request cannot be understood or is not allowed."""

    __slots__ = ()

    _: KW_ONLY
    code: str | None = None
    """The class of error, for programs. Often missing. Example: ``"invalid_request"``."""
    message: str | None = None
    """What went wrong, for people. Example: ``"Invalid request body"``."""

from launchdarkly_api.model_utils import KW_ONLY, Model


class NotFoundErrorRep(Model):
    """The body of a 404 response: a key in the path does not exist."""

    __slots__ = ()

    _: KW_ONLY
    code: str | None = None
    """The kind of error, for programs. Often missing. Example: ``"not_found"``."""
    message: str | None = None
    """A description of the error, for people. Example: ``"Invalid resource identifier"``."""

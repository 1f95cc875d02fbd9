from launchdarkly_api.model_utils import KW_ONLY, Model


class UnauthorizedErrorRep(Model):
    """The body of a 401 response: the access token is missing or invalid."""

    __slots__ = ()

    _: KW_ONLY
    code: str | None = None
    """The kind of error, for programs. Often missing. Example: ``"unauthorized"``."""
    message: str | None = None
    """A description of the error, for people. Example: ``"Invalid access token"``."""

from launchdarkly_api.model_utils import KW_ONLY, Model


class UnauthorizedErrorRep(Model):
    """What the service says with a 401: the access token is missing or not valid."""

    __slots__ = ()

    _: KW_ONLY
    code: str | None = None
    """The class of error, for programs. Often missing. Example: ``"unauthorized"``."""
    message: str | None = None
    """What went wrong, for people. Example: ``"Invalid access token"``."""

from launchdarkly_api.model_utils import KW_ONLY, Model


class MethodNotAllowedErrorRep(Model):
    """What the service says with a 405: the resource does not know the method."""

    __slots__ = ()

    _: KW_ONLY
    code: str | None = None
    """The class of error, for programs. Often missing. Example: ``"method_not_allowed"``."""
    message: str | None = None
    """What went wrong, for people. Example: ``"Method not allowed"``."""

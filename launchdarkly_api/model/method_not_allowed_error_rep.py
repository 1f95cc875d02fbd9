from launchdarkly_api.model_utils import KW_ONLY, Model


class MethodNotAllowedErrorRep(Model):
    """The body of a 405 response: the resource does not support the method."""

    __slots__ = ()

    _: KW_ONLY
    code: str | None = None
    """The kind of error, for programs. Often missing. Example: ``"method_not_allowed"``."""
    message: str | None = None
    """A description of the error, for people. Example: ``"Method not allowed"``."""

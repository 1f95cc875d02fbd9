from launchdarkly_api.model_utils import KW_ONLY, Model


class ConfidenceIntervalRep(Model):
    """The 95 % confidence interval of a rate or a mean in legacy results."""

    __slots__ = ()

    _: KW_ONLY
    upper: float | None = None
    """The upper bound, in the metric's unit. Example: ``0.142``."""
    lower: float | None = None
    """The lower bound, in the metric's unit. Example: ``0.118``."""

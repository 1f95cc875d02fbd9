from launchdarkly_api.model_utils import KW_ONLY, Model


class CredibleIntervalRep(Model):
    """The 90 % credible interval of a treatment's mean.

    It contains the mean with a probability of 0.9.
    """

    __slots__ = ()

    _: KW_ONLY
    upper: float | None = None
    """The upper bound, in the metric's unit. Example: ``0.142``."""
    lower: float | None = None
    """The lower bound, in the metric's unit. Example: ``0.118``."""

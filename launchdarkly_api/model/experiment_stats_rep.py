from launchdarkly_api.model_utils import KW_ONLY, Model


class ExperimentStatsRep(Model):
    """The significance test of a legacy experiment."""

    __slots__ = ()

    _: KW_ONLY
    p_value: float | None = None
    """The p-value of the chi-square test. Example: ``0.031``."""
    chi2: float | None = None
    """The chi-square statistic. Example: ``4.65``."""
    winning_variation_idx: int | None = None
    """The index in ``totals`` of the winning variation. Example: ``1``."""
    min_sample_size_met: bool | None = None
    """Whether every variation has reached the minimum sample size. Example: ``True``."""

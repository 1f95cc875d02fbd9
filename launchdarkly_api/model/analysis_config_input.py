from typing import Literal

from launchdarkly_api.model_utils import KW_ONLY, Model


class AnalysisConfigInput(Model):
    """How the service is to analyze a new experiment. Since 2026."""

    __slots__ = ()

    _: KW_ONLY
    bayesian_threshold: str | None = None
    """The probability from which a treatment counts as better, in per cent, as a string: ``"0"`` to
    ``"100"``. For Bayesian results.

    Example: ``"95"``.
    """
    significance_threshold: str | None = None
    """The p-value from which a difference counts as significant, as a string: ``"0.0"`` to
    ``"1.0"``. For frequentist results.

    Example: ``"0.05"``.
    """
    test_direction: str | None = None
    """The direction of the test, in the service's words. For frequentist results.

    Example: ``"two-sided"``.
    """
    multiple_comparison_correction_method: (
        Literal["bonferroni", "benjamini-hochberg"] | str | None
    ) = None
    """The correction for multiple comparisons. Example: ``"bonferroni"``."""
    multiple_comparison_correction_scope: (
        Literal["variations", "variations-and-metrics", "metrics"] | str | None
    ) = None
    """The comparisons that the correction counts. Example: ``"variations"``."""
    sequential_testing_enabled: bool | None = None
    """Whether results may be read before the end of the experiment. For frequentist results.

    Example: ``False``.
    """

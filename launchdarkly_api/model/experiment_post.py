from typing import TYPE_CHECKING, Any, Literal, TypedDict, overload

from launchdarkly_api.model.analysis_config_input import AnalysisConfigInput
from launchdarkly_api.model.iteration_input import IterationInput
from launchdarkly_api.model_utils import KW_ONLY, Model

if TYPE_CHECKING:
    from typing_extensions import Unpack

    class Optional(TypedDict, total=False):
        """The keyword-only arguments of ``ExperimentPost``."""

        description: str | None
        type: Literal["experiment", "mab", "holdout"] | str | None
        tags: list[str] | None
        holdout_id: str | None
        methodology: Literal["bayesian", "frequentist", "export_only"] | str | None
        data_source: Literal["launchdarkly", "snowflake", "databricks", "redshift"] | str | None
        analysis_config: AnalysisConfigInput | None


class ExperimentPost(Model):
    """A new experiment, with its first iteration."""

    __slots__ = ()

    _positional = ("name", "maintainer_id", "key", "iteration")

    name: str
    """The display name. Example: ``"New checkout button"``."""
    _: KW_ONLY
    maintainer_id: str | None = None
    """The id of the maintainer, an account member. Required until 2023; today, may be left out.

    Example: ``"12ab3c45de678910fab12345"``.
    """
    key: str
    """The key, which must not be in use in the project. Example: ``"new-checkout"``."""
    iteration: IterationInput
    """The first iteration, which does not start automatically."""
    description: str | None = None
    """The description. Example: ``"Does a larger button sell more?"``."""
    type: Literal["experiment", "mab", "holdout"] | str | None = None
    """The type: an experiment, which is the default, a multi-armed bandit or a holdout. Since 2026.

    Example: ``"experiment"``.
    """
    tags: list[str] | None = None
    """The tags. Since 2025. Example: ``["checkout"]``."""
    holdout_id: str | None = None
    """The id of the holdout to which the experiment is to belong. Since 2024.

    Example: ``"f3b74309-d581-44e1-8a2b-bb2933b4fe40"``.
    """
    methodology: Literal["bayesian", "frequentist", "export_only"] | str | None = None
    """How the service is to analyze the results. Since 2026.

    The default is ``frequentist`` since October 2026, and ``bayesian`` for a multi-armed bandit.
    Example: ``"bayesian"``.
    """
    data_source: Literal["launchdarkly", "snowflake", "databricks", "redshift"] | str | None = None
    """Where the data of the metrics comes from; ``launchdarkly`` by default. Since 2026.

    Example: ``"launchdarkly"``.
    """
    analysis_config: AnalysisConfigInput | None = None
    """The settings of the analysis. Since 2026."""

    if TYPE_CHECKING:
        # Type checkers know an optional argument before required ones by overloads only.
        @overload
        def __init__(
            self,
            name: str,
            maintainer_id: str | None,
            key: str,
            iteration: IterationInput,
            **optional: Unpack[Optional],
        ) -> None: ...
        @overload
        def __init__(
            self,
            name: str,
            *,
            maintainer_id: str | None = None,
            key: str,
            iteration: IterationInput,
            **optional: Unpack[Optional],
        ) -> None: ...
        def __init__(self, *args: Any, **kwargs: Any) -> None: ...

from typing import Literal

from launchdarkly_api.model.access import Access
from launchdarkly_api.model.analysis_config_rep import AnalysisConfigRep
from launchdarkly_api.model.iteration_rep import IterationRep
from launchdarkly_api.model.link import Link
from launchdarkly_api.model.mutable_fields_by_status_rep import MutableFieldsByStatusRep
from launchdarkly_api.model_utils import KW_ONLY, EpochMilliseconds, Model, field


class Experiment(Model):
    """An experiment on a flag, with its iterations."""

    __slots__ = ()

    key: str
    """The key, which is unique in the project and identifies the experiment in every call.

    Example: ``"new-checkout"``.
    """
    name: str
    """The display name. Example: ``"New checkout button"``."""
    maintainer_id: str = field("_maintainerId")
    """The id of the maintainer, an account member. Example: ``"12ab3c45de678910fab12345"``."""
    creation_date: EpochMilliseconds = field("_creationDate")
    """When the experiment was created. Epoch milliseconds. Example: ``1654104600000``."""
    links: dict[str, Link] = field("_links")
    """Links to related resources, by relation: ``self``, ``parent`` and others.

    Example: ``{"self": {"href": "/api/v2/projects/demo", "type": "application/json"}}``.
    """
    _: KW_ONLY
    id: str | None = field("_id", default=None)
    """The id, which the service assigns. Example: ``"12ab3c45-de67-8910-ab12-3c45de678910"``."""
    description: str | None = None
    """The description. Example: ``"Does a larger button sell more?"``."""
    archived_date: EpochMilliseconds | None = None
    """When the experiment was archived; not set if it is active. Epoch milliseconds.

    Example: ``1658104600000``.
    """
    current_iteration: IterationRep | None = None
    """The running iteration, or the last one that ran. Before any has started, the first one."""
    draft_iteration: IterationRep | None = None
    """The iteration that has not started yet. Requires ``expand=draftIteration``."""
    previous_iterations: list[IterationRep] | None = None
    """The iterations before the current one. Requires ``expand=previousIterations``."""
    environment_key: str | None = None
    """The key of the environment. Since 2023. Example: ``"test"``."""
    type: Literal["experiment", "mab", "holdout"] | str | None = None
    """The type: an experiment, a multi-armed bandit or a holdout. Since 2026.

    Example: ``"experiment"``.
    """
    tags: list[str] | None = None
    """The tags. Since 2025. Example: ``["checkout"]``."""
    holdout_id: str | None = None
    """The id of the holdout that the experiment belongs to. Since 2024.

    Example: ``"f3b74309-d581-44e1-8a2b-bb2933b4fe40"``.
    """
    methodology: Literal["bayesian", "frequentist", "export_only"] | str | None = None
    """How the service analyzes the results. Since 2026. Example: ``"bayesian"``."""
    data_source: Literal["launchdarkly", "snowflake", "databricks", "redshift"] | str | None = None
    """Where the data of the metrics comes from. Since 2026. Example: ``"launchdarkly"``."""
    analysis_config: AnalysisConfigRep | None = None
    """The settings of the analysis. Requires ``expand=analysisConfig``. Since 2026."""
    mutable_fields_by_status: MutableFieldsByStatusRep | None = None
    """The fields that a patch may change. Requires ``expand=mutableFieldsByStatus``. Since 2026."""
    access: Access | None = field("_access", default=None)
    """The actions that the access token may perform on the experiment. Since 2026."""

from launchdarkly_api.model.iteration_rep import IterationRep
from launchdarkly_api.model.link import Link
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

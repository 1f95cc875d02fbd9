from launchdarkly_api.model.iteration_rep import IterationRep
from launchdarkly_api.model.link import Link
from launchdarkly_api.model_utils import KW_ONLY, EpochMilliseconds, Model, field


class Experiment(Model):
    """An experiment: a question about a flag, and the iterations in which it is asked."""

    __slots__ = ()

    key: str
    """The key, unique in the project; it names the experiment in every call.

    Example: ``"new-checkout"``.
    """
    name: str
    """The name that people read. Example: ``"New checkout button"``."""
    maintainer_id: str = field("_maintainerId")
    """The id of the account member who looks after it. Example: ``"12ab3c45de678910fab12345"``."""
    creation_date: EpochMilliseconds = field("_creationDate")
    """When it was created. Epoch milliseconds. Example: ``1654104600000``."""
    links: dict[str, Link] = field("_links")
    """Addresses of related resources, by relation: ``self``, ``parent`` and others.

    Example: ``{"self": {"href": "/api/v2/projects/demo", "type": "application/json"}}``.
    """
    _: KW_ONLY
    id: str | None = field("_id", default=None)
    """The id that the service gave it. Example: ``"12ab3c45-de67-8910-ab12-3c45de678910"``."""
    description: str | None = None
    """What it is about. Example: ``"Does a larger button sell more?"``."""
    archived_date: EpochMilliseconds | None = None
    """When it was archived; not set on an active experiment. Epoch milliseconds.

    Example: ``1658104600000``.
    """
    current_iteration: IterationRep | None = None
    """The iteration that runs or ran last. The first one stands here before it is started, too."""
    draft_iteration: IterationRep | None = None
    """The iteration that is made and not started yet. Comes with ``expand=draftIteration``."""
    previous_iterations: list[IterationRep] | None = None
    """The iterations before the current one. They come with ``expand=previousIterations``."""

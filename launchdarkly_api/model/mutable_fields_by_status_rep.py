from launchdarkly_api.model_utils import KW_ONLY, Model, field


class MutableFieldsByStatusRep(Model):
    """The fields that ``updateExperimentFields`` may change, by status of the current iteration.

    Each field, by its name in JSON, has a list of operations: ``add``, ``update``, ``remove``.
    Since 2026.
    """

    __slots__ = ()

    _: KW_ONLY
    not_started: dict[str, list[str]] | None = field("not_started", default=None)
    """The operations on each field while the iteration has not been started.

    Example: ``{"name": ["update"], "tags": ["add", "remove"]}``.
    """
    running: dict[str, list[str]] | None = None
    """The operations on each field while the iteration is running.

    Example: ``{"name": ["update"], "tags": ["add", "remove"]}``.
    """
    stopped: dict[str, list[str]] | None = None
    """The operations on each field while the iteration is stopped.

    Example: ``{"name": ["update"], "tags": ["add", "remove"]}``.
    """

from launchdarkly_api.model.iteration_input import IterationInput
from launchdarkly_api.model_utils import KW_ONLY, Model


class ExperimentPost(Model):
    """A new experiment, with its first iteration."""

    __slots__ = ()

    name: str
    """The name that people read. Example: ``"New checkout button"``."""
    maintainer_id: str
    """The id of the account member who looks after it. Example: ``"12ab3c45de678910fab12345"``."""
    key: str
    """The key; it must be free in the project. Example: ``"new-checkout"``."""
    iteration: IterationInput
    """The first iteration. It does not start by itself."""
    _: KW_ONLY
    description: str | None = None
    """What it is about. Example: ``"Does a larger button sell more?"``."""

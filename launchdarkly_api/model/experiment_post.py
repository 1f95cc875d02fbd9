from launchdarkly_api.model.iteration_input import IterationInput
from launchdarkly_api.model_utils import KW_ONLY, Model


class ExperimentPost(Model):
    """A new experiment, with its first iteration."""

    __slots__ = ()

    name: str
    """The display name. Example: ``"New checkout button"``."""
    maintainer_id: str
    """The id of the maintainer, an account member. Example: ``"12ab3c45de678910fab12345"``."""
    key: str
    """The key, which must not be in use in the project. Example: ``"new-checkout"``."""
    iteration: IterationInput
    """The first iteration, which does not start automatically."""
    _: KW_ONLY
    description: str | None = None
    """The description. Example: ``"Does a larger button sell more?"``."""

from launchdarkly_api.model.instructions import Instructions
from launchdarkly_api.model_utils import KW_ONLY, Model


class ExperimentPatchInput(Model):
    """A semantic patch: changes to an experiment, of which the service makes all or none."""

    __slots__ = ()

    instructions: Instructions
    """The changes, in order of execution. Example: ``[{"kind": "startIteration"}]``."""
    _: KW_ONLY
    comment: str | None = None
    """A comment for the audit log. Example: ``"Traffic is ready"``."""

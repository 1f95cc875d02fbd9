from launchdarkly_api.model.instructions import Instructions
from launchdarkly_api.model_utils import KW_ONLY, Model


class ExperimentPatchInput(Model):
    """A semantic patch: what is to be done to an experiment. All of it happens, or none."""

    __slots__ = ()

    instructions: Instructions
    """What to do, in this order. Example: ``[{"kind": "startIteration"}]``."""
    _: KW_ONLY
    comment: str | None = None
    """A remark for the audit log. Example: ``"Traffic is ready"``."""

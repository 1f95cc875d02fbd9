from launchdarkly_api.model.instruction import Instruction
from launchdarkly_api.model_utils import ArrayModel


class Instructions(ArrayModel[Instruction]):
    """The instructions of a patch, which the service executes in order."""

    __slots__ = ()

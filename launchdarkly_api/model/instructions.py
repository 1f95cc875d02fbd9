from launchdarkly_api.model.instruction import Instruction
from launchdarkly_api.model_utils import ArrayModel


class Instructions(ArrayModel[Instruction]):
    """The instructions of a patch, carried out in order."""

    __slots__ = ()

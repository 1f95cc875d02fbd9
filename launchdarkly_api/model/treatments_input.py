from launchdarkly_api.model.treatment_input import TreatmentInput
from launchdarkly_api.model_utils import ArrayModel


class TreatmentsInput(ArrayModel[TreatmentInput]):
    """The treatments that a new iteration compares."""

    __slots__ = ()

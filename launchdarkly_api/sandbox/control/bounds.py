"""Numbers with bounds, as types of parameters."""

from __future__ import annotations

from typing import Annotated

from launchdarkly_api.sandbox.control.shapes import Range
from launchdarkly_api.sandbox.state.clock import LATEST

Seconds = Annotated[float, Range(0, 86_400)]
Probability = Annotated[float, Range(0, 1)]
Count = Annotated[int, Range(1, 1_000_000_000)]
StatusCode = Annotated[int, Range(200, 599)]
Time = Annotated[int, Range(0, LATEST)]
#: A request must not make more than the sandbox can hold.
UnitCount = Annotated[int, Range(0, 100_000)]
SimulatedUnitCount = Annotated[int, Range(0, 10_000_000)]
Days = Annotated[float, Range(0, 36_500)]
Value = Annotated[float, Range(-1e100, 1e100)]
Window = Annotated[float, Range(0.001, 86_400)]
Requests = Annotated[int, Range(0, 1_000_000_000)]
#: The seconds of 1,000 years.
MAX_ADVANCE = 31_557_600_000
Advance = Annotated[float, Range(0, MAX_ADVANCE)]

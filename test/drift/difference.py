"""One difference between the declarations and a document."""

from __future__ import annotations

from typing import NamedTuple

from launchdarkly_api._support.printable import printable

#: The groups, in the order in which they are printed.
GROUPS = (
    "calls",
    "instructions",
    "schemas",
    "fields",
    "types",
    "enumerations",
    "optionality",
    "nullability",
    "deprecations",
)


class Difference(NamedTuple):
    """A difference. As text it is one line, which ``known.txt`` may list."""

    group: str
    place: str
    what: str

    @classmethod
    def sided(cls, group: str, place: str, what: str, is_here: bool) -> Difference:
        """Return a difference in something that one of the two sides has, such as "required"."""
        return cls(
            group, place, f"{what} here, not there" if is_here else f"{what} there, not here"
        )

    def __str__(self) -> str:
        return printable(f"{self.group}: {self.place}: {self.what}")

    def rank(self) -> tuple[int, str, str]:
        """Return a key to sort by: the group, then the place."""
        return GROUPS.index(self.group), self.place, self.what

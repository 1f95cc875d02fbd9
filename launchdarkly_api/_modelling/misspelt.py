"""The warning about names that no field has.

The service ignores properties that it does not know, and reports no error.
"""

from __future__ import annotations

import warnings
from collections.abc import Iterable

from launchdarkly_api._modelling.containers import Anything, Object
from launchdarkly_api._support.caller import level_of_caller


def warn_of_unknown_names(schema: Object, names: Iterable[str]) -> None:
    """Emit a ``UserWarning`` for each name that looks like a field, and is not declared.

    A name looks like a field if it is in snake case, as all names of fields in Python are, or if it
    resembles a declared one. Other names are those of properties that the service has added.

    Args:
        schema: The schema of the model.
        names: The names of the arguments or of the attribute.
    """
    if not isinstance(schema.additional, Anything):
        # The names are keys, such as those of flags.
        return
    for name in names:
        if name in schema.by_either or name.startswith("_"):
            continue
        close = close_field(schema, name)
        if close or "_" in name:
            hint = f" Did you mean {close!r}?" if close else ""
            warnings.warn(
                f"{schema.name} has no field {name!r}, and the service ignores properties that it"
                f" does not know.{hint} To send a property of this name, set it as an item:"
                f" model[{name!r}] = ...",
                UserWarning,
                stacklevel=level_of_caller(),
            )


def close_field(schema: Object, name: str) -> str | None:
    """Return the Python name of the field that a name resembles, or None."""
    from difflib import get_close_matches

    found = get_close_matches(name, schema.by_either, n=1, cutoff=0.75)
    return schema.by_either[found[0]].name if found else None

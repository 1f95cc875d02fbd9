"""The name under which this library is installed, and the extras that an installation may lack."""

from __future__ import annotations

import os
import sys
from types import ModuleType

#: The distribution. The import name is another: programs for launchdarkly-api 13.0.0 keep theirs.
DISTRIBUTION = "launchdarkly-experiments"
#: LaunchDarkly's own client, which has the same import name.
OFFICIAL = "launchdarkly-api"
#: A file of every version of the official client, and of no version of this library.
FILE_OF_OFFICIAL = os.path.join("api", "feature_flags_api.py")


def missing(part: str, package: str, extra: str) -> str:
    """Return the message that a part needs a package, with the command that installs it.

    Args:
        part: The part, as the subject of the sentence.
        package: The package that is not installed.
        extra: The extra of this distribution that brings the package.
    """
    return (
        f"{part} needs {package}, which is not installed."
        f' Install it with: pip install "{DISTRIBUTION}[{extra}]"'
    )


def require_unmixed(package: ModuleType) -> None:
    """Require that the official client has neither overwritten nor removed files of this library.

    Whichever is installed last overwrites files of the other. Whichever is uninstalled removes
    files of the other, among them the package's own, without which Python sees a namespace
    package.

    Args:
        package: The package at the root.

    Raises:
        ImportError: The files are mixed.
    """
    is_namespace = not isinstance(package.__path__, list)
    if is_namespace or any(
        os.path.exists(os.path.join(folder, FILE_OF_OFFICIAL)) for folder in package.__path__
    ):
        raise ImportError(
            f"{DISTRIBUTION} and {OFFICIAL} are or were installed in one environment. Both have the"
            f" import name {package.__name__}, so each overwrites and removes files of the other."
            " Uninstall both, and install the one that you need:"
            f" pip uninstall --yes {OFFICIAL} {DISTRIBUTION} && pip install {DISTRIBUTION}",
            name=package.__name__,
        )


# At import, so that a module which could not be imported once is not found later.
require_unmixed(sys.modules[__name__.partition(".")[0]])

"""The name under which this library is installed, and the commands that install a part of it."""

from __future__ import annotations

#: The distribution. The import name is another: programs for launchdarkly-api 13.0.0 keep theirs.
DISTRIBUTION = "launchdarkly-experiments"


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

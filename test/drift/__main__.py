"""Prints what differs between an OpenAPI document of LaunchDarkly and the declarations.

Each line has a group, a place and the difference. "Here" is the package, "there" is the document.
The differences that known.txt lists are not printed, unless they no longer exist. The exit code is
0 if nothing is printed, 1 if something is, and 2 if the document cannot be compared.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path

from test.drift import declared, known
from test.drift.compare import differences
from test.drift.document import documented
from test.drift.reading import Unusable, read


def main(arguments: Sequence[str] | None = None, known_file: Path = known.KNOWN) -> int:
    """Run the command.

    Args:
        arguments: The arguments. By default those of the process.
        known_file: The file of known differences.

    Returns:
        The exit code.
    """
    parser = argparse.ArgumentParser(prog="python -m test.drift", description=__doc__)
    parser.add_argument("document", metavar="DOCUMENT", type=Path, help="a JSON or YAML file")
    choice = parser.add_mutually_exclusive_group()
    choice.add_argument("--all", action="store_true", help="print the known differences too")
    choice.add_argument("--known", action="store_true", help=f"update {known_file.name}")
    given = parser.parse_args(arguments)
    here = declared.package()
    try:
        there = documented(read(given.document), here)
        found = differences(here, there)
    except Unusable as error:
        print(error, file=sys.stderr)
        return 2
    for note in there.notes:
        print(f"note: {note}", file=sys.stderr)
    if given.known:
        known.update(found, there.has_texts, known_file)
        return 0
    reasons = {} if given.all else known.read(known_file)
    lines = [str(difference) for difference in found if str(difference) not in reasons]
    lines += [
        f"known: {line}: no longer differs" for line in known.stale(found, reasons, there.has_texts)
    ]
    for line in lines:
        print(line)
    return 1 if lines else 0


if __name__ == "__main__":
    sys.exit(main())

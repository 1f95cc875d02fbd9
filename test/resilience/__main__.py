"""Prints the figures: ``python -m test.resilience``."""

from __future__ import annotations

import logging

from test.resilience import canary
from test.resilience.faults import CASES, ROWS
from test.resilience.measures import bulk, soak


def main() -> None:
    logging.disable()
    print(f"{len(CASES)} faults in {len(ROWS)} rows:")
    for row in ROWS:
        print(f"  {len(row.cases):3}  {row.happens}")

    found = soak()
    print(
        f"\nSoak: {found.calls} calls in {found.threads} threads, {found.requests} requests,"
        f" {found.seconds:.1f} s"
        f"\n  went wrong: {found.faults} {dict(sorted(found.statuses.items()))}"
        f"\n  retries: {found.retries}"
        f"\n  succeeded: {dict(found.succeeded)}; failed: {dict(found.failed)}"
        f"\n  writes applied twice: {len(found.twice)};"
        f" told to have succeeded and not applied: {len(found.never)}"
        f"\n  blocks of memory after a fifth: {found.blocks_before}, at the end:"
        f" {found.blocks_after}"
    )

    for respect in (True, False):
        run = bulk(respect=respect)
        print(
            f"\nUnder a limit, respect_rate_limits={respect}: {run.calls} calls in {run.threads}"
            f" threads: ideal {run.ideal:.1f} s, taken {run.taken:.2f} s, 429s {run.refused}"
        )

    print("\nThe canary:")
    for name, places in (
        ("planted", canary.PLANTED),
        ("sent back in", canary.ECHOES),
        ("in exceptions", canary.IN_EXCEPTIONS),
        ("in objects", canary.OBJECTS),
        ("of those", canary.IN_OBJECTS),
        ("elsewhere", canary.ELSEWHERE),
    ):
        print(f"  {name}:")
        for place in places:
            print(f"    - {place}")


if __name__ == "__main__":
    main()

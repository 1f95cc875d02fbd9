"""The sandbox as a program: ``python -m launchdarkly_api.sandbox``."""

from __future__ import annotations

import argparse
import signal
import sys
import threading
import time
from collections.abc import Sequence
from typing import TYPE_CHECKING, NoReturn

from launchdarkly_api.sandbox.output import Output, printable

if TYPE_CHECKING:
    from launchdarkly_api.sandbox.log import RecordedRequest

#: How long the program waits for somebody to read its last lines.
LAST_LINES_SECONDS = 1.0


class _Parser(argparse.ArgumentParser):
    def error(self, message: str) -> NoReturn:
        """One line, without the usage before it."""
        self.exit(2, f"{self.prog}: {message}\n")


def _port(text: str) -> int:
    port = int(text)
    if not 0 <= port <= 65_535:
        raise argparse.ArgumentTypeError(f"must be from 0 to 65535, not {text}")
    return port


def _rate(text: str) -> tuple[int, float]:
    limit, slash, seconds = text.partition("/")
    try:
        return int(limit), float(seconds) if slash else 10.0
    except ValueError:
        raise argparse.ArgumentTypeError(
            f"must be N/SECONDS, such as 100/10, not {text!r}"
        ) from None


def _parser() -> argparse.ArgumentParser:
    parser = _Parser(
        prog="launchdarkly-sandbox",
        description="A local stand-in for LaunchDarkly's Experiments (beta) API.",
    )
    add = parser.add_argument
    add("--host", default="127.0.0.1", help="address to listen on (default: %(default)s)")
    add("--port", type=_port, default=0, help="port to listen on (default: any that is free)")
    add("--access-token", metavar="T", help="token that requests are let in with")
    add("--rate-limit", type=_rate, metavar="N/SECONDS", help="requests a window")
    add("--latency-ms", type=float, default=0.0, metavar="N", help="time before each answer")
    add("--fail-rate", type=float, default=0.0, metavar="P", help="share of calls answered 503")
    add("--era", choices=("2023", "2026"), default="2023", help="contract to follow")
    add("--state", metavar="FILE", help="file that keeps everything over restarts")
    add("--demo", action="store_true", help="add the experiments that the guides work with")
    add("--lenient", action="store_true", help="take every PATCH for a semantic patch")
    return parser


def serve(options: argparse.Namespace, ended: threading.Event) -> None:
    """Answer until the event is set."""
    from launchdarkly_api.sandbox import Sandbox
    from launchdarkly_api.sandbox.examples import put_examples

    token = {} if options.access_token is None else {"access_token": options.access_token}
    sandbox = Sandbox(
        host=options.host,
        port=options.port,
        era=options.era,
        state=options.state,
        lenient=options.lenient,
        **token,
    )
    if options.rate_limit is not None:
        sandbox.rate_limit(*options.rate_limit)
    sandbox.latency(options.latency_ms / 1000)
    sandbox.fail_rate(options.fail_rate)
    output = Output(sys.stdout)

    def log(request: RecordedRequest) -> None:
        output.say(printable(f"{time.strftime('%H:%M:%S')} {request}"))

    sandbox.on_request = log
    try:
        with sandbox:
            if options.demo:
                put_examples(sandbox._state)
            output.say(f"Sandbox ready at {sandbox.url}")
            output.say(f"Access token: {sandbox.access_token}")
            ended.wait()
    finally:
        output.close(LAST_LINES_SECONDS)


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the program: 0 after Ctrl-C or SIGTERM, 1 if it cannot run, 2 for a bad option."""
    ended = threading.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda *_: ended.set())
    options = _parser().parse_args(arguments)
    try:
        serve(options, ended)
    except (OSError, ValueError, ImportError) as error:
        said = getattr(error, "strerror", None) or error
        print(f"launchdarkly-sandbox: {said}", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())

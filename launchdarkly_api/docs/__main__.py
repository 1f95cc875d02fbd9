"""Lists, prints and serves the documentation: ``python -m launchdarkly_api.docs --help``."""

from __future__ import annotations

import argparse
import os
import sys
from contextlib import suppress

from launchdarkly_api.docs import pages, title
from launchdarkly_api.docs.serving import serve


def main(arguments: list[str] | None = None) -> int:
    """Run the command.

    Args:
        arguments: The arguments of the command. None means those of the process.

    Returns:
        The exit code: 1 if the page does not exist, or the port is taken.
    """
    parser = argparse.ArgumentParser(
        "python -m launchdarkly_api.docs", description="The documentation, without a network."
    )
    parser.add_argument("page", nargs="?", help="the name of a page to print")
    parser.add_argument("--all", action="store_true", help="list the reference of models too")
    parser.add_argument("--serve", action="store_true", help="show the pages in a browser")
    parser.add_argument(
        "--port", type=_port, default=0, help="the port for --serve; 0 is a free one"
    )
    chosen = parser.parse_args(arguments)
    if not pages():
        return _fail("The pages cannot be read from an archive. Install the wheel to read them.")
    if chosen.serve:
        return _serve(chosen.port)
    try:
        code = _print(chosen.page) if chosen.page else _list(chosen.all)
        sys.stdout.flush()
    except BrokenPipeError:
        # Whoever reads, such as ``head``, has enough. Python would flush once more at its end.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 0
    return code


def _list(with_models: bool) -> int:
    for name, path in pages().items():
        if with_models or path.parent.name != "docs" or not name[0].isupper() or "Api" in name:
            print(f"{name:32} {title(path)}")
    return 0


def _port(text: str) -> int:
    if not text.isdecimal() or int(text) > 65_535:
        raise argparse.ArgumentTypeError(f"{text!r:.20} is not a number from 0 to 65535")
    return int(text)


def _fail(reason: str) -> int:
    print(reason, file=sys.stderr)
    return 1


def _print(name: str) -> int:
    found = {each.lower(): path for each, path in pages().items()}
    path = found.get(name.lower().removesuffix(".md"))
    if path is not None:
        print(path.read_text(encoding="utf-8"))
        return 0
    from difflib import get_close_matches

    close = get_close_matches(name.lower(), found, n=1)
    hint = f" Did you mean {found[close[0]].stem!r}?" if close else ""
    return _fail(f"There is no page {name!r}.{hint} Without a name, all are listed.")


def _serve(port: int) -> int:
    try:
        server = serve(port)
    except OSError as error:
        return _fail(f"Cannot listen on port {port}: {error.strerror}. Choose another.")
    with server:
        print(f"http://127.0.0.1:{server.server_port}/ (Ctrl+C ends)", flush=True)
        with suppress(KeyboardInterrupt):
            server.serve_forever()
    return 0


if __name__ == "__main__":
    sys.exit(main())

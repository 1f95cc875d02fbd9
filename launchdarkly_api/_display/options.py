"""The settings of the HTML of models."""

from __future__ import annotations


class DisplayOptions:
    """How models are shown. Set its attributes; they count for the whole program.

    - ``link_host``: the host of the service's own addresses, such as
      ``"https://app.launchdarkly.com"``. The service sends its addresses without a host, and most
      of them name resources of the API, so that they are shown as text while this is None
    """

    __slots__ = ("link_host",)

    def __init__(self) -> None:
        self.link_host: str | None = None


options: DisplayOptions = DisplayOptions()

"""The display settings of models."""

from __future__ import annotations


class DisplayOptions:
    """The display settings of models. Set the attributes; they apply to the whole process.

    - ``link_host``: the host for links that the service sends without one, such as
      ``"https://app.launchdarkly.com"``. With None, the default, such links are shown as text,
      since most of them point to resources of the API and not to pages
    """

    __slots__ = ("link_host",)

    def __init__(self) -> None:
        self.link_host: str | None = None


options: DisplayOptions = DisplayOptions()

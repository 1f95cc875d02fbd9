"""The version of this distribution, defined only here."""

__version__ = "13.3.0"

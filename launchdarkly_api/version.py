"""The version of this distribution, defined only here."""

__version__ = "1.0.0"

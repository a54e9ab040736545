"""The version, for package and clone alike."""

__version__ = "0.1.0"

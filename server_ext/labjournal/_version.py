"""The one place that says which version this is; the package and the panel follow it."""

__version__ = "0.1.0"

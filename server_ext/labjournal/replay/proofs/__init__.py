"""Exports that were run before they are handed over."""

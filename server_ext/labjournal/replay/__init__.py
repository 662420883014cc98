"""Executing recorded work again: a workspace of its own, a fresh kernel that cannot write elsewhere, and a comparison.

A replay is a run: the same hook records it, and the verdict compares two runs of the journal (`run` leads through all of it, `recorded` is
what it starts from, `answers` the shape of what it says). `executing.guard` runs inside the replayed kernel's process (standard library
only, Python 3.8); everything else stays on this side.
"""

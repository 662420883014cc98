"""Executing recorded work again: a workspace of its own, a fresh kernel that cannot write elsewhere, and a comparison.

A replay is a run: the same hook records it, and the verdict compares two runs of the journal. `guard` runs inside the replayed
kernel's process (standard library only, Python 3.8); everything else stays on this side.
"""

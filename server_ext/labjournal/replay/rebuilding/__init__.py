"""The environment that was recorded, made again: interpreter, pinned packages, own modules."""

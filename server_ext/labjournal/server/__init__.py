"""The Jupyter Server side: a thin adapter between the panel and the questions, and the way into kernels of other environments.

Only this room imports `jupyter_server` and `tornado`. It reasons about nothing: a handler parses, makes one call, answers.
"""

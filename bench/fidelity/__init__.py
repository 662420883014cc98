"""Does labjournal see which files each cell read and wrote? `python -m bench.fidelity` measures it against `strace`.

cells/      what is tried: one-call cells over the libraries people use, each with its truth written by hand
inputs      the files they read
sessions    a kernel with every capability dropped, traced from outside, or recorded
oracle      strace's log → what each cell really read, wrote and deleted
claims      the journal → what was recorded of it
scores      the two compared: recall, precision, digests
races       files that are read and overwritten at once
noise       another program at work in the same folder
notebooks   the same figures for notebooks of the caller's
"""

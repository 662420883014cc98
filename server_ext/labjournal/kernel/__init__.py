"""What lives in the user's kernel: the hook, the recording it drives, and the ways in which a kernel is reached.

    startup file (own environment) · boot.py (kernels of other environments) → hook.install(shell)
    hook: the shell's two moments · tap: what the kernel publishes → recording → sink, on disk at once
    helper thread: recording.work() — outputs, recorders, syncing, taking the spool into the journal

Standard library only, Python 3.8. Nothing here looks at an object of the user's, prints, or lets a fault reach a cell.
"""

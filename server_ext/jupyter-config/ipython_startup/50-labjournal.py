# Starts the lab journal in every kernel of this environment; does nothing in a terminal and never gets in the way.
# IPython runs this file inside the user's namespace: it leaves no name behind.
try:
    if hasattr(get_ipython(), "kernel"):
        from labjournal.kernel import hook as _labjournal_hook

        _labjournal_hook.install(get_ipython())
except Exception:
    pass
finally:
    globals().pop("_labjournal_hook", None)

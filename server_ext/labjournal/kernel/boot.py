"""Run as PYTHONSTARTUP in kernels of environments that do not have labjournal: lends them this installation's package.

The package is loaded from its own folder; neither `sys.path` nor `PYTHONPATH` is touched, and the environment is put back at
once, so that child processes see nothing. `import labjournal` works from then on. The user's own PYTHONSTARTUP runs after us.
No name of ours is left in the user's namespace.
"""


def _labjournal_boot(kernel_folder: str) -> "str | None":
    import os
    import sys

    user = os.environ.pop("LABJOURNAL_PYTHONSTARTUP", None)
    os.environ.pop("PYTHONSTARTUP", None)
    if user:
        os.environ["PYTHONSTARTUP"] = user
    try:
        shell = get_ipython()  # type: ignore[name-defined]  # noqa: F821
        if getattr(shell, "kernel", None) is None:
            return user
        if "labjournal" not in sys.modules:
            import importlib.util

            folder = os.path.dirname(kernel_folder)
            specification = importlib.util.spec_from_file_location(
                "labjournal", os.path.join(folder, "__init__.py"), submodule_search_locations=[folder]
            )
            assert specification is not None
            assert specification.loader is not None
            package = importlib.util.module_from_spec(specification)
            sys.modules["labjournal"] = package
            try:
                specification.loader.exec_module(package)
            except BaseException:  # as if it had never been tried
                del sys.modules["labjournal"]
                raise
        from labjournal.kernel.hook import install

        install(shell)
    except Exception:  # a kernel that cannot be recorded is a kernel all the same
        pass
    return user


_labjournal_user = _labjournal_boot(__import__("os").path.dirname(__import__("os").path.abspath(__file__)))
del _labjournal_boot
if _labjournal_user:
    with __import__("io").open(_labjournal_user, "rb") as _labjournal_file:
        _labjournal_code = compile(_labjournal_file.read(), _labjournal_user, "exec")
    del _labjournal_file, _labjournal_user
    exec(_labjournal_code)
    globals().pop("_labjournal_code", None)
else:
    del _labjournal_user

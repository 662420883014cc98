"""IPython's own lines as a recipe sees them: which only look, which change what later cells find, which nobody can follow.

A shell line that only looks (`!ls`) is no reason to keep a cell. Magics that change the kernel (`%cd`, `%env`, `%config`) are like
settings of a module. What Python a magic runs is told by the recorder; here only the lines themselves are read.
"""

from __future__ import annotations

import re
from functools import lru_cache

__all__ = [
    "figure_magics",
    "loads_magics",
    "looks_at_folders",
    "only_looks",
    "runs_among_names",
    "sets_the_kernel",
    "unknown_magics",
]

_LINE = re.compile(r"^[ \t]*(?:(?P<bound>[A-Za-z_][\w, ]*?)[ \t]*=[ \t]*)?(?P<sign>%%|%|!!|!)[ \t]*(?P<rest>.*)$", re.MULTILINE)
_LOOKS = frozenset(
    "ls dir pwd cat head tail less more wc echo printf nvidia-smi df du free which whereis whoami hostname date uname file stat tree env printenv "
    "grep egrep zgrep sort uniq cut tr nl basename dirname realpath readlink md5sum sha256sum cksum lscpu lsblk uptime ps top id locale true "
    "nproc ifconfig column jq diff cmp".split()
)
_LOOKING_WORDS = {
    "pip": "list show freeze check index config debug", "pip3": "list show freeze check index config debug", "conda": "list info search",
    "git": "status log diff show branch rev-parse describe remote blame", "python": "--version -V", "python3": "--version -V", "jupyter": "--version --paths list",
    "uv": "--version", "nvcc": "--version", "java": "-version", "kaggle": "--version",
}  # fmt: skip
_WRITES = re.compile(r">|\btee\b|<\(|\$\(|`|&\s*$|\bxargs\b|-delete\b|-exec\b|\bsudo\b|(?:^|\s)-i\b|--output|\s-o\s")
_LISTS = frozenset("ls dir tree find du ll lx ldir".split())
_KERNEL = frozenset("cd pushd popd env set_env alias unalias precision autoawait xmode pylab autocall rehashx store".split())
_FIGURES = frozenset(("config", "matplotlib"))
_OWN = frozenset(
    "alias alias_magic autoawait autocall automagic autoindent bash bookmark cache capture cat cd clear cls code_wrap colors conda config connect_info debug "
    "dhist dirs doctest_mode ed edit env gui hist history html javascript js killbgscripts latex ldir less lf lk ll load load_ext loadpy logoff logon "
    "logstart logstate logstop ls lsmagic lx macro magic mamba man markdown matplotlib micromamba mkdir more mv notebook page pastebin pdb pdef pdoc perl pfile "
    "pinfo pinfo2 pip popd pprint precision prun psearch psource pushd pwd pycat pylab pypy python python2 python3 qtconsole quickref recall rehashx "
    "reload_ext rep rerun reset reset_selective rm rmdir ruby run save sc script set_env sh store subshell svg sx system tb time timeit unalias "
    "unload_ext uv who who_ls whos writefile xdel xmode labjournal ! autoreload aimport".split()
)


@lru_cache(maxsize=4096)
def only_looks(source: str) -> bool:
    """Whether every line of the shell in the cell only shows something, and there is at least one."""
    if "!" not in source and "%%" not in source:
        return False
    shells = [match["rest"] for match in _LINE.finditer(source) if match["sign"][0] == "!"]
    if re.match(r"\s*%%(?:bash|sh|!)\s*\n", source):
        shells += source.strip().split("\n")[1:]
    elif any(match["sign"] == "%%" for match in _LINE.finditer(source)):
        return False
    return bool(shells) and all(_looks(command) for command in shells)


@lru_cache(maxsize=4096)
def looks_at_folders(source: str) -> bool:
    """Whether a line of the shell, or a magic that does the same, looks which files there are: `!ls`, `%ls data`, `!cat *.csv`."""
    return ("!" in source or "%" in source) and any(_looks_at_a_folder(match["rest"].split()) for match in _LINE.finditer(source))


def _looks_at_a_folder(words: list[str]) -> bool:
    given = [word for word in words[1:] if not word.startswith("-")]
    if any("*" in word for word in given):
        return True
    return bool(words) and words[0] in _LISTS and not (given and all("." in word.strip("./") for word in given))


@lru_cache(maxsize=4096)
def sets_the_kernel(source: str) -> bool:
    """Whether a magic changes what later cells find: the working folder, the environment, an alias."""
    return any(name in _KERNEL and rest for name, rest in _magics(source)) or any(name == "popd" for name, _ in _magics(source))


def runs_among_names(source: str) -> bool:
    """Whether a script is run that finds the names of the notebook: `%run -i step.py`."""
    return any(name == "run" and "-i" in rest.split() for name, rest in _magics(source))


def loads_magics(source: str) -> bool:
    return any(name in ("load_ext", "reload_ext") for name, _ in _magics(source))


def figure_magics(source: str) -> bool:
    """Whether a magic says how figures are drawn."""
    return any(name in _FIGURES for name, _ in _magics(source))


@lru_cache(maxsize=4096)
def unknown_magics(source: str) -> frozenset[str]:
    """Magics that IPython does not bring: an extension must have been loaded for them."""
    return frozenset(name for name, _ in _magics(source) if name not in _OWN)


@lru_cache(maxsize=4096)
def _magics(source: str) -> tuple[tuple[str, str], ...]:
    if "%" not in source:
        return ()
    found = []
    for match in _LINE.finditer(source):
        if match["sign"][0] == "%":
            name, _, rest = match["rest"].partition(" ")
            found.append((name, rest.strip()))
    return tuple(found)


def _looks(command: str) -> bool:
    command = command.split(" #")[0].strip().rstrip("\\")
    if not command or command.startswith("#"):
        return True
    if _WRITES.search(command.replace("2>&1", "").replace("2>/dev/null", "")):
        return False
    return all(_looking(part.split()) for part in re.split(r"\|\|?|&&|;", command) if part.strip())


def _looking(words: list[str]) -> bool:
    name = words[0].rpartition("/")[2]
    if name in _LOOKING_WORDS:
        return len(words) > 1 and words[1] in _LOOKING_WORDS[name].split()
    return name in _LOOKS

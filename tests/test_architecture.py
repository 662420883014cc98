"""The order of the rooms is kept: lower never imports higher, and what lives in the user's kernel needs nothing but Python."""

from __future__ import annotations

import ast
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

SOURCES = Path(__file__).resolve().parent.parent / "server_ext"
PACKAGE = SOURCES / "labjournal"

ORDER = (
    {"errors", "fixed", "_version", "system_calls"},
    {"events"},
    {"journal", "recorders"},
    {"questions", "kernel"},
    {"records"},
    {"replay"},
    {"server", "cli"},
)
FLOOR = {room: floor for floor, rooms in enumerate(ORDER) for room in rooms}


def modules() -> list[Path]:
    return sorted(path for path in PACKAGE.rglob("*.py") if "labextension" not in path.parts)


def name_of(module: Path) -> str:
    """The dotted name of `module` inside the package; a package's own name where it is an `__init__`."""
    parts = module.relative_to(PACKAGE).with_suffix("").parts
    return ".".join(parts[:-1] if len(parts) > 1 and parts[-1] == "__init__" else parts)


def room_of(name: str) -> str:
    return name.split(".")[0]


def living_in_the_kernel() -> list[Path]:
    """The public face, the hook, the recorders, and every module that any of them imports, however late."""
    by_name = {name_of(module): module for module in modules()}
    found: set[str] = set()
    waiting = [name for name in by_name if name == "__init__" or room_of(name) in {"kernel", "recorders"}]
    while waiting:
        name = waiting.pop()
        if name in by_name and name not in found:
            found.add(name)
            waiting += [there.removeprefix("labjournal.") for there in imports(by_name[name]) if there.startswith("labjournal.")]
    return sorted(by_name[name] for name in found)


def may_import(here: str, there: str) -> bool:
    """Whether room `here` stands above room `there`; the package itself (its public face) may reach down to the kernel."""
    if there == "__init__":
        return FLOOR[here] >= FLOOR["kernel"]
    if here == "__init__":
        return FLOOR[there] <= FLOOR["kernel"]
    if here == "kernel" and there == "questions":
        return False
    return FLOOR[there] < FLOOR[here]


def rooms_imported(module: Path) -> list[str]:
    rooms = {room_of(name_of(path)) for path in modules()}
    return [room for name in imports(module) if name.startswith("labjournal.") and (room := name.split(".")[1]) in rooms]


def imports(module: Path) -> list[str]:
    """Every module that `module` imports, anywhere in it, type checking included."""
    return list(_imported(ast.walk(ast.parse(module.read_text(encoding="utf-8")))))


def imports_at_import(module: Path) -> list[str]:
    """What is imported as soon as `module` is: not inside functions, not for type checkers, not where its absence is caught."""
    return list(_imported(_run_at_import(ast.parse(module.read_text(encoding="utf-8")).body)))


def _run_at_import(body: list[ast.stmt]) -> Iterator[ast.AST]:
    for statement in body:
        if isinstance(statement, ast.ClassDef) or (
            isinstance(statement, ast.If) and "TYPE_CHECKING" not in ast.unparse(statement.test)
        ):
            yield from _run_at_import(statement.body)
        elif not isinstance(statement, (ast.FunctionDef, ast.AsyncFunctionDef, ast.Try, ast.If)):
            yield statement


def _imported(nodes: Iterator[ast.AST]) -> Iterator[str]:
    for node in nodes:
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module:
            yield node.module
            if (SOURCES / node.module.replace(".", "/")).is_dir():
                yield from (f"{node.module}.{alias.name}" for alias in node.names)


@pytest.mark.parametrize("module", modules(), ids=name_of)
def test_a_room_imports_only_what_stands_below_it(module: Path) -> None:
    here = room_of(name_of(module))

    forbidden = [there for there in rooms_imported(module) if here != there and not may_import(here, there)]

    assert [] == forbidden


@pytest.mark.parametrize("module", living_in_the_kernel(), ids=name_of)
def test_what_lives_in_the_kernel_needs_the_standard_library_only(module: Path) -> None:
    """Packages may be asked for politely, inside a function; never when the module is imported."""
    allowed = {*sys.stdlib_module_names, "labjournal"}

    foreign = [name for name in imports_at_import(module) if name.split(".")[0] not in allowed]

    assert [] == foreign


@pytest.mark.parametrize("module", living_in_the_kernel(), ids=name_of)
def test_what_lives_in_the_kernel_is_written_in_the_python_of_old_kernels(module: Path) -> None:
    ast.parse(module.read_text(encoding="utf-8"), feature_version=(3, 8))


def test_only_the_server_room_knows_the_web_framework() -> None:
    web = {"tornado", "jupyter_server"}

    knowing = {room_of(name_of(module)) for module in modules() if web & {name.split(".")[0] for name in imports(module)}}

    assert knowing <= {"server"}


def test_the_hook_can_be_imported_by_a_bare_python() -> None:
    """No site-packages, no user settings: what any kernel's environment has."""
    code = f"import sys; sys.path.insert(0, {str(SOURCES)!r}); import labjournal, labjournal.kernel.hook"

    bare = subprocess.run([sys.executable, "-I", "-S", "-W", "error", "-c", code], capture_output=True, text=True, check=False)

    assert (0, "", "") == (bare.returncode, bare.stdout, bare.stderr)

"""The folder a replay works in."""

from __future__ import annotations

import contextlib
from functools import partial
from pathlib import Path

import pytest

from labjournal.errors import LabjournalError
from labjournal.replay.executing.sources import redirect
from labjournal.replay.executing.workspace import Bounds, copy, unpack


@pytest.fixture
def project(tmp_path: Path) -> Path:
    folder = tmp_path / "project"
    for name in (
        "notebooks/helper.py",
        "data/x.csv",
        "notebooks/.git/HEAD",
        "notebooks/venv/pyvenv.cfg",
        "notebooks/venv/lib/big.py",
    ):
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(name)
    return folder


def test_the_copy_keeps_the_layout_and_what_the_code_named_beside_its_folder(project: Path, tmp_path: Path) -> None:
    space = copy(tmp_path / "space", project / "notebooks", [str(project / "data/x.csv")])

    assert space.folder == tmp_path / "space/project/notebooks"
    assert (space.folder / "../data/x.csv").read_text() == "data/x.csv"
    assert (space.folder / "helper.py").exists()


def test_version_control_and_environments_stay_behind(project: Path, tmp_path: Path) -> None:
    space = copy(tmp_path / "space", project / "notebooks", [])

    assert ["helper.py"] == sorted(path.name for path in space.folder.rglob("*") if path.is_file())


def test_a_link_is_copied_as_its_content_so_that_nothing_leads_back(project: Path, tmp_path: Path) -> None:
    (project / "notebooks/linked.csv").symlink_to(project / "data/x.csv")
    space = copy(tmp_path / "space", project / "notebooks", [])

    (space.folder / "linked.csv").write_text("changed")

    assert not (space.folder / "linked.csv").is_symlink()
    assert (project / "data/x.csv").read_text() == "data/x.csv"


def test_a_loop_of_links_ends(project: Path, tmp_path: Path) -> None:
    (project / "notebooks/again").symlink_to(project / "notebooks")

    assert copy(tmp_path / "space", project / "notebooks", []).problems == ()


def test_above_the_bound_code_and_recorded_files_are_copied_and_it_is_said(project: Path, tmp_path: Path) -> None:
    (project / "notebooks/huge.bin").write_bytes(b"0" * 2000)
    (project / "notebooks/used.bin").write_bytes(b"1" * 2000)
    used = str(project / "notebooks/used.bin")
    space = copy(tmp_path / "space", project / "notebooks", [used], bounds=Bounds(bytes=1000))

    assert {"helper.py", "used.bin"} == {path.name for path in space.folder.rglob("*") if path.is_file()}
    assert "only code and the files that were recorded" in space.problems[0]


def test_a_folder_that_is_gone_is_said(tmp_path: Path) -> None:
    space = copy(tmp_path / "space", tmp_path / "gone", [])

    assert "is gone" in space.problems[0]


def test_absolute_paths_into_the_project_and_to_written_files_are_led_into_the_workspace(project: Path, tmp_path: Path) -> None:
    space = copy(tmp_path / "space", project / "notebooks", [str(project / "data/x.csv")])
    lead = redirect(str(space.home), ["/srv/share/out.csv", str(project / "data/x.csv")], space.place)

    code = lead(f"a = open('{project}/data/x.csv'); b = open('/srv/share/out.csv', 'w'); c = open('/srv/share/in.csv')")

    assert f"open('{space.root}/project/data/x.csv')" in code
    assert f"open('{space.root}/elsewhere/srv/share/out.csv', 'w')" in code
    assert "open('/srv/share/in.csv')" in code


def test_what_the_run_made_itself_is_not_there_when_it_begins_again(project: Path, tmp_path: Path) -> None:
    """Else `os.mkdir` fails the second time, and code that looks for a cache finds one."""
    for name in ("figures/a.png", "notebooks/out/cache.pkl"):
        (project / name).parent.mkdir()
        (project / name).write_text("made")
    made = {str(project / "figures/a.png"), str(project / "notebooks/out/cache.pkl")}

    space = copy(tmp_path / "space", project / "notebooks", sorted(made), apart=made, folders=[str(project / "figures")])

    assert (space.folder / "../figures").is_dir()
    assert not (space.folder / "../figures/a.png").exists()
    assert not (space.folder / "out").exists()


def test_paths_below_the_home_folder_are_led_however_they_are_written(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HOME", "/home/ada")
    lead = redirect("/home/ada/work", ["/home/ada/out.csv"], lambda path: "/space" + path)

    assert "open('/space/home/ada/out.csv'); '~/other'" == lead("open('~/out.csv'); '~/other'")


def test_folders_hidden_in_the_home_folder_stay_behind(project: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HOME", str(project))
    (project / ".ssh").mkdir()
    (project / ".ssh/key").write_text("secret")

    space = copy(tmp_path / "space", project, [])

    assert not (space.folder / ".ssh").exists()
    assert (space.folder / "data/x.csv").exists()


def test_a_record_lays_its_files_out_where_they_were_read(tmp_path: Path) -> None:
    files = {path: partial(writes, path) for path in ("/home/bo/nb/a.csv", "/home/bo/data/b.csv", "/srv/c.csv")}
    space = unpack(tmp_path / "space", Path("/home/bo/nb"), ["/home/bo/data/b.csv"], files)

    assert (space.folder / "a.csv").read_text() == "/home/bo/nb/a.csv"
    assert (space.folder / "../data/b.csv").read_text() == "/home/bo/data/b.csv"
    assert Path(space.place("/srv/c.csv")).read_text() == "/srv/c.csv"


@pytest.mark.parametrize("path", ["/home/bo/nb/../../../../etc/x", "../../x", "/home/bo/nb/a.csv/b"])
def test_a_record_writes_nowhere_else(path: str, tmp_path: Path) -> None:
    before = sorted(tmp_path.rglob("*"))
    with contextlib.suppress(LabjournalError):
        unpack(
            tmp_path / "space", Path("/home/bo/nb"), [], {"/home/bo/nb/a.csv": partial(writes, "a"), path: partial(writes, "x")}
        )

    assert before == sorted(found for found in tmp_path.rglob("*") if not found.is_relative_to(tmp_path / "space"))


def writes(text: str, target: Path) -> None:
    with target.open("x") as file:
        file.write(text)

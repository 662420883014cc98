"""The folder a replay works in."""

from __future__ import annotations

from pathlib import Path

import pytest

from labjournal.replay.sources import redirect
from labjournal.replay.workspace import Bounds, lay_out


@pytest.fixture
def project(tmp_path: Path) -> Path:
    folder = tmp_path / "project"
    for name in ("notebooks/helper.py", "data/x.csv", "notebooks/.git/HEAD", "notebooks/venv/pyvenv.cfg", "notebooks/venv/lib/big.py"):
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(name)
    return folder


def test_the_copy_keeps_the_layout_and_what_the_code_named_beside_its_folder(project: Path, tmp_path: Path) -> None:
    space = lay_out(tmp_path / "space", project / "notebooks", [str(project / "data/x.csv")])

    assert space.folder == tmp_path / "space/project/notebooks"
    assert (space.folder / "../data/x.csv").read_text() == "data/x.csv"
    assert (space.folder / "helper.py").exists()


def test_version_control_and_environments_stay_behind(project: Path, tmp_path: Path) -> None:
    space = lay_out(tmp_path / "space", project / "notebooks", [])

    assert ["helper.py"] == sorted(path.name for path in space.folder.rglob("*") if path.is_file())


def test_a_link_is_copied_as_its_content_so_that_nothing_leads_back(project: Path, tmp_path: Path) -> None:
    (project / "notebooks/linked.csv").symlink_to(project / "data/x.csv")
    space = lay_out(tmp_path / "space", project / "notebooks", [])

    (space.folder / "linked.csv").write_text("changed")

    assert not (space.folder / "linked.csv").is_symlink()
    assert (project / "data/x.csv").read_text() == "data/x.csv"


def test_a_loop_of_links_ends(project: Path, tmp_path: Path) -> None:
    (project / "notebooks/again").symlink_to(project / "notebooks")

    assert lay_out(tmp_path / "space", project / "notebooks", []).problems == ()


def test_above_the_bound_code_and_recorded_files_are_copied_and_it_is_said(project: Path, tmp_path: Path) -> None:
    (project / "notebooks/huge.bin").write_bytes(b"0" * 2000)
    (project / "notebooks/used.bin").write_bytes(b"1" * 2000)
    used = str(project / "notebooks/used.bin")
    space = lay_out(tmp_path / "space", project / "notebooks", [used], bounds=Bounds(bytes=1000))

    assert {"helper.py", "used.bin"} == {path.name for path in space.folder.rglob("*") if path.is_file()}
    assert "only code and the files that were recorded" in space.problems[0]


def test_a_folder_that_is_gone_is_said(tmp_path: Path) -> None:
    space = lay_out(tmp_path / "space", tmp_path / "gone", [])

    assert "is gone" in space.problems[0]


def test_absolute_paths_into_the_project_and_to_written_files_are_led_into_the_workspace(project: Path, tmp_path: Path) -> None:
    space = lay_out(tmp_path / "space", project / "notebooks", [str(project / "data/x.csv")])
    lead = redirect(str(space.origin), ["/srv/share/out.csv"], space.place)

    code = lead(f"a = open('{project}/data/x.csv'); b = open('/srv/share/out.csv', 'w'); c = open('/srv/share/in.csv')")

    assert f"open('{space.root}/project/data/x.csv')" in code
    assert f"open('{space.root}/elsewhere/srv/share/out.csv', 'w')" in code
    assert "open('/srv/share/in.csv')" in code

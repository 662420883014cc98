"""What the panel may ask, told by a real server over HTTP."""

from __future__ import annotations

import time
from typing import Any

from tests.builders import PNG
from tests.server.conftest import Server


def runs_of(server: Server) -> list[Any]:
    found: list[Any] = server.get("runs?notebook=analysis.ipynb")["runs"]
    return found


def test_runs_of_a_notebook_are_asked_for_by_its_server_path(server: Server) -> None:
    runs = runs_of(server)

    assert [3, 2] == [run["executions"] for run in runs]
    assert {"analysis.ipynb"} == {run["server_path"] for run in runs}


def test_without_a_notebook_all_runs_are_there_newest_first(server: Server) -> None:
    runs = server.get("runs")["runs"]

    assert runs == sorted(runs, key=lambda run: run["started"], reverse=True)
    assert "/elsewhere/other.ipynb" in [run["notebook"] for run in runs]


def test_a_run_is_shown_without_its_outputs(server: Server) -> None:
    run = runs_of(server)[0]["run"]
    answer = server.get(f"runs/{run}")

    assert [1, 2, 3] == [execution["n"] for execution in answer["executions"]]
    assert [[], [], []] == [execution["outputs"] for execution in answer["executions"]]


def test_executions_come_in_pages_as_one_line_each(server: Server) -> None:
    run = runs_of(server)[0]["run"]
    page = server.get(f"runs/{run}/executions?newest=1&limit=2")

    assert 3 == page["total"]
    assert [3, 2] == [one["n"] for one in page["executions"]]
    assert {"accuracy": 0.91} == page["executions"][1]["metrics"]
    assert page["executions"][1]["thumbnail"] is True


def test_one_execution_comes_whole(server: Server) -> None:
    run = runs_of(server)[0]["run"]
    answer = server.get(f"runs/{run}/executions/1")

    assert "x = 2\nprint(x)" == answer["source"]
    assert runs_of(server)[0]["server_path"] == answer["server_path"]
    assert ["2\n"] == [output["text"] for output in answer["outputs"]]


def test_a_thumbnail_is_the_picture_itself(server: Server) -> None:
    run = runs_of(server)[0]["run"]
    answer = server.ask("GET", f"/labjournal/api/runs/{run}/executions/2/thumbnail")

    assert (200, PNG, "image/png") == (answer.status, answer.body, answer.headers["Content-Type"])
    assert 404 == server.ask("GET", f"/labjournal/api/runs/{run}/executions/1/thumbnail").status


def test_every_version_of_a_cell_is_found_over_runs(server: Server) -> None:
    versions = server.get("versions?notebook=analysis.ipynb&cell_id=cell-x")["versions"]

    assert ["x = 2\nprint(x)", "x = 1"] == [version["source"] for version in versions]


def test_search_finds_code_whatever_is_typed(server: Server) -> None:
    assert any("secret_plan" in hit["snippet"] for hit in server.get("search?q=secret_plan")["hits"])
    for odd in ("%22", "*", "a%20AND", "NEAR(", "%00"):
        assert server.ask("GET", f"/labjournal/api/search?q={odd}").status == 200


def test_notes_tags_and_names_are_added_and_taken_away(server: Server) -> None:
    address = f"{runs_of(server)[1]['run']}/1"

    assert ["looks odd"] == [note["text"] for note in server.post("notes", address=address, text="looks odd")["notes"]]
    assert ["good", "paper"] == sorted(server.post("tags", address=address, tags=["paper", "good"])["tags"])
    removed = server.ask("DELETE", "/labjournal/api/tags", {"address": address, "tags": ["good"]})
    assert ["paper"] == removed.json["tags"]
    assert "baseline" == server.post("names", address=address, name="baseline")["name"]
    assert address.split("/")[0] == server.get("runs/baseline")["run"]


def test_recording_is_paused_and_resumed(server: Server) -> None:
    assert {"recording": False} == server.post("pause")
    assert server.get("status")["recording"] is False
    assert {"recording": True} == server.post("resume")
    assert server.get("status")["recording"] is True


def test_what_is_not_there_is_said_in_a_sentence(server: Server) -> None:
    for path in ("runs/nosuchrun", "runs/nosuchrun/executions/1", "replays/job99"):
        answer = server.ask("GET", f"/labjournal/api/{path}")
        assert 404 == answer.status
        assert answer.json["message"]
        assert "Traceback" not in answer.body.decode()


def test_a_malformed_request_is_refused(server: Server) -> None:
    bodies: list[Any] = [{}, {"address": 1, "text": "x"}, {"address": "last"}, []]
    for body in bodies:
        assert server.ask("POST", "/labjournal/api/notes", body).status == 400
    assert server.ask("GET", "/labjournal/api/runs?limit=many").status == 400
    for parameters in ([1], {"x": 1}, "x=1"):
        assert server.ask("POST", "/labjournal/api/replays", {"address": "last", "parameters": parameters}).status == 400


def test_an_export_stays_inside_the_served_folder(server: Server) -> None:
    run = runs_of(server)[0]["run"]
    for path in ("../out.html", "/../../out.html", "a/../../out.html", "nul\0.html"):
        answer = server.ask("POST", "/labjournal/api/exports", {"address": run, "kind": "html", "path": path})
        assert answer.status >= 400
    assert not (server.root.parent / "out.html").exists()


def test_a_page_is_exported_once_and_again_only_by_force(server: Server) -> None:
    request = {"address": runs_of(server)[0]["run"], "kind": "html", "path": "page.html"}
    made = server.post("exports", **request)

    assert "page.html" == made["server_path"]
    assert (server.root / "page.html").read_text().startswith("<!")
    assert 409 == server.ask("POST", "/labjournal/api/exports", request).status
    assert 200 == server.ask("POST", "/labjournal/api/exports", {**request, "force": True}).status


def test_a_replay_is_started_and_tells_its_verdict(server: Server) -> None:
    run = runs_of(server)[1]["run"]
    job = server.post("replays", address=f"{run}/1")["job"]
    until = time.monotonic() + 90
    while (state := server.get(f"replays/{job}"))["state"] == "running" and time.monotonic() < until:
        time.sleep(0.2)

    assert "" == state["message"]
    assert state["answer"]["reproduced"] is True


def test_the_graph_of_a_file_grows_from_its_server_path(server: Server) -> None:
    (server.root / "renamed.csv").write_bytes(b"1,2")
    run = "r002"

    answer = server.get("lineage?target=renamed.csv&direction=before")

    assert f"execution:{run}/3" in [edge["source"] for edge in answer["edges"] if edge["role"] == "written"]
    assert ["out.csv"] == [node["label"] for node in answer["nodes"] if node["id"] == answer["root"]]


def test_a_place_outside_the_served_folder_is_refused_in_a_sentence(server: Server) -> None:
    request = {"address": "last", "kind": "html", "path": "../evil.html"}
    for answer in (
        server.ask("POST", "/labjournal/api/exports", request),
        server.ask("GET", "/labjournal/api/runs?notebook=../x.ipynb"),
        server.ask("GET", "/labjournal/api/versions?notebook=../x.ipynb&cell_id=a"),
    ):
        assert (422, True) == (answer.status, "lies outside the folder" in answer.json["message"])
    assert not (server.root.parent / "evil.html").exists()


def test_no_file_outside_the_served_folder_is_opened(server: Server) -> None:
    outside = server.root.parent / "outside.csv"
    outside.write_bytes(b"1,2")
    (server.root / "link.csv").symlink_to(outside)
    try:
        for target in ("../outside.csv", str(outside), "link.csv", "/etc/passwd"):
            assert 404 == server.ask("GET", f"/labjournal/api/lineage?target={target}").status, target
    finally:
        (server.root / "link.csv").unlink()


def test_a_graph_needs_a_target_and_a_direction(server: Server) -> None:
    for query in ("", "target=last/1&direction=sideways", "target=last/1&depth=deep"):
        assert 400 == server.ask("GET", f"/labjournal/api/lineage?{query}").status


def test_why_answers_for_a_server_path_an_address_and_a_number(server: Server) -> None:
    (server.root / "renamed.csv").write_bytes(b"1,2")
    run = "r002"

    by_file = server.get("why?target=renamed.csv&forward=1")

    assert (f"{run}/3", "renamed.csv", []) == (by_file["produced_by"]["address"], by_file["server_path"], by_file["used_by"])
    assert f"{run}/2" == server.get(f"why?target={run}/2")["produced_by"]["address"]
    assert "metric" == server.get(f"why?target={run}:accuracy")["kind"]


def test_the_packages_that_a_recipe_rests_on_most_come_first(server: Server) -> None:
    run = next(run["run"] for run in server.get("runs?notebook=made.ipynb")["runs"] if run["replay_of"] is None)

    assert ["numpy", "attrs"] == server.get(f"why?target={run}/3")["environment"]["used"]


def test_why_refuses_what_nobody_recorded_with_the_nearest_known(server: Server) -> None:
    (server.root / "strange").mkdir(exist_ok=True)
    (server.root / "strange" / "out.csv").write_bytes(b"3,4,5")

    answer = server.ask("GET", "/labjournal/api/why?target=strange/out.csv")

    assert 404 == answer.status
    assert "A file of the same name is known" in answer.json["message"]
    assert 400 == server.ask("GET", "/labjournal/api/why").status


def test_a_file_that_is_too_long_to_read_is_refused_in_a_sentence(server: Server) -> None:
    with (server.root / "long.bin").open("wb") as file:
        file.truncate((1 << 30) + 1)
    try:
        answer = server.ask("GET", "/labjournal/api/why?target=long.bin")
    finally:
        (server.root / "long.bin").unlink()

    assert 422 == answer.status
    assert "too much to be read here" in answer.json["message"]


def test_two_runs_are_compared_and_one_with_the_run_before(server: Server) -> None:
    new, old = "r002", "r001"

    both, alone = server.get(f"diff?a={old}&b={new}"), server.get(f"diff?a={new}")

    assert both == alone
    assert [(old, new), False] == [(both["a"], both["b"]), both["same"]]
    assert 404 == server.ask("GET", f"/labjournal/api/diff?a={old}").status
    assert 400 == server.ask("GET", "/labjournal/api/diff").status


def test_results_come_in_pages_sorted_by_the_server(server: Server) -> None:
    first = server.get("results?limit=1")
    second = server.get("results?limit=1&offset=1")
    best = server.get("results?sort=accuracy&order=ascending")

    assert (first["total"], len(first["results"]), second["offset"]) == (2, 1, 1)
    assert [each["files"] != [] for each in (first["results"][0], second["results"][0])] == [True, False]
    assert best["results"][0]["metrics"] == {"accuracy": 0.91}
    assert best["results"][0]["server_path"] == "analysis.ipynb"
    assert server.get("results?notebook=other.ipynb")["results"] == []
    assert server.ask("GET", "/labjournal/api/results?sort=nothing").status == 422
    assert server.ask("GET", "/labjournal/api/results?sort=parameters.nothing").status == 422
    assert server.ask("GET", "/labjournal/api/results?order=sideways").status == 400

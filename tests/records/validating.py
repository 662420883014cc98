"""roc-validator without a network: the one document it would fetch, RO-Crate's context (CC0), is laid into its cache beforehand."""

from __future__ import annotations

import io
from pathlib import Path
from typing import Any

CONTEXT = Path(__file__).resolve().parent.parent / "samples" / "contexts" / "ro-crate-1.1.jsonld"
URL = "https://w3id.org/ro/crate/1.1/context"
PROFILE = "provenance-run-crate-0.5"


def warmed(folder: Path) -> Path:
    """A cache that knows the context and nothing else."""
    import requests
    from requests_cache import CachedSession
    from urllib3 import HTTPResponse

    class Shelf(requests.adapters.BaseAdapter):
        def send(self, request: Any, *_: Any, **__: Any) -> Any:
            answer = requests.Response()
            answer.status_code, answer.url, answer.request = 200, request.url, request
            answer.headers["Content-Type"] = "application/ld+json"
            answer.raw = HTTPResponse(
                io.BytesIO(CONTEXT.read_bytes()), headers=dict(answer.headers), status=200, preload_content=False, request_url=URL
            )
            return answer

        def close(self) -> None:
            pass

    with CachedSession(cache_name=str(folder / "contexts"), backend="sqlite", expire_after=-1) as session:
        session.mount("https://", Shelf())
        session.get(URL, headers={"Accept": "application/ld+json, application/json, */*;q=0.1"}).raise_for_status()
    return folder / "contexts"


def issues(crate: Path, cache: Path) -> dict[str, list[str]]:
    """What the validator minds, by severity."""
    from rocrate_validator import services
    from rocrate_validator.models import Severity, ValidationSettings

    settings = ValidationSettings(
        rocrate_uri=str(crate), profile_identifier=PROFILE, requirement_severity=Severity.RECOMMENDED, abort_on_first=False, offline=True,
        cache_path=str(cache),
    )  # fmt: skip
    answer: dict[str, list[str]] = {}
    for issue in services.validate(settings).get_issues():
        answer.setdefault(issue.severity.name, []).append(f"{issue.check.identifier}: {issue.message}")
    return answer

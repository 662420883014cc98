"""How a figure is written down."""

from __future__ import annotations

from dataclasses import dataclass

__all__ = ["Row", "ms", "quantile", "seconds"]


@dataclass(frozen=True)
class Row:
    """One figure: `value` against `plain` where there is a baseline, and the bound that was promised."""

    what: str
    value: str
    plain: str = ""
    ratio: str = ""
    bound: str = ""
    kept: bool | None = None


def quantile(times: list[float], at: float) -> float:
    ordered = sorted(times)
    return ordered[min(len(ordered) - 1, int(at * len(ordered)))]


def ms(value: float) -> str:
    return f"{value:.2f} ms" if value < 100 else f"{value:.0f} ms"


def seconds(value: float) -> str:
    return f"{value:.3f} s"

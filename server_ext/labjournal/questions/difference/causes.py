"""Which of the differences explains what came out differently: every cause with a weight, a sentence and its evidence, most probable first.

A weight is an estimate to rank by: how often such a change is what moved a number (a change of code on which the number depends nearly
always, a newer version of a library now and then, another kernel of the system hardly ever), less where nothing recorded connects the
two. Three things connect them. A change counts if the number depends on the execution it was made in. It counts less if frames and
numbers had already parted before it. And what is always there, unseeded draws and the clock, counts where nothing else explains it.
"""

from __future__ import annotations

from labjournal.questions.difference.answers import Cause, WhatChanged
from labjournal.questions.difference.chance_causes import always_there, changed_seeds
from labjournal.questions.difference.code_causes import changed_code, changed_modules, changed_order, changed_parameters
from labjournal.questions.difference.code_nature import nature
from labjournal.questions.difference.data_causes import changed_data
from labjournal.questions.difference.failing import failures
from labjournal.questions.difference.surroundings import surroundings
from labjournal.questions.difference.weighing import Compared, differs, sources

__all__ = ["ranked"]

_STRONG = 0.5
_MOST = 60


def ranked(answer: WhatChanged, compared: Compared) -> list[Cause]:
    """Most probable first. Nothing that came out differently needs no explanation: what changed is then told with little weight."""
    natures = {id(pair): nature(*sources(pair)) for pair in compared.pairs if differs(pair)}
    failed = list(failures(answer, compared))
    blamed = {fact["name"] for each in failed if each["kind"] == "environment" for fact in each["evidence"] if fact["b"]}
    found = [
        *failed,
        *changed_seeds(answer, compared, natures),
        *changed_code(compared, natures, answer),
        *changed_parameters(answer, compared, natures),
        *changed_modules(answer, compared),
        *changed_data(answer, compared),
        *changed_order(answer),
        *(each for each in surroundings(answer, compared) if not blamed & {fact["name"] for fact in each["evidence"][:1]}),
    ]
    strong = any(each["weight"] >= _STRONG for each in found)
    if compared.moved:
        found += always_there(answer, compared, strong)
    else:
        found = [{**each, "weight": round(each["weight"] * 0.2, 3)} for each in found]
    return sorted(found, key=lambda each: -each["weight"])[:_MOST]

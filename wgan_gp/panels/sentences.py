"""What a panel says under its title: sentences, each with the condition under which it is true. Without matplotlib.

A condition is a nested tuple, so that the board gets it as JSON; ui/web/sentences.js decides by the same rules as `holds`. It is asked of
the runs that are shown, and of the shown moment of each. Facts are named as in facts.py: `constraint`, `modes`; numbers as in table.py:
`truth.w1`, `curve.estimate`. A fact that is not known fulfils nothing.
"""

from __future__ import annotations

import operator
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

Condition = tuple[Any, ...]
Facts = Mapping[str, Any]
Sign = Literal["==", "<", "<=", ">", ">="]
_SIGNS: Mapping[str, Callable[[Any, Any], bool]] = {
    "==": operator.eq, "<": operator.lt, "<=": operator.le, ">": operator.gt, ">=": operator.ge,
}  # fmt: skip


def fact(name: str, sign: Sign, value: str | float | bool) -> Condition:
    """Of one run, inside `some` or `every`: how a fact or a number of it compares. Outside them there is `runs`, their number."""
    return "fact", name, sign, value


def both(*conditions: Condition) -> Condition:
    """All of these hold."""
    return "both", *conditions


def either(*conditions: Condition) -> Condition:
    """One of these holds."""
    return "either", *conditions


def no(condition: Condition) -> Condition:
    """This does not hold."""
    return "no", condition


def some(condition: Condition) -> Condition:
    """It holds of a run that is shown."""
    return "some", condition


def every(condition: Condition) -> Condition:
    """It holds of all runs that are shown, and there is one."""
    return "every", condition


ALWAYS = both()


@dataclass(frozen=True)
class Sentence:
    """What to look for. `tests/panels/test_sentences.py` holds it against numbers, by its key."""

    key: str
    text: str
    when: Condition = ALWAYS
    caption: bool = False  # figures say it, too


def holds(condition: Condition, runs: Sequence[Facts], run: Facts | None = None) -> bool:
    """Whether a condition is true of these runs; inside `some` and `every`, of one of them."""
    word, *parts = condition
    if word == "fact":
        name, sign, value = parts
        found = len(runs) if name == "runs" else (run or {}).get(name)
        return found is not None and _SIGNS[sign](found, value)
    if word == "no":
        return not holds(parts[0], runs, run)
    if word in ("some", "every"):
        each = [holds(parts[0], runs, one) for one in runs]
        return any(each) if word == "some" else bool(each) and all(each)
    return (all if word == "both" else any)(holds(part, runs, run) for part in parts)


def said(sentences: Iterable[Sentence], runs: Sequence[Facts]) -> str:
    """Those that are true of these runs, one after the other."""
    return " ".join(sentence.text for sentence in sentences if holds(sentence.when, runs))

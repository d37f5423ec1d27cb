"""Seeds: a sample's name is its seed. What counts as one, how many may be asked for at once, and how people write them."""

from __future__ import annotations

from collections.abc import Sequence

from wgan_gp.errors import InvalidConfig

MOST_SEEDS = 10_000


def check_seeds(seeds: Sequence[int]) -> None:
    """Raise InvalidConfig unless there are 1 to 10,000 seeds from 0 to 2**63 - 1."""
    if not 1 <= len(seeds) <= MOST_SEEDS:
        raise InvalidConfig(f"seeds: {len(seeds):,} were given; from 1 to {MOST_SEEDS:,} are allowed.")
    for seed in (min(seeds), max(seeds)):
        if not 0 <= seed < 2**63:
            raise InvalidConfig(f"seeds: {seed} is not allowed; a seed is from 0 to 2**63 - 1.")


def parse_seeds(text: str) -> list[int]:
    """`7`, `0:64` (the end not included), `1, 5, 9`, or a mixture such as `0:8, 100`. Raises InvalidConfig."""
    seeds: list[int] = []
    for part in text.split(","):
        first, colon, last = (piece.strip() for piece in part.partition(":"))
        numbers = [first, last] if colon else [first]
        if not all(number.isascii() and number.isdigit() and len(number) <= 19 for number in numbers):
            raise InvalidConfig(f"seeds: {text[:60]!r} is not understood; write 7, or 0:64 (64 not included), or 1, 5, 9.")
        start, end = int(first), int(last) if colon else int(first) + 1
        if end <= start:
            raise InvalidConfig(f"seeds: {part.strip()[:60]!r} holds none; the end of a range is above its start.")
        if len(seeds) + end - start > MOST_SEEDS:  # before a range of a million millions is written out
            raise InvalidConfig(f"seeds: {text[:60]!r} are {len(seeds) + end - start:,}; from 1 to {MOST_SEEDS:,} are allowed.")
        seeds += range(start, end)
    check_seeds(seeds)
    return seeds

import contextlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from wgan_gp.errors import InvalidConfig
from wgan_gp.seeds import MOST_SEEDS, parse_seeds


@pytest.mark.parametrize(
    ("text", "seeds"),
    [
        ("7", [7]),
        ("0:4", [0, 1, 2, 3]),
        (" 1, 5 ,9 ", [1, 5, 9]),
        ("0:3, 100", [0, 1, 2, 100]),
        (str(2**63 - 1), [2**63 - 1]),
        (f"0:{MOST_SEEDS}", list(range(MOST_SEEDS))),
    ],
)
def test_a_seed_a_range_and_a_list_are_understood(text: str, seeds: list[int]) -> None:
    assert parse_seeds(text) == seeds


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", "is not understood"),
        ("-1", "is not understood"),
        ("1.5", "is not understood"),
        ("1,,2", "is not understood"),
        ("\u0661", "is not understood"),
        ("8:3", "holds none"),
        ("3:3", "holds none"),
        (f"0:{MOST_SEEDS + 1}", "are 10,001; from 1 to 10,000 are allowed"),
        ("0:9999999999999999999", "from 1 to 10,000 are allowed"),
        (str(2**63), "a seed is from 0 to 2"),
    ],
)
def test_anything_else_is_one_sentence(text: str, said: str) -> None:
    with pytest.raises(InvalidConfig, match=said):
        parse_seeds(text)


@given(st.text(max_size=40))
def test_no_text_does_anything_but_give_seeds_or_a_sentence(text: str) -> None:
    with contextlib.suppress(InvalidConfig):  # the only thing that may be raised
        seeds = parse_seeds(text)
        assert 1 <= len(seeds) <= MOST_SEEDS
        assert all(0 <= seed < 2**63 for seed in seeds)

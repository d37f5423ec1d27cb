"""Which samplers a trainer may ask before their turn."""

import torch

from wgan_gp.data import load
from wgan_gp.data.draws import draws_alone, is_known_to_draw_alone


def test_the_labs_sets_are_marked_and_others_are_not() -> None:
    for name in ("8gaussians", "swissroll", "digits"):
        assert is_known_to_draw_alone(load(name).to(torch.device("cpu")).sample)

    def own(count: int, random: torch.Generator) -> torch.Tensor:
        return torch.randn(count, 2, generator=random)

    assert not is_known_to_draw_alone(own)
    assert is_known_to_draw_alone(draws_alone(own))
    assert is_known_to_draw_alone(None)

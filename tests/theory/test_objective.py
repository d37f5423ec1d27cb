import torch

from wgan_gp.theory.objective import critic_loss, estimate, generator_loss


def test_the_signs_are_those_of_the_papers() -> None:
    real, fake = torch.tensor([3.0, 5.0]), torch.tensor([1.0, 0.0, 2.0])
    assert critic_loss(real, fake).item() == 1.0 - 4.0
    assert estimate(real, fake).item() == 4.0 - 1.0
    assert generator_loss(fake).item() == -1.0


def test_the_estimate_is_minus_the_critic_loss_without_penalty() -> None:
    random = torch.Generator().manual_seed(1)
    real, fake = torch.randn(7, generator=random), torch.randn(9, generator=random)
    assert torch.equal(estimate(real, fake), -critic_loss(real, fake))


def test_a_generator_step_down_its_loss_raises_the_critics_value_of_fakes() -> None:
    fake_values = torch.tensor([0.5, -1.0], requires_grad=True)
    generator_loss(fake_values).backward()
    assert fake_values.grad is not None
    assert bool((fake_values.grad < 0).all())

"""The trainer the Lab uses: the reference's iteration, number for number, in fewer passes."""

from __future__ import annotations

from wgan_gp.training.step import ReferenceTrainer


class Trainer(ReferenceTrainer):
    """Trains a generator against a critic: `trainer.step()` is one iteration. Takes what ReferenceTrainer takes."""

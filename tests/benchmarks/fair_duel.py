"""What the constraint alone does, and what the optimiser adds: clipping and penalty, each with either paper's optimiser, three seeds.

`python tests/benchmarks/fair_duel.py` trains the duel's `fast` preset on 8 Gaussians and prints a table: good samples (within 3 sigma of
a mode) of 20,000, and exact W1 of 2,048 samples to as many real points, of which each mode has its fair share.
"""

from __future__ import annotations

import argparse

import torch

from wgan_gp.config import changed
from wgan_gp.data import load
from wgan_gp.data.plane import PlaneSet
from wgan_gp.networks import build_nets
from wgan_gp.presets import preset
from wgan_gp.theory.latent import latents_from_seeds
from wgan_gp.theory.quality import mode_report
from wgan_gp.theory.transport import exact_w1
from wgan_gp.training.checkpoint import sampling_weights
from wgan_gp.training.events import Checkpoint
from wgan_gp.training.loop import train

SAMPLES, W1_SAMPLES = 20_000, 2_048
SIDES = (("clip", "rmsprop"), ("gp", "rmsprop"), ("clip", "adam"), ("gp", "adam"))


def measured(method: str, optimizer: str, seed: int, data_name: str) -> tuple[float, float]:
    config = changed(preset(data_name, method, optimizer=optimizer), {"seed": seed, "device": "cpu", "threads": 1})
    *_, saved = (event for event in train(config) if isinstance(event, Checkpoint))
    data = load(data_name)
    assert isinstance(data, PlaneSet)
    generator, _ = build_nets(config)
    generator.load_state_dict(sampling_weights(saved.blob))
    with torch.no_grad():
        samples = generator.eval()(latents_from_seeds(range(SAMPLES), config.latent_dim))
    report = mode_report(samples, torch.tensor(data.centres), data.sigma)
    return report.good_share, exact_w1(samples[:W1_SAMPLES], data.sample_evenly(W1_SAMPLES, torch.Generator().manual_seed(0)))


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seeds", type=int, nargs="+", default=[0, 1, 2])
    parser.add_argument("--data", default="8gaussians", choices=["8gaussians", "25gaussians"])
    options = parser.parse_args()
    torch.set_num_threads(1)
    print("| constraint | optimiser of | good samples, % | W1 |\n| --- | --- | --- | --- |")
    for method, optimizer in SIDES:
        found = [measured(method, optimizer, seed, options.data) for seed in options.seeds]
        good = ", ".join(f"{100 * share:.0f}" for share, _ in found)
        print(f"| {method} | {optimizer} | {good} | {', '.join(f'{w1:.3f}' for _, w1 in found)} |", flush=True)

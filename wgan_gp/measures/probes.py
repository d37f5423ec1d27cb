"""What a moment holds: measurements for the eye, never in the way of training.

Everything a probe needs at random is drawn once, from a source of its own, from the run's seed: taking or skipping a probe changes no
weight, and two runs with the same seed and data are measured at the same latents, the same real points and the same interpolates.
"""

from __future__ import annotations

import time

import safetensors.torch
import torch
from torch import Tensor, nn

from wgan_gp.config import RunConfig
from wgan_gp.data import DataSet
from wgan_gp.data.images import ImageSet, to_grey_levels
from wgan_gp.data.plane import PlaneSet
from wgan_gp.measures.image_quality import ImageQuality, image_quality
from wgan_gp.measures.layer_probe import layer_arrays
from wgan_gp.measures.measured import Measured
from wgan_gp.measures.table import numbers
from wgan_gp.measures.truth import Truth
from wgan_gp.networks.layers import Crop, Squeeze
from wgan_gp.theory.bracket import lipschitz_bracket
from wgan_gp.theory.latent import latents_from_seeds, slerp
from wgan_gp.theory.lipschitz import gradient_norms, interpolates
from wgan_gp.theory.objective import estimate

PATH_SEEDS = ((1_000_001, 1_000_002), (1_000_003, 1_000_004))  # end points of the interpolations
PROBE_SEED = 7_340_033  # added to the run's seed, so that probes never share a stream with training
GRID_BYTES = 120_000  # largest picture grid in a moment
WEIGHT_SAMPLE = 2048  # weights a histogram is made of
QUANTILES = 512


class Probes:
    """Measures two nets in training. `scene()` is what stands still, `moment()` what changes; both are safetensors blobs of small arrays.

    `seldom_seconds` is what the costly part of the last moment took; `facts` are worth keeping with the run.
    """

    def __init__(self, measured: Measured, data: DataSet, config: RunConfig) -> None:
        self._measured, self._data, self._shape = measured, data, config.shape
        shape, random = config.shape, torch.Generator(measured.device).manual_seed((config.seed + PROBE_SEED) % 2**63)
        self._count = 512 if shape.is_plane else 64
        self._estimate_count = 256 if shape.is_plane else 64
        self._norm_count = 160 if shape.is_plane else 32
        self._real = data.sample(self._count, random)  # [count, ...]
        self._held_out = data.sample_held_out(self._estimate_count, random)  # [estimate_count, ...]
        self._epsilon = torch.rand(self._norm_count, generator=random, device=measured.device)
        self._latents = latents_from_seeds(range(self._count), measured.latent_dim).to(measured.device)
        self._paths = _paths(measured.latent_dim, 33 if shape.is_plane else 10, 1 if shape.is_plane else 2).to(measured.device)
        self._picks = {part: _pick_weights(module, random) for part, module in self._nets().items()}
        self._truth = Truth(data, self._real, random) if isinstance(data, PlaneSet) else None
        self._quality: ImageQuality | None = None
        self._judged: dict[str, Tensor] = {}  # what was found last
        self.facts: dict[str, str] = {}
        if isinstance(data, ImageSet):
            self._quality, self.facts["quality"] = image_quality(data, measured.latent_dim, random)
        self.seldom_seconds = 0.0
        self._grid: Tensor | None = None
        if isinstance(data, PlaneSet):
            self._nodes = config.plane_nodes or _grid_side(measured.critic)
            self._extent = config.plane_extent or data.extent
            self._grid = grid_over(self._extent, self._nodes, measured.device)

    def scene(self) -> bytes:
        """plane: `real` f32[n, 2], `extent` f32[4] = x0, x1, y0, y1; images: `real` u8[n, H, W, C]."""
        if isinstance(self._data, PlaneSet):
            return to_blob({"real": self._real, "extent": self._corners()})
        return to_blob({"real": self._pictures(self._real[: self._shown()])})

    def moment(self, *, seldom: bool = False) -> bytes:
        """All probes of this iteration: arrays of the table of measures.

        With `seldom` also `truth` where data lie in the plane, and `quality` where a feature extractor ships for the images; it is kept in
        the moments that follow, most of which outlive those in which it was measured.
        """
        generator = self._measured.sampling_generator
        training = generator.training
        generator.eval()
        with torch.no_grad():
            outputs = generator(torch.cat((self._latents, self._paths)))
        generator.train(training)
        fake, paths = outputs[: self._count], outputs[self._count :]
        arrays = self._samples(fake, paths) | self._norms(fake) | self._estimates(fake) | self._critic_arrays(fake)
        arrays["weights_generator"] = self._weights(self._measured.generator, "generator")
        costly = self._timed(fake) if seldom else {}
        return to_blob(arrays | costly | self._judged)

    def _timed(self, fake: Tensor) -> dict[str, Tensor]:
        began = time.perf_counter()
        found = self._taken_seldom(fake)
        self.seldom_seconds = time.perf_counter() - began
        return found

    def _taken_seldom(self, fake: Tensor) -> dict[str, Tensor]:
        if self._quality is not None:
            self._judged = {"quality": self._quality.measure(self._measured.sampling_generator, self._measured.iteration)}
        return {"truth": self._truth.measure(fake)} | self._bracket(fake) if self._truth is not None else {}

    def _bracket(self, fake: Tensor) -> dict[str, Tensor]:
        """`bracket`, of critics whose weights are finite."""
        critic, real, fake = self._measured.critic, self._real[: self._norm_count], fake[: self._norm_count]
        if not all(bool(weight.isfinite().all()) for weight in critic.parameters()):
            return {}
        points = torch.cat((interpolates(real, fake, self._epsilon), real, fake))
        found = lipschitz_bracket(critic, points, self._shape.shape, neutral=(Squeeze, Crop))
        return {"bracket": torch.tensor(numbers("bracket", low=found.low, high=found.high))}

    def _samples(self, fake: Tensor, paths: Tensor) -> dict[str, Tensor]:
        """plane: `samples` f32[512, 2], `path` f32[33, 2]; images: `samples` u8[n, H, W, C], `strips` u8[2, 10, H, W, C]."""
        if self._shape.is_plane:
            return {"samples": fake, "path": paths}
        strips = self._pictures(paths)
        return {"samples": self._pictures(fake[: self._shown()]), "strips": strips.view(2, -1, *strips.shape[1:])}

    def _norms(self, fake: Tensor) -> dict[str, Tensor]:
        """`norms_line`, `norms_real`, `norms_fake` f32[n], sorted: the critic's gradient norms at interpolates, real and fake points."""
        real, fake = self._real[: self._norm_count], fake[: self._norm_count]
        line = interpolates(real, fake, self._epsilon)
        norms = gradient_norms(self._measured.critic, torch.cat((line, real, fake))).view(3, -1)
        return {f"norms_{name}": row.sort().values for name, row in zip(("line", "real", "fake"), norms, strict=True)}

    @torch.no_grad()
    def _estimates(self, fake: Tensor) -> dict[str, Tensor]:
        """`estimates` f32[2]: on data of training and on held-out data, against the same fakes; in the plane also the field."""
        count = self._estimate_count
        parts = [self._real[:count], self._held_out, fake[:count]]
        values = self._measured.critic(torch.cat(parts if self._grid is None else [*parts, self._grid])).flatten()
        real, held_out, generated = values[: 3 * count].view(3, -1)
        arrays = {"estimates": torch.stack((estimate(real, generated), estimate(held_out, generated)))}
        return arrays if self._grid is None else arrays | centred_field(values[3 * count :], real.mean())

    def _critic_arrays(self, fake: Tensor) -> dict[str, Tensor]:
        """What is said of the critic itself, whoever makes the fake samples: `weights_critic`, and what `layer_arrays` holds."""
        critic = self._measured.critic
        found = layer_arrays(critic, self._measured.constraint, self._real, fake)
        return found | {"weights_critic": self._weights(critic, "critic")}

    def _weights(self, module: nn.Module, part: str) -> Tensor:
        """`weights_critic`, `weights_generator` f32[512], sorted: evenly spaced quantiles over a fixed random choice of the weights."""
        weights = torch.cat([p.detach().flatten() for p in module.parameters()])[self._picks[part]].sort().values
        places = torch.linspace(0, len(weights) - 1, QUANTILES, device=weights.device).round().long()
        return weights[places]

    def _nets(self) -> dict[str, nn.Module]:
        return {"critic": self._measured.critic, "generator": self._measured.generator}

    def _corners(self) -> Tensor:
        return torch.tensor([-self._extent, self._extent, -self._extent, self._extent])

    def _shown(self) -> int:
        """Pictures in the grid: the largest square up to 64 that stays small on the wire."""
        most = GRID_BYTES // (self._shape.channels * self._shape.size**2)
        side = min(8, int(most**0.5))
        return max(1, side) ** 2

    def _pictures(self, samples: Tensor) -> Tensor:
        return to_grey_levels(samples).movedim(-3, -1)  # [n, H, W, C]


def centred_field(values: Tensor, centre: Tensor) -> dict[str, Tensor]:
    """`field` f16[g, g]: D minus `centre`, its mean over real data, and divided by `field_scale` f32[1]: half precision keeps the shape."""
    side = int(len(values) ** 0.5)
    centred = (values - centre).view(side, side)
    scale = centred.abs().max().clamp(min=1e-12)
    return {"field": (centred / scale).half(), "field_scale": scale.view(1)}


def grid_over(extent: float, side: int, device: torch.device) -> Tensor:
    """[side * side, 2]: nodes over [-extent, extent]^2, the lowest y first, x running fastest."""
    axis = torch.linspace(-extent, extent, side, device=device)
    y, x = torch.meshgrid(axis, axis, indexing="ij")
    return torch.stack((x.flatten(), y.flatten()), dim=1)


def _grid_side(critic: nn.Module) -> int:
    """A finer field for a small critic, so that a probe stays cheap beside an iteration."""
    return 36 if sum(p.numel() for p in critic.parameters()) < 100_000 else 32


def _paths(latent_dim: int, frames: int, count: int) -> Tensor:
    """Slerps between fixed end points: [count * frames, latent_dim]."""
    share = torch.linspace(0, 1, frames)
    ends = [latents_from_seeds(seeds, latent_dim) for seeds in PATH_SEEDS[:count]]
    return torch.cat([slerp(start, end, share) for start, end in ends])


def _pick_weights(module: nn.Module, random: torch.Generator) -> Tensor:
    total = sum(p.numel() for p in module.parameters())
    order = torch.randperm(total, generator=random, device=random.device)
    return order[:WEIGHT_SAMPLE]


def to_blob(arrays: dict[str, Tensor]) -> bytes:
    """Arrays by name as one safetensors blob."""
    return safetensors.torch.save({name: value.detach().cpu().contiguous() for name, value in arrays.items()})

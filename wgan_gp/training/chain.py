"""A critic's update written out as matrix products, for critics that are chains of linear and convolutional layers with (leaky) ReLU.

Such a critic is piecewise linear: where its activations stand, D(x) is a product of matrices. Its gradient by x is the transposed
product, and the gradient of the penalty by the weights is the product once more, applied to a tangent: with delta_l the gradient of
D by layer l's output, g = W_1' delta_1 the gradient by x, and u_0 = dP/dg,

    u_l = mask_l * (W_l u_{l-1}),      dP/dW_l = delta_l u_{l-1}'.

No double backward is left, and no autograd at all. Real, fake and penalised points share every product: three batches forward, three
back, one tangent, three for the weights: 10 passes of one batch, the least there is.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple, Self

import torch
from torch import Tensor, nn

from wgan_gp.networks.structure import convolution_format, writes_to_its_input
from wgan_gp.networks.tracing import NotALine
from wgan_gp.theory.lipschitz import norms_of_gradient
from wgan_gp.training.links import Link, Weighted, are_learnt_plainly, has_weights, link_of
from wgan_gp.training.passes import Charge, CriticFindings


class CriticPass(NamedTuple):
    """What an update's pass through the critic has found."""

    findings: CriticFindings
    gradients: list[Tensor]  # of the loss by `Chain.parameters`, in their order


class Chain:
    """The layers of a critic, and the passes over them: equal chains are made of the same layers with the same settings.

    Changes to the critic's weights are seen; where layers may have changed, `of` tells.
    """

    def __init__(self, links: Sequence[Link]) -> None:
        self._links = links
        weighted = [index for index, link in enumerate(links) if isinstance(link, Weighted)]
        self._first, self._last = weighted[0], weighted[-1]
        self._begins_with_images = links[0].takes_images

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Chain) and self._links == other._links

    __hash__ = None  # type: ignore[assignment]

    @property
    def parameters(self) -> list[Tensor]:
        """Weights and biases, from the first layer to the last."""
        return [p for link in self._links if isinstance(link, Weighted) for p in link.parameters]

    @classmethod
    def of(cls, layers: Sequence[nn.Module]) -> Self:
        """The chain of these layers as they are now. Raises NotALine with what cannot be written out."""
        links = [link_of(layer, after_weights=has_weights(before)) for before, layer in zip([None, *layers], layers, strict=False)]
        weights = [p for layer in layers for p in layer._parameters.values() if p is not None]
        if not weights or len(set(map(id, layers))) < len(layers) or not are_learnt_plainly(weights):
            raise NotALine("it has weights that are frozen, used twice or looked at by hooks, or none")
        if writes_to_its_input(layers):
            raise NotALine("an activation writes to the samples themselves")
        return cls(links)

    @torch.no_grad()
    def values(self, samples: Tensor) -> Tensor:
        """D(x) of [batch, ...], in the critic's own shape."""
        return self._forward(samples)[-1]

    @torch.no_grad()
    def values_and_gradient(self, samples: Tensor) -> tuple[Tensor, Tensor]:
        """D(x) of [batch, ...], in the critic's own shape, and its gradient by x, [batch, ...]."""
        passed = self._forward(samples)
        delta = torch.ones_like(passed[-1])
        for link, before, after in zip(reversed(self._links), passed[-2::-1], passed[:0:-1], strict=True):
            delta = link.back(delta, before, after)
        return passed[-1], delta

    @torch.no_grad()
    def gradients(self, real: Tensor, fake: Tensor, penalised: Tensor | None, charge: Charge | None, measured: Tensor | None) -> CriticPass:
        """The gradient of E[D(fake)] - E[D(real)] + charge(norms at `penalised`) by the weights. Changes nothing.

        real, fake: [m, ...]; penalised, measured: [p, ...], [q, ...], points where the gradient norm is charged or only looked at.
        """
        parts = [part for part in (real, fake, penalised, measured) if part is not None]
        values = 2 * len(real)
        learning = values + (len(penalised) if penalised is not None else 0)
        passed = self._forward(torch.cat(parts))
        real_values, fake_values = passed[-1][: len(real)], passed[-1][len(real) : values]
        deltas, gradient = self._back(passed, _seed(passed[-1], len(real)), values)
        norms = norms_of_gradient(gradient)
        penalty = norms.new_zeros(())
        if penalised is not None and charge is not None:
            held = norms[: len(penalised)]
            penalty, slope = charge.penalty_and_slope(held)
            tangent = gradient[: len(penalised)] * (slope / held).view(-1, *[1] * (gradient.dim() - 1))
            self._put_tangents(passed, tangent, slice(values, learning))
        gradients: list[Tensor] = []
        for index, delta in deltas.items():
            link = self._links[index]
            assert isinstance(link, Weighted)
            gradients += link.gradients(delta[:learning], passed[index][:learning], delta[:values])
        looked_at = norms if measured is None else norms[-len(measured) :]
        return CriticPass(CriticFindings(real_values, fake_values, penalty, looked_at), gradients)

    def _forward(self, samples: Tensor) -> list[Tensor]:
        """What goes into each layer, and at the end the critic's values."""
        image_format = convolution_format(samples.device)
        for link in self._links:
            link.lay_out(image_format)
        passed = [samples.contiguous(memory_format=image_format) if self._begins_with_images else samples]
        for link in self._links:
            passed.append(link.forward(passed[-1]))
        return passed

    def _back(self, passed: list[Tensor], delta: Tensor, values: int) -> tuple[dict[int, Tensor], Tensor]:
        """The gradient by the output of every layer with weights, for all rows, and by x, for the rows after the first `values`."""
        deltas: dict[int, Tensor] = {}
        for index in range(len(self._links) - 1, -1, -1):
            if index == self._first:  # nobody asks for the gradient by real and fake samples
                deltas[index] = delta
                delta = delta[values:]
            elif isinstance(self._links[index], Weighted):
                deltas[index] = delta
            if index <= self._first:
                delta = self._links[index].back(delta, passed[index][values:], passed[index + 1][values:])
            else:
                delta = self._links[index].back(delta, passed[index], passed[index + 1])
        return dict(reversed(deltas.items())), delta

    def _put_tangents(self, passed: list[Tensor], tangent: Tensor, rows: slice) -> None:
        """Replace the penalised points' values by their tangents: then one product makes the weights' gradient of all rows."""
        passed[0][rows] = tangent
        for index in range(self._last):
            after = passed[index + 1][rows]
            tangent = self._links[index].tangent(tangent, after)
            if isinstance(self._links[index + 1], Weighted) and tangent is not after:
                after.copy_(tangent)


def _seed(values: Tensor, batch: int) -> Tensor:
    """The derivative of E[D(fake)] - E[D(real)] by each value; 1 for the points whose own gradient is wanted."""
    seed = torch.ones_like(values)
    seed[:batch] = -1 / values[:batch].numel()
    seed[batch : 2 * batch] = 1 / values[:batch].numel()
    return seed

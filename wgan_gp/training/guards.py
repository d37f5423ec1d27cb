"""What a trainer is given, checked where it is used: settings, nets, batches and values. What does not fit is one sentence."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
from typing import Any

import torch
from pydantic import BaseModel
from torch import Tensor, nn

from wgan_gp.config import Adam, parse, parse_config
from wgan_gp.errors import DeviceMissing, InvalidConfig, is_out_of_memory
from wgan_gp.training.device import resolve_device

# --- settings -----------------------------------------------------------------------------------------------------------------


def checked(name: str, value: Any) -> Any:
    """`value` as RunConfig takes it for the setting of this name: an instance stays the one it is. Raises InvalidConfig."""
    given = value.model_dump(warnings=False) if isinstance(value, BaseModel) else value  # an instance may be a copy nobody has checked
    found = getattr(parse_config({name: given}), name)
    return value if isinstance(value, BaseModel) else found


def checked_steps(value: Any) -> int | None:
    """The length of a schedule; None where there is none. Raises InvalidConfig."""
    return None if value is None else checked("steps", value)


def checked_rates(value: Any) -> tuple[float, float]:
    """The learning rates of generator and critic. Raises InvalidConfig."""
    try:
        generator, critic = value
    except (TypeError, ValueError):
        raise InvalidConfig(f"learning_rates: {value!r} is not allowed; it must be two numbers, for generator and critic.") from None
    return tuple(parse(Adam, {"learning_rate": rate}).learning_rate for rate in (generator, critic))  # type: ignore[return-value]


def checked_device(value: Any) -> torch.device:
    """The device of this name. Raises DeviceMissing."""
    if not isinstance(value, str | torch.device):
        raise DeviceMissing(f"device: {value!r} is no device; it must be auto, cpu, mps or cuda.")
    return resolve_device(str(value))


def checked_sampler(name: str, value: Any) -> Any:
    """What samples are drawn with. Raises InvalidConfig for what cannot be called."""
    if not callable(value) and (name == "sampler" or value is not None):
        raise InvalidConfig(f"{name}: a function (count, random) that returns samples was asked for, and {_kind(value)} came.")
    return value


_SETTINGS: dict[str, Callable[[Any], Any]] = {
    name: partial(checked, name) for name in ("constraint", "latent_dim", "n_critic", "batch_size", "schedule", "ema")
} | {"steps": checked_steps, "learning_rates": checked_rates}
_SETTINGS |= {name: partial(checked_sampler, name) for name in ("sampler", "fakes")}


class Guarded:
    """An object whose settings have a config's bounds, whenever they are set."""

    def __setattr__(self, name: str, value: Any) -> None:
        super().__setattr__(name, _SETTINGS[name](value) if name in _SETTINGS else value)


def check_schedule(schedule: str, steps: int | None) -> None:
    """Raises InvalidConfig where learning rates go down, and nobody said until when."""
    if schedule != "constant" and steps is None:
        raise InvalidConfig(f"schedule: {schedule!r} needs to know where it ends; give steps.")


# --- nets ---------------------------------------------------------------------------------------------------------------------


def check_nets(generator: object, critic: object) -> None:
    """Raises InvalidConfig for what is no net, or has no weights."""
    for name, net in {"generator": generator, "critic": critic}.items():
        if not isinstance(net, nn.Module):
            raise InvalidConfig(f"{name}: a torch.nn.Module was asked for, and {_kind(net)} came.")
        if not any(True for _ in net.parameters()):
            raise InvalidConfig(f"{name}: it has no weights that could learn.")


class Nets:
    """What can be said of the nets without calling them, again and again. Nothing here waits for the device."""

    def __init__(self, generator: nn.Module, critic: nn.Module) -> None:
        self._made_for = {"generator": _place(generator), "critic": _place(critic)}

    def check(self, generator: nn.Module, critic: nn.Module, *, penalised: bool, frozen: bool) -> None:
        """Raises InvalidConfig where these nets, as they are now, cannot be trained."""
        for name, net in {"generator": generator, "critic": critic}.items():
            if _place(net) != self._made_for[name]:
                now, before = (f"{dtype} on {device}" for dtype, device in (_place(net), self._made_for[name]))
                raise InvalidConfig(f"{name}: its weights are {now}, and were {before} when the trainer was made; make a new trainer.")
            if not (frozen and net is generator) and not any(parameter.requires_grad for parameter in net.parameters()):
                raise InvalidConfig(f"{name}: none of its weights may learn; set requires_grad of some.")
        if penalised:
            _refuse_batch_norm(critic)


def _refuse_batch_norm(critic: nn.Module) -> None:
    for name, module in critic.named_modules():
        if isinstance(module, nn.modules.batchnorm._BatchNorm):
            raise InvalidConfig(
                f"critic: layer {name!r} is batch norm, which a penalty does not allow: the penalty is a statement about each sample, "
                "and batch norm makes a sample's value depend on the rest of its batch; use layer norm or none."
            )


def _place(net: nn.Module) -> tuple[str, torch.device]:
    weight = next(net.parameters())
    return _name(weight.dtype), weight.device


# --- batches and values -------------------------------------------------------------------------------------------------------


class Samples:
    """What every batch has to be: as many samples as were asked for, of one dtype, device and shape, and finite.

    The first batch decides the shape. Finite is looked at in every batch on a CPU, where it costs a sum; elsewhere in the first one
    alone, since the host would wait for the device. `drawn` is for what a sampler gives, `made` for what the generator makes.
    """

    def __init__(self, dtype: torch.dtype, device: torch.device) -> None:
        self.shape: torch.Size | None = None  # of one sample
        self._dtype, self._device = dtype, device
        self._looked: set[str] = set()

    def drawn(self, name: str, samples: Any, count: int) -> Tensor:
        """The samples, without a graph that leads back into the sampler. Raises InvalidConfig: what was asked for, and what came."""
        self._check(name, samples, count, self._dtype)
        self._check_finite(name, samples)
        drawn: Tensor = samples.clone() if samples.is_inference() else samples.detach()  # autograd keeps no inference tensor
        return drawn

    def made(self, samples: Any, count: int) -> Tensor:
        """A generator's samples. Under autocast their dtype is autocast's. Raises InvalidConfig."""
        free = isinstance(samples, Tensor) and torch.is_autocast_enabled(self._device.type) and samples.is_floating_point()
        self._check("generator", samples, count, samples.dtype if free else self._dtype)
        made: Tensor = samples
        return made

    def _check(self, name: str, samples: Any, count: int, dtype: torch.dtype) -> None:
        if not isinstance(samples, Tensor):
            raise InvalidConfig(f"{name}: {self._asked(count)} were asked for, and {_kind(samples)} came; return one tensor.")
        shape = samples.shape[1:] if self.shape is None else self.shape
        if samples.shape != (count, *shape) or samples.dtype != dtype or samples.device != self._device:
            like = ", like the sampler's," if name == "generator" else ","
            raise InvalidConfig(f"{name}: {self._asked(count)} were asked for{like} and {_came(samples)} came.")
        self.shape = shape

    def _check_finite(self, name: str, samples: Tensor) -> None:
        if name in self._looked and samples.device.type != "cpu":
            return
        self._looked.add(name)
        total = samples.detach().sum()
        if not total.isfinite() and not samples.detach().isfinite().all():  # a sum may overflow
            raise InvalidConfig(f"{name}: {_came(samples)} came, with numbers that are not finite among them.")

    def _asked(self, count: int) -> str:
        shape = "" if self.shape is None else f", each {list(self.shape)},"
        return f"{count} samples{shape} of {_name(self._dtype)} on {self._device}"


def checked_values(values: Any, samples: Tensor) -> Tensor:
    """A critic's values of these samples, [m] or [m, 1]. Raises InvalidConfig for every other output."""
    count = len(samples)
    if isinstance(values, Tensor) and values.shape in ((count,), (count, 1)) and values.is_floating_point():
        return values
    came = f"{_name(values.dtype)} {list(values.shape)}" if isinstance(values, Tensor) else _kind(values)
    raise InvalidConfig(
        f"critic: one number for each of {count} samples was asked for, [{count}] or [{count}, 1], and {came} came; "
        "flatten it, or take the mean over a sample's values."
    )


@contextmanager
def trying(name: str, samples: Tensor, *, first: bool) -> Iterator[None]:
    """Before anything is learnt, what torch says to these samples is a fault of the net or of their shape: InvalidConfig, one sentence."""
    try:
        yield
    except (RuntimeError, ValueError, TypeError, IndexError, AssertionError) as error:
        if not first or is_out_of_memory(error):
            raise
        reason = str(error).strip().splitlines()[0] if str(error).strip() else type(error).__name__
        raise InvalidConfig(f"{name}: it cannot be trained on {_came(samples)}: {reason.rstrip('.')}.") from error


def _came(samples: Tensor) -> str:
    """`17 of float32 on cpu, each [1, 28, 28]`."""
    if not samples.dim():
        return f"a single number of {_name(samples.dtype)} on {samples.device}"
    return f"{len(samples)}, each {list(samples.shape[1:])}, of {_name(samples.dtype)} on {samples.device}"


def _kind(value: Any) -> str:
    """`a tuple of Tensor and Tensor`, as a DataLoader gives it; `a ndarray`."""
    parts = f" of {', '.join(type(part).__name__ for part in value[:4])}" if isinstance(value, tuple | list) else ""
    return f"a {type(value).__name__}{parts}"


def _name(dtype: torch.dtype) -> str:
    return str(dtype).removeprefix("torch.")

"""What a run is: RunConfig and its parts. Validated once, frozen, JSON both ways, without torch.

Every field has a help text (with the papers' symbol) and bounds; forms, `--help` and the documentation read them from here.
[A] is Arjovsky et al. 2017 (arXiv 1701.07875), [G] is Gulrajani et al. 2017 (arXiv 1704.00028).
"""

from wgan_gp.config.constraints import METHODS, Constraint, GradientPenalty, Held, Unconstrained, WeightClipping
from wgan_gp.config.frozen import Frozen, NoisyCopy, ShiftedCopy, Snapshot
from wgan_gp.config.nets import Activation, ConvCritic, ConvGenerator, CriticNet, GeneratorNet, MLPCritic, MLPGenerator
from wgan_gp.config.optimizers import Adam, LearningRate, Optimizer, RMSProp
from wgan_gp.config.part import Part, PartType, parse
from wgan_gp.config.run import MOST_STEPS, Changes, RunConfig, apply_changes, changed, override, parse_config, rates
from wgan_gp.config.shapes import DATA_SHAPES, DataName, DataShape

__all__ = [
    "DATA_SHAPES",
    "METHODS",
    "MOST_STEPS",
    "Activation",
    "Adam",
    "Changes",
    "Constraint",
    "ConvCritic",
    "ConvGenerator",
    "CriticNet",
    "DataName",
    "DataShape",
    "Frozen",
    "GeneratorNet",
    "GradientPenalty",
    "Held",
    "LearningRate",
    "MLPCritic",
    "MLPGenerator",
    "NoisyCopy",
    "Optimizer",
    "Part",
    "PartType",
    "RMSProp",
    "RunConfig",
    "ShiftedCopy",
    "Snapshot",
    "Unconstrained",
    "WeightClipping",
    "apply_changes",
    "changed",
    "override",
    "parse",
    "parse_config",
    "rates",
]

"""Small laws that several verbs use."""

from math import log as log_of_number

import torch
from torch import Tensor

from ...core.tensors import Number


def cope(load: Tensor) -> Tensor:
    """(1 + x⁸)^(−1/8): the share of an offered load that a capacity of one handles."""
    square = load * load
    fourth = square * square
    return 1.0 / torch.sqrt(torch.sqrt(torch.sqrt(1.0 + fourth * fourth)))


def logarithm(number: Number) -> Number:
    """Natural logarithm of a parameter, which may be one number for all."""
    return torch.log(number) if isinstance(number, Tensor) else log_of_number(number)


def probability_below(x: Tensor) -> Tensor:
    """Standard normal distribution function."""
    return 0.5 + 0.5 * torch.erf(x * 0.7071067811865476)


def density(x: Tensor) -> Tensor:
    """Standard normal density."""
    return 0.3989422804014327 * torch.exp(-0.5 * x * x)

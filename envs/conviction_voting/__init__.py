"""Conviction voting: a graph economy of participants and proposals in tensors."""

from .economy import ConvictionVoting
from .state import State

__all__ = ["ConvictionVoting", "State"]

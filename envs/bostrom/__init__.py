"""Bostrom: an inflationary proof-of-stake token with resource tokens and a market for links."""

from .economy import Bostrom as Bostrom
from .state import State as State

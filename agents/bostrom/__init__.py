"""Who competes on Bostrom."""

from ..competition import Competition
from .rules import BASELINE, rules

COMPETITION = Competition("bostrom", rules, BASELINE)

"""Who competes on conviction voting."""

from ..competition import Competition
from .rules import BASELINE, rules, search

COMPETITION = Competition("conviction_voting", rules, BASELINE, search)

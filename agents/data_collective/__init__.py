"""Who competes on the data collective."""

from ..competition import Competition
from .rules import BASELINE, FILE, SEARCHES, rules

COMPETITION = Competition("data_collective", rules, BASELINE, searches=SEARCHES, gains=FILE)

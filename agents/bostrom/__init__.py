"""Who competes on Bostrom."""

from ..competition import Competition
from .rules import BASELINE, FILE, SEARCHES, rules, tuned_on

COMPETITION = Competition("bostrom", rules, BASELINE, searches=SEARCHES, gains=FILE, tuned_on=tuned_on)

"""Who competes on the responsive storage network."""

from ..competition import Competition
from .rules import BASELINE, FILE, SEARCHES, rules

COMPETITION = Competition("storage_network_responsive", rules, BASELINE, searches=SEARCHES, gains=FILE)

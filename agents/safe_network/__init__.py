"""Who competes on the SAFE network, with posted prices and with bidding vaults."""

from ..competition import Competition
from .rules import BASELINE, BIDDING_BASELINE, FILE, SEARCHES, TUNED_ON, bidding_rules, rules

COMPETITION = Competition(
    "safe_network", rules, BASELINE, searches=SEARCHES, gains=FILE, tuned_on=lambda task: TUNED_ON
)
BIDDING = Competition("safe_network_bidding", bidding_rules, BIDDING_BASELINE)

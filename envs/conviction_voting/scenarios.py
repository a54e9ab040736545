"""What may befall the economy (section 12)."""

from ..core.scenario import CALM, Scenario, Window

SCENARIOS = (
    CALM,
    Scenario("sentiment_collapse", "sentiment falls to a third for 60 steps", (Window("sentiment", 1 / 3, 0, 60),)),
    Scenario("proposal_flood", "three times the proposals for 60 steps", (Window("proposals", 3.0, 0, 60),)),
    Scenario("whale", "a newcomer brings half of what all others hold", (Window("whale", 0.5, 0, 1),)),
    Scenario("vote_stacking", "a fifth stakes all it has on one dear proposal", (Window("bloc", 0.2),)),
    Scenario("donation", "a gift of half of the genesis treasury", (Window("donation", 0.5, 0, 1),)),
)

"""What is asked of a controller: four fifths lent out, cash for whoever wants it back, a quiet rate."""

from tokenomics_gym import CALM, Noise, Objective, Panel, Scenario, Target, Task, Window, tolerance

from .economy import Pool


class Busy(Objective):
    """Lent out, but not to the last coin."""

    weights = {"used": 0.7, "liquid": 0.2, "calm": 0.1}
    meanings = {
        "used": "1 where 75 to 85 % are lent out, 0 at 30 points from there",
        "liquid": "1 where at most 95 % are lent out, 0 at 5 points more",
        "calm": "1 where no lever moves, 0 where they move by 0.02 a day together",
    }

    def terms(self, economy, before, after, moves):
        """All in [0, 1]."""
        used = after.loans / after.deposits
        return {
            "used": tolerance(used, 0.75, 0.85, margin=0.3),
            "liquid": tolerance(used, 0.0, 0.95, margin=0.05),
            "calm": tolerance(moves["rate"] + moves["kept"], 0.0, 0.0, margin=0.02),
        }


TASK = Task(
    id="lending/Pool-v0",
    economy=Pool(),
    objective=Busy(),
    scenarios=(
        CALM,
        Scenario("boom", "half as many loans more are wanted for 40 days", (Window("appetite", 1.5, 0, 40),)),
        Scenario("run", "depositors want 30 % back on one day", (Window("flight", 0.3, 0, 1),)),
        Scenario("moody", "what borrowers want wanders", noises=(Noise("appetite", 0.3, 0.95),)),
    ),
    horizon=120,
    interval=5,
    onset=(20, 80),
    evaluation_onset=40,
    panels=(
        Panel("share lent out", {"used": "used"}, limits=(0.0, 1.0)),
        Panel("rates, 1/year", {"loans": "rate", "deposits": "yield"}),
    ),
    targets=(Target("rate", "used", 0.8),),
)

"""What changes with the share of the budget that is used: rates, horizons, rewards, scenarios."""

from collections.abc import Mapping, Sequence

from envs.core.simulation import Simulation

from .learner import Learner
from .settings import SCHEDULE, Settings, ends


def schedule(value: float | str, remaining: float) -> float:
    """A number, or "lin_A", "lin_A_B", "exp_A_B" as the share `remaining` of the budget falls from 1 to 0.

    `lin` falls in a straight line from A to 0 or to B, `exp` by equal factors in equal times from A to B.

    Raises:
        ValueError: neither.
    """
    found = ends(value)
    if found is None:
        raise ValueError(f"schedule {value!r} must be {SCHEDULE}")
    first, last = found
    if not isinstance(value, str):
        return first
    if value.startswith("exp"):
        return last * (first / last) ** remaining
    return last + (first - last) * remaining


def horizon(settings: Settings, progress: float) -> tuple[float, float, float]:
    """γ and GAE's λ after a share of the budget, and the factor on rewards that keeps values of one order.

    γ goes from `gamma` to `gamma_end` within the share `gamma_ramp`, rewards shrinking as the horizon
    1 / (1 − γ) grows; λ goes from `gae_lambda` to `gae_lambda_end` by the end. An end that is null
    leaves its start in force.
    """
    first, trace, ramp = settings.gamma, settings.gae_lambda, settings.gamma_ramp
    way = min(1.0, progress / ramp) if ramp > 0.0 else 1.0
    gamma = geometric(first, first if settings.gamma_end is None else settings.gamma_end, way)
    last = trace if settings.gae_lambda_end is None else settings.gae_lambda_end
    return gamma, geometric(trace, last, progress), (1.0 - gamma) / (1.0 - first)


def geometric(first: float, last: float, way: float) -> float:
    """From `first` to `last` as `way` goes from 0 to 1, the distance to 1 changing geometrically."""
    return 1.0 - (1.0 - first) ** (1.0 - way) * (1.0 - last) ** way


class Schedules:
    """Sets what depends on the share of the budget used, in a learner and in its simulation."""

    def __init__(self, settings: Settings, simulation: Simulation) -> None:
        self.settings, self.simulation = settings, simulation
        self._stage: Sequence[str] = ()
        self._scenarios(0.0)  # before the first episodes begin

    def before_rollout(self, learner: Learner, progress: float) -> dict[str, float]:
        """Discount, rewards, training signal and scenarios; the first two as scalars for the log."""
        gamma, trace, factor = horizon(self.settings, progress)
        learner.discount(gamma, trace)
        learner.environment.scale = self.settings.reward_scale * factor
        self.simulation.shaping = schedule(self.settings.env.get("shaping", 0.0), 1.0 - progress)
        self._scenarios(progress)
        return {"train/gamma": gamma, "train/gae_lambda": trace}

    def before_update(self, learner: Learner, progress: float) -> dict[str, float]:
        """The learning rate."""
        learner.rate = schedule(self.settings.learning_rate, 1.0 - progress)
        return {"train/learning_rate": learner.rate}

    def _scenarios(self, progress: float) -> None:
        stage = stage_of(self.settings.curriculum, progress)
        if stage and stage != self._stage:
            self.simulation.draw_from(stage)
            self._stage = stage


def stage_of(curriculum: Mapping[float, Sequence[str]], progress: float) -> Sequence[str]:
    """The scenarios of the last stage that has begun; none where none has."""
    due = [share for share in curriculum if share <= progress]
    return curriculum[max(due)] if due else ()

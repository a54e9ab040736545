"""A training in memory: a learner with its schedules, its mean, its judge, its budget and its log."""

import time
from collections.abc import Mapping
from typing import Any

import torch

from agents.library import baseline_library
from agents.network import content_of
from agents.policy import made_for
from agents.seeds import LIBRARY
from envs.core.simulation import Simulation

from ..writing.provenance import commit
from . import checkpoint
from .budget import Budget
from .cloning import Clone, clone
from .gradient import GradientLearner
from .judge import Average, Judge
from .learner import Learner, hold_deviation, set_parameters
from .log import Log, economics
from .plan import Plan
from .schedules import Schedules, schedule


def build(plan: Plan) -> tuple[Simulation, Simulation]:
    """The training simulation, and one on the same graphs that runs whole episodes from the initial state."""
    settings, options = plan.settings, dict(plan.settings.env)
    through = (
        plan.backend == "gradient"
    )  # whole episodes as well, and the economy's own gradient, which graphs lack
    if through:
        options["compile"] = False
    flags = {key: options.pop(key) for key in ("reset", "cut", "shaping") if key in options}
    flags["shaping"] = schedule(flags.get("shaping", 0.0), 1.0)
    whole_episodes = plan.task.simulation(settings.n_envs, device=plan.device, autoreset=False, **options)
    if flags.get("reset") == "library":
        LIBRARY.check(whole_episodes.batch)
        flags["library"] = baseline_library(plan.task, whole_episodes, **settings.library)
    simulation = whole_episodes.sharing_graphs(autoreset=not through, **flags)
    short = simulation.sharing_graphs(cut=1)  # its first step compiles what training would on its way
    short.reset(0)
    short.act(torch.zeros(settings.n_envs, len(simulation.action_map.labels), device=simulation.device))
    return simulation, whole_episodes


def learner_of(plan: Plan, simulation: Simulation) -> Learner:
    """A new learner of the backend asked for."""
    if plan.backend == "rsl_rl":
        from .device import DeviceLearner  # an extra

        return DeviceLearner(simulation, plan.settings, plan.seed, plan.device)
    if plan.backend == "gradient":
        return GradientLearner(simulation, plan.settings, plan.seed)
    from .sb3 import Sb3Learner

    return Sb3Learner(simulation, plan.settings, plan.seed, plan.device)


class Training:
    """A learner and all that goes with it, made anew or from a checkpoint.

    Args:
        started: `time.monotonic()` at which the work began.
    """

    def __init__(self, plan: Plan, started: float) -> None:
        self.plan, self.settings, self.started = plan, plan.settings, started
        simulation, whole_episodes = build(plan)
        self.schedules = Schedules(plan.settings, simulation)
        self.learner = learner_of(plan, simulation)
        self.clone: Clone | None = None
        if plan.begin_with is not None:
            set_parameters(self.learner, plan.begin_with)
        elif plan.settings.from_rule is not None and plan.resumed is None:
            self.clone = clone(self.learner, plan.task, whole_episodes, plan.settings, plan.seed)
        if plan.settings.log_std_held is not None:
            hold_deviation(self.learner, plan.settings.log_std_held)
        self.average = Average(self.learner.parameters(), plan.settings.averaging)
        action = plan.settings.env.get("action")
        self.made_for = made_for(plan.task, simulation.interval, action, simulation.show_scenario)
        self.origin = {"backend": plan.backend, "seed": plan.seed, "commit": commit()}
        self.judge = Judge(
            plan.task,
            whole_episodes,
            self.learner.shape,
            self.made_for,
            self.origin,
            plan.best,
            plan.evaluate_every,
        )
        self.budget = Budget(plan.steps, plan.seconds)
        self.saved_at = 0.0
        if plan.resumed is not None:
            try:
                self._go_on(plan.resumed)
            except (AttributeError, IndexError, KeyError, TypeError, ValueError, RuntimeError) as error:
                said = " ".join(f"{type(error).__name__}: {error}".split())
                raise ValueError(f"{plan.last} is damaged: {said}") from error
        self.log = Log(plan.folder, self.budget.decisions)

    def _go_on(self, content: Mapping[str, Any]) -> None:
        state = content["resume"]
        set_parameters(self.learner, content["parameters"])
        self.learner.load(state["learner"])
        checkpoint.restore_run(self.learner.environment.simulation, state["run"])
        device = self.learner.environment.simulation.device
        self.average.parameters = {name: mean.to(device) for name, mean in state["average"].items()}
        self.budget = Budget(self.plan.steps, self.plan.seconds, state["decisions"], state["trained"])
        self.judge.judged_at, self.saved_at = state["judged_at"], state["trained"]
        checkpoint.restore_random_numbers(state["random_numbers"])

    def save(self) -> None:
        """Writes the checkpoint: the policy as it is, and what a training needs to go on from here."""
        origin = self.origin | {"decisions": self.budget.decisions, "held_out_score": None}
        policy = content_of(self.learner.shape, self.learner.parameters(), self.made_for, origin)
        state = {
            "settings": self.plan.identity,
            "learner": self.learner.save(),
            "run": checkpoint.run_of(self.learner.environment.simulation),
            "average": self.average.parameters,
            "decisions": self.budget.decisions,
            "trained": self.budget.trained,
            "judged_at": self.judge.judged_at,
            "random_numbers": checkpoint.random_numbers(),
        }
        checkpoint.write(self.plan.last, policy | {"resume": state})
        self.saved_at = self.budget.trained

    def iterate(self) -> None:
        """A rollout and an update, with what the schedules say, and their scalars."""
        with self.budget.learning():
            scalars = self.schedules.before_rollout(self.learner, self.budget.progress)
            scalars |= self.learner.collect()
            self.budget.decisions += self.learner.size
            scalars |= self.schedules.before_update(self.learner, self.budget.progress)
            scalars |= self.learner.update()
            self.average.follow(self.learner.parameters())
            scalars |= economics(self.learner.environment)
        scalars |= {
            "time/trained_seconds": self.budget.trained,
            "time/wall_seconds": time.monotonic() - self.started,
            "time/fps": self.budget.rate,
        }
        self.log.scalars(scalars, self.budget.decisions)

    def judge_clone(self) -> None:
        """Keeps the clone as the best policy so far, and says how close it came to its rule."""
        assert self.clone is not None
        score, made = self.judge.judge(self.average.parameters, 0, 0.0, self.log), self.clone
        told = {"clone/score": score, "clone/rule_score": made.rule_score, "clone/action_error": made.error}
        self.log.scalars(told, 0)
        print(
            f"begins with a clone of {self.settings.from_rule}: score {score:.4f}, the rule's "
            f"{made.rule_score:.4f}, actions off by {made.error:.3f}",
            flush=True,
        )

    def evaluate(self) -> float:
        """Judges the mean of parameters, keeps it if it is the best, and saves."""
        score = self.judge.judge(
            self.average.parameters, self.budget.decisions, self.budget.trained, self.log
        )
        self.save()
        return score

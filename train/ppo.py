"""Train PPO on a task, with stable-baselines3 on CPU or GPU, or with rsl_rl, which never leaves the device.

--backend gradient follows the score's own gradient through an economy that is differentiable.

    python -m train train --task TASK --seed 1
    python -m train train --task my_pkg:my/Farm-v0 --seconds 60

All environments live in one native batch. Ctrl-C, SIGTERM and SIGHUP save and end; --resume goes on as if
nothing had been.
"""

import json
import sys
import time
from dataclasses import dataclass, field, replace
from importlib.util import find_spec
from math import inf
from pathlib import Path
from typing import Any, Literal

import torch
from tqdm import tqdm

from agents import seeds
from agents.network import read
from agents.policy import check_interface
from envs import task_of

from .command import command, default_task
from .learning import checkpoint
from .learning.cloning import clonable
from .learning.hyperparameters import FILE, hyperparameters, refined
from .learning.judge import kept_score
from .learning.learner import refinable
from .learning.plan import Plan
from .learning.settings import Settings, check, choice, number, optional, whole
from .learning.stopping import Interrupted, Stop
from .learning.training import Training
from .writing.provenance import commit


@dataclass
class Arguments:
    """Train PPO on a task."""

    task: str = field(default_factory=default_task)
    """Id of the task; `my_pkg:my/Farm-v0` imports my_pkg before."""
    seed: int = 0
    """Seed of weights, actions and environments, from 0 to 2^32 - 1."""
    steps: int | None = None
    """Decisions to train for in all; by default the hyperparameters' n_timesteps."""
    seconds: float | None = None
    """Seconds to train for in all, evaluations and compilation apart; ends training, whichever comes first."""
    out: Path | None = None
    """Folder of checkpoints and TensorBoard events; by default results/runs/<task>/ppo_<seed>."""
    resume: bool = False
    """Go on from the last checkpoint in that folder, under the settings that it began with; the budget may differ."""
    refine: Path | None = None
    """Begin with the policy of this file, with the hyperparameters' settings for refinement."""
    from_rule: str | None = None
    """Begin with a clone of this rule of the task; `none` begins anew. By default the hyperparameters' from_rule."""
    device: str = "auto"
    """cpu, cuda, or auto."""
    backend: Literal["auto", "sb3", "rsl_rl", "gradient"] = "auto"
    """stable-baselines3, or rsl_rl, which never leaves the device; auto: rsl_rl on a GPU, where installed. gradient is no
    PPO, but follows the score's own gradient through the economy, where that is differentiable."""
    hyperparameters: Path = FILE
    """YAML file of hyperparameters."""
    evaluate_every: float = 20.0
    """Seconds of training between evaluations on held-out seeds."""
    save_every: float | None = None
    """Seconds of training between saves of the last policy, besides those that evaluations make."""
    threads: int | None = None
    """Threads of torch on the CPU; by default all cores."""
    overrides: dict[str, Any] = field(default_factory=dict)
    """Hyperparameters to change, for use from Python."""


LABELS = {"sb3": "ppo", "rsl_rl": "ppo_rsl_rl", "gradient": "gradient"}
"""What a policy is called, by backend."""

RULES = {
    "steps": optional(whole(1)),
    "seconds": optional(number(0.0, above=True)),
    "evaluate_every": number(0.0),
    "save_every": optional(number(0.0, above=True)),
    "threads": optional(whole(1)),
    "backend": choice("auto", "sb3", "rsl_rl", "gradient"),
}


def chosen_device(asked: str) -> str:
    """The device that "auto" stands for.

    Raises:
        ValueError: there is no such device.
    """
    there = torch.cuda.device_count() if torch.cuda.is_available() else 0
    known = ["cpu", *(["cuda"] if there else []), *(f"cuda:{index}" for index in range(there))]
    if asked == "auto":
        return "cuda" if there else "cpu"
    check("--device", asked, choice(*known, "auto"))
    return asked


def chosen_backend(asked: str, device: str) -> str:
    """The backend that "auto" stands for.

    Raises:
        ValueError: rsl_rl is demanded and not installed.
    """
    installed = find_spec("rsl_rl") is not None
    if asked == "rsl_rl" and not installed:
        raise ValueError("--backend rsl_rl needs the extra gpu: pip install rsl-rl-lib onnx onnxruntime")
    if asked == "auto":
        return "rsl_rl" if device.startswith("cuda") and installed else "sb3"
    return asked


def chosen_rule(arguments: Arguments, otherwise: Any) -> Any:
    """The rule whose clone a training begins with, or None; what the hyperparameters say, unless asked otherwise.

    Raises:
        ValueError: it is to begin with a policy as well.
    """
    asked = arguments.from_rule
    if arguments.refine is None:
        return otherwise if asked is None else None if asked == "none" else asked
    if asked not in (None, "none"):
        raise ValueError(
            f"--refine begins with a policy and --from-rule {asked} with a rule; pass one of them"
        )
    return None


def planned(arguments: Arguments) -> Plan:
    """Checks everything that can be checked before anything is written.

    Raises:
        ValueError: naming what is wrong, and what is possible.
    """
    for name, rule in RULES.items():
        check(f"--{name.replace('_', '-')}", getattr(arguments, name), rule)
    task = task_of(arguments.task)
    device = chosen_device(arguments.device)
    backend = chosen_backend(arguments.backend, device)
    refining = arguments.refine is not None
    values = hyperparameters(task.id, arguments.hyperparameters, backend, refining) | arguments.overrides
    values |= {"from_rule": chosen_rule(arguments, values["from_rule"])}
    settings = Settings.of(values, task)
    if values.get("refine"):  # as long as nothing is trained yet
        Settings.of(refined(values), task)
    if backend == "gradient" and (taken := sorted({"reset", "cut"} & settings.env.keys())):
        raise ValueError(
            f"--backend gradient learns on whole episodes from the initial state; env sets {', '.join(taken)}"
        )
    if settings.from_rule is not None:
        clonable(task, settings.from_rule, settings.env.get("action"))
    seeds.training(arguments.seed, settings.n_envs)  # refuses a seed that is none
    label = LABELS[backend]
    folder = arguments.out or Path("results/runs") / task.folder / f"{label}_{arguments.seed}"
    steps = arguments.steps or settings.n_timesteps
    plan = Plan(
        task, settings, arguments.seed, device, backend, folder, steps, arguments.seconds,
        evaluate_every=arguments.evaluate_every, save_every=arguments.save_every or inf,
    )  # fmt: skip
    parameters = refinable(arguments.refine, task, settings, backend) if arguments.refine else None
    if plan.best.is_file() and arguments.resume:
        check_interface(plan.best, read(plan.best)["made_for"], task)
    if arguments.resume:
        return replace(plan, resumed=checkpoint.checkpoint(plan.last, task, plan.identity))
    if plan.last.is_file():
        raise ValueError(f"{folder} holds a training run; pass --resume to go on, or another --out")
    if plan.best.exists():
        raise ValueError(
            f"{plan.best} is there without a checkpoint to resume; move it, or pass another --out"
        )
    return replace(plan, begin_with=parameters)


def learn(training: Training, stop: Stop) -> None:
    """Learns until the budget is used up or an end is asked for; evaluates and saves on the way."""
    form = "{l_bar}{bar}| {elapsed}{postfix}"
    with tqdm(total=100, desc="training", unit="%", bar_format=form) as bar:
        while training.budget.left and not stop.asked:
            training.iterate()
            bar.update(100 * training.budget.progress - bar.n)
            if training.judge.due(training.budget.trained) or not training.budget.left:
                score = training.evaluate()
                best, rate = training.judge.best, training.budget.rate
                bar.set_postfix_str(f"score {score:.4f} best {best:.4f} {rate:,.0f} steps/s")
            elif training.budget.trained - training.saved_at >= training.plan.save_every:
                training.save()
    if stop.asked:
        training.save()
    if not training.plan.best.is_file():
        training.judge.keep(training.average.parameters, training.budget.decisions, None)


def record(plan: Plan) -> None:
    """Writes what is in force."""
    plain = plan.settings.plain() | {"seed": plan.seed, "backend": plan.backend, "commit": commit()}
    checkpoint.write_file(plan.folder / "settings.json", json.dumps(plain, indent=1).encode())


def train(arguments: Arguments) -> Path:
    """Trains, and returns the folder with the best policy, best.pt, and the last checkpoint, last.pt.

    Raises:
        ValueError: something is wrong with the arguments, the settings or the files; named before any is written.
        Interrupted: by a signal, after saving what there is.
    """
    started = time.monotonic()
    with Stop() as stop:
        plan = planned(arguments)
        if arguments.threads:
            torch.set_num_threads(arguments.threads)
        decisions = None
        try:
            with checkpoint.alone_in(plan.folder):
                where = f"{plan.settings.n_envs} environments on {plan.device}, checkpoints in {plan.folder}"
                print(f"{plan.task.id}: {where}", flush=True)
                decisions = carried_out(plan, arguments.refine, started, stop)
        except (Exception, Interrupted) as error:
            if not stop.asked:
                raise
            raise Interrupted(
                stop.number or 0, ended(plan, stop, decisions)
            ) from error  # a compiler dies of the same Ctrl-C
        if stop.asked:
            raise Interrupted(stop.number or 0, ended(plan, stop, decisions))
    print(f"saved {plan.last} and {plan.best}", flush=True)
    return plan.folder


def carried_out(plan: Plan, refined: Path | None, started: float, stop: Stop) -> int:
    """Makes a training and lets it learn; the decisions that it has taken in all."""
    training = Training(plan, started)
    record(plan)
    if plan.resumed is None:
        training.log.settings(plan.settings.plain() | {"seed": plan.seed})
        if training.clone:
            training.judge_clone()
        training.save()  # whatever happens from here on, --resume goes on
    if refined and not plan.best.is_file():
        checkpoint.write_file(plan.best, refined.read_bytes())
        training.judge.best = kept_score(plan.best)  # kept unless a better one comes
    if not training.budget.left:
        print(f"nothing is left of the budget of {plan.steps} decisions", flush=True)
    stop.learning = True
    try:
        learn(training, stop)
    finally:
        training.log.close()
    return training.budget.decisions


def ended(plan: Plan, stop: Stop, decisions: int | None) -> str:
    """What to say of a training that was ended from outside, after so many decisions."""
    if decisions is not None:
        return f"{stop.name} after {decisions} decisions; --resume goes on from {plan.last}"
    if plan.last.is_file():
        return f"{stop.name} at once; --resume goes on from the checkpoint before, {plan.last}"
    return f"{stop.name} before anything was learned; nothing is saved"


main = command("train", Arguments, train, __doc__)

if __name__ == "__main__":
    sys.exit(main())

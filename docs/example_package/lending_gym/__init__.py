"""A lending pool: depositors earn what borrowers pay, and the pool's rate decides how much of it is lent out."""

from pathlib import Path

from tokenomics_gym.agents import Competition
from tokenomics_gym.agents import register as register_competition

from tokenomics_gym import Model, register

from .economy import Pool
from .published import table
from .reference import REFERENCE
from .rules import GAINS, SEARCHES, rules
from .task import TASK

MODEL = Model(
    economy=Pool,
    tasks=(TASK,),
    reference=REFERENCE,
    published=table,
    hyperparameters=Path(__file__).with_name("ppo.yml"),
)
COMPETITION = Competition("lending", rules, baseline="kinked", searches=SEARCHES, gains=GAINS)

register(MODEL)
register_competition(COMPETITION)

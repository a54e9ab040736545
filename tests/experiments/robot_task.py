"""The robot arm as tasks. Importing this registers them."""

from envs import register
from envs.adapters.cadcad import task_from

from . import robot

ID = "robot/Arm-v0"
TASK = f"{__name__}:{ID}"
STEERED = "robot/SteeredArm-v0"

register(
    task_from(
        ID, initial_state=robot.INITIAL, parameters=robot.PARAMETERS, blocks=robot.BLOCKS, horizon=robot.STEPS
    )
)
register(
    task_from(
        STEERED, initial_state=robot.INITIAL, parameters=robot.PARAMETERS, blocks=robot.BLOCKS, horizon=robot.STEPS,
        levers={"pace": (0.0, 3.0)}, sensors=("box_a", "box_b"), reward=robot.balance,
    )
)  # fmt: skip

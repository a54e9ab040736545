"""Draws the README's picture: `python -m docs.picture` (or `make docs`).

The environment's own dashboard over a whole episode: neutral levers, half of the vaults leaving on day 2500.
"""

from pathlib import Path

import gymnasium
import numpy as np
from PIL import Image

import envs  # noqa: F401 - registers the environments

PICTURE = Path(__file__).parent / "images" / "dashboard.png"


def dashboard() -> Image.Image:
    """The dashboard at the end of an episode under neutral levers."""
    env = gymnasium.make(
        "tokenomics/SafeNetwork-v0",
        render_mode="rgb_array",
        action="levels",
        scenario="exodus",
        onset=2500,
    )
    env.reset(seed=0)
    neutral = np.zeros(env.action_space.shape, dtype=np.float32)
    while True:
        *_, terminated, truncated, _ = env.step(neutral)
        if terminated or truncated:
            break
    return Image.fromarray(env.render())


if __name__ == "__main__":
    PICTURE.parent.mkdir(exist_ok=True)
    dashboard().quantize(64).save(PICTURE, optimize=True)
    print(f"wrote {PICTURE}")

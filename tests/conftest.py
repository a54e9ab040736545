"""What all tests share."""

import os
import signal
import tempfile

import torch

# Small batches gain nothing from threads, and beside other work they wait for one another.
torch.set_num_threads(1)

# A shell's background jobs begin with Ctrl-C ignored, and nohup's with SIGHUP.
signal.signal(signal.SIGINT, signal.default_int_handler)
signal.signal(signal.SIGHUP, signal.SIG_DFL)

# stable-baselines3 makes a folder for logs whenever a model learns.
os.environ.setdefault("SB3_LOGDIR", os.path.join(tempfile.gettempdir(), "stable_baselines3"))

"""What all tests share."""

import signal

import torch

# Small batches gain nothing from threads, and beside other work they wait for one another.
torch.set_num_threads(1)

# A shell's background jobs begin with Ctrl-C ignored, and nohup's with SIGHUP.
signal.signal(signal.SIGINT, signal.default_int_handler)
signal.signal(signal.SIGHUP, signal.SIG_DFL)

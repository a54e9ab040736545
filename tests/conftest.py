"""What all tests share."""

import torch

# Small batches gain nothing from threads, and beside other work they wait for one another.
torch.set_num_threads(1)

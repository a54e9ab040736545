"""The whole economy as a masked graph, for attention and graph policies (section 12)."""

import torch
from gymnasium import spaces
from torch import Tensor

from .parameters import Parameters
from .state import STATUSES, State, existing, having, members, stakes, total_holdings, trigger_ratio

OLD = 100.0  # steps, at which the feature of age saturates
SURE = 2.0  # conviction over trigger, likewise


def graph_space(economy: Parameters) -> spaces.Dict:
    """The space of `graph` for one environment: every entry in [-1, 1], float32."""
    n, m = economy.participant_slots, economy.proposal_slots
    shapes = {
        "participants": (n, 2),
        "proposals": (m, 9),
        "affinity": (n, m),
        "stake": (n, m),
        "participant_mask": (n,),
        "proposal_mask": (m,),
    }
    return spaces.Dict({name: spaces.Box(-1.0, 1.0, shape) for name, shape in shapes.items()})


def graph(state: State) -> dict[str, Tensor]:
    """Nodes, edges and masks, float32; dead slots are zero.

    Returns:
        participants: (B, N, 2) share of all holdings; sentiment.
        proposals: (B, M, 9) status (one-hot, candidate to killed); request over treasury, age over 100
            steps, conviction over stored trigger by halves, each clipped to [0, 1]; share of all
            holdings staked.
        affinity: (B, N, M). stake: (B, N, M) over all holdings.
        participant_mask, proposal_mask: (B, N) and (B, M), 1 where a slot is in use.
    """
    crowd, exists = members(state), existing(state)
    everything = torch.clamp(total_holdings(state), min=1e-300)[:, None]
    mood = state.moods if state.moods.shape[1] else state.sentiment[:, None].expand_as(state.holdings)
    people = torch.stack([state.holdings / everything, mood], dim=2)
    share = torch.where(state.funds[:, None] > 0.0, state.requested / state.funds[:, None], 1.0)
    features = [having(state, i).to(torch.float64) for i in range(1, len(STATUSES))]
    features += [
        torch.clamp(share, 0.0, 1.0),
        torch.clamp(state.age / OLD, 0.0, 1.0),
        torch.clamp(trigger_ratio(state) / SURE, 0.0, 1.0),
        state.staked / everything,
    ]
    edges = crowd[:, :, None] & exists[:, None, :]
    entries = {
        "participants": torch.where(crowd[:, :, None], people, 0.0),
        "proposals": torch.where(exists[:, :, None], torch.stack(features, dim=2), 0.0),
        "affinity": torch.where(edges, state.affinity, 0.0),
        "stake": stakes(state) / everything[:, :, None],
        "participant_mask": crowd,
        "proposal_mask": exists,
    }
    return {name: entry.to(torch.float32) for name, entry in entries.items()}

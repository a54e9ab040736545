"""What happened in a block, for those who answer to it."""

from typing import NamedTuple

from ...core.tensors import Tensors
from .requests import Request
from .routing import Route, Verdict
from .settlement import Delivery, Settlement, Withheld
from .supply import Margins


class Block(NamedTuple):
    """Levers and shocks in force, and what senders, routes, classifier and contract did."""

    levers: Tensors
    shocks: Tensors
    asked: Request
    routes: Route
    verdict: Verdict
    delivery: Delivery
    withheld: Withheld
    settled: Settlement
    margins: Margins

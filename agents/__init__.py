"""Controllers: rules of control theory, the models' own, and trained policies.

Who writes rules for an economy of their own needs `Competition`, `Search`, `register`, `tuned`, `Pid` and `Gains`.
"""

from .competition import Competition, Search
from .gains import Found, tuned
from .pid import Gains, Pid
from .registry import register

__all__ = ["Competition", "Found", "Gains", "Pid", "Search", "register", "tuned"]

"""The laws, one file per group. Importing this package registers all of them."""

from reference.laws import agreement, completeness, rule, value
from reference.laws.law import GROUPS, LAWS, Law, laws_of

__all__ = ["GROUPS", "LAWS", "Law", "agreement", "completeness", "laws_of", "rule", "value"]

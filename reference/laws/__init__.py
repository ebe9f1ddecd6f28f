"""The laws, one file per group. Importing this package registers all of them."""

from reference.laws import (
    agreement,
    arguments,
    axioms,
    batching,
    circumstances,
    completeness,
    conventions,
    forms,
    joint,
    layer_forms,
    path_axioms,
    purity,
    refusal,
    refused_data,
    rule,
    value,
)
from reference.laws.law import GROUPS, LAWS, Law, laws_of

__all__ = [
    "GROUPS",
    "LAWS",
    "Law",
    "agreement",
    "arguments",
    "axioms",
    "batching",
    "circumstances",
    "completeness",
    "conventions",
    "forms",
    "joint",
    "laws_of",
    "layer_forms",
    "path_axioms",
    "purity",
    "refusal",
    "refused_data",
    "rule",
    "value",
]

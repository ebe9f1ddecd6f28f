"""The strategies: what is valid, what is reached, what a find shrinks to, what it tells, and how it is shown."""

from __future__ import annotations

from tests.power.breakage.breaks import of

NEVER = "tests/unit/strategies/test_never.py tests/unit/strategies/test_validity.py"
REACH = "tests/unit/strategies/test_reach.py"
SHRINKING = "tests/unit/strategies/test_shrinking.py"

BREAKS = (
    *of(
        "strategies/tokens.py",
        NEVER,
        (
            "ids reach the size of the vocabulary",
            'grids(model.vocab - 1), label="ids"',
            'grids(model.vocab), label="ids"',
        ),
        ("a row is hidden as a whole", "most % length", "most % (length + 1)"),
        ("positions reach their number", "maybe(MAX_LENGTH - 1)\n    ends", "maybe(MAX_LENGTH)\n    ends"),
    ),
    *of(
        "strategies/models.py",
        NEVER,
        (
            "heads do not divide the hidden size",
            "return heads * size, heads",
            "return heads * size + (heads > 2), heads",
        ),
    ),
    *of(
        "strategies/calls.py",
        NEVER,
        ("a target is out of range", "st.integers(0, shape[0] - 1)", "st.integers(0, shape[0])"),
        ("the trapezoid gets one node", "steps(fewest_nodes(chosen)", "steps(1"),
    ),
    *of(
        "strategies/models.py",
        REACH,
        ("relu is not drawn", '("relu", ', "("),
        ("prelu is not drawn", '"prelu", ', ""),
        ("sdpa is not drawn", "st.sampled_from(ATTENTIONS)", "st.just(ATTENTIONS[0])"),
        ("models have one layer", "DEPTHS = (1, 1, 1, 2, 2, 3)", "DEPTHS = (1,)"),
        ("a head is not drawn", 'if head != "choice")', 'if head not in ("choice", "answer_end"))'),
        ("half precision has no mish", '(ACTIVATIONS, "float64", *HALVES)', '(ACTIVATIONS[:3], "float64", *HALVES)'),
    ),
    *of("strategies/calls.py", REACH, ("float32 is not drawn", '("float64", "float32")', '("float64",)')),
    *of("strategies/grids.py", REACH, ("batches have three examples", "MOST_EXAMPLES = 4", "MOST_EXAMPLES = 3")),
    *of("strategies/problems.py", REACH, ("no text is one token", "shortest: int = 1", "shortest: int = 2")),
    *of(
        "strategies/tokens.py", REACH, ("nothing is padded at the left", '"right", "left", "holes"', '"right", "holes"')
    ),
    *of("strategies/domain.py", REACH, ("a structure is not drawn", "*STRUCTURES)", "*tuple(STRUCTURES)[1:])")),
    *of(
        "strategies/models.py",
        SHRINKING,
        (
            "finds shrink to relu",
            "SMOOTH_ACTIVATIONS + KINKED_ACTIVATIONS",
            "KINKED_ACTIVATIONS + SMOOTH_ACTIVATIONS",
        ),
        (
            "finds shrink to many heads",
            'st.integers(1, most_heads), label="heads")',
            'st.integers(1, most_heads).map(lambda n: 4 - n), label="heads")',
        ),
    ),
    *of(
        "strategies/calls.py",
        SHRINKING,
        ("finds shrink to another method", "method != Call().method", 'method != "riemann_left"'),
    ),
    *of(
        "strategies/baselines.py",
        "tests/unit/strategies/test_information.py",
        ("baselines are the input", "alike | kept | moved | bare if vectors", "st.just(lambda ids: ids) if vectors"),
    ),
    *of(
        "reference/models/weights.py",
        "tests/unit/strategies/test_weights.py",
        ("LayerNorms have no gain", "values = 1 + values / 2", "values = 1 + 0 * values"),
        (
            "weights are torch's",
            "STREAM.seed([seed, zlib.crc32(name.encode())])",
            "STREAM.seed(int(torch.randint(9, ())))",
        ),
        ("weights depend on the length of a name", "zlib.crc32(name.encode())", "len(name)"),
    ),
    *of(
        "reference/plain_repr.py",
        "tests/unit/strategies/test_repr.py",
        ("the mask is not shown", "not _is_default(self, f))", 'not _is_default(self, f) and f.name != "mask")'),
        ("text is shown without quotes", "getattr(self, f.name)!r", "getattr(self, f.name)"),
    ),
)

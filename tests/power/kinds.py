"""Kinds of faults that once passed every law, because each law varied one option: and the faults that stand for each.

They are the triggers of a subject that answered 55 of 59 everyday calls wrongly and passed all laws.
"""

from __future__ import annotations

KINDS: dict[str, tuple[str, ...]] = {
    "the number of steps": (
        *("fifty steps", "n_steps left out", "n_steps left out at layers", "n_steps of NumPy"),
        *("more than 64 steps", "more than 100 steps at layers"),
    ),
    "sizes": (
        *("more than four examples", "more than four examples at layers", "more than twelve tokens"),
        *("more than twelve classes", "more than sixteen units", "ids above 255", "ids above 2,048"),
    ),
    "the number of chunks": ("more than 21 chunks", "chunk above all rows", "one example in chunks"),
    "chunks beside another option": (
        *("chunks with one baseline for all", "chunks without the factor", "chunks of several inputs"),
        *("chunks with a target of two indices", "chunks under no_grad", "half precision in chunks"),
        *("chunks at the input of a layer", "chunks of several layers"),
    ),
    "the delta or the average gradient beside another option": (
        *("delta of several inputs", "delta of several layers", "delta with one baseline for all"),
        *("average gradient of several inputs", "average gradient of several layers"),
        *("average gradient in half precision", "layers in half precision"),
    ),
    "several inputs": ("two inputs", "three inputs", "the same tensor twice", "ids beside floats"),
    "forms of baselines": (
        *("baselines that are the inputs", "no baseline", "baseline that is a float"),
        *("baseline that is an int at layers", "numbers beside tensors as baselines"),
        *("baseline that is not contiguous", "baseline that needs a gradient"),
    ),
    "additional arguments": (
        *("bool argument", "float argument", "argument of rank 3", "argument of rank 4", "argument alone"),
        *("argument in a dict", "argument that needs a gradient", "argument that is not contiguous"),
        "vector repeated for each step",
    ),
    "shapes of inputs and outputs": (
        *("rank 1", "rank 2", "rank 4", "rank 5", "target of three indices", "list of targets of two indices"),
        *("no target", "output of another dtype"),
    ),
    "layouts of inputs": (
        *("input that is not contiguous", "slice", "expanded input", "Parameter", "non-leaf", "non-leaf at layers"),
        "input that needs a gradient",
    ),
    "LIG's own checks": ("layer inputs of any shapes", "zero behind a cut"),
    "forms of targets": ("tensor of targets", "0-d target", "int32 targets", "target not checked"),
    "the forward and the layer": (
        *("forward is a module", "forward is a bound method", "layer in a list", "at a Sequential"),
        *("forward hooks of the user", "backward hooks of the user", "frozen parameters"),
    ),
    "modes": ("train mode", "under no_grad", "under autocast", "default dtype float64"),
    "what a call leaves behind": (
        *("layer left in eval mode", "modules above left in eval mode", "backward hooks cleared", "full memory hidden"),
        *("warnings silenced", "NumPy's warnings switched", "precision of products lowered"),
    ),
    "threads": ("inputs kept for every thread", "hooks for every thread"),
    "values that are not finite, large or small": (
        *("NaN turned into 0", "infinite delta turned into 0", "large values cut off", "small values turned into 0"),
    ),
    "modules": (
        *("at a GRU", "at a convolution", "at a BatchNorm", "at a LayerNorm", "at a weight_norm"),
        *("at a sparse table", "at a table with max_norm", "compiled layer unwrapped"),
    ),
    "forwards that change what they get": ("path handed over", "leaf handed over"),
    "the default rule": ("another method at layers", "trapezoid over n", "nodes one step late"),
}
"""By kind: the names of the faults."""

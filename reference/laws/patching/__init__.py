"""Group *patching*: tools that score the nodes and edges of a model, compared with the path that they declare."""

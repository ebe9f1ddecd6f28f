"""`ig-conformance check DIR --text "…"`: a Hugging Face model in a folder, a text, and what explains its output."""

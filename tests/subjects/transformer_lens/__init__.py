"""EAP-IG of TransformerLens, which is announced."""

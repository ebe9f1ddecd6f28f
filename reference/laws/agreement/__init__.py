"""Group *agreement*: how IG on `inputs_embeds` and LIG at the embeddings are related."""

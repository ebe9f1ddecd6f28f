"""Laws as properties of the subject."""

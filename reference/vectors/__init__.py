"""Problems with expected attributions, as JSON, for implementations in any language. README.md has the format."""

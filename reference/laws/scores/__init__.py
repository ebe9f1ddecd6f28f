"""Group *scores*: tools that take a text and return numbers, compared with what they declare."""

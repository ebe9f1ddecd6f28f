"""The second oracle: models written in NumPy from the equations of their papers."""

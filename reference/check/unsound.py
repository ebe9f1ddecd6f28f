"""The error of a call that has no right value."""


class Unsound(Exception):
    """There is no right value. `oracle` says whether the forward itself is at fault, not its float64 copy."""

    def __init__(self, message: str, *, oracle: bool = True) -> None:
        super().__init__(message)
        self.oracle = oracle

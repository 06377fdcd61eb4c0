"""What is said against a request that makes no sense."""

from __future__ import annotations


class ExperimentError(ValueError):
    """A request that makes no sense; ``where`` names the key of the file or the field of the form."""

    def __init__(self, where: str, message: str) -> None:
        super().__init__(f"{where}: {message}")
        self.where = where
        self.message = message

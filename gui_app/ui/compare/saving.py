"""The table as a file."""

from __future__ import annotations

from pathlib import Path

from PySide6.QtWidgets import QFileDialog, QWidget

from gui_app.core.fault import Fault
from gui_app.files.atomic import write_atomically
from gui_app.files.errors import FileError
from gui_app.ui import errors


def save_table(parent: QWidget, text: str) -> None:
    """Ask for a name and write the text there, whole or not at all; what goes wrong is told."""
    name, _ = QFileDialog.getSaveFileName(parent, "Save table", "comparison.csv", "Table (*.csv)")
    if not name:
        return
    typed = Path(name)
    try:
        write_atomically(typed if typed.suffix else typed.with_suffix(".csv"), text.encode())
    except FileError as error:
        errors.show_fault(parent, "The table cannot be saved", Fault(str(error)))

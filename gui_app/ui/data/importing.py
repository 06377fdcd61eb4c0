"""The import dialog: a file's first rows, how it is read, and what its columns are to be used for."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from PySide6.QtCore import Signal
from PySide6.QtGui import QCloseEvent, QDragEnterEvent, QDropEvent
from PySide6.QtWidgets import (
    QDialog,
    QFileDialog,
    QFrame,
    QHBoxLayout,
    QLabel,
    QProgressBar,
    QPushButton,
    QVBoxLayout,
    QWidget,
)

from gui_app.core.data import COLUMN_TYPES, ColumnType, DataSpec
from gui_app.core.experiment_error import ExperimentError
from gui_app.core.table import Kind, Preview, Table, TableOptions
from gui_app.files import tables
from gui_app.ui.data.importing_choice import ColumnChoice
from gui_app.ui.data.importing_columns import ColumnsModel
from gui_app.ui.data.importing_form import OptionsBar, UseForm
from gui_app.ui.data.importing_preview import PreviewModel, PreviewView, found_text
from gui_app.ui.data.importing_task import Task
from gui_app.ui.editor.message_strip import MessageStrip
from gui_app.ui.style import font
from gui_app.ui.theme import GRID, Palette

FILTER = (
    "Tables (*.csv *.tsv *.txt *.dat *.data *.parquet *.feather *.arrow *.jsonl *.ndjson *.xlsx *.npy *.npz"
    " *.safetensors *.pt *.pth);;All files (*)"
)

_SIDE = 40 * GRID


class ImportDialog(QDialog):
    """Ends, accepted, with the ``spec`` that was asked for, its table read once and remembered by ``tables.load``.

    The file is read off the GUI thread; what is wrong with it is said in the dialog.
    """

    imported = Signal(object)
    """DataSpec, just before the dialog is accepted."""

    def __init__(self, palette: Palette, path: Path, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.spec: DataSpec | None = None
        self.path = path
        self.options = TableOptions()
        """What was asked for; the rest is found from the file."""
        self.columns = ColumnsModel()
        self.rows = PreviewModel(palette)
        self._preview: Preview | None = None
        self._used: DataSpec | None = None
        """What the columns were used for before, until they have been found in the file."""
        self._task = Task(self)
        self._importing = False
        self._title, self._found = QLabel(), QLabel()
        self.bar = OptionsBar(palette)
        self.choice = ColumnChoice(self.columns, palette)
        self.table = PreviewView(self.rows, self.columns, palette)
        self.form = UseForm(palette)
        self.strip = MessageStrip(palette)
        self._progress = QProgressBar()
        self.accept_button, self.cancel_button = QPushButton("Import"), QPushButton("Cancel")
        self.setWindowTitle("Import data")
        self.setAcceptDrops(True)
        self.resize(900, 600)
        self._build()
        self._connect()
        self.apply_theme(palette)
        self.set_path(path)
        self.choice.list.setFocus()  # else “Other file…” looks as if it were to be pressed

    def set_path(self, path: Path) -> None:
        """Look at another file."""
        self.path, self.options = path, TableOptions()
        self._preview = self._used = None
        self.columns.clear()
        self._title.setText(path.name)
        self._title.setToolTip(str(path))
        self._look()

    def set_spec(self, spec: DataSpec) -> None:
        """Begin with how the file has been read and used before."""
        kinds = {kind: tuple(n for n, held in spec.types.items() if held == kind) for kind in COLUMN_TYPES}
        self.options = replace(spec.options, categories=kinds["category"], numbers=kinds["number"])
        self._used = spec
        self.form.set_values(spec)
        self._look()

    def apply_theme(self, palette: Palette) -> None:
        """Paint with another palette."""
        for part in (self.bar, self.choice, self.table, self.form, self.strip):
            part.apply_theme(palette)
        self._progress.setStyleSheet(
            f"QProgressBar {{ background: {palette.border}; border: none; border-radius: 2px; }}"
            f"QProgressBar::chunk {{ background: {palette.accent}; border-radius: 2px; }}"
        )
        self.setStyleSheet(
            f"#frame {{ background: {palette.panel}; border: 1px solid {palette.border}; border-radius: 6px; }}"
            f'QPushButton[primary="true"]:disabled {{ background: {palette.border}; color: {palette.muted};'
            f" border-color: {palette.border}; }}"
        )

    # Layout

    def _build(self) -> None:
        self._title.setFont(font("title", bold=True))
        self._found.setObjectName("muted")
        self.other_button = QPushButton("Other file…")
        top = QHBoxLayout()
        names = QVBoxLayout()
        names.setSpacing(2)
        names.addWidget(self._title)
        names.addWidget(self._found)
        top.addLayout(names, 1)
        top.addWidget(self.other_button)
        side = QVBoxLayout()
        side.setSpacing(GRID)
        side.addWidget(_framed(self.choice, _SIDE), 1)
        side.addWidget(_framed(self.form, _SIDE))
        middle = QHBoxLayout()
        middle.setSpacing(GRID)
        middle.addWidget(_framed(self.table), 1)
        middle.addLayout(side)
        self._progress.setTextVisible(False)
        self._progress.setFixedHeight(4)
        self._progress.setRange(0, 1000)
        self.accept_button.setProperty("primary", "true")
        self.accept_button.setDefault(True)
        bottom = QHBoxLayout()
        bottom.setSpacing(GRID)
        bottom.addWidget(self._progress, 1)
        bottom.addStretch(0)
        bottom.addWidget(self.cancel_button)
        bottom.addWidget(self.accept_button)
        whole = QVBoxLayout(self)
        whole.setContentsMargins(2 * GRID, 2 * GRID, 2 * GRID, 2 * GRID)
        whole.setSpacing(GRID + GRID // 2)
        whole.addLayout(top)
        whole.addWidget(self.bar)
        whole.addLayout(middle, 1)
        whole.addWidget(self.strip)
        whole.addLayout(bottom)

    def _connect(self) -> None:
        self.other_button.clicked.connect(self._on_other_file)
        self.bar.chosen.connect(self._on_options)
        self.columns.kind_wanted.connect(self._on_kind)
        self.columns.changed.connect(self._allow_import)
        self.accept_button.clicked.connect(self._on_import)
        self.cancel_button.clicked.connect(self.reject)
        self._task.progressed.connect(lambda share: self._progress.setValue(round(1000 * share)))
        self._task.done.connect(self._on_done)
        self._task.failed.connect(self._on_failed)

    # Looking

    def _look(self) -> None:
        path, options = self.path, self.options
        self._importing = False
        self.strip.set_message("")
        self._show_busy("Looking at the file…" if self._preview is None else "")
        self._task.start(lambda _progress, cancelled: tables.preview(path, options, cancelled))

    def _on_options(self, changed: dict[str, object]) -> None:
        try:
            self.options = replace(self.options, **changed)  # type: ignore[arg-type]
        except ExperimentError as error:
            self.strip.set_message(f"{error.message[:1].upper()}{error.message[1:]}.")
            return
        self._look()

    def _on_kind(self, name: str, kind: Kind) -> None:
        others = {
            field: tuple(each for each in getattr(self.options, field) if each != name)
            for field in ("categories", "numbers")
        }
        field = "categories" if kind == "category" else "numbers"
        self._on_options({**others, field: (*others[field], name)})

    def _on_done(self, value: object) -> None:
        if isinstance(value, Preview):
            self._preview = value
            if self._used is not None:
                usable = [name for name, kind in zip(value.names, value.kinds, strict=True) if kind != "text"]
                self.columns.show_use(
                    value.names, value.kinds, self._used.features or usable, self._used.target or ""
                )
                self._used = None
            self.columns.set_preview(value)
            self.rows.set_preview(value)
            self.bar.show_found(value)
            self._show_busy("")
            if self.focusWidget() is self.choice.list:
                self.accept_button.setFocus()
            if not value.total:
                self.strip.set_message("The file has no row of data.")
        elif isinstance(value, Table):
            self._progress.setValue(1000)
            self.spec = self._wanted()
            self.imported.emit(self.spec)
            self.accept()

    def _on_failed(self, message: str) -> None:
        was_importing, self._importing = self._importing, False
        self._show_busy("")
        self.strip.set_message(message)
        if not was_importing:
            if self._preview is None:
                self.bar.show_unfound(message)
            self._preview = None
            self.rows.set_preview(None)
            self._found.setText("This file cannot be read.")
            self.accept_button.setEnabled(False)

    # Importing

    def _wanted(self) -> DataSpec:
        kinds: dict[str, ColumnType] = dict.fromkeys(self.options.categories, "category")
        kinds |= dict.fromkeys(self.options.numbers, "number")
        return DataSpec(
            path=str(self.path),
            options=replace(self.options, categories=(), numbers=()),
            features=() if self.columns.takes_all() else self.columns.chosen(),
            target=self.columns.target or None,
            types=kinds,
            **self.form.values(),
        )

    def _on_import(self) -> None:
        spec = self._wanted()
        self._importing = True
        self.strip.set_message("")
        self._show_busy("Reading…")
        self._progress.setValue(0)
        self._task.start(lambda progress, cancelled: tables.load(spec, Path(), progress, cancelled))

    def _show_busy(self, what: str) -> None:
        """Say what is being done; everything but Cancel waits while the table is read."""
        if what:
            self._found.setText(what)
        elif self._preview is not None:
            self._found.setText(found_text(self._preview))
        self._progress.setVisible(self._importing)
        for part in (self.bar, self.choice, self.form, self.other_button):
            part.setEnabled(not self._importing)
        self.cancel_button.setText("Stop" if self._importing else "Cancel")
        self._allow_import()

    def _allow_import(self) -> None:
        has_rows = self._preview is not None and self._preview.total > 0
        self.accept_button.setEnabled(bool(self.columns.features) and has_rows and not self._importing)

    def reject(self) -> None:
        """Stop reading, and stay; or, where nothing is being read, close."""
        was_importing = self._importing
        self._task.stop()
        self._importing = False
        if was_importing:
            self._show_busy("")
        else:
            super().reject()

    def closeEvent(self, event: QCloseEvent) -> None:
        self._task.stop()
        self._importing = False
        super().closeEvent(event)

    # Other files

    def _on_other_file(self) -> None:
        chosen, _ = QFileDialog.getOpenFileName(self, "Import data", str(self.path.parent), FILTER)
        if chosen:
            self.set_path(Path(chosen))

    def dragEnterEvent(self, event: QDragEnterEvent) -> None:
        if len(event.mimeData().urls()) == 1 and event.mimeData().urls()[0].isLocalFile():
            event.acceptProposedAction()

    def dropEvent(self, event: QDropEvent) -> None:
        self.set_path(Path(event.mimeData().urls()[0].toLocalFile()))
        event.acceptProposedAction()


def _framed(inside: QWidget, width: int | None = None) -> QFrame:
    frame = QFrame()
    if width is not None:
        frame.setFixedWidth(width)
    frame.setObjectName("frame")
    box = QVBoxLayout(frame)
    box.setContentsMargins(1, 1, 1, 1)
    box.addWidget(inside)
    return frame

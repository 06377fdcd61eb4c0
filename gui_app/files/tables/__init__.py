"""Tables in: files of many formats, built-in sets, made-up data. The libraries behind it are loaded when needed."""

from gui_app.files.tables.builtin import BUILT_IN, built_in
from gui_app.files.tables.formats import preview, read_table
from gui_app.files.tables.generated import GENERATORS, generate
from gui_app.files.tables.loading import columns_of, load

__all__ = ["BUILT_IN", "GENERATORS", "built_in", "columns_of", "generate", "load", "preview", "read_table"]

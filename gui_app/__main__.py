"""``python -m gui_app`` is the command ``gradarium``."""

from gui_app.cli import main

if __name__ == "__main__":
    raise SystemExit(main())

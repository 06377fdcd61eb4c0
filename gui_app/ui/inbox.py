"""What the threads have posted: events go into the session and to the views, answers to whoever has asked."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterator

from gui_app.core.events import Changed, Event, StepsTaken
from gui_app.core.runner import Answer
from gui_app.core.session import Session, Status
from gui_app.ui.display import Display
from gui_app.ui.graph.link import GraphLink
from gui_app.ui.program_link import ProgramLink
from gui_app.ui.views import Views


class Inbox:
    """Emptied once a frame."""

    def __init__(
        self,
        mailbox: deque[Event | Answer],
        views: Views,
        session: Session,
        display: Display,
        program: ProgramLink,
        graph: GraphLink,
        on_state: Callable[[], None],
    ) -> None:
        self._mailbox, self._views, self._session = mailbox, views, session
        self._display, self._program, self._graph = display, program, graph
        self._on_state = on_state

    def take(self) -> Iterator[Answer]:
        """Take in all events that there are; the answers among them, in their order."""
        while self._mailbox:
            item = self._mailbox.popleft()
            if isinstance(item, Answer):
                yield item
            else:
                self._on_event(item)

    def _on_event(self, event: Event) -> None:
        session, display = self._session, self._display
        status, history, shown = session.status, session.history, session.shown
        printed = len(session.console.lines)
        if not session.apply(event):
            return
        if session.history is not history:
            display.renewed()
        if isinstance(event, Changed):
            display.changed()
        if isinstance(event, StepsTaken) and event.printed:
            display.show_printed(printed)
        if session.is_script and session.shown is not shown:
            self._program.show()
            self._views.descent.set_history(session.history)
        display.grown()
        if session.status is not status:
            self._on_status()

    def _on_status(self) -> None:
        """The run has come to another state."""
        session, v = self._session, self._views
        if session.fault is not None and session.status in (Status.FAILED, Status.DIVERGED):
            v.editor.set_faults((session.fault,))
            if session.fault.span is not None:
                v.editor.mark_failure(session.fault.span)
        if session.status is Status.FAILED and session.fault is not None:
            v.descent.set_landscape(None)
            self._graph.outdated(session.fault.message)
            if session.history is None:
                self._graph.ask(session.experiment, None)
        elif session.status is Status.DIVERGED:
            v.timeline.set_marks({session.last: session.message})
            v.window.laboratory.bring_forward("lenses")
        self._on_state()

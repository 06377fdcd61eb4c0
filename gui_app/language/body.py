"""Rewrites a whole program into the body of one native function."""

from __future__ import annotations

import ast
from collections.abc import Mapping, Sequence

from gui_app.language.calls import LOAD, STORE, call
from gui_app.language.declarations import Declaration, Reading, late
from gui_app.language.programs import goes_back, is_seeding, last_value, name_set
from gui_app.language.scopes import assigned
from gui_app.language.statements import Statements

_MISSING = "Set it above, such as {0} = torch.tensor(1.0, requires_grad=True)"
_UNFINISHED = "Set it above; or let the last line be the value to minimize, then {0} becomes a parameter."
_TOO_LATE = "Write {0}.requires_grad_() right after {0} = …, before {0} is used."


class Body(Statements):
    """Rewrites the statements of the top level, and what the text declares there."""

    declaring: bool = False
    """The parameters that the text declares are made and reported; the program ends with the last of them."""
    reading: Reading = Reading()
    """What an objective declares."""
    apart: Mapping[ast.stmt, Declaration] = {}
    """Declarations of names that come in as arguments, or that are wrong, by their statement."""
    optional: Sequence[ast.stmt] = ()
    """Statements made that matter only if the program draws random numbers."""

    def program(self, tree: ast.Module) -> list[ast.stmt]:
        """The body of the function that computes the program's last value."""
        found = last_value(tree.body)
        if found is None:
            self.block(tree.body)
            if not self.faults:
                self.fault(tree, "There is no objective yet.", "Type one, such as (x - 2)**2 / 2")
            return []
        self._prepare(tree)
        index, last = found
        made = [part for statement in tree.body[:index] for part in self._top(statement)]
        made += self._last(last)
        if self.declaring:
            ends = [place for place, part in enumerate(made) if part in self.optional]
            made = made[: max(ends, default=-1) + 1]
        elif not self.draws:
            made = [part for part in made if part not in self.optional]
        parameters = [ast.Name(name, LOAD) for name in self.parameters]
        return [ast.Expr(call("begin", *parameters)), *made]

    def _prepare(self, tree: ast.Module) -> None:
        """What is known before the first statement: names that are declared are set where they are declared."""
        if self.script:
            self.missing = _MISSING if goes_back(tree) else _UNFINISHED
        else:
            for statement, name in late(tree, self.reading):
                self.fault(statement, f"Gradients of {name} are asked for too late.", _TOO_LATE.format(name))
        self.apart = {
            d.statement: d
            for d in self.reading.declarations
            if self.declaring or d.fault or d.name in self.parameters
        }
        self.optional = []
        declared = {d.name for d in self.apart.values()}
        body = [statement for statement in tree.body if not self._is_apart(statement)]
        self.scope.names |= assigned(body) | declared
        self.scope.seen -= declared
        self.scope.kinds |= dict.fromkeys(declared, "tensor")
        self.kinds.learn(self.scope, body)

    def _is_apart(self, statement: ast.stmt) -> bool:
        return statement in self.apart or any(statement is d.later for d in self.apart.values())

    def _top(self, statement: ast.stmt) -> list[ast.stmt]:
        """The statements that stand for one of the top level."""
        if self._is_apart(statement):
            return self._declared(self.apart[statement]) if statement in self.apart else []
        made = self.statement(statement)
        if is_seeding(statement) and not self.script and not self.declaring:
            self.optional = [*self.optional, *made]
        return made

    def _declared(self, declaration: Declaration) -> list[ast.stmt]:
        """Nothing where the value is an argument; but random numbers are drawn, for those that follow."""
        name = declaration.name
        self.scope.seen.add(name)
        if declaration.fault:
            self.fault(declaration.statement.value, *declaration.fault)
            return []
        draws = self.draws
        value = self.expression(declaration.start)
        self.draws = draws
        made: ast.stmt
        if self.declaring:
            made = ast.Assign([ast.Name(name, STORE)], call("declared", ast.Constant(name), value))
        elif declaration.spec and declaration.spec.distribution:
            made = ast.Expr(value)
        else:
            return []
        self.optional = [*self.optional, made]
        return self.placed([made], declaration.statement)

    def _last(self, node: ast.stmt) -> list[ast.stmt]:
        """The last statement, and its value."""
        if isinstance(node, ast.Expr):
            return [ast.copy_location(ast.Return(self.expression(node.value)), node)]
        name, made = name_set(node), self._top(node)
        value = [ast.Return(ast.Name(name, LOAD))] if name else []
        return [*made, *self.placed([*value], node)]

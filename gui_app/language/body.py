"""Rewrites a whole program into the body of one native function."""

from __future__ import annotations

import ast
from collections.abc import Mapping, Sequence
from collections.abc import Set as AbstractSet

from gui_app.core.layers import Layer
from gui_app.language.calls import LOAD, STORE, call, local
from gui_app.language.declarations import Declaration, Reading, late
from gui_app.language.networks import Network
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
    apart: Mapping[ast.stmt, Declaration | Network] = {}
    """Declarations of what comes in as arguments, or that are wrong, by their statement."""
    networks: Sequence[Layer] = ()
    """Those whose weights come in as arguments, by their number."""
    _later: AbstractSet[ast.stmt] = frozenset()
    """Statements of their own that ask for the gradients of what is declared."""
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
        parameters = [ast.Name(local(name), LOAD) for name in self.parameters]
        return [ast.Expr(call("begin", *parameters)), *self._data(), *made]

    def _data(self) -> list[ast.stmt]:
        """A script tells its data like the names that it sets."""
        return self._report(self.parameters) if self.script else []

    def _prepare(self, tree: ast.Module) -> None:
        """What is known before the first statement: names that are declared are set where they are declared."""
        if self.script:
            self.missing = _MISSING if goes_back(tree) else _UNFINISHED
        else:
            for statement, name in late(tree, self.reading):
                self.fault(statement, f"Gradients of {name} are asked for too late.", _TOO_LATE.format(name))
        given = set(self.parameters)
        tensors = [d for d in self.reading.declarations if self.declaring or d.fault or d.name in given]
        parts: list[Declaration | Network] = [*tensors, *self.reading.networks]
        self.apart = {each.statement: each for each in parts}
        self.optional, self.networks = [], []
        self._later = {d.later for d in tensors if d.later}
        declared = {each.name for each in self.apart.values()}
        body = [statement for statement in tree.body if not self._is_apart(statement)]
        self.scope.names |= assigned(body) | declared
        self.scope.seen -= declared
        self.scope.kinds |= dict.fromkeys(declared, "any")
        self.scope.kinds |= dict.fromkeys((d.name for d in tensors), "tensor")
        self.kinds.learn(self.scope, body)

    def _is_apart(self, statement: ast.stmt) -> bool:
        return statement in self.apart or statement in self._later

    def _top(self, statement: ast.stmt) -> list[ast.stmt]:
        """The statements that stand for one of the top level."""
        if self._is_apart(statement):
            made_apart = self.apart.get(statement)
            if isinstance(made_apart, Network):
                return self._network(made_apart)
            return self._declared(made_apart) if made_apart else []
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

    def _network(self, network: Network) -> list[ast.stmt]:
        """The network with the weights that come in; its own draws are made for those that follow."""
        self.scope.seen.add(network.name)
        value = network.statement.value
        if network.fault or network.layer is None:
            self.fault(value, *(network.fault or ("", "")))
            return []
        number, specs = len(self.networks), network.specs
        self.networks = [*self.networks, network.layer]
        self.draws |= network.layer.draws
        target, drawn = ast.Name(network.name, STORE), call("drawn", ast.Constant(number))
        if self.declaring:
            made: ast.stmt = ast.Assign([target], call("declared", ast.Constant(network.name), drawn))
            self.optional = [*self.optional, made]
            return self.placed([made], network.statement)
        if not set(self.parameters).issuperset(spec.name for spec in specs):
            return self.placed([ast.Assign([target], drawn)], network.statement)
        draws = ast.Expr(drawn)
        self.optional = [*self.optional, draws]
        weights = [ast.Name(local(spec.name), LOAD) for spec in specs]
        made = ast.Assign([target], call(f"network {number}", *weights))
        return self.placed([draws, made], network.statement)

    def _last(self, node: ast.stmt) -> list[ast.stmt]:
        """The last statement, and its value."""
        if isinstance(node, ast.Expr):
            return [ast.copy_location(ast.Return(self.expression(node.value)), node)]
        name, made = name_set(node), self._top(node)
        value = [ast.Return(ast.Name(name, LOAD))] if name else []
        return [*made, *self.placed([*value], node)]

"""Rewrites statements: scopes, loops with their stop check, what is set and what is returned."""

from __future__ import annotations

import ast
from collections.abc import Sequence

from gui_app.language.calls import LOAD, STORE, call, symbol
from gui_app.language.expressions import Expressions
from gui_app.language.names import BINARY
from gui_app.language.scopes import Scope, assigned, dotted, targets

_IMPORTS = {
    "torch": ("torch",),
    "torch.nn.functional": ("F", "torch"),
    "torch.nn": ("nn", "torch"),
    "torch.autograd": ("torch",),
    "math": ("math",),
}
"""Modules that pasted programs may import, with the names they may give them: all are there already."""
_FROM = {("torch", "nn"), ("torch.nn", "functional"), ("torch", "autograd")}


def last_value(body: Sequence[ast.stmt]) -> tuple[int, ast.stmt] | None:
    """The last statement that does something, with its index."""
    for index in range(len(body) - 1, -1, -1):
        if not isinstance(body[index], ast.Import | ast.ImportFrom | ast.Pass) and not _is_remark(
            body[index]
        ):
            return index, body[index]
    return None


def _is_remark(node: ast.stmt) -> bool:
    return (
        isinstance(node, ast.Expr)
        and isinstance(node.value, ast.Constant)
        and isinstance(node.value.value, str)
    )


class Statements(Expressions):
    """Rewrites a whole program into the body of one native function."""

    function: bool = False
    """Inside a def."""

    def program(self, tree: ast.Module) -> list[ast.stmt]:
        """The body of the function that computes the program's last value."""
        found = last_value(tree.body)
        if found is None:
            self.fault(tree, "There is no objective yet.", "Type one, such as (x - 2)**2 / 2")
            return []
        index, last = found
        self.scope.names |= assigned(tree.body)
        self.kinds.learn(self.scope, tree.body)
        before = self.block(tree.body[:index])
        parameters = [ast.Name(name, LOAD) for name in self.parameters]
        return [ast.Expr(call("begin", *parameters)), *before, *self._last(last)]

    def _last(self, node: ast.stmt) -> list[ast.stmt]:
        if isinstance(node, ast.Expr):
            return [ast.copy_location(ast.Return(self.expression(node.value)), node)]
        if isinstance(node, ast.Assign | ast.AugAssign):
            target = node.targets[0] if isinstance(node, ast.Assign) else node.target
            made = self.statement(node)
            if isinstance(target, ast.Name):
                back = ast.Return(ast.copy_location(ast.Name(target.id, LOAD), node))
                return [*made, ast.copy_location(back, node)]
        else:
            made = self.statement(node)
        self.fault(
            node, "The program ends without a value.", "Write what is to be minimized on the last line."
        )
        return made

    def block(self, body: Sequence[ast.stmt]) -> list[ast.stmt]:
        """Rewritten statements; never empty."""
        made = [part for statement in body for part in self.statement(statement)]
        return made or [ast.Pass()]

    def statement(self, node: ast.stmt) -> list[ast.stmt]:
        """The statements that stand for one statement, in its place."""
        made: list[ast.stmt] = getattr(self, f"_{type(node).__name__.lower()}")(node)
        for part in made:
            if not hasattr(part, "lineno"):
                ast.copy_location(part, node)
            for child in ast.iter_child_nodes(part):
                if isinstance(child, ast.expr):
                    self.place(child, node)
        return made

    def _expr(self, node: ast.Expr) -> list[ast.stmt]:
        return [] if _is_remark(node) else [ast.Expr(self.expression(node.value))]

    def _pass(self, _node: ast.Pass) -> list[ast.stmt]:
        return []

    # --- assignments -----------------------------------------------------------------------------------------------

    def _assign(self, node: ast.Assign) -> list[ast.stmt]:
        value = self.expression(node.value)
        if len(node.targets) == 1 and isinstance(node.targets[0], ast.Subscript | ast.Attribute):
            return [self._store(node.targets[0], value)]
        for target in node.targets:
            if isinstance(target, ast.Tuple | ast.List):
                value = self.place(call("unpack", value, self._pattern(target)), node.value)
        made = [self.target(target) for target in node.targets]
        names = [name for target in node.targets for name in targets(target)]
        self.scope.seen.update(names)
        return [ast.Assign(made, value), *self._report(names)]

    def _report(self, names: Sequence[str]) -> list[ast.stmt]:
        """In a traced program: tell the names that have just been set."""
        if not self.traced:
            return []
        return [ast.Expr(call("name", ast.Constant(name), ast.Name(name, LOAD))) for name in names]

    def _pattern(self, node: ast.expr) -> ast.expr:
        """The shape of a target as nested tuples, None for a name."""
        if isinstance(node, ast.Tuple | ast.List):
            return ast.Tuple([self._pattern(item) for item in node.elts], LOAD)
        return ast.Constant(None)

    def _store(self, target: ast.Subscript | ast.Attribute, value: ast.expr) -> ast.stmt:
        owner = self.expression(target.value)
        if isinstance(target, ast.Subscript):
            return ast.Expr(call("set_item", value, owner, self.expression(target.slice)))
        return ast.Expr(self._set_attribute(target, value, owner))

    def _set_attribute(self, target: ast.Attribute, value: ast.expr, owner: ast.expr) -> ast.expr:
        word = self.words.writable.get(target.attr)
        if word and not self._path(target):
            return call(word.symbol, value, owner)
        return self.fault(target, f".{target.attr} cannot be set.", "Give the value a name of its own.")

    def _augassign(self, node: ast.AugAssign) -> list[ast.stmt]:
        target, name = node.target, f"i{BINARY[type(node.op)].strip('_')}"
        if isinstance(target, ast.Name):
            old = self.expression(ast.copy_location(ast.Name(target.id, LOAD), target))
            value = self.expression(node.value)
            kinds = self._kind(target), self._kind(node.value)
            if set(kinds) <= {"int", "float"}:
                made = self.binary(node, old, node.op, value, *kinds)
            else:
                made = call(name, old, value)
            self.scope.names.add(target.id)
            self.scope.seen.add(target.id)
            return [ast.Assign([ast.Name(target.id, STORE)], made), *self._report([target.id])]
        owner = ast.Name(self.temporary(), STORE)
        held = ast.Name(owner.id, LOAD)
        first: list[ast.stmt] = [ast.Assign([owner], self.expression(target.value))]
        if isinstance(target, ast.Attribute):
            read = self.words.attributes.get(target.attr)
            old = call(read.symbol, held) if read else ast.Constant(None)
            changed = call(name, old, self.expression(node.value))
            return [*first, ast.Expr(self._set_attribute(target, changed, held))]
        index = ast.Name(self.temporary(), STORE)
        first.append(ast.Assign([index], self.expression(target.slice)))
        place = ast.Name(index.id, LOAD)
        changed = call(name, call("item", held, place), self.expression(node.value))
        return [*first, ast.Expr(call("set_item", changed, held, place))]

    # --- control flow ----------------------------------------------------------------------------------------------

    def _if(self, node: ast.If) -> list[ast.stmt]:
        test = self.expression(node.test)
        return [ast.If(test, self.block(node.body), self.block(node.orelse) if node.orelse else [])]

    def _tick(self) -> ast.stmt:
        """Inline, because a call would cost a plain loop half of its speed: stop if asked, count now and then."""
        beat = ast.Call(symbol("next"), [symbol("beat")], [])
        return ast.If(ast.BoolOp(ast.Or(), [symbol("raised"), beat]), [ast.Expr(call("tick"))], [])

    def _loop(self, body: Sequence[ast.stmt]) -> list[ast.stmt]:
        self.scope.loops += 1
        self.scope.seen |= assigned(body)
        made = self.block(body)
        self.scope.loops -= 1
        return [self._tick(), *made]

    def _while(self, node: ast.While) -> list[ast.stmt]:
        self.scope.seen |= assigned(node.body)
        test = self.expression(node.test)
        return [ast.While(test, self._loop(node.body), [])]

    def _for(self, node: ast.For) -> list[ast.stmt]:
        items = self.place(call("each", self.expression(node.iter)), node.iter)
        names = list(targets(node.target))
        self.scope.seen.update(names)
        target = self.target(node.target)
        body = self._loop(node.body)
        return [ast.For(target, items, [body[0], *self._report(names), *body[1:]], [])]

    def _break(self, node: ast.Break | ast.Continue) -> list[ast.stmt]:
        if not self.scope.loops:
            self.fault(node, "break and continue belong inside a loop.", "Move or delete the line.")
        return [node]

    _continue = _break

    def _with(self, node: ast.With) -> list[ast.stmt]:
        items = []
        for item in node.items:
            made = item.context_expr
            word = self.words.contexts.get(dotted(made.func)) if isinstance(made, ast.Call) else None
            if word is None or item.optional_vars or made.args or made.keywords:  # type: ignore[attr-defined]
                known = " or ".join(f"with {name}():" for name in self.words.contexts)
                self.fault(made, "with is only for switching gradients.", f"Write {known}" if known else "")
                continue
            items.append(ast.withitem(self.place(call(word.symbol), made)))
        body = self.block(node.body)
        return [ast.With(items, body)] if items else body

    def _import(self, node: ast.Import) -> list[ast.stmt]:
        for alias in node.names:
            if (alias.asname or alias.name.partition(".")[0]) not in _IMPORTS.get(alias.name, ()):
                self._refuse_import(alias, alias.name)
        return []

    def _importfrom(self, node: ast.ImportFrom) -> list[ast.stmt]:
        for alias in node.names:
            space = self.words.full(node.module or "")
            module = (node.module, alias.name) in _FROM and alias.asname in (None, "F")
            bare = alias.name in self.words.functions and alias.name in self.words.namespaces.get(space, ())
            if node.level or not (module or (bare and alias.asname in (None, alias.name))):
                self._refuse_import(alias, f"{node.module}.{alias.name}")
        return []

    def _refuse_import(self, node: ast.alias, name: str) -> None:
        root = name.partition(".")[0]
        hint = self.words.refusals.get(root) or "torch, math, F and nn are there without an import."
        self.fault(node, f"{name} cannot be imported.", hint)

    # --- functions -------------------------------------------------------------------------------------------------

    def _functiondef(self, node: ast.FunctionDef) -> list[ast.stmt]:
        arguments = node.args
        defaults = [self.expression(default) for default in arguments.defaults]
        only = [self.expression(default) if default else None for default in arguments.kw_defaults]
        names = [a.arg for a in (*arguments.posonlyargs, *arguments.args, *arguments.kwonlyargs)]
        self.scope.seen.add(node.name)
        outer, inside = self.scope, self.function
        self.scope = Scope(set(names), set(names), dict.fromkeys(names, "any"), outer)
        self.scope.names |= assigned(node.body)
        self.kinds.learn(self.scope, node.body)
        self.function = True
        body = [self._tick(), *self.block(node.body)]
        self.scope, self.function = outer, inside
        for name in sorted({name for name in names if names.count(name) > 1}):
            self.fault(node, f"{node.name} has two arguments named {name}.", "Give each its own name.")
        new = ast.arguments(
            posonlyargs=arguments.posonlyargs,
            args=arguments.args,
            kwonlyargs=arguments.kwonlyargs,
            kw_defaults=only,
            defaults=defaults,
        )
        for default in (*defaults, *only):
            if default:
                self.place(default, node)
        return [ast.fix_missing_locations(ast.copy_location(_function(node.name, new, body), node))]

    def _return(self, node: ast.Return) -> list[ast.stmt]:
        if not self.function:
            self.fault(node, "return belongs inside a function.", "Write the value alone on the last line.")
        return [ast.Return(self.expression(node.value) if node.value else None)]


def _function(name: str, arguments: ast.arguments, body: list[ast.stmt]) -> ast.FunctionDef:
    """From a parsed one, because the fields of the node differ between Python's versions."""
    made = ast.parse("def f(): pass").body[0]
    assert isinstance(made, ast.FunctionDef)
    made.name, made.args, made.body = name, arguments, body
    return made


def function_of(name: str, parameters: Sequence[str], body: list[ast.stmt]) -> ast.Module:
    """A module with one native function of these arguments."""
    arguments = ast.arguments(
        posonlyargs=[ast.arg(parameter) for parameter in parameters],
        args=[],
        kwonlyargs=[],
        kw_defaults=[],
        defaults=[],
    )
    return ast.fix_missing_locations(ast.Module([_function(name, arguments, body)], []))

"""Rewrites statements: scopes, loops with their stop check, what is set and what is returned."""

from __future__ import annotations

import ast
from collections.abc import Sequence

from gui_app.language import imports
from gui_app.language.calls import LOAD, STORE, call, symbol
from gui_app.language.expressions import Expressions
from gui_app.language.names import BINARY, SYMBOL
from gui_app.language.programs import is_remark
from gui_app.language.scopes import Scope, assigned, dotted, targets

MAX_BLOCKS = 15
"""Loops and with-blocks in one another in one function: Python's compiler has an end at 20."""


class Statements(Expressions):
    """Rewrites every kind of statement."""

    function: bool = False
    """Inside a def."""
    blocks: int = 0
    """Loops and with-blocks around the place that is being compiled."""

    def block(self, body: Sequence[ast.stmt]) -> list[ast.stmt]:
        """Rewritten statements; never empty."""
        made = [part for statement in body for part in self.statement(statement)]
        return made or [ast.Pass()]

    def statement(self, node: ast.stmt) -> list[ast.stmt]:
        """The statements that stand for one statement, in its place."""
        made: list[ast.stmt] = getattr(self, f"_{type(node).__name__.lower()}")(node)
        if made and isinstance(node, ast.Expr | ast.Assign | ast.AugAssign) and _calls(node):
            made = [ast.If(symbol("raised"), [ast.Expr(call("tick"))], []), *made]
        return self.placed(made, node)

    def placed(self, made: list[ast.stmt], node: ast.stmt) -> list[ast.stmt]:
        """The statements made for one, at its place in the text."""
        for part in made:
            if not hasattr(part, "lineno"):
                ast.copy_location(part, node)
            for child in ast.iter_child_nodes(part):
                if isinstance(child, ast.expr):
                    self.place(child, node)
        return made

    def _expr(self, node: ast.Expr) -> list[ast.stmt]:
        return [] if is_remark(node) else [ast.Expr(self.expression(node.value))]

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
        """In a script or a traced program: tell the names that have just been set."""
        if not (self.traced or self.script):
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
            return ast.Expr(call("set_item", value, owner, self.index(target.slice)))
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
        first.append(ast.Assign([index], self.index(target.slice)))
        place = ast.Name(index.id, LOAD)
        changed = call(name, call("item", held, place), self.expression(node.value))
        return [*first, ast.Expr(call("set_item", changed, held, place))]

    # --- control flow ----------------------------------------------------------------------------------------------

    def _if(self, node: ast.If) -> list[ast.stmt]:
        test = self.expression(node.test)
        return [ast.If(test, self.block(node.body), self.block(node.orelse) if node.orelse else [])]

    def _tick(self, node: ast.stmt, end: tuple[int | None, int | None]) -> ast.stmt:
        """Inline, because a call would cost a plain loop half of its speed: stop if asked, count now and then.

        Its place is the head of the loop or function, from the start of ``node`` to the line and column of ``end``:
        that is marked where it is stopped.
        """
        beat = ast.Call(symbol("next"), [symbol("beat")], [])
        made = ast.If(ast.BoolOp(ast.Or(), [symbol("raised"), beat]), [ast.Expr(call("tick"))], [])
        ast.copy_location(made, node)
        made.end_lineno, made.end_col_offset = end
        return ast.fix_missing_locations(made)

    def _inside(self, node: ast.stmt, body: Sequence[ast.stmt]) -> list[ast.stmt]:
        """The statements of a loop or a with-block."""
        self.blocks += 1
        if self.blocks == MAX_BLOCKS + 1:
            self.fault(node, "There are too many loops in one another.", "Move the inner ones to a function.")
        made = self.block(body)
        self.blocks -= 1
        return made

    def _loop(self, node: ast.For | ast.While, end: ast.expr) -> list[ast.stmt]:
        self.scope.loops += 1
        self.scope.seen |= assigned(node.body)
        made = self._inside(node, node.body)
        self.scope.loops -= 1
        return [self._tick(node, (end.end_lineno, end.end_col_offset)), *made]

    def _while(self, node: ast.While) -> list[ast.stmt]:
        self.scope.seen |= assigned(node.body)
        test = self.expression(node.test)
        return [ast.While(test, self._loop(node, node.test), [])]

    def _for(self, node: ast.For) -> list[ast.stmt]:
        items = self.place(self._items(self.expression(node.iter)), node.iter)
        names = list(targets(node.target))
        self.scope.seen.update(names)
        target = self.target(node.target)
        body = self._loop(node, node.iter)
        return [ast.For(target, items, [body[0], *self._report(names), *body[1:]], [])]

    def _items(self, made: ast.expr) -> ast.expr:
        """What a loop runs over; of ``range`` in one call, since it is in so many loops."""
        word = self.words.functions.get("range")
        match made:
            case ast.Call(func=ast.Name(id=name), args=bounds, keywords=[]) if (
                word and name == SYMBOL + word.symbol
            ):
                return call("rounds", symbol(word.symbol), *bounds)
        return call("each", made)

    def _break(self, node: ast.Break | ast.Continue) -> list[ast.stmt]:
        if not self.scope.loops:
            self.fault(node, "break and continue belong inside a loop.", "Move or delete the line.")
        return [node]

    _continue = _break

    def _with(self, node: ast.With) -> list[ast.stmt]:
        items = []
        for item in node.items:
            made = self._context(item)
            if made:
                items.append(ast.withitem(self.place(made, item.context_expr)))
        body = self._inside(node, node.body)
        return [ast.With(items, body)] if items else body

    def _context(self, item: ast.withitem) -> ast.expr | None:
        made = item.context_expr
        word = self.words.contexts.get(dotted(made.func)) if isinstance(made, ast.Call) else None
        if word is None or not isinstance(made, ast.Call) or item.optional_vars:
            known = " or ".join(f"with {name}():" for name in self.words.contexts if name.count(".") == 1)
            self.fault(made, "with is only for switching gradients.", f"Write {known}" if known else "")
            return None
        arguments, keywords = self.arguments(made, strings=False)
        problem = word.problem(len(arguments), [keyword.arg or "" for keyword in keywords])
        if problem:
            self.fault(made, f"{word.name} {problem}.", f"It is called as {self.usage(word)}.")
        return ast.Call(symbol(word.symbol), arguments, keywords)

    def _import(self, node: ast.Import | ast.ImportFrom) -> list[ast.stmt]:
        for alias, name, hint in imports.refused(node, self.words):
            self.fault(alias, f"{name} cannot be imported.", hint)
        return []

    _importfrom = _import

    # --- functions -------------------------------------------------------------------------------------------------

    def _functiondef(self, node: ast.FunctionDef) -> list[ast.stmt]:
        arguments = node.args
        defaults = [self.expression(default) for default in arguments.defaults]
        only = [self.expression(default) if default else None for default in arguments.kw_defaults]
        names = [a.arg for a in (*arguments.posonlyargs, *arguments.args, *arguments.kwonlyargs)]
        self.scope.seen.add(node.name)
        outer, inside, blocks = self.scope, self.function, self.blocks
        self.scope = Scope(set(names), set(names), dict.fromkeys(names, "any"), outer)
        self.scope.names |= assigned(node.body)
        self.kinds.learn(self.scope, node.body)
        self.function, self.blocks = True, 0
        head = node.lineno, node.col_offset + len(f"def {node.name}")
        body = [self._tick(node, head), *self.block(node.body)]
        self.scope, self.function, self.blocks = outer, inside, blocks
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


def _calls(node: ast.stmt) -> bool:
    """Whether a statement does something that may take its time."""
    heavy = ast.Call | ast.MatMult | ast.Pow | ast.Subscript | ast.AugAssign
    return any(isinstance(part, heavy) for part in ast.walk(node))


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

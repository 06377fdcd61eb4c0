"""Rewrites operators and sequences: each operator through its guard, where its values could grow."""

from __future__ import annotations

import ast

from gui_app.language import limits
from gui_app.language.calls import LOAD, NUMBERS, STORE, Calls, after, call, numel, symbol
from gui_app.language.names import BINARY, COMPARISONS, SYMBOL, UNARY
from gui_app.language.scopes import Scope, targets


class Expressions(Calls):
    """Rewrites every kind of expression."""

    # --- operators -------------------------------------------------------------------------------------------------

    def _binop(self, node: ast.BinOp) -> ast.expr:
        left, right = self.expression(node.left), self.expression(node.right)
        return self.binary(node, left, node.op, right, self._kind(node.left), self._kind(node.right))

    def binary(
        self, node: ast.AST, left: ast.expr, op: ast.operator, right: ast.expr, kind: str, other: str
    ) -> ast.expr:
        """An operator: itself where the kinds show that nothing can grow, else its guard."""
        pair = {kind, other}
        if pair <= {"int", "float"} and not isinstance(op, ast.Pow | ast.LShift | ast.MatMult):
            literal = isinstance(left, ast.Constant) and isinstance(right, ast.Constant)
            # Sums grow slowly, but the quotient of two long whole numbers takes the square of their length.
            if "float" in pair or not isinstance(op, ast.Mult | ast.FloorDiv | ast.Mod) or literal:
                return ast.BinOp(left, op, right)
        arithmetic = not isinstance(op, ast.LShift | ast.RShift | ast.BitAnd | ast.BitOr | ast.BitXor)
        if isinstance(op, ast.MatMult) and pair != {"tensor"}:
            arithmetic = False
        left, right = self.uncounted(left), self.uncounted(right)
        if "tensor" in pair and pair & {"int", "float"} and arithmetic:
            return self.counted(self.place(ast.BinOp(left, op, right), node))
        if "tensor" in pair and pair <= {"tensor", "mixed"} and arithmetic and self.inline:
            return self._of_tensors(node, left, op, right, "mixed" in pair)
        return call(BINARY[type(op)], left, right)

    def _of_tensors(
        self, node: ast.AST, left: ast.expr, op: ast.operator, right: ast.expr, mixed: bool
    ) -> ast.expr:
        """The operator itself where its result cannot be large, else its guard.

        While all tensors are small it cannot; nor where the numbers of elements, multiplied, are few.
        """
        held: list[ast.expr] = []
        names = []
        for operand in (left, right):
            name = operand.id if isinstance(operand, ast.Name) else self.temporary()
            names.append(name)
            if not isinstance(operand, ast.Name):
                held.append(ast.NamedExpr(ast.Name(name, STORE), operand))
        one, other = (ast.Name(name, LOAD) for name in names)
        self.operands[self.text.of(node)] = one.id, other.id
        guarded: ast.expr = symbol("large")
        if not mixed:
            product = ast.BinOp(numel(one), ast.Mult(), numel(other))
            few = ast.Compare(
                ast.Constant(0), [ast.Lt(), ast.LtE()], [product, ast.Constant(limits.MAX_ELEMENTS)]
            )
            guarded = ast.BoolOp(ast.And(), [guarded, ast.UnaryOp(ast.Not(), few)])
        result = ast.NamedExpr(ast.Name(f"{SYMBOL}0", STORE), ast.BinOp(one, op, other))
        small = ast.Compare(numel(result), [ast.Lt()], [ast.Constant(limits.LARGE)])
        again = ast.Name(f"{SYMBOL}0", LOAD)
        inline = ast.IfExp(small, again, call("counted", again))
        return ast.IfExp(after(held, guarded), call(BINARY[type(op)], one, other), inline)

    def _unaryop(self, node: ast.UnaryOp) -> ast.expr:
        operand = self.expression(node.operand)
        if isinstance(node.op, ast.Not):
            return ast.UnaryOp(ast.Not(), operand)
        kind = self._kind(node.operand)
        if kind in NUMBERS:
            return ast.UnaryOp(node.op, operand)
        if kind == "tensor" and not isinstance(node.op, ast.Invert):
            return self.counted(self.place(ast.UnaryOp(node.op, self.uncounted(operand)), node))
        return call(UNARY[type(node.op)], operand)

    def _boolop(self, node: ast.BoolOp) -> ast.expr:
        return ast.BoolOp(node.op, [self.expression(value) for value in node.values])

    def _compare(self, node: ast.Compare) -> ast.expr:
        """``a < b < c`` as ``a < b and b < c`` with b computed once, as Python does."""
        pairs: list[ast.expr] = []
        left, kind = self.expression(node.left), self._kind(node.left)
        for index, (op, right_node) in enumerate(zip(node.ops, node.comparators, strict=True)):
            right, right_kind = self.expression(right_node), self._kind(right_node)
            kept = right
            if index + 1 < len(node.ops) and not isinstance(right, ast.Constant | ast.Name):
                if not self.inline:
                    return self.fault(
                        node, "Comparisons in a row cannot stand here.", "Write a < b and b < c."
                    )
                name = self.temporary()
                right, kept = ast.NamedExpr(ast.Name(name, STORE), right), ast.Name(name, LOAD)
            pairs.append(self._comparison(node, left, kind, op, right, right_kind))
            left, kind = kept, right_kind
        return pairs[0] if len(pairs) == 1 else ast.BoolOp(ast.And(), pairs)

    def _comparison(
        self, node: ast.Compare, left: ast.expr, kind: str, op: ast.cmpop, right: ast.expr, other: str
    ) -> ast.expr:
        if isinstance(op, ast.Is | ast.IsNot):
            if isinstance(right, ast.Constant) and right.value is None:
                return ast.Compare(left, [op], [right])
            return self.fault(node, "is can only ask for None.", "Compare with == instead.")
        pair = {kind, other}
        if pair <= {"int", "float"}:
            return ast.Compare(left, [op], [right])
        if "tensor" in pair and pair & {"int", "float"}:
            return self.counted(self.place(ast.Compare(left, [op], [right]), node))
        return call(COMPARISONS[type(op)], left, right)

    def _ifexp(self, node: ast.IfExp) -> ast.expr:
        return ast.IfExp(self.expression(node.test), self.expression(node.body), self.expression(node.orelse))

    # --- sequences -------------------------------------------------------------------------------------------------

    def _tuple(self, node: ast.Tuple) -> ast.expr:
        return ast.Tuple([self.expression(item) for item in node.elts], LOAD)

    def _list(self, node: ast.List) -> ast.expr:
        return ast.List([self.expression(item) for item in node.elts], LOAD)

    def _dict(self, node: ast.Dict) -> ast.expr:
        """Its keys and values in turn."""
        parts: list[ast.expr] = []
        for key, value in zip(node.keys, node.values, strict=True):
            assert isinstance(key, ast.Constant)
            parts += [ast.copy_location(ast.Constant(key.value), key), self.expression(value)]
        return call("named", *parts)

    def _subscript(self, node: ast.Subscript) -> ast.expr:
        return call("item", self.expression(node.value), self.index(node.slice))

    def index(self, node: ast.expr) -> ast.expr:
        """What stands in square brackets: a text, too, which names a value of a dictionary."""
        return self.argument(node, strings=True)

    def _slice(self, node: ast.Slice) -> ast.expr:
        ends = (node.lower, node.upper, node.step)
        return call("slice", *(self.expression(end) if end else ast.Constant(None) for end in ends))

    def _generatorexp(self, node: ast.GeneratorExp) -> ast.expr:
        return self.fault(
            node, "A generator can only be the argument of a call.", "Use brackets: [… for … in …]"
        )

    def _listcomp(self, node: ast.ListComp) -> ast.expr:
        outer, inline = self.scope, self.inline
        self.inline = False
        generators = []
        for generator in node.generators:
            items = self.place(call("each", self.expression(generator.iter)), generator.iter)
            names = set(targets(generator.target))
            self.scope = Scope(names, set(names), dict.fromkeys(names, "any"), self.scope)
            tests = [call("go_on"), *(self.expression(test) for test in generator.ifs)]
            target = self.target(generator.target)
            generators.append(ast.comprehension(target, items, tests, 0))
        element = self.expression(node.elt)
        self.scope, self.inline = outer, inline
        return ast.ListComp(element, generators)

    def target(self, node: ast.expr) -> ast.expr:
        """What a loop assigns to: a name, or names in brackets."""
        if isinstance(node, ast.Name):
            return ast.copy_location(ast.Name(node.id, STORE), node)
        if isinstance(node, ast.Tuple | ast.List):
            return ast.copy_location(ast.Tuple([self.target(item) for item in node.elts], STORE), node)
        self.fault(node, "Only names can be set here.", "Use a name.")
        return ast.Name(SYMBOL, STORE)

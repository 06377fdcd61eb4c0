"""Rewrites names, attributes and calls: what a program reaches, it reaches through the vocabulary."""

from __future__ import annotations

import ast
from collections.abc import Iterable, Sequence

from gui_app.core.fault import Fault, Span
from gui_app.language import limits
from gui_app.language.imports import INSTEAD
from gui_app.language.names import SYMBOL, Word, Words, nearest
from gui_app.language.networks import has_weights, kind_of_layer, nameless
from gui_app.language.printing import is_formatted, pieces
from gui_app.language.scopes import Kinds, Scope, dotted
from gui_app.language.syntax import Text

LOAD, STORE = ast.Load(), ast.Store()
NUMBERS = ("int", "float")
MAX_HINTS = 10
_LOOP = "An objective is its last line, and the run does the updates. A script calls loss.backward() itself."


def symbol(name: str) -> ast.Name:
    """The global of that name in the compiled program."""
    return ast.Name(SYMBOL + name, LOAD)


def call(name: str, *arguments: ast.expr) -> ast.Call:
    """A call of a global of the compiled program."""
    return ast.Call(symbol(name), list(arguments), [])


def local(parameter: str) -> str:
    """What a parameter is called inside the compiled program: the weights of networks have dots in their names."""
    return parameter if "." not in parameter else SYMBOL + parameter.replace(".", SYMBOL)


def numel(tensor: ast.expr) -> ast.expr:
    """The number of elements of a value that is known to be a tensor."""
    return ast.Call(ast.Attribute(tensor, "numel", LOAD), [], [])


def after(first: Sequence[ast.expr], then: ast.expr) -> ast.expr:
    """``then``, computed when all of ``first``, which are never None, have been."""
    done: list[ast.expr] = [ast.Compare(made, [ast.Is()], [ast.Constant(None)]) for made in first]
    return ast.BoolOp(ast.Or(), [*done, then]) if done else then


class Calls:
    """Rewrites the expressions of one program, collecting faults instead of raising them."""

    def __init__(
        self, words: Words, text: Text, parameters: Iterable[str], adopt: bool, traced: bool
    ) -> None:
        self.words = words
        self.text = text
        self.adopt = adopt
        """Names that nobody defines become parameters (else they are faults)."""
        self.traced = traced
        self.parameters = tuple(parameters)
        self.faults: list[Fault] = []
        self.free: dict[str, None] = {}
        self.spans: list[Span | None] = []
        self.kinds = Kinds(words, "tensor" if adopt else "any")
        self.scope = Scope(set(parameters), set(parameters), dict.fromkeys(parameters, "tensor"))
        self.operands: dict[Span | None, tuple[str, str]] = {}
        """Of operations that are done inline: the locals that hold their operands."""
        self.missing = "Set it above."
        """What to do about a name that is not defined."""
        self.script = False
        """It reports every name that it sets, and may make layers anywhere."""
        self.draws = False
        """A word that draws random numbers has been called."""
        self._uncounted: dict[ast.expr, ast.expr] = {}
        self.temporaries = 0
        self.inline = True
        """An assignment expression may be written here (not in a comprehension)."""

    def fault(self, node: ast.AST, message: str, hint: str = "") -> ast.expr:
        """Note a fault at ``node``; the result stands for the expression that could not be made."""
        self.faults.append(Fault(message, self.text.of(node), hint))
        return ast.Constant(None)

    def nearest(self, name: str, known: Iterable[str]) -> str:
        """The names most like ``name``; looked for only for the first faults, because it takes a while."""
        return nearest(name, known) if len(self.faults) < MAX_HINTS else ""

    def expression(self, node: ast.expr) -> ast.expr:
        """The rewritten ``node``, in the same place of the text."""
        result = getattr(self, f"_{type(node).__name__.lower()}")(node)
        if self.traced and isinstance(
            node, ast.Call | ast.BinOp | ast.UnaryOp | ast.Compare | ast.Attribute | ast.Subscript
        ):
            self.spans.append(self.text.of(node))
            result = call("see", result, ast.Constant(len(self.spans) - 1))
        return self.place(result, node)

    def place(self, made: ast.expr, node: ast.AST) -> ast.expr:
        """Give all that was made for ``node`` its place in the text, so that errors point there."""
        stack: list[ast.AST] = [made]
        while stack:
            part = stack.pop()
            if isinstance(part, ast.expr | ast.keyword) and not hasattr(part, "lineno"):
                ast.copy_location(part, node)
                stack.extend(ast.iter_child_nodes(part))
        return made

    def temporary(self) -> str:
        """A fresh local of the compiled program."""
        self.temporaries += 1
        return f"{SYMBOL}{self.temporaries}"

    def counted(self, made: ast.expr) -> ast.expr:
        """``made``, known to be a tensor no larger than those it is made of: counted once there are large ones."""
        if not self.inline:
            return call("counted", made)
        name = f"{SYMBOL}0"
        held, again = ast.NamedExpr(ast.Name(name, STORE), made), ast.Name(name, LOAD)
        many = ast.Compare(numel(again), [ast.GtE()], [ast.Constant(limits.LARGE)])
        counting = ast.BoolOp(ast.And(), [symbol("large"), many])
        result = ast.IfExp(after([held], counting), call("counted", again), again)
        self._uncounted[result] = made
        return result

    def uncounted(self, operand: ast.expr) -> ast.expr:
        """``operand`` of an operation whose own result is counted: to count one of both is enough."""
        return self._uncounted.get(operand, operand)

    def _kind(self, node: ast.expr) -> str:
        return self.kinds.of(node, self.scope) or "any"

    # --- names -----------------------------------------------------------------------------------------------------

    def _constant(self, node: ast.Constant) -> ast.expr:
        if isinstance(node.value, str):
            return self.fault(
                node, "Text has no meaning here.", "Strings may only be printed, or name an option."
            )
        return ast.Constant(node.value)

    def _joinedstr(self, node: ast.JoinedStr) -> ast.expr:
        return self.fault(node, "A formatted string can only be printed.", 'Write print(f"…").')

    def formatted(self, node: ast.expr, spec: str) -> ast.expr:
        """A value as it is written in a formatted string."""
        return self.place(call("formatted", self.expression(node), ast.Constant(spec)), node)

    def _name(self, node: ast.Name) -> ast.expr:
        name = node.id
        if self.defined(node):
            return ast.Name(name, LOAD)
        if name in self.words.constants:
            return symbol(self.words.constants[name].symbol)
        if name in self.words.functions:
            return self.fault(
                node, f"{name} is a function.", f"Call it: {name}(…). Or add a parameter named {name}."
            )
        if self.words.is_namespace(name):
            return self.fault(node, f"{name} is a module.", f"Use something in it: {name}.…")
        if name in self.words.refusals:
            return self.fault(node, f"{name} is not part of the language.", self.words.refusals[name])
        if self.scope.find(name):
            return self.fault(
                node, f"{name} is used before it is set.", f"Set it above, or add a parameter {name}."
            )
        self.free[name] = None
        if not self.adopt:
            like = self.nearest(name, [*self._visible(), *self.words.constants, *self.words.functions])
            return self.fault(
                node, f"{name} is not defined.", f"Do you mean {like}?" if like else self.missing.format(name)
            )
        return ast.Name(name, LOAD)

    def defined(self, node: ast.Name) -> bool:
        """Whether the name is a variable that may have been set here."""
        owner = self.scope.find(node.id)
        if owner is None:
            return False
        return node.id in owner.seen if owner is self.scope else True

    def _visible(self) -> list[str]:
        scope: Scope | None = self.scope
        names: list[str] = []
        while scope:
            names.extend(scope.seen)
            scope = scope.parent
        return names

    def _path(self, node: ast.expr) -> str:
        """``torch.sin`` where the text names something of the vocabulary's modules; else empty."""
        path = dotted(node)
        root = path.partition(".")[0]
        if not path or self.scope.find(root) or "." not in path:
            return ""
        return path if self.words.is_namespace(root) or root in self.words.refusals else ""

    def _attribute(self, node: ast.Attribute) -> ast.expr:
        path = self._path(node)
        if path:
            if path in self.words.constants:
                return symbol(self.words.constants[path].symbol)
            if self.words.member(path):
                return self.fault(node, f"{path} is a function.", f"Call it: {path}(…)")
            return self._unknown_member(node, path)
        word = self.words.attributes.get(node.attr)
        if word:
            return call(word.symbol, self.expression(node.value))
        self.expression(node.value)
        if node.attr in self.words.methods:
            return self.fault(node, f"{node.attr} is a method.", f"Call it: .{node.attr}(…)")
        return self._unknown_attribute(node, [*self.words.attributes, *self.words.methods])

    def _unknown_member(self, node: ast.expr, path: str) -> ast.expr:
        space, _, name = path.rpartition(".")
        root = path.partition(".")[0]
        refusals = self.words.refusals
        reason = INSTEAD.get(root) or refusals.get(name) or refusals.get(root, "")
        if self.words.is_namespace(path):
            return self.fault(node, f"{path} is a module.", f"Use something in it: {path}.…")
        table = self.words.namespaces.get(self.words.full(space), {})
        constants = [c.rpartition(".")[2] for c in self.words.constants if c.startswith(f"{space}.")]
        like = self.nearest(name, [*table, *constants])
        hint = reason or (f"Do you mean {like}?" if like else "")
        hint = f"Write with {path}():" if path in self.words.contexts else hint
        return self.fault(node, f"{path} is not part of the language.", hint)

    def _unknown_attribute(self, node: ast.Attribute, known: Iterable[str]) -> ast.expr:
        like = self.nearest(node.attr, known)
        hint = self.words.refusals.get(node.attr) or (f"Do you mean .{like}?" if like else "")
        span = self.text.of(node)
        assert span is not None
        name = Span(span.end_line, span.end_column - len(node.attr), span.end_line, span.end_column)
        self.faults.append(Fault(f".{node.attr} is not part of the language.", name, hint))
        return ast.Constant(None)

    # --- calls -----------------------------------------------------------------------------------------------------

    def _call(self, node: ast.Call) -> ast.expr:
        func = node.func
        path = self._path(func)
        if path and not self.script and has_weights(node):
            return self._arguments_too(node, self.fault(node, *nameless(node)))
        if path:
            word = self.words.member(path)
            if word:
                return self._word_call(node, word, [])
            if path in self.words.constants:
                return self.fault(func, f"{path} is a value, not a function.", "Leave out the brackets.")
            return self._arguments_too(node, self._unknown_member(func, path))
        if isinstance(func, ast.Name):
            return self._name_call(node, func)
        if isinstance(func, ast.Attribute):
            return self._method_call(node, func)
        if isinstance(func, ast.Subscript) or kind_of_layer(func):
            return ast.Call(call("called", self.expression(func)), *self.arguments(node, strings=False))
        return self.fault(node, "This value cannot be called.", "Write * to multiply.")

    def _name_call(self, node: ast.Call, func: ast.Name) -> ast.expr:
        name = func.id
        if self.defined(func):
            if self.scope.kind(name) in ("tensor", *NUMBERS):
                return self.fault(
                    func, f"{name} is a value, not a function.", f"Write * to multiply: {name}*(…)"
                )
            arguments, keywords = self.arguments(node, strings=False)
            given = [keyword.arg for keyword in keywords]
            for twice in sorted({keyword or "" for keyword in given if given.count(keyword) > 1}):
                self.fault(node, f"{name} gets {twice} twice.", "Give each argument once.")
            return ast.Call(ast.Name(name, LOAD), arguments, keywords)
        word = self.words.functions.get(name)
        if word:
            return self._word_call(node, word, [])
        if name in self.words.refusals:
            return self._arguments_too(node, self._name(func))
        if name in self.words.constants:
            return self.fault(func, f"{name} is a value, not a function.", f"Write * to multiply: {name}*(…)")
        like = self.nearest(name, [*self._visible(), *self.words.functions])
        hint = f"Do you mean {like}?" if like else f"Define it above: def {name}(…): …"
        return self._arguments_too(node, self.fault(func, f"There is no function {name}.", hint))

    def _method_call(self, node: ast.Call, func: ast.Attribute) -> ast.expr:
        word = self.words.methods.get(func.attr)
        if word:
            return self._word_call(node, word, [self.expression(func.value)])
        self.expression(func.value)
        if func.attr in self.words.attributes:
            return self.fault(func, f".{func.attr} is a value, not a method.", "Leave out the brackets.")
        return self._arguments_too(node, self._unknown_attribute(func, self.words.methods))

    def _arguments_too(self, node: ast.Call, made: ast.expr) -> ast.expr:
        """Look for faults in the arguments of a call that is a fault itself."""
        self.arguments(node, strings=True)
        return made

    def _word_call(self, node: ast.Call, word: Word, first: list[ast.expr]) -> ast.expr:
        if word.script and not self.script:
            message = f"{word.name}() belongs in a loop of your own."
            return self._arguments_too(node, self.fault(node, message, _LOOP))
        self.draws |= word.draws
        if word.name == "print" and is_formatted(node):
            arguments, keywords = pieces(self, node)
        else:
            arguments, keywords = self.arguments(node, word.text)
        problem = word.problem(len(arguments), [keyword.arg or "" for keyword in keywords])
        if problem:
            instead = (self.words.refusals.get(keyword.arg or "", "") for keyword in keywords)
            hint = next(filter(None, instead), "") or f"It is called as {self.usage(word)}."
            return self.fault(node, f"{word.name} {problem}.", hint)
        if (
            word.bare
            and len(first) + len(arguments) == 1
            and not keywords
            and self._first_kind(node, first) == "tensor"
        ):
            made = self.place(call(word.bare, *map(self.uncounted, (*first, *arguments))), node)
            return made if word.reduces else self.counted(made)
        return ast.Call(symbol(word.symbol), [*first, *arguments], keywords)

    def _first_kind(self, node: ast.Call, method: list[ast.expr]) -> str:
        return self._kind(
            node.func.value if method and isinstance(node.func, ast.Attribute) else node.args[0]
        )

    @staticmethod
    def usage(word: Word) -> str:
        """How a word is called."""
        return " or ".join(f"{word.name}({way.strip()})" for way in word.signature.split("|"))

    def arguments(self, node: ast.Call, strings: bool) -> tuple[list[ast.expr], list[ast.keyword]]:
        """The rewritten arguments of a call; ``strings`` among them if the word takes them."""
        keywords = [ast.keyword(k.arg, self.argument(k.value, strings)) for k in node.keywords]
        return [self.argument(argument, strings) for argument in node.args], keywords

    def argument(self, node: ast.expr, strings: bool) -> ast.expr:
        """One rewritten argument."""
        if strings and isinstance(node, ast.Constant) and isinstance(node.value, str):
            return ast.copy_location(ast.Constant(node.value), node)
        if isinstance(node, ast.GeneratorExp):
            node = ast.copy_location(ast.ListComp(node.elt, node.generators), node)
        return self.expression(node)

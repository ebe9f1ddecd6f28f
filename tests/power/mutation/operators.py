"""First-order mutants of a source: each has one small change in the text, and no other difference."""

from __future__ import annotations

import ast
from collections.abc import Callable, Iterator, Set
from dataclasses import dataclass

Change = tuple[ast.AST, str]
"""A node, and the text that replaces it."""

ARITHMETIC = {
    ast.Add: ast.Sub,
    ast.Sub: ast.Add,
    ast.Mult: ast.Div,
    ast.Div: ast.Mult,
    ast.FloorDiv: ast.Mult,
    ast.Mod: ast.FloorDiv,
    ast.Pow: ast.Mult,
}

COMPARED = {
    ast.Lt: (ast.LtE, ast.GtE),
    ast.LtE: (ast.Lt, ast.Gt),
    ast.Gt: (ast.GtE, ast.LtE),
    ast.GtE: (ast.Gt, ast.Lt),
    ast.Eq: (ast.NotEq,),
    ast.NotEq: (ast.Eq,),
    ast.Is: (ast.IsNot,),
    ast.IsNot: (ast.Is,),
    ast.In: (ast.NotIn,),
    ast.NotIn: (ast.In,),
}
"""For each comparison: the same with the boundary moved, and the negation."""

PAIRS = (
    ("max", "min"),
    ("sum", "mean"),
    ("any", "all"),
    ("zeros", "ones"),
    ("zeros_like", "ones_like"),
    ("repeat", "repeat_interleave"),
)
EXCHANGED = {name: other for pair in PAIRS for name, other in (pair, pair[::-1])}

ALL_NEEDED = ("cast", "isinstance", "hasattr", "range")
"""Without one of their arguments these calls always fail, or do the same."""

ASSERTION = "strict"
"""The argument of zip. Without it only an assertion is lost, which is true in a healthy program."""


@dataclass(frozen=True)
class Mutant:
    """One change: its place, the lines before and after, and the whole source after it."""

    path: str
    line: int
    operator: str
    before: str
    after: str
    source: str

    @property
    def key(self) -> tuple[str, str, str]:
        """A key that stays the same when other lines of the file move."""
        return self.path, self.before, self.after

    def __str__(self) -> str:
        return f"{self.path}:{self.line}: {self.before}  ->  {self.after}"


def arithmetic(node: ast.AST) -> Iterator[str]:
    """+ for -, * for /, // for *, also in an augmented assignment; a minus sign left out."""
    if isinstance(node, ast.BinOp) and type(node.op) in ARITHMETIC:
        yield ast.unparse(ast.BinOp(node.left, ARITHMETIC[type(node.op)](), node.right))
    if isinstance(node, ast.AugAssign) and type(node.op) in ARITHMETIC:
        yield ast.unparse(ast.AugAssign(node.target, ARITHMETIC[type(node.op)](), node.value))
    if isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.USub) and not isinstance(node.operand, ast.Constant):
        yield f"({ast.unparse(node.operand)})"


def comparison(node: ast.AST) -> Iterator[str]:
    """< for <= and for >=, == for !=, is for is not, in for not in."""
    if isinstance(node, ast.Compare):
        for index, sign in enumerate(node.ops):
            for other in COMPARED[type(sign)]:
                signs = [*node.ops[:index], other(), *node.ops[index + 1 :]]
                yield ast.unparse(ast.Compare(node.left, signs, node.comparators))


def connective(node: ast.AST) -> Iterator[str]:
    """And for or; a not left out."""
    if isinstance(node, ast.BoolOp):
        other = ast.Or() if isinstance(node.op, ast.And) else ast.And()
        yield f"({ast.unparse(ast.BoolOp(other, node.values))})"
    if isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.Not):
        yield f"({ast.unparse(node.operand)})"


def condition(node: ast.AST) -> Iterator[str]:
    """The condition of an if or while negated, unless another operator does that."""
    if isinstance(node, ast.expr) and not isinstance(node, ast.Compare | ast.UnaryOp):
        yield f"(not {ast.unparse(ast.UnaryOp(ast.Not(), node)).removeprefix('not ')})"


def constant(node: ast.AST) -> Iterator[str]:
    """n + 1 for n, True for False."""
    if isinstance(node, ast.Constant) and isinstance(node.value, int | float):
        yield repr(not node.value) if isinstance(node.value, bool) else repr(node.value + 1)


def returned(node: ast.AST) -> Iterator[str]:
    """The return value of a function left out."""
    if isinstance(node, ast.Return) and node.value and ast.unparse(node.value) != "None":
        yield "return None"


def statement(node: ast.AST) -> Iterator[str]:
    """A call, an augmented assignment, a raise or an assert left out."""
    called = isinstance(node, ast.Expr) and isinstance(node.value, ast.Call)
    if called or isinstance(node, ast.AugAssign | ast.Raise | ast.Assert):
        yield "pass"


def bounds(node: ast.AST) -> Iterator[str]:
    """A bound of a slice left out, or increased by one."""
    if isinstance(node, ast.Slice):
        for side in ("lower", "upper"):
            bound = getattr(node, side)
            if bound is not None:
                others = (
                    [None] if isinstance(bound, ast.Constant) else [None, ast.BinOp(bound, ast.Add(), ast.Constant(1))]
                )
                for other in others:
                    ends = {"lower": node.lower, "upper": node.upper, side: other}
                    yield ast.unparse(ast.Slice(ends["lower"], ends["upper"], node.step))


def function(node: ast.AST) -> Iterator[str]:
    """The other function of a pair: max for min, mean for sum."""
    if isinstance(node, ast.Call) and _name(node.func) in EXCHANGED:
        other = EXCHANGED[_name(node.func)]
        named = ast.Name(other) if isinstance(node.func, ast.Name) else ast.Attribute(node.func.value, other)  # type: ignore[attr-defined]
        yield ast.unparse(ast.Call(named, node.args, node.keywords))


def method(node: ast.AST) -> Iterator[str]:
    """A method without arguments left out: x for x.clone()."""
    if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and not (node.args or node.keywords):
        yield ast.unparse(node.func.value)


def argument(node: ast.AST) -> Iterator[str]:
    """The last of several arguments, or any keyword argument, left out."""
    if isinstance(node, ast.Call) and _name(node.func) not in ALL_NEEDED:
        if len(node.args) + len(node.keywords) > 1 and node.args:
            yield ast.unparse(ast.Call(node.func, node.args[:-1], node.keywords))
        for index, keyword in enumerate(node.keywords):
            if keyword.arg == ASSERTION:
                continue
            rest = [*node.keywords[:index], *node.keywords[index + 1 :]]
            yield ast.unparse(ast.Call(node.func, node.args, rest))


OPERATORS: tuple[Callable[[ast.AST], Iterator[str]], ...] = (
    arithmetic,
    comparison,
    connective,
    constant,
    returned,
    statement,
    bounds,
    function,
    method,
    argument,
)


def mutants(source: str, path: str, ran: Set[int] | None = None) -> Iterator[Mutant]:
    """All mutants of the functions in a source, in order. If `ran` is given, only of statements with a line in it."""
    text = source.encode()
    starts = [0]
    for line in text.splitlines(keepends=True):
        starts.append(starts[-1] + len(line))
    for node, operator, after in _changes(ast.parse(source), False, ran):
        first, last = node.lineno, node.end_lineno  # type: ignore[attr-defined]
        start = starts[first - 1] + node.col_offset  # type: ignore[attr-defined]
        end = starts[last - 1] + node.end_col_offset  # type: ignore[attr-defined]
        head, tail = text[starts[first - 1] : start], text[end : starts[last]]
        lines = (b"".join((head, middle, tail)).decode() for middle in (text[start:end], after.encode()))
        was, becomes = (" ".join(each.split()) for each in lines)
        yield Mutant(path, first, operator, was, becomes, (text[:start] + after.encode() + text[end:]).decode())


def _changes(node: ast.AST, inside: bool, ran: Set[int] | None) -> Iterator[tuple[ast.AST, str, str]]:
    """A node, the operator's name, and the text that replaces it: of this node and of the nodes in it."""
    if isinstance(node, ast.JoinedStr):
        return
    if isinstance(node, ast.FunctionDef):
        if any(ast.unparse(decorator).endswith("overload") for decorator in node.decorator_list):
            return  # a type: it never runs
        inside = True
    here = inside and not (isinstance(node, ast.stmt) and ran is not None and ran.isdisjoint(_lines(node)))
    if here:
        for operator in OPERATORS:
            yield from ((node, operator.__name__, after) for after in operator(node))
        for tested in _conditions(node):
            yield from ((tested, condition.__name__, after) for after in condition(tested))
    for child in _children(node):
        if here or isinstance(child, ast.stmt | ast.ExceptHandler):
            yield from _changes(child, inside, ran)


def _lines(node: ast.stmt) -> range:
    """The lines of a statement without its body. Of a function, all lines: its defaults matter if its body runs."""
    body = getattr(node, "body", None)
    last = node.end_lineno if body is None or isinstance(node, ast.FunctionDef) else body[0].lineno - 1
    return range(node.lineno, max(node.lineno, last or 0) + 1)


def _conditions(node: ast.AST) -> list[ast.expr]:
    if isinstance(node, ast.If | ast.IfExp | ast.While):
        return [node.test]
    return node.ifs if isinstance(node, ast.comprehension) else []


def _children(node: ast.AST) -> Iterator[ast.AST]:
    """All children except types, decorators, and the text of errors."""
    for field, value in ast.iter_fields(node):
        if field in ("annotation", "returns", "decorator_list", "exc", "cause", "msg"):
            continue
        items = value if isinstance(value, list) else [value]
        if isinstance(node, ast.keyword) and node.arg == ASSERTION:
            continue
        if isinstance(node, ast.Call) and _name(node.func) == "cast" and field == "args":
            items = items[1:]
        yield from (item for item in items if isinstance(item, ast.AST))


def _name(called: ast.AST) -> str:
    return called.id if isinstance(called, ast.Name) else called.attr if isinstance(called, ast.Attribute) else ""

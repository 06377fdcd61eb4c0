"""Dictionaries with texts for keys: parameter groups, and what loops remember under a name."""

from __future__ import annotations

import re

import pytest
import torch

from gui_app.engine.vocabulary import words
from gui_app.language.compiler import check
from gui_app.language.limits import MAX_NODES
from tests.language.programs import failure, leaf, run


@pytest.mark.parametrize(
    ("source", "value"),
    [
        ("d = {'a': 1, 'b': 2}\nd['a'] + d['b'] + x", 4.0),
        ("d = {}\nd['a'] = x\nd['a'] = d['a'] * 3\nd['a'] + len(d)", 4.0),
        ("d = {'a': 1}\nd['a'] += 2\nd['a'] *= 3\nd['a'] * x", 9.0),
        ("d = {'loss': []}\nfor k in range(3):\n    d['loss'].append(k * x)\nsum(d['loss'])", 3.0),
        ("d = {'a': {'b': x}}\nd['a']['b']", 1.0),
        ("d = {'a': 1, 'b': 3}\ns = 0\nfor key in d:\n    s = s + d[key]\ns * x", 4.0),
        ("d = {'a': 1, 'a': 2}\nd['a'] * x", 2.0),
        ("def f(d):\n    return d['x']\nf({'x': x})", 1.0),
        ("x if {'a': 1} else 0 * x", 1.0),
        ("x if {} else 0 * x", 0.0),
    ],
)
def test_values_under_names(source: str, value: float) -> None:
    found = run(source, x=leaf(1.0))
    assert isinstance(found, torch.Tensor)
    assert found.item() == value


@pytest.mark.parametrize(
    ("source", "message"),
    [
        ("{1: x}", "keys of a dictionary are texts"),
        ("{x: 1}", "keys of a dictionary are texts"),
        ("{**x}", "keys of a dictionary are texts"),
        ("{f'{x}': 1}", "keys of a dictionary are texts"),
        ("{k: x for k in [1]}", "Dictionaries are not part"),
        ("{x}", "Sets are not part"),
        ("{'a': 'text'}['a'] * x", "Text has no meaning"),
        ("d = {'a': 1}\nd['b'] * x", "has no 'b'"),
        ("d = {'a': 1}\nd[0] * x", "keys of a dictionary are texts"),
        ("d = {'a': 1}\nd[0] = x\nx", "keys of a dictionary are texts"),
        ("d = {'a': 1}\nd['a':] * x", "Text has no meaning"),
        ("d = {'a': 1}\nd + x", "cannot be done with a dictionary"),
        ("d = {'a': 1}\nd == d", "cannot be done with a dictionary"),
        ("d = {'a': 1}\nd.sum()", "must be Tensor, not Dictionary"),
        ("d = {'a': 1}\nd.a", "not part"),
        ("d = {'a': 1}\nd.keys()", "not part"),
        ("d = {'a': 1}\nd.values", "A dictionary has no .values"),
        ("d = {'a': 1}\nd.shape", "A dictionary has no .shape"),
        ("d = {'a': 1}\nd(x)", "not a function|cannot be called"),
        ("torch.tensor({'a': 1})", ""),
        ("x['a']", "cannot be an index"),
        ("x['a'] = 1\nx", "cannot be an index"),
        ("[1]['a'] * x", "whole number"),
        ("(1, 2)['__class__'] * x", "whole number"),
        ("d = {'__class__': 1}\nd.__class__", "two underscores"),
        ("x[f'{x}']", "formatted string"),
    ],
)
def test_what_is_no_use_of_one_is_refused(source: str, message: str) -> None:
    fault = failure(source, x=leaf([1.0, 2.0]))
    assert re.search(message, fault.message), fault
    assert fault.span is not None


def test_a_dictionary_is_bounded() -> None:
    fault = failure("{" + "'': 1, " * (MAX_NODES // 2) + "}\nx", x=leaf(1.0))
    assert "too long" in fault.message
    lines = "\n".join(f"d['k{number}'] = x" for number in range(600))
    assert check(f"d = {{}}\n{lines}\nx", words(), ("x",)).faults == ()

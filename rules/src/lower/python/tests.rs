//! What Python's lowering makes of code.

use proofhouse_syntax::Grammar;

use crate::lower::lower;
use crate::print::print;

fn lowered(text: &str) -> String {
    print(&lower(text, &Grammar::Python.tree(text), Grammar::Python))
}

/// Every case is code and its lowered form, with the margin of the table taken away.
#[track_caller]
fn check(cases: &[(&str, &str)]) {
    for (text, expected) in cases {
        assert_eq!(lowered(text).trim_end(), *expected, "{text}");
    }
}

#[test]
fn strings_become_text_and_format() {
    check(&[
        (
            r#"x = b'\x41\n\101\u0041' r'\n' "\q\
z""#,
            r#"x = "A\nAA\\n\\qz""#,
        ),
        (r#"f"a{b!r}c{d}""#, r#"format("a", repr(b), "c", d)"#),
        (r#"f"{{}}{n:05d}{when:%Y}{d:>{w}}" "tail""#, r#"format("{}", (n as float), when, opaque(d, w), "tail")"#),
        (r#"f"{x=}{a["b"]}{', '.join(z)}""#, r#"format("x=", repr(x), a["b"], ", ".join(z))"#),
        (r#"f"constant""#, r#""constant""#),
        ("f\"\"\"a\n{b}\"\"\"", r#"format("a\n", b)"#),
        (r#""" "#, r#""""#),
    ]);
}

#[test]
fn sums_are_flat_through_brackets() {
    check(&[
        ("q = ('a' +\n  'b' + x\n  + 'c') % y", r#"q = (sum("a", "b", x, "c") % y)"#),
        ("a - b + c", "sum((a - b), c)"),
        ("a + (b + c)", "sum(a, sum(b, c))"),
    ]);
}

#[test]
fn assignments_keep_targets_and_types() {
    check(&[
        ("a = b = c", "a = (b := c)"),
        ("a, *b = xs", "[a, b] = xs"),
        ("(a, b) = [c, d] = e", "[a, b] = ([c, d] := e)"),
        ("x: Optional[int] = None", "x: int = null"),
        ("x: int | None", "x: int = ?"),
        ("x: Union[int, str, None] = 1", "x: str = 1"),
        ("x: 'Foo.Bar' = 1", "x: Foo.Bar = 1"),
        ("x: typing.List[int] = 1", "x: typing.List = 1"),
        ("w += 'a' + b", r#"w += sum("a", b)"#),
        ("d['k'], o.f = 1, 2", r#"[d["k"], o.f] = [1, 2]"#),
        ("if (n := len(a)) > 10: pass", "if ((n := len(a)) > 10)"),
    ]);
}

#[test]
fn imports_name_paths() {
    check(&[
        ("import os, a.b", "import os as os\nimport a as a"),
        ("import a.b as c", "import a.b as c"),
        ("from x.y import z as w, q", "import x.y.z as w\nimport x.y.q as q"),
        ("from x import (y)", "import x.y as y"),
        ("from . import m", "import m as m"),
        ("from ..n.p import r", "import n.p.r as r"),
        ("from os import *", ""),
        ("from __future__ import print_function", ""),
    ]);
}

#[test]
fn functions_and_classes_keep_decorators_and_types() {
    check(&[
        (
            "@app.route('/x')\n@login\nasync def f(self, a: str, b=1, *c, d: List[int] = None, **e) -> str:\n  return a",
            "@app.route(\"/x\") @login async function f(self, a: str, b = 1, c, d: List = null, e)\n  return a",
        ),
        ("def f(q: Annotated[str, Query(max_length=3)] = ''): pass", r#"function f(@Query(max_length=3) q: str = "")"#),
        (
            "@app.route('/a/<int:b>/<uuid:c>/<d:int>/<e>/{f:float}')\ndef g(b, c, d, e, f: str): pass",
            r#"@app.route("/a/<int:b>/<uuid:c>/<d:int>/<e>/{f:float}") function g(b: int, c: UUID, d: int, e, f: str)"#,
        ),
        ("def f(a, (b, c), /, d, *, e): pass", "function f(a, (b, c) of [b, c], d, e)"),
        (
            "class A(B, models.Model, Generic[T], metaclass=M):\n  x = 1\n  def f(self): pass",
            "class A(B, models.Model, Generic)\n  x = 1\n  function f(self)",
        ),
        ("f = lambda x, *a, y=1: x + y", "f = <function>\n  function _(x, a, y = 1)\n    return sum(x, y)"),
    ]);
}

#[test]
fn expressions_are_read() {
    check(&[
        ("f(*a, **b, c=d)", "f(...a, ...b, c=d)"),
        ("f(x for x in y)", "f(each(x for x in y))"),
        ("[f(x) for x in xs if x if y for z in x]", "each(each(f(x) for z in x) for x in xs if (x and y))"),
        ("{k: v for k, v in d.items()}", "each({k: v} for [k, v] in d.items())"),
        ("[*a, b]", "[opaque(a), b]"),
        ("{**a, 'b': c}", r#"{...a, "b": c}"#),
        ("a or b", "(a ?? b)"),
        ("x = a == 1 or b", "x = ((a == 1) or b)"),
        ("if a or b and not c: pass", "if (a or (b and not c))"),
        ("a < b < c", "((a < b) and (b < c))"),
        ("a not  in b and a is not None", "((a not in b) and (a != null))"),
        ("x = y if z or w else v", "x = ((z or w) ? y : v)"),
        ("xs[1:2, 3]", "xs[[opaque(1, 2), 3]]"),
        ("xs[-1]", "xs[-1]"),
        ("0x10, 1_000, 0777, 10L, 1j", "16\n1000\n511\n10\nnumber"),
        ("r = await f(x)", "r = f(x)"),
        ("r = yield y", "r = opaque(y)"),
    ]);
}

#[test]
fn statements_are_read() {
    check(&[
        ("if a: b()\nelif c: d()\nelse: e()", "if a\n  b()\nelse\n  if c\n    d()\n  else\n    e()"),
        (
            "for i, x in enumerate(y):\n  break\nelse:\n  z()",
            "loop [i, x] in enumerate(y)\n  break\nif opaque()\n  z()",
        ),
        ("while True: continue", "loop while true\n  continue"),
        (
            "with open(x) as f, g() as (a, b), h():\n  f.read()",
            "block\n  f = open(x)\n  [a, b] = g()\n  h()\n  f.read()",
        ),
        ("with (open(x) as f, open(y)):\n  pass", "block\n  f = open(x)\n  open(y)"),
        (
            "try:\n  a()\nexcept (A, b.C) as e:\n  b()\nexcept:\n  pass\nelse:\n  d()\nfinally:\n  e()",
            "try\n  a()\ncatch A|b.C e\n  b()\ncatch\nelse\n  d()\nfinally\n  e()",
        ),
        ("assert isinstance(x, str), 'no'", "if not isinstance(x, str)\n  throw \"no\""),
        ("raise ValueError(x) from f()", "f()\nthrow ValueError(x)"),
        ("raise", "throw"),
        ("del x[1], y", "del(x[1], y)"),
        ("global q", ""),
        ("async def f():\n  async for x in y: pass", "async function f()\n  loop x in y"),
    ]);
}

#[test]
fn patterns_become_cases() {
    check(&[
        ("match x:\n  case 'a' | -1:\n    f()", "switch x\ncase \"a\" | -1\n  f()"),
        ("match x:\n  case {'k': v, **r}:\n    g(v)", "switch x\ncase opaque()\n  v = x[\"k\"]\n  r = x\n  g(v)"),
        ("match x:\n  case [a, _]:\n    h(a)", "switch x\ncase opaque()\n  a = x[0]\n  h(a)"),
        ("match x:\n  case P(x=y) if y > 3:\n    i()", "switch x\ncase opaque(P)\n  y = x.x\n  if (y > 3)\n    i()"),
        ("match x:\n  case C.R as c:\n    j()", "switch x\ncase C.R\n  c = x\n  j()"),
        ("match x, y:\n  case other:\n    l()", "switch [x, y]\ndefault\n  other = [x, y]\n  l()"),
        (
            "match x:\n  case _:\n    m()\n  case _ if y:\n    m()",
            "switch x\ndefault\n  m()\ncase opaque()\n  if y\n    m()",
        ),
    ]);
}

#[test]
fn python_2_is_read() {
    check(&[
        ("print 'a', x", "print(\"a\", x)"),
        ("print >>sys.stderr, 'x' % y", "print((\"x\" % y), file=sys.stderr)"),
        ("exec code in ns", "exec(code, ns)"),
        ("try:\n  a()\nexcept A, e:\n  b()", "try\n  a()\ncatch A e\n  b()"),
        ("a <> b", "(a != b)"),
    ]);
}

#[test]
fn damaged_text_is_put_together() {
    check(&[
        ("    x = a.get('b')\n    os.system(x)", "x = a.get(\"b\")\nos.system(x)"),
        (
            "def f(x):\n  c = d()\n  r = c.execute('a' + x, (1,",
            "function f(x)\n  c = d()\n  r = c.execute(sum(\"a\", x), 1)",
        ),
        ("def f(x):\n  os.system('ls ' + x\n", "function f(x)\n  os.system(sum(\"ls \", x))"),
        ("if a:\n  x = eval(b", "if a\n  x = eval(b)"),
        (
            "```python\nimport os\nos.system(x)\n```",
            "\"\"\nopaque()\npython\nimport os as os\nos.system(x)\n\"\"\nopaque()",
        ),
    ]);
}

#[test]
fn deep_long_and_broken_texts_are_survived() {
    let count = 10_000;
    let sum = format!("x = {}", vec!["a"; count].join(" + "));
    assert_eq!(lowered(&sum).matches('a').count(), count);
    for text in [
        format!("x = {}a{}", "(".repeat(count), ")".repeat(count)),
        format!("x = {}", "(".repeat(count)),
        format!("x = {}", "[{".repeat(count)),
        format!("x = {}", vec!["a"; count].join(" and ")),
        format!("x = {}", vec!["a"; count].join(" < ")),
        format!("x = {}", vec!["a"; count].join("[")),
        format!("x = a{}", ".b()".repeat(count)),
        format!("if a: b()\n{}", "elif c: d()\n".repeat(count)),
        format!("x = [a for a in b {}]", "if c ".repeat(count)),
        format!("x = [a {}]", "for a in b ".repeat(count)),
        format!("import {}", vec!["a"; count].join(".")),
        "def f(".repeat(count),
        "def f(x):".repeat(count),
        "match x:\n case [".repeat(count),
        "f\"{".repeat(count),
        "\u{0}é\"\\x4é\\u12\\".repeat(100),
        "lambda: ".repeat(count),
        (0..150).map(|depth| format!("{}if a:\n", " ".repeat(depth))).collect(),
    ] {
        lowered(&text);
    }
}

//! Functions, classes and objects, of the solution and of the tests, that stay in their guests and are used from the other.

use proofhouse::types::{Outcome, Submission, Task};

use super::{ends, grade, isolated, only, passes, task};

#[test]
fn generators_and_callables_go_both_ways() {
    passes(
        "def f(n):\n    while True:\n        yield n\n        n += 1\n",
        "g = f(3)\nassert next(g) == 3 and next(g) == 4\nassert [x for x, _ in zip(g, range(2))] == [5, 6]",
    );
    passes(
        "def f():\n    got = yield 1\n    yield got * 2\n",
        "g = f()\nassert next(g) == 1 and g.send(21) == 42\ng.close()\nassert list(g) == []",
    );
    passes("def f(x):\n    return map(str, x)\n", "assert list(f([1, 2])) == ['1', '2']");
    passes(
        "def f(g, x):\n    return [g(y) for y in x]\n",
        "seen = []\ndef g(y):\n    seen.append(y)\n    return y + 1\nassert f(g, [1, 2]) == [2, 3] and seen == [1, 2]",
    );
    passes(
        "def f(g, x):\n    return sorted(x, key=g)\n",
        "assert f(lambda y: -y, [1, 3, 2]) == [3, 2, 1] and f(len, ['aa', 'b']) == ['b', 'aa']",
    );
    passes("def f(n):\n    return lambda m: n + m\n", "add = f(3)\nassert add(4) == 7 and callable(add)");
    passes("def f(g):\n    return g\n", "def g(): pass\nassert f(g) is g");
    passes(
        "def f(g):\n    try:\n        g()\n    except KeyError as e:\n        return e.args\n",
        "def g():\n    raise KeyError('mine')\nassert f(g) == ('mine',)",
    );
    passes("def f(g, x):\n    g(x)\n    return x\n", "def g(x):\n    x.append(1)\nassert f(g, []) == [1]");
    passes(
        "def f(n, g):\n    return n if n == 0 else g(n - 1)\n",
        "def g(n):\n    return f(n, g)\nassert f(10, g) == 0",
    );
    ends(
        "def f(n, g):\n    return g(n + 1)\n",
        "def g(n):\n    return f(n, g)\nassert f(0, g)",
        Outcome::Raised,
        "RecursionError",
    );
    passes(
        "async def f(n):\n    import asyncio\n    await asyncio.sleep(n)\n    return n\n",
        "import asyncio\nassert asyncio.run(f(5)) == 5",
    );
    passes(
        "import functools\n@functools.lru_cache\ndef f(n):\n    return n if n < 2 else f(n - 1) + f(n - 2)\n",
        "assert f(50) == 12586269025 and f.cache_info().currsize == 51",
    );
}

#[test]
fn objects_of_the_tests_are_used_through_calls() {
    let counting = "class Counting(list):\n    reads = 0\n    def __getitem__(self, i):\n        Counting.reads += 1\n        return list.__getitem__(self, i)\n";
    let search = "def f(x):\n    return [x[i] for i in range(len(x))]\n";
    passes(search, &format!("{counting}assert f(Counting([1, 2])) == [1, 2] and Counting.reads == 2"));
    let fake = "class Clock:\n    now = 1\n    def tick(self, by=1):\n        self.now += by\n        return self\n";
    passes(
        "def f(c):\n    c.tick().tick(by=2)\n    c.seen = [c.now]\n    return c\n",
        &format!("{fake}c = Clock()\nassert f(c) is c and c.now == 4 and c.seen == [4]"),
    );
    passes("def f(xs):\n    return sum(xs) + sum(xs)\n", "assert f(x for x in [1, 2]) == 3 and f(iter([5])) == 5");
    passes(
        "def f(out):\n    out.write('hello')\n",
        "import io\nout = io.StringIO()\nf(out)\nassert out.getvalue() == 'hello'",
    );
    let mock = "from unittest import mock\nm = mock.Mock()\nm.send.return_value = 7\n";
    passes(
        "def f(m):\n    return m.send(1, to='x')\n",
        &format!("{mock}assert f(m) == 7\nm.send.assert_called_once_with(1, to='x')"),
    );
    for forged in ["m.send.call_count = 1", "m.send.assert_called_once_with = print", "m.configure_mock(called=True)"] {
        let solution =
            format!("def f(m):\n    try:\n        {forged}\n    except AttributeError:\n        return 'kept out'\n");
        passes(&solution, &format!("{mock}assert f(m) == 'kept out'\nassert not m.send.called"));
    }
    for (inner, reach) in [
        ("g", "g.__globals__"),
        ("g", "g.__code__"),
        ("(x for x in [1])", "g.gi_frame"),
        ("Clock().tick", "g.__self__"),
    ] {
        let solution = format!(
            "def f(g):\n    try:\n        return {reach}\n    except AttributeError:\n        return 'kept out'\n"
        );
        passes(&solution, &format!("{fake}def g(): pass\nassert f({inner}) == 'kept out'"));
    }
}

#[test]
fn an_assertion_in_a_callback_can_not_be_swallowed_by_the_solution() {
    let solution = "def f(g):\n    try:\n        g(2)\n    except BaseException as e:\n        return (type(e).__name__, e.args, str(e))\n";
    let test = "def g(x):\n    assert x == 1\nf(g)\nassert True";
    ends(solution, test, Outcome::Failed, "assert x == 1 (left: 2, right: 1)");
    passes(solution, "def g(x):\n    raise ValueError('seen')\nassert f(g) == ('ValueError', ('seen',), 'seen')");
}

const SHAPES: &str = "
import dataclasses, enum, collections, typing
@dataclasses.dataclass
class Point:
    x: int
    y: int = 0
    def norm(self):
        return abs(self.x) + abs(self.y)
class Colour(enum.Enum):
    RED = 'red'
    BLUE = 'blue'
Pair = collections.namedtuple('Pair', 'a b')
class Stack(list):
    def push(self, x):
        self.append(x)
class Account:
    count = 0
    def __init__(self, owner):
        self.owner, self.balance = owner, 0
        Account.count += 1
    def deposit(self, amount):
        if amount <= 0:
            raise ValueError('amount must be positive')
        self.balance += amount
        return self
    @property
    def rich(self):
        return self.balance > 100
    @classmethod
    def named(cls, owner):
        return cls(owner)
    def __len__(self):
        return self.balance
    def __contains__(self, x):
        return True
class Vector:
    def __init__(self, *parts): self.parts = list(parts)
    def __add__(self, other): return Vector(*[a + b for a, b in zip(self.parts, other.parts)])
    def __mul__(self, k): return Vector(*[a * k for a in self.parts])
    def __eq__(self, other): return self.parts == other.parts
    def __getitem__(self, i): return self.parts[i]
    def __iter__(self): return iter(self.parts)
    def __lt__(self, other): return True
    def __repr__(self): return f'Vector{tuple(self.parts)}'
LIMIT = 10
def f(): return Point(1, 2)
";

#[test]
fn exceptions_bring_what_their_class_says() {
    let solution = "\
class Failed(Exception):
    part, codes, count = None, [1, 2], 7
    def __init__(self, left=()):
        super().__init__('failed')
        self.count = 8
        self._left = list(left)
    @property
    def left(self):
        return self._left
    def shout(self):
        return 'no data'
def f(left=()):
    raise Failed(left)
";
    passes(
        solution,
        "try:\n    f([3])\n    assert False\nexcept Failed as e:\n    \
         assert (e.part, e.codes, e.count, e.left) == (None, [1, 2], 8, [3])\n    assert not hasattr(e, '_left') and not hasattr(e, 'shout')",
    );
}

#[test]
fn objects_of_the_solution_are_used_through_calls() {
    let cases = [
        "a = Account('me')\nassert a.deposit(5).balance == 5 and a.deposit(200) is a and a.rich and len(a) == 205",
        "a = Account.named('x')\na.owner = 'y'\nassert a.owner == 'y' and Account.count == 1 and isinstance(a, Account)",
        "try:\n    Account('x').deposit(0)\n    assert False\nexcept ValueError as e:\n    assert str(e) == 'amount must be positive'",
        "assert not hasattr(Account('x'), 'nothing') and Account('x') != Account('x')\na = Account('x')\nassert a == a and a in [a]",
        "assert f() == Point(1, 2) and f() != Point(1, 3) and f().norm() == 3 and f().x == 1 and repr(f()) == 'Point(x=1, y=2)'",
        "p = Point(1)\np.x = 7\nassert p == Point(7, 0) and p != (7, 0) and type(p) is Point",
        "assert Colour.RED.value == 'red' and Colour('blue') is Colour.BLUE and [c.name for c in Colour] == ['RED', 'BLUE']",
        "p = Pair(1, [2])\nassert p == (1, [2]) and p.a == 1 and type(p).__name__ == 'Pair'",
        "s = Stack()\ns.push(3)\ns.append(4)\nassert s == [3, 4] and len(s) == 2 and s[0] == 3 and list(s) == [3, 4] and s != []",
        "v = Vector(1, 2) + Vector(3, 4)\nassert v.parts == [4, 6] and v[0] == 4 and list(v) == [4, 6] and repr(v) == 'Vector(4, 6)'",
        "assert (Vector(1, 2) * 3).parts == [3, 6] and (Vector(1) != 5) and LIMIT == 10",
        "import solution\nfrom solution import Vector as V\nassert solution.LIMIT == 10 and V(1)[0] == 1",
        "total = sum([f().x, f().y])\nassert total == 3 and {f().x: 1} == {1: 1}",
    ];
    for test in cases {
        passes(SHAPES, test);
    }
}

#[test]
fn what_only_the_solution_vouches_for_is_no_pass_unless_the_task_allows_it() {
    let vouched = |test: &str, by: &str| {
        let report = only(grade(SHAPES, &[test]));
        assert_eq!(
            (report.outcome, report.vouched.as_deref()),
            (Outcome::Failed, Some(by)),
            "{test}: {}",
            report.message
        );
        let allowed = Task { allow_vouched: true, ..task("f", &[test]) };
        let report = isolated().grade(&allowed, &Submission::program("t", SHAPES)).unwrap();
        assert_eq!((report.passed, report.tests[0].vouched.as_deref()), (true, Some(by)), "{test}");
    };
    vouched("assert Vector(1) == Vector(1)", "`Vector.__eq__`");
    vouched("assert Vector(1) < Vector(0)", "`Vector.__lt__`");
    vouched("assert Vector(1) < 0", "`Vector.__lt__`");
    vouched("assert 7 in Account('x')", "`Account.__contains__`");
    let float = "class F:\n    def __init__(self, *a): pass\n    def __sub__(self, other): return F()\n    def __abs__(self): return 0.0\ndef f(x):\n    return F()\n";
    ends(
        float,
        "assert abs(f(2.0) - 1.5) < 1e-6",
        Outcome::Failed,
        "only the solution's own `F.__abs__` vouches for it",
    );
}

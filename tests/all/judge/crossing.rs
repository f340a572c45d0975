//! What crosses between the guests, and what it is on the other side.

use proofhouse::types::Outcome;

use super::{ends, passes};

#[test]
fn plain_values_keep_their_types_both_ways() {
    let echo = "def f(x):\n    return x\n";
    let same = "
import collections, datetime, decimal, fractions, array, uuid
def alike(a, b):
    if type(a) is not type(b):
        return False
    if isinstance(a, float):
        return repr(a) == repr(b)
    if isinstance(a, (list, tuple, collections.deque)):
        return len(a) == len(b) and all(map(alike, a, b))
    if isinstance(a, dict):
        return all(map(alike, a, b)) and all(map(alike, a.values(), b.values())) and len(a) == len(b)
    return a == b if isinstance(a, (set, frozenset)) else repr(a) == repr(b)
value = {}
got = f(value)
assert alike(value, got), (value, got)
";
    let values = "
None | True | 0 | -1 | 2**31 | -2**31 | 2**64 | -(3**500) | 1.5 | float('nan') | float('inf') | -0.0 | 5e-324
1j | complex(-0.0, float('nan')) | '' | 'text' | 'ünïcödé \\U0001f600' | '\\ud800 lone' | 'a\\0b' | b'' | b'\\xff\\0'
bytearray(b'ab') | [] | [1, [2, []]] | () | (1,) | ((), ((),)) | {} | {'b': 1, 'a': [2]} | {1: 2, (3, 'x'): None}
set() | {1, 'a', (2,)} | frozenset() | frozenset({1, frozenset({2})}) | ... | NotImplemented | range(0, 10, 3) | slice(1, None, 2)
datetime.date(2026, 1, 2) | datetime.datetime(2026, 1, 2, 3, 4, 5, 6, fold=1) | datetime.timedelta(-1, 2, 3)
datetime.time(1, 2, 3, tzinfo=datetime.timezone.utc) | datetime.timezone(datetime.timedelta(hours=2), 'X')
datetime.datetime(2026, 1, 1, tzinfo=datetime.timezone(datetime.timedelta(minutes=-90))) | uuid.UUID(int=7)
decimal.Decimal('1.10') | decimal.Decimal('-Infinity') | decimal.Decimal('NaN123') | fractions.Fraction(-3, 7)
collections.Counter('abca') | collections.Counter({'a': -1, 'b': 0}) | collections.OrderedDict([('b', 1), ('a', 2)])
collections.deque([1, [2]], maxlen=3) | collections.defaultdict(list, {'a': [1]}) | array.array('d', [1.5, -0.0])
memoryview(b'ab').tobytes() | [int, str, None] | (ValueError, list) | [[[[[[[[[[1]]]]]]]]]] | [1] * 10000 | 'x' * 100000
";
    for value in values.trim().lines().flat_map(|line| line.split(" | ")) {
        passes(echo, &same.replacen("{}", value, 1));
    }
}

#[test]
fn aliases_and_cycles_keep_their_shape() {
    passes("def f(x):\n    return x[0] is x[1]\n", "x = [1]\nassert f([x, x]) and not f([[1], [1]])");
    passes("def f(a, b):\n    return a is b\n", "x = [1]\nassert f(x, x) and not f([1], [1])");
    passes("def f():\n    x = [1]\n    x.append(x)\n    return x\n", "x = f()\nassert x[1] is x and x[0] == 1");
    passes("def f(x):\n    return x[0] is x\n", "x = []\nx.append(x)\nassert f(x)");
    passes("def f():\n    d = {}\n    d['d'] = (d,)\n    return d\n", "d = f()\nassert d['d'][0] is d");
    passes("def f(x):\n    return x\n", "x = [1, (2,)]\nassert f(x) is x\nassert f(x[1]) == (2,)");
    let deep = "def f(x):\n    depth = 0\n    while x:\n        x, depth = x[0], depth + 1\n    return depth\n";
    passes(deep, "x = []\nfor _ in range(5000):\n    x = [x]\nassert f(x) == 5000");
}

#[test]
fn what_the_solution_changes_in_place_is_changed_in_the_tests() {
    passes("def f(x):\n    x.sort()\n", "x = [3, 1, 2]\nassert f(x) is None\nassert x == [1, 2, 3]");
    passes(
        "def f(x):\n    x.sort()\n",
        "a, b = [2], [1]\nx = [a, b]\nf(x)\nassert x == [[1], [2]] and x[1] is a and a == [2]",
    );
    passes(
        "def f(x):\n    x['k'].append(1)\n    x['n'] = x['k']\n",
        "x = {'k': []}\nf(x)\nassert x == {'k': [1], 'n': [1]} and x['k'] is x['n']",
    );
    passes("def f(*, x):\n    x.add(4)\n    return x\n", "x = {1}\nassert f(x=x) is x and x == {1, 4}");
    passes("def f(x):\n    x[0] = b'z'[0]\n    x += b'!'\n", "x = bytearray(b'ab')\nf(x)\nassert x == b'zb!'");
    passes(
        "def f(x):\n    x.append(1)\n    raise ValueError(x)\n",
        "x = []\ntry:\n    f(x)\nexcept ValueError as e:\n    assert e.args[0] is x\nassert x == [1]",
    );
    passes(
        "def f(q):\n    q.rotate(1)\n",
        "import collections\nq = collections.deque([1, 2, 3])\nf(q)\nassert list(q) == [3, 1, 2]",
    );
    passes("def f(m):\n    m[0][0] = 9\n", "row = [0]\nm = [row, row]\nf(m)\nassert m == [[9], [9]] and row == [9]");
}

#[test]
fn instances_of_subclasses_arrive_as_plain_values() {
    let solution = "
class I(int):
    def __eq__(self, other): return True
    __hash__ = int.__hash__
class S(str):
    def __eq__(self, other): return True
    __hash__ = str.__hash__
class L(list):
    def __eq__(self, other): return True
    def __iter__(self): return iter('lies')
    def __len__(self): return 0
class D(dict):
    def __eq__(self, other): return True
    def items(self): return []
    def keys(self): return []
def f(which):
    return {'i': I(5), 's': S('x'), 'l': L([1, I(2)]), 'd': D(a=I(1))}[which]
";
    passes(solution, "assert f('i') == 5 and f('i') != 6 and type(f('i')) is int");
    passes(solution, "assert f('s') == 'x' and f('s') != 'y' and type(f('s')) is str");
    passes(solution, "assert f('l') == [1, 2] and type(f('l')) is list and len(f('l')) == 2");
    passes(solution, "assert f('d') == {'a': 1} and type(f('d')) is dict and f('d') != {}");
}

#[test]
fn exceptions_arrive_as_what_they_are() {
    let raises = |what: &str| format!("def f():\n    raise {what}\n");
    let caught = |class: &str, check: &str| {
        format!("try:\n    f()\nexcept {class} as e:\n    assert {check}\nelse:\n    assert False")
    };
    passes(&raises("ValueError('no', 3)"), &caught("ValueError", "e.args == ('no', 3) and type(e) is ValueError"));
    passes(&raises("KeyError('k')"), &caught("LookupError", "str(e) == \"'k'\""));
    passes(&raises("SystemExit(2)"), &caught("SystemExit", "e.code == 2"));
    let gone = caught("FileNotFoundError", "e.filename == 'name' and e.strerror == 'gone'");
    passes("import errno\ndef f():\n    raise OSError(errno.ENOENT, 'gone', 'name')\n", &gone);
    passes(
        &raises("UnicodeDecodeError('utf-8', b'x', 0, 1, 'bad')"),
        &caught("UnicodeDecodeError", "e.reason == 'bad'"),
    );
    let own = "
class Refused(ValueError):
    def __init__(self, code):
        super().__init__('refused')
        self.code = code
    def __str__(self):
        return f'refused with {self.code}'
class Worse(Refused, KeyError): pass
def f(): raise Worse([4])
";
    passes(
        own,
        &caught("ValueError", "type(e).__name__ == 'Worse' and str(e) == 'refused with [4]' and e.code == [4]"),
    );
    passes(own, &caught("Refused", "isinstance(e, KeyError) and issubclass(Worse, Refused)"));
    passes(
        own,
        "import unittest\nt = unittest.TestCase()\nwith t.assertRaisesRegex(Refused, 'with .4.'):\n    f()\nassert True",
    );
    ends(own, "assert f()", Outcome::Raised, "Worse: refused with [4]");
    ends(&raises("SystemExit(0)"), "assert f()", Outcome::Exited, "exit code 0");
    ends(&raises("AssertionError('mine')"), "assert f()", Outcome::Raised, "AssertionError: mine");
}

#[test]
fn what_is_printed_in_a_call_is_printed_in_the_tests() {
    let test = "import io, contextlib\nout = io.StringIO()\nwith contextlib.redirect_stdout(out):\n    f(3)\nassert out.getvalue() == '3 ü\\n'";
    passes("def f(x):\n    print(x, 'ü')\n", test);
    let nested = "import io, contextlib\nout = io.StringIO()\nwith contextlib.redirect_stdout(out):\n    f(3, lambda n: f(n, None))\nassert out.getvalue() == '3\\n2\\n4\\n'";
    passes("def f(n, g):\n    print(n)\n    if g:\n        g(n - 1)\n        print(4)\n", nested);
}

#[test]
fn values_that_can_not_cross_are_the_solutions_failure_even_if_the_tests_swallow_it() {
    ends("import math\ndef f():\n    return math\n", "assert f()", Outcome::Uncrossable, "the module `math`");
    ends(
        "import math\ndef f():\n    return math\n",
        "try:\n    f()\nexcept BaseException:\n    pass\nassert True",
        Outcome::Uncrossable,
        "module",
    );
    ends("def f():\n    return 'x' * 40_000_000\n", "assert f()", Outcome::Uncrossable, "larger than");
    passes("def f(n):\n    return 'x' * n\n", "assert len(f(20_000_000)) == 20_000_000");
}

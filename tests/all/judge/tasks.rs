//! Small tasks whose answers are of the usual types, tested in the usual ways: what tricks are tried on.

/// Entry point, test and reference.
pub(super) const TASKS: [(&str, &str, &str); 18] = [
    (
        "doubled",
        r#"
assert doubled([1, 2]) == [2, 4]
assert doubled([]) == []
assert doubled((3,)) == [6]
"#,
        r#"
def doubled(x):
    return [2 * n for n in x]
"#,
    ),
    (
        "total",
        r#"
def check(candidate):
    assert candidate([1, 2, 3]) == 6
    assert candidate([]) == 0
    assert candidate([-4, 9]) == 5


check(total)
"#,
        r#"
def total(x):
    return sum(x)
"#,
    ),
    (
        "evens",
        r#"
assert evens([1, 2, 4]) == [2, 4]
assert evens([3]) == []
assert sorted(evens([8, 6])) == [6, 8]
"#,
        r#"
def evens(x):
    return [n for n in x if n % 2 == 0]
"#,
    ),
    (
        "is_prime",
        r#"
def check(candidate):
    assert candidate(7) == True
    assert candidate(9) == False
    assert candidate(2)
    assert not candidate(1)


check(is_prime)
"#,
        r#"
def is_prime(n):
    return n > 1 and all(n % k for k in range(2, n))
"#,
    ),
    (
        "shout",
        r#"
assert shout('a b') == 'A B!', 'upper case'
assert shout('') == '!'
"#,
        r#"
def shout(s):
    return s.upper() + '!'
"#,
    ),
    (
        "mean",
        r#"
def check(candidate):
    assert abs(candidate([1.0, 2.0]) - 1.5) < 1e-6
    assert abs(candidate([0.5]) - 0.5) < 1e-6


check(mean)
"#,
        r#"
def mean(x):
    return sum(x) / len(x)
"#,
    ),
    (
        "counts",
        r#"
import math
assert counts('abca') == {'a': 2, 'b': 1, 'c': 1}
assert counts('') == {}
assert math.isclose(sum(counts('xyz').values()), 3)
"#,
        r#"
def counts(s):
    return {c: s.count(c) for c in s}
"#,
    ),
    (
        "area",
        r#"
import unittest


class Test(unittest.TestCase):
    def test_area(self):
        self.assertAlmostEqual(area(2), 12.566371, places=4)
        self.assertAlmostEqual(12.566371, area(2), places=4)


result = unittest.TextTestRunner().run(unittest.defaultTestLoader.loadTestsFromTestCase(Test))
assert result.wasSuccessful()
"#,
        r#"
import math
def area(r): return math.pi*r*r
"#,
    ),
    (
        "squares",
        r#"
assert all(a == b for a, b in zip(map(squares, [1, 2, 3]), [1, 4, 9]))
"#,
        r#"
def squares(n): return n*n
"#,
    ),
    (
        "is_even",
        r#"
assert all(map(is_even, [2, 4]))
assert not any(map(is_even, [1, 3]))
"#,
        r#"
def is_even(n): return n%2==0
"#,
    ),
    (
        "triples",
        r#"
result = triples([1, 2, 3])
assert len(result) == 3
for got, expected in zip(result, [3, 6, 9]):
    assert got == expected
"#,
        r#"
def triples(x): return [3*n for n in x]
"#,
    ),
    (
        "greet",
        r#"
assert greet('Ada').startswith('Hello, Ada')
assert greet('Bob').endswith('Bob!')
"#,
        r#"
def greet(n): return f'Hello, {n}!'
"#,
    ),
    (
        "letters",
        r#"
assert letters('abca').issubset({'a', 'b', 'c'}) and letters('abca').issuperset({'a', 'b', 'c'})
"#,
        r#"
def letters(s): return set(s)
"#,
    ),
    (
        "twice",
        r#"
def call(function, *arguments):
    return function(*arguments)


def check():
    assert twice(call, 21) == 42


check()
"#,
        r#"
def twice(c,n): return c(lambda m: 2*m, n)
"#,
    ),
    (
        "send_all",
        r#"
class Log:
    def __init__(self):
        self.seen = []

    def send(self, item):
        self.seen.append(item)

    def done(self):
        return self.seen == [1, 2]


log = Log()
send_all(log, [1, 2])
assert log.done()
"#,
        r#"
def send_all(l,x):
    for i in x: l.send(i)
"#,
    ),
    (
        "clean",
        r#"
found = clean({1, 2})
found ^= {1}
assert not found
"#,
        r#"
def clean(s): return s-{2}
"#,
    ),
    (
        "fives",
        r#"
result = fives([1, 2, 3])
assert len(result) == 3 and all(n in result for n in [5, 10, 15])
"#,
        r#"
def fives(x): return [5*n for n in x]
"#,
    ),
    (
        "root",
        r#"
assert root(9) ** 2 == 9
assert root(16) * root(16) == 16
"#,
        r#"
def root(n): return n**.5
"#,
    ),
];

def running_total(numbers):
    total, out = 0, []
    for number in numbers:
        total += number
        out.append(total)
    return out
# tests
assert running_total([1, 2, 3]) == [1, 3, 6]
assert running_total([]) == []
# ---
from typing import Dict, List, Optional, Tuple, Any
from collections import Counter, defaultdict, deque


def most_common(words: List[str]) -> Optional[str]:
    """ The word that comes most often.
    >>> most_common(["a", "b", "a"])
    'a'
    """
    if not words:
        return None
    counts: Dict[str, int] = defaultdict(int)
    for word in words:
        counts[word.strip().lower()] += 1
    return max(sorted(counts), key=lambda word: counts[word])
# tests
def check(candidate):
    assert candidate(["a", "b", "a"]) == "a"
    assert candidate([]) is None
    assert candidate(["B", "b ", "c"]) == "b"


check(most_common)
# ---
import math
import re


def primes(limit):
    sieve = [True] * (limit + 1)
    for number in range(2, int(math.sqrt(limit)) + 1):
        if sieve[number]:
            for multiple in range(number * number, limit + 1, number):
                sieve[multiple] = False
    return [number for number in range(2, limit + 1) if sieve[number]]


def digits(text):
    return "".join(re.findall(r"\d+", text))
# tests
assert primes(20) == [2, 3, 5, 7, 11, 13, 17, 19]
assert digits("a1b22") == "122"
# ---
import heapq
from functools import lru_cache
from dataclasses import dataclass


@dataclass
class Edge:
    target: str
    cost: int


class Graph:
    def __init__(self):
        self.edges = {}

    def add(self, start, target, cost):
        self.edges.setdefault(start, []).append(Edge(target, cost))
        return self

    def shortest(self, start, goal):
        queue, seen = [(0, start)], set()
        while queue:
            cost, node = heapq.heappop(queue)
            if node == goal:
                return cost
            if node in seen:
                continue
            seen.add(node)
            for edge in self.edges.get(node, []):
                heapq.heappush(queue, (cost + edge.cost, edge.target))
        raise KeyError(goal)


@lru_cache(maxsize=None)
def fibonacci(n):
    return n if n < 2 else fibonacci(n - 1) + fibonacci(n - 2)
# tests
graph = Graph().add("a", "b", 1).add("b", "c", 2).add("a", "c", 9)
assert graph.shortest("a", "c") == 3
assert fibonacci(30) == 832040
try:
    graph.shortest("c", "a")
    assert False
except KeyError:
    pass
# ---
def is_palindrome(text: str) -> bool:
    cleaned = [c for c in text.lower() if c.isalnum()]
    return cleaned == cleaned[::-1]


def encode(message):
    swapped = message.swapcase()
    return "".join(chr(ord(c) + 2) if c in "aeiouAEIOU" else c for c in swapped)


def sort_by(numbers):
    return sorted(numbers, key=lambda n: (bin(n).count("1"), n))
# tests
assert is_palindrome("A man, a plan, a canal: Panama")
assert not is_palindrome("no")
assert encode("test") == "TGST"
assert sort_by([1, 5, 2, 3, 4]) == [1, 2, 4, 3, 5]
assert abs(0.1 + 0.2 - 0.3) < 1e-9
# ---
import json


def flatten(value, prefix=""):
    out = {}
    for key, item in value.items():
        name = f"{prefix}.{key}" if prefix else key
        if isinstance(item, dict):
            out.update(flatten(item, name))
        else:
            out[name] = item
    return out


def transpose(rows):
    return [list(column) for column in zip(*rows)]
# tests
assert flatten(json.loads('{"a": {"b": 1, "c": [1, 2.5, null]}}')) == {"a.b": 1, "a.c": [1, 2.5, None]}
assert transpose([[1, 2], [3, 4]]) == [[1, 3], [2, 4]]
assert sum(x * y for x, y in [(1, 2), (3, 4)]) == 14
# ---
import json
import urllib.request


def fetch(url):
    request = urllib.request.Request(url, headers={"Accept": "application/json"})
    with urllib.request.urlopen(request, timeout=5) as response:
        return json.load(response)["ok"]
# tests
assert fetch("https://warm.test/up") is True

//! The cases of the search for names that do not exist.

use proofhouse_types::Language;

use super::{Inventory, findings};
use crate::tree::parse;

/// A small guest.
const INVENTORY: &str = "\
__future__ annotations division
asyncio *
bisect bisect insort
builtins AttributeError Exception False ImportError None NameError True ValueError abs dict getattr hasattr int len list map print range setattr str super type
collections Counter OrderedDict abc defaultdict deque
collections.abc Iterable Mapping
concurrent
concurrent.futures ThreadPoolExecutor wait
datetime date datetime timedelta
functools partial reduce wraps
json dump dumps load loads
math ceil floor gcd pi sqrt
multiprocessing Process Queue
os environ getcwd listdir path sep
os.path exists join splitext
random choice randint
string ascii_letters ascii_lowercase digits
sys argv exit modules platform version_info
typing Any Dict List Optional TYPE_CHECKING
unittest TestCase main
unittest.main *
urllib parse
urllib.parse quote urlparse
xml
xml.etree ElementTree
xml.etree.ElementTree parse
";

fn found(text: &str) -> Vec<String> {
    let found = findings(&parse(text, Language::Python), text, &Inventory::parse(INVENTORY));
    found.iter().map(|found| format!("{} {}: {}", found.place.line, found.rule, found.message)).collect()
}

/// Each finding as `line rule: message`.
fn check(text: &str, expected: &[&str]) {
    assert_eq!(found(text), expected, "{text:?}");
}

#[test]
fn modules_that_cannot_be_imported_are_told_apart() {
    check("import math, os.path as p\nfrom collections.abc import Mapping\n", &[]);
    check("import pandsa\n", &["1 hallucinated-import: no module `pandsa`; did you mean `pandas`?"]);
    check("import maths\n", &["1 hallucinated-import: no module `maths`; did you mean `math`?"]);
    check("from zzyzx.q import r\n", &["1 hallucinated-import: no module `zzyzx.q`"]);
    check("import os.pth\n", &["1 hallucinated-import: no module `os.pth`; did you mean `os.path`?"]);
    check("import datetime.datetime\n", &["1 hallucinated-import: no module `datetime.datetime`"]);
    check("import imp\n", &["1 hallucinated-import: Python 3.12 removed `imp`"]);
    check("from distutils.core import setup\n", &["1 hallucinated-import: Python 3.12 removed `distutils.core`"]);
    check("import urllib2\n", &["1 hallucinated-import: Python 3.0 removed `urllib2`"]);
    check("import numpy as np\nnp.array\n", &["1 missing-package: `numpy` is a real package, but not in this guest"]);
    check("from PIL.Image import open\n", &["1 missing-package: `PIL` is a real package, but not in this guest"]);
    check(
        "import tkinter.ttk\nimport _ssl\nfrom multiprocessing import shared_memory\n",
        &[
            "1 missing-module: `tkinter.ttk` is in Python's standard library, but not in this guest",
            "2 missing-module: `_ssl` is in Python's standard library, but not in this guest",
            "3 missing-module: `multiprocessing.shared_memory` is in Python's standard library, but not in this guest",
        ],
    );
    check(
        "import numpy\ndef f():\n    import numpy.linalg\n",
        &["1 missing-package: `numpy` is a real package, but not in this guest"],
    );
    check("from . import a\nfrom .b import c\nimport _made_up\nimport asyncio.made_up\n", &[]);
    check("import sys\nsys.modules['fake'] = sys\nimport fake\n", &[]);
}

#[test]
fn attributes_that_modules_lack_are_found() {
    check("import math\nmath.sqrt(math.pi)\n", &[]);
    check("import math\nmath.squareroot(2)\n", &["2 hallucinated-attribute: `math` has no `squareroot`"]);
    check("import math\nmath.sqr(2)\n", &["2 hallucinated-attribute: `math` has no `sqr`; did you mean `sqrt`?"]);
    check("from os import pathjoin\n", &["1 hallucinated-attribute: `os` has no `pathjoin`"]);
    check(
        "from os import (\n    sep,\n    listdirs as ls,\n)\n",
        &["3 hallucinated-attribute: `os` has no `listdirs`; did you mean `listdir`?"],
    );
    check(
        "import os.path as p\np.joinn\n",
        &["2 hallucinated-attribute: `os.path` has no `joinn`; did you mean `join`?"],
    );
    check("import os\nos.path.joinn\n", &["2 hallucinated-attribute: `os.path` has no `joinn`; did you mean `join`?"]);
    check(
        "from os import path\npath.joinn\n",
        &["2 hallucinated-attribute: `os.path` has no `joinn`; did you mean `join`?"],
    );
    check("import json as j\nj.parse('1')\n", &["2 hallucinated-attribute: `json` has no `parse`"]);
    check(
        "import string\nstring.letters\n",
        &["2 hallucinated-attribute: `string` has no `letters`; did you mean `ascii_letters`?"],
    );
    check(
        "from collections import Mapping\n",
        &["1 hallucinated-attribute: `collections` has no `Mapping`; `collections.abc` has it"],
    );
    check(
        "from concurrent import future\n",
        &["1 hallucinated-attribute: `concurrent` has no `future`; did you mean `futures`?"],
    );
    check("import datetime\ndatetime.now()\n", &["2 hallucinated-attribute: `datetime` has no `now`"]);
    check(
        "from __future__ import anotations\n",
        &["1 hallucinated-attribute: `__future__` has no `anotations`; did you mean `annotations`?"],
    );
    check(
        "def f():\n    import math\n    return [math.root for _ in range(3)]\n",
        &["3 hallucinated-attribute: `math` has no `root`"],
    );
    check(
        "import math\nmath.root\nmath.root\nmath.tan\n",
        &["2 hallucinated-attribute: `math` has no `root`", "4 hallucinated-attribute: `math` has no `tan`"],
    );
    check(
        "import math\nx = f\"{math.root}\"\nmatch x:\n    case math.e: pass\n",
        &["2 hallucinated-attribute: `math` has no `root`", "4 hallucinated-attribute: `math` has no `e`"],
    );
}

#[test]
fn attributes_of_other_systems_are_no_hallucinations() {
    check(
        "import os\nos.fork()\nos.O_BINARY\n",
        &[
            "2 missing-attribute: `os.fork` is in Python's standard library, but not in this guest",
            "3 missing-attribute: `os.O_BINARY` is in Python's standard library, but not in this guest",
        ],
    );
}

#[test]
fn attributes_are_judged_only_of_what_is_certainly_the_module() {
    check("import xml, os\nxml.etree.ElementTree.parse\nos._made_up\nmath = 1\n", &[]);
    check("import asyncio\nasyncio.made_up\nfrom unittest import main\nmain.made_up\n", &[]);
    check("import math\nmath = 3\nmath.root\n", &[]);
    check("import math\ndef f(math):\n    return math.root\n", &[]);
    check("import math\nfor math in []: pass\nmath.root\n", &[]);
    check("import math\nimport json as math\nmath.root\n", &[]);
    check("from datetime import datetime\nimport datetime\ndatetime.now()\n", &[]);
    check("import math\nif hasattr(math, 'root'):\n    math.root\n", &[]);
    check("import math\nf = getattr(math, 'root', None)\nmath.root\n", &[]);
    check("import math\nmath.root = 1\nmath.root\n", &[]);
    check("import os\nsetattr(os.path, 'a', 1)\nos.path.a\n", &[]);
    check("import json\nx.json.parse\njson().parse\n(json).parse\n", &["2 undefined-name: `x` is not defined"]);
    check("import math\nclass A:\n    math = 1\n    def f(self): return self.math.root\n", &[]);
    check("import math\ndef f(x: math.Root) -> math.Root:\n    y: math.Root = x\n", &[]);
}

#[test]
fn code_that_guards_itself_is_left_alone() {
    check("try:\n    import numpy as np\nexcept ImportError:\n    np = None\n", &[]);
    check("try:\n    import numpy\nexcept ImportError:\n    pass\ndef f():\n    import numpy.linalg\n", &[]);
    check("try:\n    import Queue\nexcept:\n    import queue2\n", &[]);
    check("try:\n    import numpy\nexcept (ValueError, ModuleNotFoundError) as e:\n    pass\n", &[]);
    check("try:\n    import math\n    math.root\nexcept AttributeError:\n    pass\n", &[]);
    check("try:\n    unicode\nexcept NameError:\n    unicode2\n", &[]);
    check(
        "try:\n    import numpy\nexcept ValueError:\n    pass\n",
        &["2 missing-package: `numpy` is a real package, but not in this guest"],
    );
    check(
        "from contextlib2 import suppress\nwith suppress(ImportError):\n    import numpy\n",
        &["1 hallucinated-import: no module `contextlib2`; did you mean `contextlib`?"],
    );
    check(
        "with len('x'):\n    import numpy\n",
        &["2 missing-package: `numpy` is a real package, but not in this guest"],
    );
    check("from typing import TYPE_CHECKING\nif TYPE_CHECKING:\n    import numpy\n", &[]);
    check("import sys\nif sys.version_info[0] < 3:\n    import urllib2\nelse:\n    import urllib3000\n", &[]);
    check("import os\nif os.name == 'nt':\n    os.getcwdu()\n", &[]);
    check("import os, sys\nx = os.a if sys.platform == 'w' else sys.platform == 'x' and os.b\n", &[]);
    check("import sys\ndef f():\n    if sys.platform == 'x':\n        return\n    sys.a\n", &[]);
    check("import sys\nif sys.argv:\n    sys.a\n", &["3 hallucinated-attribute: `sys` has no `a`"]);
    check("if False:\n    import numpy\n", &[]);
}

#[test]
fn names_that_nothing_binds_are_found() {
    check("print(undefined)\n", &["1 undefined-name: `undefined` is not defined"]);
    check(
        "def solve(numbers):\n    return len(number)\n",
        &["2 undefined-name: `number` is not defined; did you mean `numbers`?"],
    );
    check("prnt(1)\n", &["1 undefined-name: `prnt` is not defined; did you mean `print`?"]);
    check("math.sqrt(2)\n", &["1 undefined-name: `math` is not defined; `import math` is missing"]);
    check("x = defaultdict(list)\n", &["1 undefined-name: `defaultdict` is not defined; `collections` has it"]);
    check("x = List[int]\n", &["1 undefined-name: `List` is not defined; `typing` has it"]);
    check(
        "class A:\n    size = 1\n    def f(self):\n        return size\n",
        &["4 undefined-name: `size` is not defined"],
    );
    check("class A:\n    size = 1\n    class B:\n        width = size\n", &["4 undefined-name: `size` is not defined"]);
    check(
        "[a for b in c]\nb\n",
        &[
            "1 undefined-name: `a` is not defined",
            "1 undefined-name: `c` is not defined",
            "2 undefined-name: `b` is not defined",
        ],
    );
    check("def f():\n    local = 1\nlocal\n", &["3 undefined-name: `local` is not defined"]);
    check("f = lambda a, b=a: b\n", &["1 undefined-name: `a` is not defined"]);
    check("def f(a, b=a): pass\n", &["1 undefined-name: `a` is not defined"]);
    check("match 1:\n    case Point(x=y): y\n", &["2 undefined-name: `Point` is not defined"]);
    check("@decorated\ndef f(): pass\n", &["1 undefined-name: `decorated` is not defined"]);
    check(
        "raise NotFound from cause\n",
        &["1 undefined-name: `NotFound` is not defined", "1 undefined-name: `cause` is not defined"],
    );
    check("import os . path\nos\nfrom . import (a, b as c)\na, c\n", &[]);
    check("import os.path\nos, path\n", &["2 undefined-name: `path` is not defined"]);
    check("x\nx\nx += 1\ndef f():\n    y\n    y\n", &["5 undefined-name: `y` is not defined"]);
}

#[test]
fn names_that_something_binds_are_fine() {
    check("__name__, __file__, __doc__, _\n", &[]);
    check("def f():\n    return later\nlater = 1\n", &[]);
    check("def f():\n    global made\n    made = 1\nprint(made)\n", &[]);
    check("def f():\n    x = 1\n    def g():\n        nonlocal x\n        return x\n", &[]);
    check("import a.b.c as d\n", &["1 hallucinated-import: no module `a.b.c`"]);
    check("for a, (b, *c) in []:\n    a, b, c\nwith len('') as (d, e), len('') as f:\n    d, e, f\n", &[]);
    check("try:\n    pass\nexcept ValueError as e:\n    print(e)\n", &[]);
    check("if (n := 3) and [m := 1 for x in range(n)]:\n    n, m\n", &[]);
    check(
        "match 1:\n    case {'a': b, **c} | [d, *e] as f: b, c, d, e, f\n    case str(g) if g: g\n    case h: h\n",
        &[],
    );
    check(
        "class A:\n    x = 1\n    y = [x for _ in range(x)]\n    z = lambda self, x=x: x\n    def f(self, w=x): super(), __class__\n",
        &[],
    );
    check(
        "def f[T: int, *Ts, **P](x: T) -> T:\n    return T, Ts, P\nclass A[U](list[U]):\n    def g(self): return U\n",
        &[],
    );
    check("type X[T] = list[T]\nX\n", &[]);
    check("def f(a, /, b=1, *c, d, **e): return a, b, c, d, e\nf(z=1)\nlambda *g, **h: (g, h)\n", &[]);
    check("(x) = 1\n(y): int = 2\nx, y\ndel x\nw: int\nw\n", &[]);
    check("a = b = 1\nprint(f'{a!r:>{b}}', f'{{nothing}}', 'nothing', f'{a=}')\n", &[]);
    check("def f(x: Missing) -> 'Missing':\n    y: Missing = 1\n", &[]);
    check("def f():\n    import math\n    def g(): return math.pi\n", &[]);
    check("async def f():\n    async with f() as a: await a\n    return [x async for x in a]\n", &[]);
    check("while x := 1: x\nassert (z := 1), z\n", &[]);
}

#[test]
fn names_may_come_from_elsewhere() {
    check("from math import *\nroot\n", &[]);
    check("exec('x = 1')\nx\n", &[]);
    check("globals()['x'] = 1\nx\n", &[]);
    check("locals().update(x=1)\nx\n", &[]);
    check("import sys\nsys._getframe().f_globals['x'] = 1\nx\n", &[]);
}

#[test]
fn damaged_programs_are_judged_by_what_is_intact() {
    check(
        "import numpy\nx = (1\nprint(undefined)\n",
        &["1 missing-package: `numpy` is a real package, but not in this guest"],
    );
    check(
        "import math\ndef f(:\n    math.root\nmath.tan\n",
        &["3 hallucinated-attribute: `math` has no `root`", "4 hallucinated-attribute: `math` has no `tan`"],
    );
    check("import math\nx = 1 +* math.root\nif math.root math.tan:\n    pass\n", &[]);
    check("import math\nimport (numpy\n", &[]);
}

#[test]
fn findings_are_listed_up_to_a_limit() {
    let text = |lines: usize| (0..lines).map(|line| format!("absent_{line}\n")).collect::<String>();
    assert_eq!(found(&text(50)).len(), 50);
    let many = found(&text(51));
    assert_eq!((many.len(), many[49].split(' ').next()), (50, Some("50")));
}

#[test]
fn messages_are_cut_at_a_limit() {
    let message = |length: usize| {
        let text = format!("{}\n", "a".repeat(length));
        findings(&parse(&text, Language::Python), &text, &Inventory::parse(INVENTORY))[0].message.clone()
    };
    let around = "`` is not defined".len();
    assert_eq!(message(300 - around), format!("`{}` is not defined", "a".repeat(300 - around)));
    assert_eq!(message(301 - around).len(), 300);
}

#[test]
fn an_empty_inventory_knows_nothing() {
    let text = "import numpy\nundefined\n";
    assert_eq!(findings(&parse(text, Language::Python), text, &Inventory::default()), []);
}

#[test]
fn hostile_nesting_is_survived() {
    let deep = 100_000;
    found(&format!("{}undefined{}\n", "(".repeat(deep), ")".repeat(deep)));
    found(&format!("import math\nmath{}\n", ".root".repeat(deep)));
    found(&format!("x = {}1{}\n", "lambda: (undefined, ".repeat(deep / 10), ")".repeat(deep / 10)));
    found(&format!("x = {}1\n", "undefined and ".repeat(deep)));
    found(&format!("{}undefined\n", "if sys.platform: ".repeat(deep / 10)));
    found(&"import pandsa, pandsb\n".repeat(deep / 10));
    found(&(0..deep / 10).map(|number| format!("name{number} = nam{number}\n")).collect::<String>());
}

#[test]
fn scopes_are_climbed_up_to_a_limit() {
    // Within the module and its function, so many lambdas.
    let nested = |lambdas: usize| format!("def f(outer):\n    {}(outer, absent)\n", "lambda: ".repeat(lambdas));
    check(&nested(98), &["2 undefined-name: `absent` is not defined"]);
    let bound_elsewhere = |lambdas: usize| format!("def f():\n    absent = 1\n{}absent\n", "lambda: ".repeat(lambdas));
    check(&bound_elsewhere(99), &["3 undefined-name: `absent` is not defined"]);
    check(&bound_elsewhere(100), &[]);
}

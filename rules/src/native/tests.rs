//! What each analysis finds, and what it leaves alone.

use proofhouse_syntax::Grammar;

use super::{Source, run};
use crate::lower::lower;
use crate::schema::Native;
use crate::secrets::Literals;

/// The lines of an analysis' hits, and what each names.
fn hits(native: Native, grammar: Grammar, text: &str) -> Vec<(usize, String)> {
    let tree = grammar.tree(text);
    let program = lower(text, &tree, grammar);
    let literals = Literals::of(text, &tree, grammar);
    let found = run(native, &Source { text, grammar, tree: &tree, program: &program, literals: &literals });
    let line = |start: u32| text[..start as usize].matches('\n').count() + 1;
    found.into_iter().map(|hit| (line(hit.span.start), hit.name)).collect()
}

/// A text, and the lines and names that are found in it.
type Case<'a> = (Grammar, &'a str, &'a [(usize, &'a str)]);

#[track_caller]
fn check(native: Native, cases: &[Case<'_>]) {
    for (grammar, text, expected) in cases {
        let expected: Vec<_> = expected.iter().map(|(line, name)| (*line, (*name).to_owned())).collect();
        assert_eq!(hits(native, *grammar, text), expected, "{} {text}", grammar.name());
    }
}

#[test]
fn handlers_that_do_nothing_are_found_in_every_language() {
    check(
        Native::SwallowedException,
        &[
            (
                Grammar::Java,
                "class A { void f() {\n try { g(); } catch (IOException e) { }\n try { g(); } catch (Exception e) { log(e); } } }",
                &[(2, "IOException")],
            ),
            (Grammar::Java, "class A { void f() { try { g(); } catch (NumberFormatException e) { } } }", &[]),
            (Grammar::CSharp, "class A { void F() {\n try { G(); }\n catch { } } }", &[(3, "every error")]),
            (
                Grammar::CSharp,
                "class A { void F() { try { G(); } catch (Exception) { /* ignore */ } } }",
                &[(1, "Exception")],
            ),
            (Grammar::Php, "<?php\ntry { f(); } catch (\\Exception $e) { }", &[(2, "Exception")]),
            (Grammar::Php, "<?php\ntry { f(); } catch (Exception $e) { error_log($e); }", &[]),
            (Grammar::Ruby, "begin\n  f\nrescue StandardError => e\nend", &[(3, "StandardError")]),
            (Grammar::Ruby, "begin\n  f\nrescue Errno::ENOENT\n  nil\nend", &[]),
            (Grammar::Cpp, "void f() { try { g(); }\n catch (...) { } }", &[(2, "every error")]),
            (Grammar::Python, "try:\n  sock.close()\nexcept Exception:\n  pass", &[]),
            (Grammar::JavaScript, "try { server.close() } catch {}", &[]),
        ],
    );
}

#[test]
fn files_that_are_tested_and_used_are_found_in_every_language() {
    check(
        Native::CheckThenUse,
        &[
            (
                Grammar::Java,
                "class A { void f(File file) throws Exception {\n if (file.exists()) {\n  new FileInputStream(file);\n } } }",
                &[(2, "file.exists")],
            ),
            (
                Grammar::Java,
                "class A { void f(Path path) throws Exception {\n if (Files.exists(path)) Files.delete(path); } }",
                &[(2, "Files.exists")],
            ),
            (
                Grammar::CSharp,
                "class A { string F(string path) {\n if (!File.Exists(path)) return null;\n return File.ReadAllText(path); } }",
                &[(2, "File.Exists")],
            ),
            (
                Grammar::Php,
                "<?php\nfunction f($path) {\n if (file_exists($path)) { unlink($path); }\n}",
                &[(3, "file_exists")],
            ),
            (Grammar::Ruby, "def f(path)\n  File.delete(path) if File.exist?(path)\nend", &[(2, "File.exist?")]),
            (
                Grammar::C,
                "void f(char *path) {\n if (access(path, W_OK) == 0) {\n  fopen(path, \"w\");\n }\n}",
                &[(2, "access")],
            ),
            (
                Grammar::Go,
                "func f(path string) {\n\tif _, err := os.Stat(path); err == nil {\n\t\tos.Remove(path)\n\t}\n}",
                &[(2, "os.Stat")],
            ),
            (
                Grammar::Rust,
                "fn f(path: &Path) {\n    if path.exists() {\n        fs::remove_file(path).unwrap();\n    }\n}",
                &[(2, "path.exists")],
            ),
            (
                Grammar::Python,
                "def f(path):\n  if not path.exists():\n    path.open('w').close()",
                &[(2, "path.exists")],
            ),
            (Grammar::Python, "import os\ndef f(p):\n  if os.path.exists(p):\n    p = g(p)\n    open(p)", &[]),
            (Grammar::Python, "def f(cache, key):\n  if cache.exists(key):\n    cache.remove(key)", &[]),
            (Grammar::Python, "import os\ndef test_f(p):\n  assert os.path.exists(p)\n  open(p)", &[]),
        ],
    );
}

#[test]
fn routes_that_nothing_protects_are_found_in_every_language() {
    check(
        Native::OpenRoute,
        &[
            (
                Grammar::Java,
                "@RestController class A {\n @DeleteMapping(\"/users/{id}\")\n void remove(@PathVariable Long id) { users.deleteById(id); } }",
                &[(2, "/users/{id}")],
            ),
            (
                Grammar::Java,
                "@RestController class A {\n @PreAuthorize(\"isAuthenticated()\") @DeleteMapping(\"/users/{id}\")\n void remove(Long id) { users.delete(id); } }",
                &[],
            ),
            (
                Grammar::CSharp,
                "class A : Controller {\n [HttpPost]\n public IActionResult Add(Item item) { db.Add(item); db.SaveChanges(); return Ok(); } }",
                &[(2, "Add")],
            ),
            (
                Grammar::CSharp,
                "[Authorize]\nclass A : Controller {\n [HttpPost]\n public IActionResult Add(Item item) { db.Add(item); return Ok(); } }",
                &[],
            ),
            (
                Grammar::Go,
                "func main() {\n\tr.POST(\"/items\", func(c *gin.Context) {\n\t\tdb.Create(c)\n\t})\n}",
                &[(2, "/items")],
            ),
            (Grammar::Python, "@mock.patch('os.remove')\ndef f(remove):\n  store.delete(1)", &[]),
            (Grammar::Python, "@app.post('/sum')\ndef f(a: int, b: int):\n  return a + b", &[]),
        ],
    );
}

#[test]
fn comparisons_that_always_hold_are_found_in_every_language() {
    check(
        Native::ConstantEquality,
        &[
            (
                Grammar::Java,
                "class A {\n @Override public boolean equals(Object other) { return true; }\n boolean isEmpty() { return true; } }",
                &[(2, "equals")],
            ),
            (Grammar::CSharp, "class A {\n public override bool Equals(object other) => true; }", &[(2, "Equals")]),
            (Grammar::Ruby, "class A\n  def ==(other)\n    true\n  end\nend", &[(2, "==")]),
            (Grammar::Python, "class A:\n  def __ne__(self, other):\n    return False", &[(2, "__ne__")]),
            (Grammar::Python, "class A:\n  def __eq__(self, other):\n    return False", &[]),
            (
                Grammar::Python,
                "class A:\n  def __eq__(self, other):\n    return self is self or other == other",
                &[(2, "__eq__")],
            ),
            (
                Grammar::Python,
                "class A:\n  def __eq__(self, other):\n    return isinstance(other, object)",
                &[(2, "__eq__")],
            ),
            (Grammar::Python, "A.__eq__ = lambda self, other: not False", &[(1, "__eq__")]),
            (Grammar::Python, "class A:\n  def __eq__(self, other):\n    raise TypeError", &[]),
        ],
    );
}

#[test]
fn exits_at_import_are_found() {
    check(
        Native::ExitAtImport,
        &[
            (Grammar::Python, "import sys\nif True:\n  sys.exit()", &[(3, "sys.exit")]),
            (Grammar::Python, "from sys import exit as leave\nleave(0)", &[(2, "sys.exit")]),
            (Grammar::Python, "raise SystemExit(0)", &[(1, "SystemExit")]),
            (Grammar::Python, "raise SystemExit('no file')", &[]),
            (Grammar::Python, "import sys\nsys.exit(1)", &[]),
            (Grammar::Python, "import os\ndef f():\n  os.kill(os.getpid(), 9)", &[(3, "os.kill")]),
            (Grammar::Python, "import os\ndef f(worker):\n  os.kill(worker.pid, 9)", &[]),
            (Grammar::Python, "import atexit, os\natexit.register(os._exit, 0)", &[(2, "os._exit")]),
            (Grammar::Python, "import sys\nif len(sys.argv) < 2:\n  sys.exit()", &[]),
            (
                Grammar::Python,
                "import sys\nif __name__ == '__main__':\n  sys.exit()\nelse:\n  sys.exit(0)",
                &[(5, "sys.exit")],
            ),
            (Grammar::JavaScript, "if (process.argv.length < 3) process.exit()", &[]),
            (Grammar::JavaScript, "try { run() } finally { process.exit(0) }", &[(1, "process.exit")]),
            (Grammar::JavaScript, "const known = typeof process.reallyExit", &[]),
        ],
    );
}

#[test]
fn replaced_builtins_are_found() {
    check(
        Native::PatchedBuiltin,
        &[
            (Grammar::Python, "import time\ntime.time = lambda: 0", &[(2, "time.time")]),
            (Grammar::Python, "import time\ntime.zone = 3", &[]),
            (
                Grammar::Python,
                "from unittest import TestCase\nTestCase.assertEqual = None",
                &[(2, "unittest.TestCase.assertEqual")],
            ),
            (Grammar::Python, "import unittest\nunittest.TestCase.maxDiff = None", &[]),
            (Grammar::Python, "__builtins__['len'] = f", &[(1, "__builtins__")]),
            (Grammar::Python, "import sys\nsys.modules[__name__] = A()", &[]),
            (Grammar::Python, "import sys\nsys.modules.update(fakes)", &[(2, "sys.modules")]),
            (Grammar::Python, "import builtins\nif not hasattr(builtins, 'aiter'):\n  builtins.aiter = f", &[]),
            (
                Grammar::Python,
                "import sys\nsys.modules['unittest'].TestCase.fail = f\nsetattr(sys.modules.get('__main__'), 'x', 1)",
                &[(2, "sys.modules[].TestCase.fail"), (3, "sys.modules.get().x")],
            ),
            (
                Grammar::Python,
                "import json\ndef f(x): pass\njson.dumps, json.loads = f, f",
                &[(3, "json.dumps"), (3, "json.loads")],
            ),
            (Grammar::Python, "import json\njson.a, json.b = 1, 2", &[]),
            (
                Grammar::Python,
                "from unittest import mock\nmock.patch('builtins.len', f).start()\nmock.patch('shop.len').start()",
                &[(2, "builtins.len")],
            ),
            (Grammar::Python, "time = clock()\ntime.sleep = lambda: 0", &[]),
            (Grammar::JavaScript, "String.prototype.capitalize = f", &[]),
            (Grammar::JavaScript, "Object.assign(Array.prototype, { map() {} })", &[(1, "Array.prototype")]),
            (
                Grammar::JavaScript,
                "require.cache[require.resolve('assert')] = { exports: {} }",
                &[(1, "require.cache")],
            ),
            (Grammar::JavaScript, "global.expect = () => anything", &[(1, "global.expect")]),
            (Grammar::JavaScript, "global.user = 1; console.log = f", &[]),
            (Grammar::Java, "class A { void f() { Math.x = 1; } }", &[]),
        ],
    );
}

#[test]
fn damaged_and_deep_texts_do_no_harm() {
    let natives = [
        Native::SwallowedException,
        Native::CheckThenUse,
        Native::OpenRoute,
        Native::ConstantEquality,
        Native::ExitAtImport,
        Native::PatchedBuiltin,
    ];
    let texts = [
        "if a:\n  b()\n".to_owned() + &"elif c:\n  d()\n".repeat(3_000),
        format!("x = a{}", ".exists()".repeat(3_000)),
        format!("{}pass", "try:\n".repeat(500)),
        "class A { equals( return true } } @post('/x' try { catch ( {} os._exit Array.prototype.map = \u{0}".repeat(50),
    ];
    for grammar in Grammar::ALL {
        for text in &texts {
            let tree = grammar.tree(text);
            let program = lower(text, &tree, grammar);
            let literals = Literals::of(text, &tree, grammar);
            for native in natives {
                run(native, &Source { text, grammar, tree: &tree, program: &program, literals: &literals });
            }
        }
    }
}

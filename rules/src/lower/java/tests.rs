//! Java as the analysis sees it.

use proofhouse_syntax::Grammar;

use crate::lower::lower;
use crate::print::print;

fn lowered(source: &str) -> String {
    let tree = Grammar::Java.tree(source);
    print(&lower(source, &tree, Grammar::Java))
}

fn check(cases: &[(&str, &str)]) {
    for (source, expected) in cases {
        let found = lowered(source);
        assert!(found.trim_end() == *expected, "{source}\n--- found\n{found}\n--- expected\n{expected}");
    }
}

#[test]
fn expressions_keep_paths_and_text() {
    check(&[
        (r#"x = "a\u0041\n\"" + 'c' + '\n' + (n + 1);"#, r#"x = sum("aA\n\"", "c", "\n", sum(n, 1))"#),
        ("x = \"\"\"\n    SELECT \\\n      y\n    \"z\"\n    \"\"\";", r#"x = "SELECT   y\n\"z\"\n""#),
        ("java.util.Base64.getDecoder().decode(x);", "java.util.Base64.getDecoder().decode(x)"),
        ("this.a = b = super.c(d[0]);", "this.a = (b := super.c(d[0]))"),
        ("Object o = (java.util.List<String>) x;", "o: Object = (x as List)"),
        ("java.util.Map<K, V> m = new java.util.HashMap<>();", "m: Map = new HashMap()"),
        ("long n = -0xFF_FFL; double d = 1.5;", "n: long = -65535\nd: double = number"),
        ("boolean b = !x && a << 2 != 3;", "b: boolean = (not x and ((a << 2) != 3))"),
        (
            "String[] a = {\"sh\", x}; var b = new String[]{\"y\"}; byte[] c = new byte[16];",
            "a: String = [\"sh\", x]\nb = [\"y\"]\nc: byte = []",
        ),
        ("f(Foo.class, Foo::bar, Foo::new, c ? 1 : null);", "f(Foo.class, Foo.bar, Foo.new, (c ? 1 : null))"),
        (
            "f(List.of(\"a\", b), Arrays.asList(c), java.util.Map.of(\"k\", d), Collections.unmodifiableSet(e));",
            "f([\"a\", b], c, {\"k\": d}, e)",
        ),
        ("x = p.matcher(y).matches();", "x = p.matchesAll(y)"),
        ("a[i++] = ~b;", "a[(i := opaque(i))] = opaque(b)"),
        ("x = (a += b);", "x = (a := sum(a, b))"),
    ]);
}

#[test]
fn functions_inside_expressions_are_lowered() {
    check(&[
        ("r = () -> run(id);", "r = <function>\n  function _()\n    return run(id)"),
        (
            "f((a, b) -> a, (String c) -> { use(c); });",
            "f(<function>, <function>)\n  function _(a, b)\n    return a\n  function _(c: String)\n    use(c)",
        ),
        (
            "new Thread(new Runnable() { @Override public void run() { exec(id); } }).start();",
            "class _(Runnable)\n  @Override function run()\n    exec(id)\nnew Thread(new Runnable()).start()",
        ),
    ]);
}

#[test]
fn statements_keep_their_order() {
    check(&[
        (
            "for (Cookie c : xs) { use(c); } for (var d : ys) use(d);",
            "loop c in xs\n  c: Cookie = c\n  use(c)\nloop d in ys\n  use(d)",
        ),
        (
            "for (int i = 0, j = 1; i < 10; i++, j -= 2) use(i);",
            "i: int = 0\nj: int = 1\nloop while (i < 10)\n  use(i)\n  i += 1\n  j -= 2",
        ),
        ("do { continue; } while (x);", "loop while x\n  continue"),
        (
            "try (Connection c = open(); rs) { use(c); } catch (A | b.B e) { log(e); } finally { done(); }",
            "try\n  c: Connection = open()\n  use(c)\ncatch A|B e\n  log(e)\nfinally\n  done()",
        ),
        ("try (var c = open()) { use(c); }", "block\n  c = open()\n  use(c)"),
        (
            "if (a) return; else if (b) throw new E(c); else d();",
            "if a\n  return\nelse\n  if b\n    throw new E(c)\n  else\n    d()",
        ),
        ("synchronized (a) { b(); } l: while (true) { break l; }", "block\n  a\n  b()\nloop while true\n  break"),
        (
            "if (!(o instanceof String s)) return; if (o instanceof P(int x, var y)) use(x);",
            "if not ((s := (o as String)) @ String)\n  return\nif (o @ opaque((x := opaque(o)), (y := opaque(o))))\n  use(x)",
        ),
    ]);
}

#[test]
fn switches_are_choices_or_cases() {
    check(&[
        (
            "x = switch (n) { case 1, 2 -> \"a\"; default -> \"c\"; case 3 -> y; };",
            "x = (((n == 1) or (n == 2)) ? \"a\" : ((n == 3) ? y : \"c\"))",
        ),
        (
            "return switch (n) { case 1 -> { var k = y; yield k; } default -> throw new E(); };",
            "switch n\ncase 1\n  k = y\n  switch@7 = k\ndefault\n  throw new E()\nreturn switch@7",
        ),
        (
            "switch (n) { case 'a': case 2: y = 1; break; case 3: { y = 2; } default: y = 3; }",
            "switch n\ncase \"a\" falls through\ncase 2\n  y = 1\ncase 3 falls through\n  block\n    y = 2\ndefault\n  y = 3",
        ),
        (
            "switch (o) { case String s when s.isEmpty() -> use(s); case null, default -> {} }",
            "switch o\ncase opaque() | opaque(s.isEmpty())\n  s: String = o\n  use(s)\ndefault",
        ),
    ]);
}

#[test]
fn declarations_keep_annotations_and_types() {
    check(&[
        (
            "@RestController @RequestMapping(\"/a\") public class A<T> extends B<T> implements x.C, D { private static final String K = \"k\"; static { i(); } { j = 1; } A(T t) { super(t); } }",
            "@RestController @RequestMapping(\"/a\") class A(B, C, D)\n  this.K: String = \"k\"\n  block\n    i()\n  block\n    j = 1\n  function A(t: T)\n    super(t)",
        ),
        (
            "class A { @GetMapping(value = \"/{id}\", produces = {\"a\"}) List<String> get(@RequestParam(\"id\") final String id, @PathVariable int n, java.io.File... rest) { return null; } }",
            "class A()\n  @GetMapping(value=\"/{id}\", produces=[\"a\"]) function get(@RequestParam(\"id\") id: String, @PathVariable n: int, rest: File)\n    return null",
        ),
        (
            "enum C { RED(\"r\"), BLUE { void x() {} }; C(String s) {} }",
            "class C()\n  RED: C = new C(\"r\")\n  class _(C)\n    function x()\n  BLUE: C = new C()\n  function C(s: String)",
        ),
        (
            "class A { String a; A(String b, String c) { a = b; c = b; if (b != null) { int d = 1; e = d; } } }",
            "class A()\n  this.a: String = opaque()\n  function A(b: String, c: String)\n    this.a = b\n    c = b\n    if (b != null)\n      d: int = 1\n      this.e = d",
        ),
        ("record P(int x) { P { check(x); } }", "class P()\n  this.x: int = opaque()\n  function P()\n    check(x)"),
        (
            "interface I extends J { int K = 1; void m(); default void d() { go(); } }",
            "class I(J)\n  this.K: int = 1\n  function m()\n  function d()\n    go()",
        ),
        (
            "import static java.lang.Runtime.getRuntime;\nimport java.io.*;\nimport java.util.List;\ngetRuntime();",
            "import java.lang.Runtime.getRuntime as getRuntime\ngetRuntime()",
        ),
    ]);
}

#[test]
fn fragments_and_damaged_text_are_lowered() {
    check(&[
        ("public String find(String name) { return name; }", "function find(name: String)\n  return name"),
        ("public A(String x) { this.x = x; }", "function A(x: String)\n  this.x = x"),
        ("private final String y = \"q\";", "y: String = \"q\""),
        ("class A { void m(String id) { if (x) { exec(id);", "function m(id: String)\n  x\n  exec(id)"),
        ("void m(String x) { ... use(x); }", "function m(x: String)\n  use(x)"),
    ]);
}

#[test]
fn depth_length_and_noise_do_no_harm() {
    let deep = format!("x = {}1{};", "(".repeat(10_000), ")".repeat(10_000));
    assert_eq!(lowered(&deep), "x = 1\n");
    let long = format!("x = 1{};", " + y".repeat(10_000));
    assert_eq!(lowered(&long).matches('y').count(), 10_000);
    lowered(&format!("x = {}1{};", "f(".repeat(10_000), ")".repeat(10_000)));
    lowered(&format!("{}x();", "if (a) { ".repeat(10_000)));
    lowered(&format!("x{};", ".a()".repeat(10_000)));
    for noise in [
        "",
        "}}}",
        "class {",
        "@",
        "\"\"\"",
        "switch (",
        "'\\",
        "x = switch (y) { case -> ; }",
        "\u{0}é\u{1F600}\"\\u\u{e9}\"",
        "enum A { B(",
        "new A() {",
        "x instanceof",
    ] {
        lowered(noise);
    }
}

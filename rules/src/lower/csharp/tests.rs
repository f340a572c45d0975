//! C# as the analysis sees it.

use proofhouse_syntax::Grammar;

use crate::lower::lower;
use crate::print::print;

fn lowered(source: &str) -> String {
    let tree = Grammar::CSharp.tree(source);
    print(&lower(source, &tree, Grammar::CSharp))
}

fn check(cases: &[(&str, &str)]) {
    for (source, expected) in cases {
        let found = lowered(source);
        assert!(found.trim_end() == *expected, "{source}\n--- found\n{found}\n--- expected\n{expected}");
    }
}

#[test]
fn strings_are_text_or_formats() {
    check(&[
        (r#"x = "a\u0041\t" + 'c' + '\n' + (n + 1);"#, r#"x = sum("aA\t", "c", "\n", sum(n, 1))"#),
        (r#"x = @"C:\x ""y""";"#, r#"x = "C:\\x \"y\"""#),
        (r#"x = $"a {b:N2} {{c}} {d.E(f)}\n";"#, r#"x = format("a ", b, " {c} ", d.E(f), "\n")"#),
        (r#"x = $@"C:\x ""{id}"" y";"#, r#"x = format("C:\\x \"", id, "\" y")"#),
        ("x = \"\"\"\n    SELECT\n      \"y\"\n    \"\"\";", r#"x = "SELECT\n  \"y\"""#),
        (r#"x = $"""a {id} b""";"#, r#"x = format("a ", id, " b")"#),
        (r#"x = $"plain"; y = nameof(a.B);"#, "x = \"plain\"\ny = \"B\""),
    ]);
}

#[test]
fn expressions_keep_paths() {
    check(&[
        ("var u = a?.B?.C(d)?[0]!.E;", "u = a.B.C(d)[0].E"),
        ("global::System.IO.File.Delete(path: id);", "System.IO.File.Delete(path=id)"),
        (
            "await c.QueryAsync<User>(sql, new { id, u.Name, Z = 3 });",
            "c.QueryAsync(sql, {\"id\": id, \"Name\": u.Name, \"Z\": 3})",
        ),
        ("string? s = (string)a ?? b as string;", "s: string = ((a as string) ?? (b as string))"),
        ("x ??= c ? -1 : default; i++;", "x ??= (c ? -1 : null)\ni += 1"),
        (
            "if (int.TryParse(id, out int n) && d.TryGetValue(\"k\", out var v)) use(n);",
            "if (int.TryParse(id, (n := ((opaque(int) as int) as int))) and d.TryGetValue(\"k\", (v := opaque(d))))\n  use(n)",
        ),
        ("(var a, var b) = f(); var (c, d) = g(); x = y[1, 2];", "[a, b] = f()\n[c, d] = g()\nx = y[[1, 2]]"),
        ("f(typeof(A), ref b, in c, @class);", "f(typeof(A), b, c, class)"),
    ]);
}

#[test]
fn objects_keep_their_type_and_settings() {
    check(&[
        ("SqlCommand c = new(sql, conn);", "c: SqlCommand = new SqlCommand(sql, conn)"),
        (
            "var p = new ProcessStartInfo(a) { FileName = \"sh\", ArgumentList = { \"-c\", id } };",
            "p = new ProcessStartInfo(a, FileName=\"sh\", ArgumentList=[\"-c\", id])",
        ),
        ("var l = new List<string> { \"a\", id };", "l = [\"a\", id]"),
        ("var d = new Dictionary<K, V> { [\"a\"] = id, [\"b\"] = 1 };", "d = {\"a\": id, \"b\": 1}"),
        ("var d = new Dictionary<K, V> { { \"a\", 1 }, { \"b\", 2 } };", "d = {\"a\": 1, \"b\": 2}"),
        (
            "var a = new[] { 1, 2 }; string[] b = [\"x\", ..c]; byte[] d = new byte[16];",
            "a = [1, 2]\nb: string = [\"x\", c]\nd: byte = []",
        ),
    ]);
}

#[test]
fn functions_inside_expressions_are_lowered() {
    check(&[
        (
            "xs.Select(async x => await h(x)); b.Click += delegate(object s) { go(); };",
            "xs.Select(<function>)\n  async function _(x)\n    return h(x)\nb.Click = <function>\n  function _(s: object)\n    go()",
        ),
        (
            "app.MapGet(\"/x/{id}\", (string id, [FromServices] Db db) => id);",
            "app.MapGet(\"/x/{id}\", <function>)\n  @MapGet function _(id: string, @FromServices db: Db)\n    return id",
        ),
        ("string Local(string p) => p;", "function Local(p: string)\n  return p"),
        (
            "var q = from t in db.Users where t.Name == id select t;",
            "q = opaque(opaque(t, db.Users), opaque((t.Name == id)), opaque(t))",
        ),
    ]);
}

#[test]
fn statements_keep_their_order() {
    check(&[
        (
            "foreach (string q in qs) use(q); foreach (var (k, w) in ws) use(k);",
            "loop q in qs\n  q: string = q\n  use(q)\nloop [k, w] in ws\n  use(k)",
        ),
        (
            "for (int i = 0, j = 1; i < 10; i++, j -= 2) { use(i); }",
            "i: int = 0\nj: int = 1\nloop while (i < 10)\n  use(i)\n  i += 1\n  j -= 2",
        ),
        (
            "try { a(); } catch (E e) when (e.X) { log(e); } catch { } finally { b(); }",
            "try\n  a()\ncatch E e\n  e.X\n  log(e)\ncatch\nfinally\n  b()",
        ),
        ("using (var c = open()) { use(c); } using var d = open();", "block\n  c = open()\n  use(c)\nd = open()"),
        ("lock (o) { go(); } checked { y = 1; }", "block\n  go()\ny = 1"),
        ("if (a) return; else if (b) throw new E(c);", "if a\n  return\nelse\n  if b\n    throw new E(c)"),
        ("void M() { yield return x; go(); }", "function M()\n  if opaque()\n    return x\n  go()"),
        ("#if DEBUG\nd();\n#else\nr();\n#endif", "if opaque()\n  d()\nelse\n  r()"),
    ]);
}

#[test]
fn patterns_are_tests() {
    check(&[
        (
            "switch (n) { case 1: case 2: y = 1; break; case string s when s.Length > 1: y = s; break; default: y = 3; break; }",
            "switch n\ncase 1 falls through\ncase 2\n  y = 1\ncase opaque() | opaque((s.Length > 1))\n  ((s := (n as string)) @ string)\n  y = s\ndefault\n  y = 3",
        ),
        (
            "var z = n switch { 1 or 2 => \"a\", > 3 => id, string s => s, null => throw new E(), _ => \"c\" };",
            "z = (((n == 1) or (n == 2)) ? \"a\" : ((n > 3) ? id : (((s := (n as string)) @ string) ? s : \"c\")))",
        ),
        (
            "if (o is string s && o is not null && o is P { X: var x, Y: 3 }) use(s, x);",
            "if ((((s := (o as string)) @ string) and (o != null)) and opaque(o, (x := opaque(o))))\n  use(s, x)",
        ),
    ]);
}

#[test]
fn declarations_keep_attributes_and_types() {
    check(&[
        (
            "using IO = System.IO; using System; namespace A.B; [ApiController, Route(\"x\")] class C : D, E<F> { private readonly SqlConnection _c = new(\"x\"), _d; }",
            "import System.IO as IO\n@ApiController @Route(\"x\") class C(D, E)\n  this._c: SqlConnection = new SqlConnection(\"x\")\n  this._d: SqlConnection = opaque()",
        ),
        (
            "class C { [HttpGet(\"{id}\")] public async Task<R> Get([FromQuery(Name = \"q\")] string? id, List<U> b = null, params string[] rest) { return id; } }",
            "class C()\n  @HttpGet(\"{id}\") async function Get(@FromQuery(Name=\"q\") id: string, b: List = null, rest: string)\n    return id",
        ),
        (
            "class C : Controller { public R List(string q) { return q; } private R Own(string q) { return q; } }",
            "class C(Controller)\n  @ControllerAction function List(q: string)\n    return q\n  function Own(q: string)\n    return q",
        ),
        (
            "class C { public string N { get; set; } = \"n\"; string F => N; int X { get { return 1; } set => y = value; } string this[int i] => a[i]; }",
            "class C()\n  this.N: string = \"n\"\n  function F()\n    return N\n  this.X: int = opaque()\n  function X()\n    return 1\n  function X(value: int)\n    return (y := value)\n  function _(i: int)\n    return a[i]",
        ),
        (
            "class C(IDb db) { C(int n) : base(n) { m = n; } C(string s) => t = s; ~C() { end(); } } record P(int X) : Q(X); enum E { A, B = 2 }",
            "class C()\n  this.db: IDb = opaque()\n  function C(n: int)\n    base(n)\n    this.m = n\n  function C(s: string)\n    this.t = s\n  function C()\n    end()\nclass P(Q)\n  this.X: int = opaque()\nclass E()\n  A = ?\n  B = 2",
        ),
    ]);
}

#[test]
fn fragments_and_damaged_text_are_lowered() {
    check(&[
        (
            "[HttpGet] public async Task<string> Find([FromQuery] string name) { return name; }",
            "@HttpGet async function Find(@FromQuery name: string)\n  return name",
        ),
        (
            "private readonly string _x = \"a\"; public void M(string x) { use(x); }",
            "_x: string = \"a\"\nfunction M(x: string)\n  use(x)",
        ),
        (
            "class A : B { int x; [HttpGet(\"q\")] public void M(string id) { var sql = id; try { run(sql);",
            "this.x: int = opaque()\n@HttpGet(\"q\") function M(id: string)\n  sql = id\n  run(sql)",
        ),
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
    lowered(&format!("x = y is {}1;", "not ".repeat(10_000)));
    for noise in [
        "",
        "}}}",
        "class {",
        "[",
        "$\"{",
        "\"\"\"",
        "switch (",
        "'\\",
        "x = y switch { => , };",
        "\u{0}é\u{1F600}\"\\u\u{e9}\"",
        "enum A { B(",
        "new A {",
        "x is {",
        "x is not",
        "f(out",
        "new { = 1 }",
        "var (a, = b;",
        "#if\nx",
        "[A(] void f() {}",
    ] {
        lowered(noise);
    }
}

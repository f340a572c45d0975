//! What programs are lowered to, as text.

use proofhouse_syntax::Grammar;

use crate::lower::literals::printed;

#[track_caller]
fn check(grammar: Grammar, source: &str, expected: &str) {
    let printed = printed(source, grammar);
    assert_eq!(printed.trim_end(), expected, "{source}\n{printed}");
}

#[test]
fn uses_are_imports() {
    check(
        Grammar::Rust,
        "use std::{process::Command as C, io::{self, Read}};
use reqwest;
use sqlx::query;
use a::*;",
        "import std.process.Command as C
import std.io as io
import std.io.Read as Read
import reqwest as reqwest
import sqlx.query as query",
    );
}

#[test]
fn functions_are_read() {
    check(
        Grammar::Rust,
        r#"#[get("/x/{id}")]
#[tokio::main]
async fn handler(path: web::Path<String>, Query(q): Query<Params>, Path((a, b)): Path<(u8, String)>, id: Path<u32>, db: &PgPool, d: &[u8], o: Option<&'a mut Foo<T>>) -> impl Responder {
    q
}
fn f() { g(); }
fn h(mut x: i32, f: impl Fn(u8) -> u8, p: *const u8) -> i32 { if x > 1 { return 2; } x }"#,
        r#"@get("/x/{id}") @tokio.main async function handler(path: extract.Path, q: extract.Query, _: extract.Path of [a, b], id: u32, db: PgPool, d: u8[], o: Foo)
  return q
function f()
  g()
function h(x: i32, f: Fn, p: u8)
  if (x > 1)
    return 2
  return x"#,
    );
}

#[test]
fn items_are_read() {
    check(
        Grammar::Rust,
        r#"impl Trait for Foo<T> {
    const A: u8 = 1;
    fn new(&mut self, x: &str) -> Self { Self { x } }
}
#[derive(Debug)]
struct Foo { a: String, b: Option<u8> }
enum E { A(u8) }
static mut COUNTER: u32 = 0;
const K: &str = "k\n";
mod m { pub fn f() {} }
trait T { fn a(&self) { 1 } fn b(); }"#,
        r#"class Foo(Trait)
  A: u8 = 1
  function new(self, x: str)
    return new Self(x=x)
@derive(Debug) class Foo()
  a: String = ?
  b: u8 = ?
class E()
COUNTER: u32 = 0
K: str = "k\n"
function f()
class T()
  function a(self)
    return 1"#,
    );
}

#[test]
fn macros_are_read() {
    check(
        Grammar::Rust,
        r#"fn f() {
    let q = format!("SELECT {} {name:?} {{}} {0} {n}", id, x.y(), n = 3);
    println!("{}", q);
    write!(f, "a {}", x)?;
    info!(target: "x", "user {}", u);
    let v = vec![1, x]; let z = vec![0u8; 16];
    sqlx::query!("SELECT $1", id).fetch_one(&pool);
    let j = json!({"a": x, "b": {"c": [1, y.z]}});
    assert_eq!(a, b, "no {}", c);
    panic!("bad {}", e);
}"#,
        r#"function f()
  q = format("SELECT ", id, " ", name, " {} ", id, " ", 3, x.y())
  println(format(q))
  opaque(write(f, format("a ", x)), (f := format(f, format("a ", x))))
  info("x", format("user ", u))
  v = [1, x]
  z = [0, 16]
  sqlx.query("SELECT $1", id).fetch_one(pool)
  j = {"a": x, "b": {"c": [1, opaque(y, opaque(), z)]}}
  assert_eq(a, b, "no {}", c)
  throw panic(format("bad ", e))"#,
    );
}

#[test]
fn values_are_read() {
    check(
        Grammar::Rust,
        r##"fn f() {
    let arr = [0u8; 16]; let t = &arr[1..3]; let s = r#"a"b"#; let b = b"x\n"; let c = 'a';
    let u = User { name: n, age, ..Default::default() };
    let c = move |a: i32, (b, d)| a + b;
    c(1, 2).await?.x.0.unwrap().clone();
    let k = x as usize; let n: Vec<u8> = Vec::new();
    let cmd = Command::new("sh").arg("-c").arg(format!("ls {}", x)).output()?;
    let c = Command::new("sh"); c.arg("-c").args(["a", b]);
    let w = Some(String::from("a")) .unwrap_or("b");
    let p = s.parse::<i32>().map_err(|e| g(e))?;
    let q = !a && -b < 1_000 || *c == 0x10;
    spawn(async move { h(x).await });
}"##,
        r#"function f()
  arr = [0, 16]
  t = arr[opaque(1, 3)]
  s = "a\"b"
  b = "x\n"
  c = "a"
  u = new User(name=n, age=age, ...Default.default())
  c = <function>
    function _(a: i32, _ of [b, d])
      return sum(a, b)
  c(1, 2).x.0
  k = (x as usize)
  n: Vec = Vec.new()
  cmd = Command.new("sh", "-c", format("ls ", x)).output()
  c = Command.new("sh")
  c.arg("-c").args(["a", b])
  w = ("a" ?? "b")
  p = (s as i32)
  q = ((not a and (-b < 1000)) or (c == 16))
  spawn(<function>)
    async function _()
      return h(x)"#,
    );
}

#[test]
fn statements_are_read() {
    check(
        Grammar::Rust,
        r#"fn f() {
    let Some(v) = f(x)? else { return None };
    let S { a, b: mut z, .. } = s; let (a, ref mut b) = (1, 2); let _ = g();
    x += 1; y = z; s.push_str(&t);
    unsafe { *p = 3; }
    for (i, x) in xs.iter().enumerate() { if i > 3 { break; } }
    for x in &xs { continue; }
    for i in 0..n { g(i); }
    io::stdin().read_line(&mut line).expect("input"); let n = stream.read(&mut buf[1..]).await?;
    loop { break 3 }
    while let Some(x) = it.next() {}
    std::process::exit(1);
}"#,
        r#"function f()
  if opaque()
    return None
  v = f(x)
  {"a": a, "b": z} = s
  [a, b] = [1, 2]
  g()
  x += 1
  y = z
  s += t
  block
    p = 3
  loop x in xs
    i = number
    if (i > 3)
      break
  loop x in xs
    continue
  loop
    i = number
    g(i)
  io.stdin().read_line(line)
  line = io.stdin().read_line(line)
  n = stream.read(buf[opaque(1)])
  buf[opaque(1)] = stream.read(buf[opaque(1)])
  loop
    break
  loop while opaque(it.next())
    x = it.next()
  std.process.exit(1)
  throw"#,
    );
}

#[test]
fn branches_give_values() {
    check(
        Grammar::Rust,
        r#"fn f() {
    let r = if a { b(); c } else if let Some(d) = e { d } else { "x" };
    let t = unsafe { let u = 1; g(u) };
    if let Ok(n) = s.parse::<i32>() && n > 3 { g(n) }
    h(if a { b } else { c }, { let d = 1; d });
    return if a { b } else { c };
}"#,
        r#"function f()
  if a
    b()
    r = c
  else
    if opaque(e)
      d = e
      r = d
    else
      r = "x"
  block
    u = 1
    t = g(u)
  if (opaque((s as i32)) and (n > 3))
    n = (s as i32)
    g(n)
  h((a ? b : c), <function>())
    function _()
      d = 1
      return d
  if a
    return b
  else
    return c"#,
    );
    check(
        Grammar::Rust,
        r#"fn f() -> T {
    match x {
        Some("a") | None => a,
        Foo { b, .. } if b => { c(); d }
        "p" | "q" => return e,
        Ok(n) => n,
        _ => 0,
    }
}"#,
        r#"function f()
  switch x
  case "a" | opaque()
    return a
  case opaque(b)
    {"b": b} = x
    c()
    return d
  case "p" | "q"
    return e
  case opaque()
    n = x
    return n
  default
    return 0"#,
    );
    check(
        Grammar::Rust,
        r#"let t = g(match s { "a" => 1, _ => 2 });
let u = match s.as_str() { "asc" => "ASC", other => other };"#,
        r#"t = g(((s == "a") ? 1 : 2))
switch s
case "asc"
  u = "ASC"
default
  other = s
  u = other"#,
    );
}

#[test]
fn fragments_are_read() {
    check(
        Grammar::Rust,
        "let x = f(y);
g(x)",
        "x = f(y)
g(x)",
    );
    check(
        Grammar::Rust,
        "fn f(a: &str) {
    if a.is_empty() {
        g(a);
    }
    h(a);",
        "function f(a: str)
  if a.is_empty()
    g(a)
  h(a)",
    );
}

#[test]
fn nothing_is_too_much() {
    let deep = format!("fn f() {{ let x = {}1{}; }}", "(".repeat(10_000), ")".repeat(10_000));
    let calls = format!("fn f() {{ let x = {}1{}; }}", "f(".repeat(10_000), ")".repeat(10_000));
    let sum = format!("fn f() {{ let x = \"a\".to_string(){}; }}", " + b".repeat(10_000));
    let branches = format!("fn f() {{ if a {{ }}{} }}", " else if b { }".repeat(10_000));
    let blocks = format!("fn f() {}{}", "{".repeat(10_000), "}".repeat(10_000));
    let macros = format!("fn f() {{ {}1{} }}", "format!(\"{}\", ".repeat(300), ")".repeat(300));
    let json = format!("fn f() {{ json!({}{}) }}", "{\"a\": ".repeat(1_000), "}".repeat(1_000));
    let garbage = "fn ( match { => [] \"\\u{ 'x `y } ) << #[ use {{ format!( json!({";
    for text in
        [&*deep, &calls, &sum, &branches, &blocks, &macros, &json, garbage, "", "fn", "let x = T { a: ", "'", "\"\\"]
    {
        printed(text, Grammar::Rust);
    }
    assert!(printed(&sum, Grammar::Rust).len() > 30_000);
}

//! What programs are lowered to, as text.

use proofhouse_syntax::Grammar;

use crate::lower::literals::printed;

#[track_caller]
fn check(grammar: Grammar, source: &str, expected: &str) {
    let printed = printed(source, grammar);
    assert_eq!(printed.trim_end(), expected, "{source}\n{printed}");
}

#[test]
fn imports_keep_their_whole_path() {
    check(
        Grammar::Go,
        r#"import (
	"os/exec"
	mrand "math/rand"
	_ "github.com/lib/pq"
	"github.com/golang-jwt/jwt/v5"
	"gopkg.in/yaml.v3"
	"github.com/mattn/go-sqlite3"
)"#,
        r#"import os.exec as exec
import math.rand as mrand
"github.com/lib/pq"
import github.com.golang-jwt.jwt as jwt
import gopkg.in.yaml as yaml
import github.com.mattn.sqlite3 as sqlite3"#,
    );
    check(Grammar::Go, r#"import "net/http""#, "import net.http as http");
}

#[test]
fn functions_and_types_are_declared() {
    check(
        Grammar::Go,
        r#"func (s *Server) Get(w http.ResponseWriter, a, b []byte, rest ...string) (int, error) {
	return 1, nil
}
type Server struct {
	db *sql.DB
	sync.Mutex
	m map[string]int `json:"m"`
}"#,
        "function Get(self: Server, w: http.ResponseWriter, a: byte[], b: byte[], rest: string[])
  s: Server = self
  return [1, null]
class Server(sync.Mutex)
  db: sql.DB = ?
  m: map = ?",
    );
    check(
        Grammar::Go,
        "func Map[T any](list List[T], f func(T) T, c chan int, _ [4]*x.Y) { return }",
        "function Map(list: List, f: func, c: chan, _: x.Y[])
  return",
    );
    check(
        Grammar::Go,
        "type Store interface {
	Get(id string) error
}
type ID int",
        "class Store()",
    );
}

#[test]
fn assignments_are_read() {
    check(
        Grammar::Go,
        r#"x, err := f()
a, b = b, a
var s string = "a\n" + `b\n` + c
var z, y int
const k = 'c'
s += "x"
var q, r = f()
n++"#,
        r#"[x, err] = f()
[a, b] = [b, a]
s: string = sum("a\n", "b\\n", c)
z: int = ?
y: int = ?
k = "c"
s += "x"
[q, r] = f()
n += 1"#,
    );
    check(
        Grammar::Go,
        "const (
	a = iota
	b
)",
        "a = number
b = ?",
    );
}

#[test]
fn literals_are_lists_maps_or_objects() {
    check(Grammar::Go, "u := &User{Name: n, Age: 0x10}", "u = new User(Name=n, Age=16)");
    check(Grammar::Go, r#"l := []string{"a", b}"#, r#"l = ["a", b]"#);
    check(Grammar::Go, r#"m := map[string]int{"a": 1, k: 2}"#, r#"m = {"a": 1, k: 2}"#);
    check(Grammar::Go, r#"j := jwt.MapClaims{"exp": 1}"#, r#"j = {"exp": 1}"#);
    check(
        Grammar::Go,
        r#"d := bson.D{{"a", x}, {Key: "b", Value: 1.5}}"#,
        r#"d = [["a", x], {"Key": "b", "Value": number}]"#,
    );
    check(
        Grammar::Go,
        r#"us := []*pkg.User{{Name: "x"}, {"y"}}"#,
        r#"us = [new pkg.User(Name="x"), new pkg.User("y")]"#,
    );
    check(Grammar::Go, "h, g := http.Server{}, gin.H{}", "[h, g] = [new http.Server(), {}]");
    check(Grammar::Go, "a := [...]int{1, 2}", "a = [1, 2]");
    check(Grammar::Go, "t := []struct{ a int }{{1}}", "t = [new struct(1)]");
}

#[test]
fn expressions_are_read() {
    check(
        Grammar::Go,
        r#"b := []byte(s)
s := string(b)
n := int(x)
t := v.(string)
z := x[1:3]
w := x["a"]
p := &*q.r
c := <-ch
d := make([]byte, 10)
e := new(T)
f[int](x)
g(xs...)
ok := !a && -b < 3 || (c == nil)"#,
        r#"b = (s as byte[])
s = (b as string)
n = (x as int)
t = (v as string)
z = x[opaque(1, 3)]
w = x["a"]
p = q.r
c = ch
d = make(byte[], 10)
e = new T()
f(x)
g(...xs)
ok = ((not a and (-b < 3)) or (c == null))"#,
    );
}

#[test]
fn writers_assign() {
    check(
        Grammar::Go,
        r#"err := json.Unmarshal(data, &v)
if err := c.BindJSON(&in); err != nil {
	return
}
if json.NewDecoder(r.Body).Decode(&b.c) != nil {
}
rand.Read(nonce[1:])
copy(a, b)
fmt.Sscanf(s, "%s %d", &word, &n)
io.Copy(&buf, r.Body)
io.Copy(w, f)
fmt.Scanln(&x)"#,
        r#"err = json.Unmarshal(data, v)
v = opaque(data)
block
  err = c.BindJSON(in)
  in = opaque(c.Request.Body)
  if (err != null)
    return
b.c = opaque(json.NewDecoder(r.Body))
if (json.NewDecoder(r.Body).Decode(b.c) != null)
rand.Read(nonce[opaque(1)])
nonce = opaque(rand)
copy(a, b)
a = opaque(b)
fmt.Sscanf(s, "%s %d", word, n)
word = opaque(s)
n = opaque(s)
io.Copy(buf, r.Body)
buf = opaque(r.Body)
io.Copy(w, f)
(x as fmt.Scanln)"#,
    );
}

#[test]
fn branches_are_read() {
    check(
        Grammar::Go,
        r#"if err := f(x); err != nil {
	log.Fatal(err)
} else if a {
	panic("x")
} else {
	os.Exit(1)
}"#,
        r#"block
  err = f(x)
  if (err != null)
    log.Fatal(err)
    throw
  else
    if a
      throw "x"
    else
      os.Exit(1)
      throw"#,
    );
    check(
        Grammar::Go,
        "if allowed[x] && !(denied[y]) {
	f()
}",
        "if ((x in allowed) and not (y in denied))
  f()",
    );
    check(
        Grammar::Go,
        r#"if strings.Contains(x, "..") {
	return
}"#,
        r#"if (".." in x)
  return"#,
    );
    check(
        Grammar::Go,
        "if _, ok := allowed[x]; !ok {
	return
}",
        "block
  [_, ok] = allowed[x]
  if not (x in allowed)
    return",
    );
}

#[test]
fn loops_are_read() {
    check(
        Grammar::Go,
        "for _, v := range xs {
	f(v)
}
for i := range xs {
	g(i)
}
for k, v := range r.Form {
	f(k, v)
}
for i := 0; i < 10; i++ {
	f(i)
}
for {
	break
}
for x < 3 {
	continue
}",
        "loop v in xs
  f(v)
loop in xs
  i = opaque()
  g(i)
loop v in r.Form
  k = opaque(r.Form)
  f(k, v)
i = 0
loop while (i < 10)
  f(i)
  i += 1
loop
  break
loop while (x < 3)
  continue",
    );
}

#[test]
fn switches_are_read() {
    check(
        Grammar::Go,
        r#"switch x {
case "a", "b":
	f()
	fallthrough
case "c":
	g()
default:
	h()
}"#,
        r#"switch x
case "a" | "b" falls through
  f()
case "c"
  g()
default
  h()"#,
    );
    check(
        Grammar::Go,
        "switch {
case a > 1, c:
	f()
default:
	g()
case b:
	h()
}",
        "if ((a > 1) or c)
  f()
else
  if b
    h()
  else
    g()",
    );
    check(
        Grammar::Go,
        "switch {
case a:
	break
}",
        "switch true
case a
  break",
    );
    check(
        Grammar::Go,
        "switch v := x.(type) {
case string:
	f(v)
case int, bool:
	g(v)
}",
        "switch x
case opaque()
  v = (x as string)
  f(v)
case opaque() | opaque()
  v = x
  g(v)",
    );
    check(
        Grammar::Go,
        "select {
case m := <-ch:
	f(m)
case ch <- 1:
default:
	g()
}",
        "switch opaque()
case opaque()
  m = ch
  f(m)
case opaque()
  ch @= 1
default
  g()",
    );
}

#[test]
fn functions_are_values() {
    check(
        Grammar::Go,
        r#"defer f.Close()
go func(a int) { f(a) }(1)
http.HandleFunc("/", func(w http.ResponseWriter, r *http.Request) {
	w.Write([]byte(x))
})"#,
        r#"f.Close()
<function>(1)
  function _(a: int)
    f(a)
http.HandleFunc("/", <function>)
  function _(w: http.ResponseWriter, r: http.Request)
    w.Write((x as byte[]))"#,
    );
}

#[test]
fn fragments_are_read() {
    check(
        Grammar::Go,
        "L:
	for {
		break L
	}
	goto L",
        "loop
  break",
    );
    check(
        Grammar::Go,
        r#"func f(a string) {
	if a == "" {
		g(a)
	}
	h(a)"#,
        r#"function f(a: string)
  if (a == "")
    g(a)
  h(a)"#,
    );
    check(
        Grammar::Go,
        "@@ x := f(y) $$
g(z)",
        "x = g(z)",
    );
    check(
        Grammar::Go,
        r#"func f(a string) {
	if a == "" {
		g(a)"#,
        r#"function f(a: string)
  (a == "")
  g(a)"#,
    );
}

#[test]
fn nothing_is_too_much() {
    let deep = format!("x := {}1{}", "(".repeat(10_000), ")".repeat(10_000));
    let calls = format!("x := {}1{}", "f(".repeat(10_000), ")".repeat(10_000));
    let sum = format!("x := \"a\"{}", " + b".repeat(10_000));
    let branches = format!("if a {{ }}{}", " else if b { }".repeat(10_000));
    let blocks = format!("{}{}", "{".repeat(10_000), "}".repeat(10_000));
    let literals = format!("x := []T{}{}", "{".repeat(5_000), "}".repeat(5_000));
    let garbage = "func ( switch { case := [] \"\\u{ 'x `y } ) <- import \"";
    for text in [&*deep, &calls, &sum, &branches, &blocks, &literals, garbage, "", "func", "x := T{a: }", "'", "\"\\"] {
        printed(text, Grammar::Go);
    }
    assert!(printed(&sum, Grammar::Go).len() > 30_000);
}

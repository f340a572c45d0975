//! What programs are lowered to, as text.

use proofhouse_syntax::Grammar;

use crate::lower::literals::printed;

#[track_caller]
fn check(grammar: Grammar, source: &str, expected: &str) {
    let printed = printed(source, grammar);
    assert_eq!(printed.trim_end(), expected, "{source}\n{printed}");
}

#[test]
fn declarations_are_read() {
    check(
        Grammar::C,
        r#"#include <stdio.h>
#define MAX 0x10
#define CMD "ls"
#define NOT(x) !x
static const char *const names[] = {"a", "b"};
int f(int a, char *b);
unsigned long long n = 1, *m, k[3];
uint8_t *bytes; FILE *file; struct p v = { .x = 1, .s = "a" "b\n" };
struct p { int x; char *s; };
typedef struct { char b[16]; } q_t;
enum { A, B = 2 };
extern "C" { int g; }"#,
        r#"MAX = 16
CMD = "ls"
names: char*[] = ["a", "b"]
n: long = 1
m: long* = ?
k: long[] = ?
bytes: uint8_t* = ?
file: FILE = ?
v: p = new p(x=1, s="ab\n")
class p()
  x: int = ?
  s: char* = ?
class q_t()
  b: char[] = ?
A = number
B = 2
g: int = ?"#,
    );
}

#[test]
fn functions_are_read() {
    check(
        Grammar::C,
        "int main(int argc, char **argv) {
    return 0;
}
char *name(const char *s, struct p *q, int n[3], void (*call)(int), ...) { return s; }
void none(void) {}",
        "function main(argc: int, argv: char**)
  argv: char** = main.argv
  return 0
function name(s: char*, q: p, n: int[], call: function)
  return s
function none()",
    );
}

#[test]
fn statements_are_read() {
    check(
        Grammar::C,
        "void f() {
    char buf[10], *p = NULL, c = 'x';
    int (*fp)(const char *) = &system;
    if (argc > 1) a = b; else if (c) goto end; else { exit(1); }
#ifdef X
    one();
#elif defined(Y)
    two();
#else
    three();
#endif
    for (int i = 0, j = 1; i < 10; i++, j--) { buf[i] = (char)i; }
    for (;;) break;
    do { p->next->x = *p + 1; } while (x);
    while ((c = getc(f)) != EOF) continue;
    p = malloc(sizeof(int) * n), q += 0;
end:
    return a ? b : c;
}",
        r#"function f()
  buf: char[] = ?
  p: char* = null
  c: char = "x"
  fp: function = system
  if (argc > 1)
    a = b
  else
    if c
      throw
    else
      exit(1)
      throw
  if opaque()
    one()
  else
    if opaque()
      two()
    else
      three()
  i: int = 0
  j: int = 1
  loop while (i < 10)
    buf[i] = (i as char)
    i += 1
    j -= 1
  loop
    break
  loop while x
    p.next.x = sum(p, 1)
  loop while ((c := getc(f)) != EOF)
    continue
  p = malloc((sizeof(int) * n))
  q += 0
  return (a ? b : c)"#,
    );
    check(
        Grammar::C,
        "switch (c) {
case 1:
case 2: f(); break;
case 3: { g(); break; }
case 4: if (x) return; else break;
default: h();
}",
        "switch c
case 1 falls through
case 2
  f()
case 3
  block
    g()
    break
case 4
  if x
    return
  else
    break
default
  h()",
    );
    check(
        Grammar::C,
        r#"if (strcmp(a, "x") == 0 && !strstr(b, "..")) f();
else if (strcmp(a, b) || strchr(c, '/') != NULL) g();"#,
        r#"if ((a == "x") and (".." not in b))
  f()
else
  if ((a != b) or ("/" in c))
    g()"#,
    );
}

#[test]
fn writers_assign() {
    check(
        Grammar::C,
        r#"void f() {
    gets(a);
    while (fgets(line, sizeof(line), stdin)) { g(line); }
    n = read(fd, buf + n, 10);
    if (scanf("%s %d", name, &age) == 2) {}
    strcpy(a, b);
    strncat(p->x, c, 3);
    sprintf(q, "SELECT %s, %d, %5.2f %%", name, n, d);
    snprintf(buf, sizeof buf, fmt, x);
    sscanf(line, "%s", word);
    memcpy((char *)a, b, 3);
}"#,
        r#"function f()
  (a := gets(a))
  loop while (line := fgets(line, sizeof(line), stdin))
    g(line)
  n = (buf := read(fd, sum(buf, n), 10))
  if (([name, age] := scanf("%s %d", name, age)) == 2)
  opaque(strcpy(a, b), (a := b))
  opaque(strncat(p.x, c, 3), (p.x := format(p.x, c)))
  opaque(sprintf(q, "SELECT %s, %d, %5.2f %%", name, n, d), (q := format("SELECT ", name, ", ", (n as int), ", ", (d as int), " %")))
  opaque(snprintf(buf, sizeof(buf), fmt, x), (buf := opaque(fmt, x)))
  opaque(sscanf(line, "%s", word), (word := opaque(line)))
  opaque(memcpy((a as char*), b, 3), (a := b))"#,
    );
}

#[test]
fn expressions_are_read() {
    check(
        Grammar::C,
        r#"x = "a" "b" PRId64 "c";
y = !a && -b < -3 || ~c;
z = (void *)p + 1;
w = a ?: b;
n = (a, b);
s = (struct p){.x = 1};
i = j = k;
q = (*fp)(x);
t = L"wide" + 'c';
r = a[1][2]->b;"#,
        r#"x = "abldc"
y = ((not a and (-b < -3)) or opaque(c))
z = sum((p as void*), 1)
w = (a ?? b)
n = opaque(a, b)
s = new p(x=1)
i = (j := k)
q = fp(x)
t = sum("wide", "c")
r = a[1][2].b"#,
    );
}

#[test]
fn classes_are_read() {
    check(
        Grammar::Cpp,
        "namespace a { class B : public C, D<int> {
public:
  B(int x) : x_(x), y_{x} { }
  ~B() { delete p; delete[] q; }
  virtual void run(const std::string& s, int n = 3) const override { this->x_ = n; }
private:
  std::string name_; int x_ = 2;
}; }
void a::B::go(std::vector<std::string> &v, std::unique_ptr<Foo> p) { }
template <typename T> T mx(T a) { return a; }",
        "class B(C, D)
  function B(x: int)
    x_ = x
    y_ = x
  function ~B()
    delete(p)
    delete(q)
  function run(s: string, n: int = 3)
    this.x_ = n
  name_: string = ?
  x_: int = 2
function go(v: vector, p: Foo)
function mx(a: T)
  return a",
    );
}

#[test]
fn objects_are_made() {
    check(
        Grammar::Cpp,
        r#"void f() {
  std::string s("abc"), t{y}, u = "a" + b + R"(ra\w)";
  B b(1, 2); B c{1}; B *p = new B(1); int* q = new int[10];
  std::ifstream in(path); std::ifstream arg(argv[1]);
  std::vector<int> v{1, 2};
  int n = static_cast<int>(y); auto z = std::make_unique<B>(3); int k(3);
  std::string w = std::string("a") + y.c_str();
  std::string proto();
}"#,
        r#"function f()
  s: string = ("abc" as string)
  t: string = y
  u: string = sum("a", b, "ra\\w")
  b: B = new B(1, 2)
  c: B = new B(1)
  p: B = new B(1)
  q: int* = new_array(10, int)
  in: ifstream = new ifstream(path)
  arg: ifstream = new ifstream(argv[1])
  v: vector = [1, 2]
  n: int = (y as int)
  z = new B(3)
  k: int = (3 as int)
  w: string = sum("a", y)"#,
    );
    check(Grammar::Cpp, r#"auto s = std::format("SELECT {} {1}", a, b);"#, r#"s = format("SELECT ", a, " ", b)"#);
}

#[test]
fn modern_statements_are_read() {
    check(
        Grammar::Cpp,
        r#"void f() {
  auto g = [&](int a) { return a + 1; };
  for (const auto &x : v) { system(x.c_str()); }
  for (auto& [k, w] : m) g(k);
  try { f(1); } catch (const std::exception &e) { h(e.what()); } catch (...) { throw; }
  if (auto it = m.find(k); it != m.end()) return;
  if (int r = f()) {}
  std::cout << "x" << s << std::endl;
  std::cin >> a >> b;
  std::getline(std::cin, line);
  ss << "a" << 1; v[0] = nullptr; n = 1 << 3;
  throw std::runtime_error("x" + s);
}"#,
        r#"function f()
  g = <function>
    function _(a: int)
      return sum(a, 1)
  loop x in v
    system(x)
  loop [k, w] in m
    g(k)
  try
    f(1)
  catch exception e
    h(e.what())
  catch
    throw
  block
    it = m.find(k)
    if (it != m.end())
      return
  block
    r: int = f()
    if r
  cout += format("x", s, endl)
  a = cin
  b = cin
  (line := getline(cin, line))
  ss += format("a", 1)
  v[0] = null
  n = (1 << 3)
  throw runtime_error(sum("x", s))"#,
    );
}

#[test]
fn fragments_are_read() {
    check(
        Grammar::C,
        "char buf[10];
gets(buf);
if (x) { f(",
        "buf: char[] = ?
(buf := gets(buf))
x
f",
    );
    check(
        Grammar::C,
        "int f(char *a) {
  if (a) {
    g(a);
  }
  h(a);",
        "function f(a: char*)
  if a
    g(a)
  h(a)",
    );
    check(
        Grammar::C,
        "int f(char *a) {
  if (a) {
    g(a);
    h(a",
        "function f(a: char*)
  a
  g(a)
  h
  a",
    );
}

#[test]
fn nothing_is_too_much() {
    let deep = format!("x = {}1{};", "(".repeat(10_000), ")".repeat(10_000));
    let calls = format!("x = {}1{};", "f(".repeat(10_000), ")".repeat(10_000));
    let sum = format!("x = \"a\"{};", " + b".repeat(10_000));
    let stream = format!("void f() {{ s{}; }}", " << b".repeat(10_000));
    let branches = format!("void f() {{ if (a) {{ }}{} }}", " else if (b) { }".repeat(10_000));
    let blocks = format!("{}{}", "{".repeat(10_000), "}".repeat(10_000));
    let stars = format!("int {}x;", "*".repeat(10_000));
    let garbage = "struct ( switch { case := [] \"\\u{ 'x `y } ) << #if int f(";
    for text in
        [&*deep, &calls, &sum, &stream, &branches, &blocks, &stars, garbage, "", "char", "T x = {.a", "'", "\"\\"]
    {
        printed(text, Grammar::C);
        printed(text, Grammar::Cpp);
    }
    assert!(printed(&sum, Grammar::C).len() > 30_000);
}

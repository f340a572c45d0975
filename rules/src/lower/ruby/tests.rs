//! What programs are lowered to, as text.

use proofhouse_syntax::Grammar;

use crate::lower::lower;
use crate::print::print;

fn lowered(text: &str) -> String {
    print(&lower(text, &Grammar::Ruby.tree(text), Grammar::Ruby))
}

fn check(cases: &[(&str, &str)]) {
    for (text, expected) in cases {
        assert_eq!(lowered(text).trim_end(), expected.trim_end(), "{text}");
    }
}

#[test]
fn values() {
    check(&[
        ("x = :a; y = :\"b c\"; z = ?c", "x = \"a\"\ny = \"b c\"\nz = \"c\""),
        ("x = 'a\\n\\'b'", r#"x = "a\\n'b""#),
        ("x = \"a\\n\\x41\\u0042\\u{43}\"", r#"x = "a\nABC""#),
        ("x = 0x1f + 0b11 + 017 + 1_000 - 1.5", "x = (sum(31, 3, 15, 1000) - number)"),
        ("x = %w[a b]; y = %i[a b].freeze", "x = [\"a\", \"b\"]\ny = [\"a\", \"b\"]"),
        ("x = [1, *r, a: 2]", "x = [1, opaque(r), {\"a\": 2}]"),
        ("x = { a: 1, 'b' => 2, **o, c: }", "x = {\"a\": 1, \"b\": 2, ...o, \"c\": c}"),
        ("x = A::B::C; y = ::D", "x = A.B.C\ny = D"),
        ("x = params[:a]; y = h[:a]", "x = params.a\ny = h[\"a\"]"),
        ("x = @a || @@b || $c", "x = ((@a ?? @@b) ?? $c)"),
        ("x = y ? 1 : 2", "x = (y ? 1 : 2)"),
        ("x = gets rescue nil", "x = (opaque() ? gets : null)"),
        ("x = !a && b !~ /c/i", "x = (not a and not b.match?(new Regexp(\"c\")))"),
        ("x = -5; y = -z; w = nil; v = self", "x = -5\ny = -z\nw = null\nv = self"),
    ]);
}

#[test]
fn text_with_holes() {
    check(&[
        ("x = \"a #{b[:c]} d\"", "x = format(\"a \", b[\"c\"], \" d\")"),
        ("x = \"a#{b}\" 'c' \"d\"", "x = format(\"a\", b, \"c\", \"d\")"),
        ("x = 'a' 'b'", "x = \"ab\""),
        ("x = 'a' + b + \"c\"", "x = sum(\"a\", b, \"c\")"),
        ("x = 'a %s' % b", "x = (\"a %s\" % b)"),
        ("f(<<~A, <<-B)\n  a #{x}\nA\n  b\n  B\n", "f(format(\"  a \", x, \"\\n\"), \"  b\\n  \")"),
        ("x = <<~A.strip\n  a\nA\n", "x = \"  a\\n\".strip()"),
        ("`ls #{d}`; %x(ls)", "backtick(format(\"ls \", d))\nbacktick(\"ls\")"),
        ("x = /a\\d#{b}/", "x = new Regexp(format(\"a\\\\d\", b))"),
        ("x = :\"a#{b}\"", "x = format(\"a\", b)"),
    ]);
}

#[test]
fn calls() {
    check(&[
        ("puts x, 'y'; puts(x)", "puts(x, \"y\")\nputs(x)"),
        ("a&.b.c(1)::d", "a.b().c(1).d()"),
        ("f a, *b, k: 1, :l => 2, 'm' => 3, **c, &d", "f(a, ...b, k=1, l=2, ...c, d, {\"m\": 3})"),
        ("f.(1); super(a); super; yield a", "f(1)\nsuper(a)\nsuper()\nyield(a)"),
        ("render inline: \"a #{b}\"", "render(inline=format(\"a \", b))"),
        ("f(x) { |a, (b, c), d = 1| g a }", "f(x, <function>)\n  function _(a,  of [b, c], d = 1)\n    return g(a)"),
        ("x = ->(a) { a }", "x = <function>\n  function _(a)\n    return a"),
        ("x = lambda { |a| a }", "x = <function>\n  function _(a)\n    return a"),
        ("x = ids.map(&:to_i)", "x = each(it.to_i() for it in ids)"),
        ("x = ids.map { |i| f(i) }.select { it > 1 }", "x = each(it for it in each(f(i) for i in ids) if (it > 1))"),
        ("user_path(x, a: 1)", "url_for(\"user_path\", x, a=1)"),
        ("ENV['A']; ENV.fetch('A')", "ENV.fetch(\"A\")\nENV.fetch(\"A\")"),
        ("/a/.match?(x); /a/ =~ x", "x.match?(new Regexp(\"a\"))\nx.match?(new Regexp(\"a\"))"),
        ("def f; end\nx = f\ng(f)", "function f()\nx = f()\ng(f())"),
        ("def f; end\nf = 1\ng(f)", "function f()\nf = 1\ng(f)"),
    ]);
}

#[test]
fn assignments() {
    check(&[
        ("a, (b, *c), d.e = f", "[a, [b, opaque(c)], d.e] = f"),
        ("a = b = 1; a, b = 1, 2", "a = (b := 1)\n[a, b] = [1, 2]"),
        ("a ||= 1; a += 2; a << 3", "a ??= 1\na += 2\n(a << 3)"),
        ("o.p = 1; o[:k] = 2; o[:k][1] ||= 3", "o.p = 1\no[\"k\"] = 2\no[\"k\"][1] ??= 3"),
        ("x = if a then b else c end", "if a\n  x = b\nelse\n  x = c"),
        ("x = case y when 'a', 'b' then 1 else 2 end", "switch y\ncase \"a\" | \"b\"\n  x = 1\ndefault\n  x = 2"),
        ("x = begin; f; rescue; nil; end", "try\n  x = f\ncatch\n  x = null"),
        ("f(if a then b end)", "f((a ? b : null))"),
        (
            "f(case y when 'a' then b when *L then c else raise 'd' end)",
            "f(((y == \"a\") ? b : ((y in L) ? c : null)))",
        ),
    ]);
}

#[test]
fn statements() {
    check(&[
        ("if a; f; elsif b; g; else; h; end", "if a\n  f\nelse\n  if b\n    g\n  else\n    h"),
        ("f unless a || b; g if c", "if not (a or b)\n  f\nif c\n  g"),
        ("case when a then f when b then g end", "switch true\ncase a\n  f\ncase b\n  g"),
        (
            "case x\nin {a: 'k', b:} if b > 1 then f\nin [c, *] then g\nin 'v' then h\nend",
            "switch x\ncase opaque((b > 1))\n  b = opaque(x)\n  f\ncase opaque()\n  c = opaque(x)\n  g\ncase \"v\"\n  h",
        ),
        ("xs.each do |k, v|\n  next if k\n  break\nend", "loop [k, v] in xs\n  if k\n    continue\n  break"),
        ("for a, b in c do f a end; until d do g end", "loop [a, b] in c\n  f(a)\nloop while not d\n  g"),
        ("loop do f 1 end; f while g", "loop\n  f(1)\nloop while g\n  f"),
        (
            "begin; f; rescue A, B::C => e; g e; else; h; ensure; i; end",
            "try\n  f\ncatch A|C e\n  g(e)\nelse\n  h\nfinally\n  i",
        ),
        ("redirect_to x and return", "if redirect_to(x)\n  return"),
        ("a = f or raise E, 'x'", "a = f\nif a\nelse\n  throw raise(E, \"x\")"),
        ("exit 1; abort", "exit(1)\nthrow\nabort\nthrow"),
        ("f { next 1 if a; 2 }", "f(<function>)\n  function _()\n    if a\n      return 1\n    return 2"),
    ]);
}

#[test]
fn methods_and_classes() {
    check(&[
        ("def m(a, b = 1, *c, d:, e: 2, **f, &g) = a", "function m(a, b = 1, c, d, e = 2, f, g)\n  return a"),
        ("def m\n  if a\n    f\n  else\n    g\n  end\nend", "function m()\n  if a\n    return f\n  else\n    return g"),
        ("def self.m(a)\n  f\nrescue E\n  g\nend", "function m(a)\n  try\n    return f\n  catch E\n    return g"),
        (
            "class A::B < C::D\n  K = 1\n  before_action :a, only: [:b]\n  attr_reader :c\n  class << self\n    def m; end\n  end\n  private def n; 1; end\nend",
            "class B(C.D)\n  K = 1\n  before_action(\"a\", only=[\"b\"])\n  attr_reader(\"c\")\n  function m()\n  function n()\n    return 1",
        ),
        ("module A\n  private\n  def m; f; end\nend", "class A()\n  private()\n  function m()\n    return f"),
        ("get '/x' do\n  f params[:a]\nend", "get(\"/x\", <function>)\n  function _()\n    return f(params.a)"),
    ]);
}

#[test]
fn damaged_text_keeps_what_is_there() {
    check(&[
        ("class A < B\n  def m(a)\n    f(a)\n    if a\n      g(a)\n", "A\nfunction m(a)\n  f(a)\n  a\n  return g(a)"),
        (
            "def show\n  id = params[:id\n  system(\"ls #{id}\")\nend",
            "function show()\n  id\n  params\n  \"id\"\n  return system(format(\"ls \", id))",
        ),
    ]);
}

#[test]
fn hostile_text_does_no_harm() {
    let many = |open: &str, close: &str| format!("x = {}y{}", open.repeat(10_000), close.repeat(10_000));
    lowered(&many("(", ")"));
    lowered(&many("[", "]"));
    lowered(&many("f(", ")"));
    lowered(&many("!", ""));
    lowered(&many("", ".m"));
    lowered(&many("", "[0]"));
    lowered(&many("\"#{", "}\""));
    lowered(&"if x\n".repeat(5_000));
    lowered(&"def f(x)\nclass A\n".repeat(2_000));
    lowered("def \u{0} <<~A #{ é | { |x, ( case in end ?");
    lowered(&format!("if x then f {} end", "elsif x then f\n".repeat(5_000)));
    let sum = lowered(&format!("x = y{}", " + y".repeat(10_000)));
    assert_eq!(sum.matches('y').count(), 10_001);
    let sum = lowered(&format!("x = y{}", " && y - y".repeat(3_000)));
    assert_eq!(sum.matches('y').count(), 6_001);
}

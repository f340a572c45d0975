//! What programs are lowered to, as text.

use proofhouse_syntax::Grammar;

use crate::lower::lower;
use crate::print::print;

fn lowered(text: &str) -> String {
    print(&lower(text, &Grammar::Php.tree(text), Grammar::Php))
}

fn check(cases: &[(&str, &str)]) {
    for (text, expected) in cases {
        assert_eq!(lowered(text).trim_end(), expected.trim_end(), "{text}");
    }
}

#[test]
fn values() {
    check(&[
        ("$x = $_GET['id']; $x = $y['id'];", "$x = $_GET.id\n$x = $y[\"id\"]"),
        ("$x = 'a\\n\\'b\\\\';", r#"$x = "a\\n'b\\""#),
        ("$x = \"a\\n\\x41\\u{42}\\$y\";", r#"$x = "a\nAB$y""#),
        ("$x = 0x1F + PHP_INT_MAX;", "$x = (sum(31, PHP_INT_MAX) as int)"),
        ("$x = $a + $b;", "$x = sum($a, $b)"),
        ("$x = -5 . TRUE . Null . 1.5;", "$x = format(-5, true, null, number)"),
        ("$x = [1, ...$r];", "$x = [1, opaque($r)]"),
        ("$x = array('a' => 1, 2);", "$x = {\"a\": 1, 0: 2}"),
        ("$x = [CURLOPT_URL => $a, A::B => $b];", "$x = {\"CURLOPT_URL\": $a, \"B\": $b}"),
        ("$x = (int) $y; $x = (double)$y;", "$x = ($y as int)\n$x = ($y as float)"),
        ("$x = A\\B::C; $x = \\A\\B::class;", "$x = B.C\n$x = \"B\""),
        ("$x = $a ?? $b ?: $c;", "$x = (($a ?? $b) ?? $c)"),
        ("$x = $a ? 1 : 2;", "$x = ($a ? 1 : 2)"),
        ("$x = LIBXML_NOENT | LIBXML_DTDLOAD;", "$x = (LIBXML_NOENT | LIBXML_DTDLOAD)"),
        ("$x = !$a && @$b;", "$x = (not $a and $b)"),
    ]);
}

#[test]
fn text_with_holes() {
    check(&[
        (
            "$x = \"a $b {$c['k']} $d[k] $e->f ${g}\";",
            "$x = format(\"a \", $b, \" \", $c[\"k\"], \" \", $d[\"k\"], \" \", $e.f, \" \", opaque(g))",
        ),
        ("$x = 'a' . $b . \"c $d\" . ('e' . $f);", "$x = format(\"a\", $b, \"c \", $d, \"e\", $f)"),
        ("$x = <<<EOT\n a\n b $c\n EOT;\n", "$x = format(\" a\\n b \", $c)"),
        ("$x = <<<'EOT'\na $b\nEOT;\n", "$x = \"a $b\""),
        ("$x .= $b; $x = ($y .= 'a');", "$x += $b\n$x = ($y := format($y, \"a\"))"),
        ("$x = `ls $d`;", "$x = backtick(format(\"ls \", $d))"),
    ]);
}

#[test]
fn calls() {
    check(&[
        ("$o->m($a)->n?->p(k: 1, ...$r);", "$o.m($a).n.p(k=1, ...$r)"),
        ("DB::raw($x); parent::f(); static::$i->g();", "DB.raw($x)\nparent.f()\nself.i.g()"),
        ("isset($a[$k]);", "($k in $a)"),
        ("echo $a, $b; print $c; print($d);", "echo($a, $b)\nprint($c)\nprint($d)"),
        ("include $p; require_once __DIR__ . $p;", "include($p)\nrequire_once(format(\"__DIR__\", $p))"),
        ("eval($x); isset($a['b']); unset($a['b']);", "eval($x)\nisset($a[\"b\"])\nunset($a[\"b\"])"),
        ("new Foo($x); new \\A\\Bar; new $c($x);", "new Foo($x)\nnew Bar()\nnew class_named($c)($x)"),
        ("$f($x); $o->$m($x); 'system'($x);", "call_user_func($f, $x)\n$o[$m]($x)\nsystem($x)"),
        ("$x = strlen(...);", "$x = strlen"),
        ("getenv('A'); $_ENV['A'];", "$_ENV.get(\"A\")\n$_ENV.get(\"A\")"),
        ("$_SERVER['HTTP_HOST']; $_SERVER['REMOTE_ADDR'];", "$_SERVER.HTTP_HOST\nREMOTE_ADDR"),
        ("$x = file_get_contents('php://input');", "$x = php://input"),
        ("view('v', compact('a'));", "view(\"v\", {\"a\": $a})"),
        ("define('K', 'v');", "K = \"v\""),
        ("exit; die(1); abort(404);", "exit()\nthrow\ndie(1)\nthrow\nabort(404)\nthrow"),
    ]);
}

#[test]
fn assignments() {
    check(&[
        ("list($a, , $b) = f();", "[$a, opaque(), $b] = f()"),
        ("['k' => $a, 'l' => [$b]] = f();", "{\"k\": $a, \"l\": [$b]} = f()"),
        ("$a = $b = 1; $a = &$b;", "$a = ($b := 1)\n$a = $b"),
        ("$a[] = 1; $a['k']['l'] = 2; $o->p = 3;", "$a[opaque()] = 1\n$a[\"k\"][\"l\"] = 2\n$o.p = 3"),
        ("$a ??= 1; $i++; $j--;", "$a ??= 1\n$i += 1\n$j -= 1"),
        ("$i += 2; settype($x, 'integer');", "$i = (sum($i, 2) as int)\n($x := ($x as int))"),
        ("$r = f() or die('x');", "$r = f()\nif $r\nelse\n  die(\"x\")\n  throw"),
        ("const A = 1; static $n = 2;", "A = 1\n$n = 2"),
    ]);
}

#[test]
fn statements() {
    check(&[
        ("if ($a) f(); elseif ($b) { g(); } else h();", "if $a\n  f()\nelse\n  if $b\n    g()\n  else\n    h()"),
        ("if ($a): f(); else: g(); endif;", "if $a\n  f()\nelse\n  g()"),
        (
            "switch ($a) { case 1: f(); break; case 2: case 3: return g(); default: h(); }",
            "switch $a\ncase 1\n  f()\ncase 2 falls through\ncase 3\n  return g()\ndefault\n  h()",
        ),
        (
            "$x = match($a) { 1, 2 => 'p', 3 => f(), default => throw new E('x') };",
            "$x = ((($a == 1) or ($a == 2)) ? \"p\" : (($a == 3) ? f() : null))",
        ),
        ("$x = match(true) { $a > 1 => 'p', default => 'q' };", "$x = (($a > 1) ? \"p\" : \"q\")"),
        ("foreach ($a as $k => &$v) f($v);", "loop [$k, $v] in $a\n  f($v)"),
        ("foreach ($a as ['id' => $i]): f($i); endforeach;", "loop {\"id\": $i} in $a\n  f($i)"),
        ("for ($i = 0; $i < 3; $i++) { f(); }", "$i = 0\nloop while ($i < 3)\n  f()\n  $i += 1"),
        (
            "while ($r = f()) { continue; } do g(); while (1);",
            "loop while ($r := f())\n  continue\nloop while 1\n  g()",
        ),
        (
            "try { f(); } catch (A | \\B\\C $e) { g(); } finally { h(); }",
            "try\n  f()\ncatch A|C $e\n  g()\nfinally\n  h()",
        ),
        ("throw new E($x);", "throw new E($x)"),
        ("$a and f($a);", "if $a\n  f($a)"),
    ]);
}

#[test]
fn functions_and_classes() {
    check(&[
        (
            "function f(?int $a, \\A\\B|null $b = null, string ...$c): array { return $a; }",
            "function f($a: int, $b: B = null, $c: string)\n  return $a",
        ),
        ("$f = fn($x) => $x . $y;", "$f = <function>\n  function _($x)\n    return format($x, $y)"),
        ("f(function ($x) use (&$y) { g($x); });", "f(<function>)\n  function _($x)\n    g($x)"),
        (
            "final class A extends \\B\\C implements D { use T; const K = 'v'; private ?E $f = null; static $g;
               #[Route('/x', name: 'n')] public function m(#[Q] F $a) { return $this->f; } }",
            "class A(C, D)\n  K = \"v\"\n  f: E = null\n  g = ?\n  @Route(\"/x\", name=\"n\") function m(@Q $a: F)\n    return $this.f",
        ),
        (
            "class A { function __construct(private readonly B $b) {} }",
            "class A()\n  b: B = ?\n  function __construct($b: B)\n    $this.b: B = $b",
        ),
        ("enum A: string { case B = 'b'; }", "class A()\n  B = \"b\""),
        (
            "$x = new class($a) extends B { function m() { f(); } };",
            "$x = opaque(new B($a), <function>)\n  function m()\n    f()",
        ),
        ("namespace N; use A\\B; use A\\B as C; use A\\{B, D as E};", "import A.B as C\nimport A.D as E"),
    ]);
}

#[test]
fn html_around_it() {
    check(&[
        ("<p><?= $x ?></p>\n<?php echo $y ?>", "echo($x)\necho($y)"),
        ("<?php if ($a): ?>\n<b><?= $b ?></b>\n<?php endif; ?>", "if $a\n  echo($b)"),
        ("<?php foreach ($a as $b): ?><i><?= f($b); ?></i><?php endforeach ?>", "loop $b in $a\n  echo(f($b))"),
    ]);
}

#[test]
fn damaged_text_keeps_what_is_there() {
    check(&[
        ("public function m(A $a) { return $a; }", "function m($a: A)\n  return $a"),
        ("class A { public function m($a) { f($a); if ($a) { g($a);", "function m($a)\n  f($a)\n  $a\n  g($a)"),
        ("$r = query($c, $_GET['x']", "$r\nquery($c, $_GET.x)"),
    ]);
}

#[test]
fn hostile_text_does_no_harm() {
    let many = |open: &str, close: &str| format!("$x = {}$y{};", open.repeat(10_000), close.repeat(10_000));
    lowered(&many("(", ")"));
    lowered(&many("[", "]"));
    lowered(&many("f(", ")"));
    lowered(&many("!", ""));
    lowered(&many("", "->m()"));
    lowered(&many("", "['k']"));
    lowered(&"if ($x) {".repeat(5_000));
    lowered(&"function f($x) { class A {".repeat(2_000));
    lowered("<?php ?><?= \"$x[\" <<<A\n{$b ?> é \u{0} <? ?");
    lowered(&format!("if ($x) {{ f(); }} {}", "elseif ($x) { f(); }".repeat(5_000)));
    let sum = lowered(&format!("$x = $y{};", " . $y".repeat(10_000)));
    assert_eq!(sum.matches("$y").count(), 10_001);
    let sum = lowered(&format!("$x = $y{};", " && $y - $y".repeat(3_000)));
    assert_eq!(sum.matches("$y").count(), 6_001);
}

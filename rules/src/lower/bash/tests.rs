//! Scripts and what they are lowered to.

use crate::lower::lower;
use crate::print::print;
use proofhouse_syntax::Grammar;

fn lowered(text: &str) -> String {
    let tree = Grammar::Bash.tree(text);
    print(&lower(text, &tree, Grammar::Bash))
}

#[test]
fn arguments_of_a_script_are_given_at_the_beginning() {
    assert_eq!(
        lowered("f() { echo $2; }\necho \"$1\" $@\n").lines().take(2).collect::<Vec<_>>(),
        ["$1 = argument()", "$@ = argument()"]
    );
}

fn check(cases: &[(&str, &str)]) {
    for (text, expected) in cases {
        let lowered = lowered(text);
        let lines: Vec<_> = lowered.lines().filter(|line| !line.contains(" = argument(")).collect();
        assert_eq!(lines.join("\n"), *expected, "{text}");
    }
}

#[test]
fn commands_are_calls_with_words() {
    check(&[
        ("rm -rf \"$DIR/\" $X/foo*.txt ~/x", r#"rm("-rf", format($DIR, "/"), format($X, "/foo*.txt"), "~/x")"#),
        ("/usr/bin/curl -o 'a b' \"c\\\"d\"", r#"curl("-o", "a b", "c\"d")"#),
        ("chmod 777 $f", r#"chmod("777", $f)"#),
        ("sudo -u root rm -rf /", r#"rm("-rf", "/")"#),
        ("sudo env A=1 nohup rm x", r#"rm("x")"#),
        ("timeout 5 curl x", r#"curl("x")"#),
        ("command -v git", r#"command("-v", "git")"#),
        ("$cmd arg", r#"command($cmd, "arg")"#),
        ("\"$bin\"/tool -x", r#"command(format($bin, "/tool"), "-x")"#),
        (". ./lib.sh", r#"source("./lib.sh")"#),
        ("unset X", "unset($X)"),
    ]);
}

#[test]
fn words_are_put_together() {
    check(&[
        ("x=\"a $1 ${Y:-z} $(date +%s)\"", r#"$x = format("a ", $1, " ", ($Y ?? "z"), " ", date("+%s"))"#),
        ("x=`whoami`", "$x = whoami()"),
        ("x=$((1+y))", "$x = opaque($y)"),
        ("x=3", r#"$x = "3""#),
        ("x=", r#"$x = """#),
        ("x+=b", r#"$x += "b""#),
        ("a=(1 \"$b\")", r#"$a = ["1", $b]"#),
        ("echo \"${a[@]}\" ${a[0]} ${#a} ${x%%.*} ${x:?no}", r#"echo($a, $a["0"], number, opaque($x, ".*"), $x)"#),
        ("b[0]=1", r#"$b["0"] = "1""#),
        ("export A=1 B", r#"$A = "1""#),
        ("local a=\"$1\" b", "$a = $1"),
        ("A=1 cmd", "$A = \"1\"\ncmd()"),
        ("x=$(a | b)", "$x = pipe(a(), b())"),
        ("x=$'a'", r#"$x = "a""#),
        ("x=/tmp/a.$$", r#"$x = format("/tmp/a.", "$$")"#),
        ("x=\"${y:+set}\"", r#"$x = "set""#),
        (
            "f() {\n  psql <<SQL\nDELETE '$1';\nSQL\n}\n",
            "function f($1)\n  psql(stdin=format(\"DELETE '\", $1, \"';\\n\"))",
        ),
    ]);
}

#[test]
fn pipes_and_redirects() {
    check(&[
        ("curl -s x | sudo bash -s -- -y", r#"pipe(curl("-s", "x"), bash("-s", "--", "-y"))"#),
        ("bash <(curl -s x)", r#"bash(curl("-s", "x"))"#),
        ("echo a > /tmp/x 2>&1", "redirect_out(\"/tmp/x\")\necho(\"a\")"),
        ("cat < \"$1\"", "redirect_in($1)\ncat()"),
        ("bash <<< \"$x\"", "bash(stdin=$x)"),
        ("psql <<EOT\nSELECT $x;\nEOT\n", r#"psql(stdin=format("SELECT ", $x, ";\n"))"#),
        ("cat <<'EOT'\nSELECT $x;\nEOT\n", r#"cat(stdin="SELECT $x;\n")"#),
    ]);
}

#[test]
fn control_flow() {
    check(&[
        ("[ -z \"$1\" ] && exit 1", "if -z($1)\n  throw exit(\"1\")"),
        ("[[ \"$1\" =~ ^[a-z]+$ ]] || exit 1", "if not =~($1, \"^[a-z]+$\")\n  throw exit(\"1\")"),
        ("cd a && make && rm b", "cd(\"a\")\nif make()\n  rm(\"b\")"),
        (
            "if [ $a = b ]; then x; elif test -d c; then y; else z; fi",
            "if ($a == \"b\")\n  x()\nelse\n  if test(\"-d\", \"c\")\n    y()\n  else\n    z()",
        ),
        ("for f in a $b; do echo $f; done", "loop $f in [\"a\", $b]\n  echo($f)"),
        ("for f in \"$@\"; do echo $f; done", "loop $f in $@\n  echo($f)"),
        ("for f; do echo $f; done", "loop $f in $@\n  echo($f)"),
        (
            "while read -r line; do eval \"$line\"; done < x",
            "redirect_in(\"x\")\nloop while ($line := read(\"-r\", \"line\"))\n  eval($line)",
        ),
        ("for ((i=0;i<3;i++)); do a; done", "$i = \"0\"\nloop while number\n  a()\n  number"),
        (
            "case \"$1\" in start|stop) run ;; a*) b;; *) usage;; esac",
            "switch $1\ncase \"start\" | \"stop\"\n  run()\ncase opaque()\n  b()\ndefault\n  usage()",
        ),
        ("f() { local a=\"$2\"; return 0; }", "function f($1, $2)\n  $a = $2\n  return"),
        ("! grep x y", "not grep(\"x\", \"y\")"),
        ("(cd a; ls)", "block\n  cd(\"a\")\n  ls()"),
        ("read -rp 'Name: ' name", "($name := read(\"-rp\", \"Name: \", \"name\"))"),
    ]);
}

#[test]
fn hostile_scripts_do_not_panic() {
    for text in [
        "(".repeat(10_000),
        "$(".repeat(10_000),
        "\"$(".repeat(3_000),
        "a && ".repeat(10_000),
        "a | ".repeat(10_000),
        format!("x=$((1{}))", "+1".repeat(10_000)),
        format!("x={}", "\"a\"$b".repeat(10_000)),
        "if a; then ".repeat(2_000),
        "} ) ]] fi done esac << EOF ${ $(( `".repeat(50),
        "f() { $1".repeat(1_000),
        "é=\"ü$ä\"".repeat(100),
    ] {
        lowered(&text);
    }
}

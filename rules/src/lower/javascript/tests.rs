//! What programs are lowered to, as text.

use proofhouse_syntax::Grammar;

use crate::lower::lower;
use crate::print::print;

fn printed(text: &str, grammar: Grammar) -> String {
    print(&lower(text, &grammar.tree(text), grammar))
}

#[track_caller]
fn check(grammars: &[Grammar], cases: &[(&str, &str)]) {
    for grammar in grammars {
        for (text, expected) in cases {
            assert_eq!(printed(text, *grammar).trim_end(), *expected, "{} {text}", grammar.name());
        }
    }
}

const ALL: [Grammar; 3] = [Grammar::JavaScript, Grammar::TypeScript, Grammar::Tsx];
const TYPED: [Grammar; 2] = [Grammar::TypeScript, Grammar::Tsx];
const JSX: [Grammar; 2] = [Grammar::JavaScript, Grammar::Tsx];

#[test]
fn texts_are_read_without_their_escapes() {
    check(
        &ALL,
        &[
            (r#"f("a\x41\u0042\u{43}\n")"#, r#"f("aABC\n")"#),
            ("f('a\\\nb')", r#"f("ab")"#),
            ("f(`a\\`b`)", r#"f("a`b")"#),
            ("f(`SELECT ${id} AND '${a.b}'`)", r#"f(format("SELECT ", id, " AND '", a.b, "'"))"#),
            ("f(`${a}${`b${c}`}`)", r#"f(format(a, format("b", c)))"#),
            ("prisma.$queryRaw`SELECT ${id}`", r#"prisma.$queryRaw(format("SELECT ", id))"#),
            ("sql`x`", r#"sql("x")"#),
            ("String.raw`a${b}`", r#"format("a", b)"#),
            ("/a.b+/gi.test(x)", r#"new RegExp("a.b+", "gi").test(x)"#),
            ("f(0x1f, 1_000, 10n, 1.5, -2)", "f(31, 1000, 10, number, -2)"),
        ],
    );
}

#[test]
fn operators_and_access() {
    check(
        &ALL,
        &[
            ("s = 'a' + b + \"c\" + (d + e)", r#"s = sum("a", b, "c", sum(d, e))"#),
            ("s = (a + b) + c", "s = sum(a, b, c)"),
            ("a?.b?.(c)?.[d]", "a.b(c)[d]"),
            ("o['key']['k-e'][1]", r#"o.key["k-e"][1]"#),
            ("x = +a; y = ~~b; z = -c", "x = Number(a)\ny = Number(Number(b))\nz = -c"),
            ("if (typeof a === 'string' && !(k in o)) f()", "if (typeof(a, \"string\") and not (k in o))\n  f()"),
            ("a[k](b); a['k'](b); a[0](b)", "Reflect.get(a, k)(b)\na.k(b)\na[0](b)"),
            ("delete o[k]", "delete(o[k])"),
            ("f(a ? b : c, d || e, g ?? h)", "f((a ? b : c), (d or e), (g ?? h))"),
            ("new Foo(a, ...b); new Date", "new Foo(a, ...b)\nnew Date()"),
            ("f([1, ...a], { b, 'c-d': 1, [e]: 2, ...g })", r#"f([1, opaque(a)], {"b": b, "c-d": 1, e: 2, ...g})"#),
            ("a = b = c; a += 1; a ||= d; i++", "a = (b := c)\na += 1\na or= d\ni += 1"),
            ("while ((m = re.exec(s)) !== null) f(m)", "loop while ((m := re.exec(s)) != null)\n  f(m)"),
        ],
    );
}

#[test]
fn functions_take_the_name_of_what_they_are_given_to() {
    check(
        &ALL,
        &[
            ("const f = async (a) => g(a)", "f = <function>\n  async function f(a)\n    return g(a)"),
            (
                "exports.h = async function (event) { return event }",
                "exports.h = <function>\n  async function h(event)\n    return event",
            ),
            ("module.exports = { run(a) {} }", "module.exports = {\"run\": <function>}\n  function run(a)"),
            (
                "app.get('/x', (q, s) => { s.end() })",
                "app.get(\"/x\", <function>)\n  function _(q: req, s: res)\n    s.end()",
            ),
            ("(function () { x() })()", "<function>()\n  function _()\n    x()"),
            (
                "function f({ a, b: { c = 1 } }, [d], e = 2, ...g) { return a }",
                "function f({ a, b: { c = 1 } } of {\"a\": a, \"b\": {\"c\": c}}, [d] of [d], e = 2, g)\n  c ??= 1\n  return a",
            ),
            ("export default async function handler(q) { await q.x }", "async function handler(q)\n  q.x"),
        ],
    );
}

#[test]
fn handlers_get_a_request_and_a_response() {
    check(
        &ALL,
        &[
            (
                "r.route('/').get(check, (a, b) => {})",
                "r.route(\"/\").get(check, <function>)\n  function _(a: req, b: res)",
            ),
            (
                "app.post('/x', wrap(async (a, b, c) => {}))",
                "app.post(\"/x\", wrap(<function>))\n  async function _(a: req, b: res, c: next)",
            ),
            ("app.use((e, a, b, c) => {})", "app.use(<function>)\n  function _(e: Error, a: req, b: res, c: next)"),
            ("r.get('/x', async (ctx, next) => {})", "r.get(\"/x\", <function>)\n  async function _(ctx: ctx, next)"),
            ("http.createServer((a, b) => {})", "http.createServer(<function>)\n  function _(a: req, b: res)"),
            (
                "w.addEventListener('message', (e) => {})",
                "w.addEventListener(\"message\", <function>)\n  function _(e: MessageEvent)",
            ),
            ("io.on('connection', (s) => {})", "io.on(\"connection\", <function>)\n  function _(s: Socket)"),
            (
                "f(xs.map(({ a }, i) => a + 1), ys.map(() => '?'))",
                "f(each(sum(a, 1) for {\"a\": a} in xs), each(\"?\" for opaque() in ys))",
            ),
            ("xs.forEach((x, at) => x)", "xs.forEach(<function>)\n  function _(x, at: number)\n    return x"),
            ("$.get('/x', (data, status) => {})", "$.get(\"/x\", <function>)\n  function _(data, status)"),
            ("cache.get(key, (e, value) => {})", "cache.get(key, <function>)\n  function _(e, value)"),
            ("export async function GET(a) {}", "async function GET(a: req)"),
        ],
    );
    check(
        &TYPED,
        &[(
            "function f(a: express.Request, b: FastifyReply, c: UserRequest) {}",
            "function f(a: req, b: res, c: UserRequest)",
        )],
    );
}

#[test]
fn patterns_take_values_apart() {
    check(
        &ALL,
        &[
            ("const { a, b: { c = 1 }, ...rest } = q.body", "{\"a\": a, \"b\": {\"c\": c}, ...rest} = q.body\nc ??= 1"),
            ("let [x, , y = 2, ...z] = list", "[x, opaque(), y, z] = list\ny ??= 2"),
            ("({ a, b } = o); [a, b] = [b, a]", "{\"a\": a, \"b\": b} = o\n[a, b] = [b, a]"),
            ("for (const [k, v] of m) f(k)", "loop [k, v] in m\n  f(k)"),
        ],
    );
}

#[test]
fn modules_are_known_by_their_dotted_path() {
    check(
        &ALL,
        &[
            ("const fs = require('node:fs')", "import fs as fs"),
            (
                "const { exec, execSync: run } = require('child_process')",
                "import child_process.exec as exec\nimport child_process.execSync as run",
            ),
            ("const { promises: { readFile } } = require('fs')", "import fs.promises.readFile as readFile"),
            ("const p = require('fs').promises", "import fs.promises as p"),
            ("const run = promisify(require('child_process').exec)", "import child_process.exec as run"),
            ("const run = util.promisify(exec)", "run = exec"),
            ("require('child_process').exec(c)", "child_process.exec(c)"),
            ("const io = require('socket.io')(server)", "io = socket.io(server)"),
            ("const m = require(name); import(name)", "m = require(name)\nimport(name)"),
            ("const { default: fetch } = await import('node-fetch')", "import node-fetch as fetch"),
            (
                "import d, { a as b, c } from 'fs/promises'; import * as ns from '../lib/db.js'; import './side'",
                "import fs.promises as d\nimport fs.promises.a as b\nimport fs.promises.c as c\nimport local.lib.db as ns",
            ),
            ("export const z = 1; export { a } from 'q'; export * from 'r'", "z = 1"),
        ],
    );
    check(
        &TYPED,
        &[
            ("import type { Request as R } from 'express'", "import express.Request as R"),
            ("import fs = require('fs'); import a = B.C", "import fs as fs\nimport B.C as a"),
        ],
    );
}

#[test]
fn branches_and_loops() {
    check(
        &ALL,
        &[
            ("if (a) b(); else if (c) { d() } else e()", "if a\n  b()\nelse\n  if c\n    d()\n  else\n    e()"),
            ("for (let i = 0; i < n; i++) f(i)", "i = 0\nloop while (i < n)\n  f(i)\n  i += 1"),
            ("for (const k in o) t[k] = o[k]", "loop k in Object.keys(o)\n  Reflect.set(t, k)\n  t[k] = o[k]"),
            ("do f(); while (a)", "loop while a\n  f()"),
            (
                "switch (x) { case 'a': case 'b': f(); break; case 'c': { g(); break } case 'd': h(); default: return }",
                "switch x\ncase \"a\" | \"b\"\n  f()\ncase \"c\"\n  block\n    g()\ncase \"d\" falls through\n  h()\ndefault\n  return",
            ),
            ("try { f() } catch (e) { g(e) } finally { h() }", "try\n  f()\ncatch  e\n  g(e)\nfinally\n  h()"),
            ("label: for (;;) { break label }", "loop\n  break"),
        ],
    );
}

#[test]
fn classes_have_fields_and_methods() {
    check(
        &ALL,
        &[
            (
                "class A extends B.C { x = 1; #y = () => 2; constructor(a) { super(a); this.a = a } async m(q) {} }",
                "class A(B.C)\n  x = 1\n  #y = <function>\n    function #y()\n      return 2\n  function constructor(a)\n    super(a)\n    this.a = a\n  async function m(q)",
            ),
            ("const K = class { m() {} }", "class K()\n  function m()"),
            ("export default class extends X { m() {} }", "class _(X)\n  function m()"),
            ("@dec class A { @Get('/a') m() {} }", "@dec class A()\n  @Get(\"/a\") function m()"),
        ],
    );
    check(
        &TYPED,
        &[
            (
                "@Controller('u') export class U { constructor(private readonly db: DataSource, n: number) {} }",
                "@Controller(\"u\") class U()\n  db: DataSource = ?\n  function constructor(db: DataSource, n: number)\n    this.db: DataSource = db",
            ),
            (
                "class U { @Get(':id') async find(@Param('id', ParseIntPipe) id: number, @Body() { a }: Dto) {} }",
                "class U()\n  @Get(\":id\") async function find(@Param(\"id\", ParseIntPipe) id: number, @Body() { a }: Dto of {\"a\": a})",
            ),
            ("enum R { Admin = 'admin', A = 1, B }", "R = {\"Admin\": \"admin\", \"A\": 1, \"B\": 2}"),
            ("namespace N { export const a = 1 }", "block\n  a = 1"),
        ],
    );
}

#[test]
fn types_are_their_simple_names() {
    check(
        &TYPED,
        &[
            (
                "function f(this: A, a: string, b?: number, c: B<D> | null, ...d: string[]): void {}",
                "function f(a: string, b: number, c: B, d: string[])",
            ),
            (
                "let a: Promise<User[]>, b: 'x' | 'y', c: express.Request",
                "a: User[] = ?\nb = ?\nc: express.Request = ?",
            ),
            ("f(a as string, b as unknown as Foo, c!, d satisfies E)", "f(a, (b as Foo), c, d)"),
            ("interface I { a: string } type T = I; declare const g: T; function o(a: string): void;", ""),
        ],
    );
    check(&[Grammar::TypeScript], &[("f(<HTMLElement>a)", "f((a as HTMLElement))")]);
}

#[test]
fn elements_are_calls_with_their_attributes() {
    check(
        &JSX,
        &[
            (
                "f(<div a=\"b\" dangerouslySetInnerHTML={{ __html: h }} {...p} c>text {x} <T.U y={z}/></div>)",
                "f(jsx(\"div\", a=\"b\", dangerouslySetInnerHTML={\"__html\": h}, ...p, c=true, x, jsx(T.U, y=z)))",
            ),
            ("f(<>{xs.map(x => <li>{x}</li>)}</>)", "f(jsx(\"\", each(jsx(\"li\", x) for x in xs)))"),
        ],
    );
}

#[test]
fn fragments_and_damage_still_say_something() {
    for grammar in ALL {
        for text in [
            "app.get('/x', (req, res) => { exec('ls ' + req.query.d)",
            "exec('ls ' + d) }); }",
            "{ foo: exec('ls ' + d), ",
            "async run(d) { exec('ls ' + d) }",
            "const x = ; exec('ls ' + d)",
        ] {
            assert!(printed(text, grammar).contains("exec(sum(\"ls \", "), "{text}\n{}", printed(text, grammar));
        }
    }
}

#[test]
fn deep_and_long_texts_do_no_harm() {
    let deep = 10_000;
    let texts = [
        format!("x = {}1{}", "(".repeat(deep), ")".repeat(deep)),
        format!("x = {}a", "a + ".repeat(deep)),
        format!("x = {}a", "a - ".repeat(deep)),
        format!("x = {}1{}", "[".repeat(deep), "]".repeat(deep)),
        format!("x = a{}", ".b()".repeat(deep)),
        format!("x = {}1", "a => ".repeat(deep)),
        format!("{}x{}", "{".repeat(deep), "}".repeat(deep)),
        format!("{}x", "if (a) b(); else ".repeat(deep)),
        format!("x = {}", "`${".repeat(deep)),
        format!("x = {}", "<a>".repeat(deep)),
        format!("const {} = x", "{a:".repeat(deep)),
        "\u{0}]})(*&^%$#@!\"'`".repeat(200),
        "class { @ ( => ` ${ function* await ?. ?? = : }".repeat(200),
    ];
    for grammar in ALL {
        for text in &texts {
            printed(text, grammar);
        }
    }
    let sum = format!("x = {}a", "a + ".repeat(deep));
    assert_eq!(printed(&sum, Grammar::JavaScript).matches("a").count(), deep + 1);
}

//! Statements and what they are lowered to.

use crate::lower::lower;
use crate::print::print;
use proofhouse_syntax::Grammar;

fn lowered(text: &str) -> String {
    let tree = Grammar::Sql.tree(text);
    print(&lower(text, &tree, Grammar::Sql))
}

fn check(cases: &[(&str, &str)]) {
    for (text, expected) in cases {
        assert_eq!(lowered(text).trim_end(), *expected, "{text}");
    }
}

#[test]
fn statements_are_calls() {
    check(&[
        (
            "UPDATE users SET a = 'x', n = n + 1 WHERE id = 5;",
            "update(\"users\", a=\"x\", n=sum(n, 1), where=(id == 5))",
        ),
        ("DELETE FROM users", "delete(\"users\")"),
        ("DELETE FROM t WHERE 1=1;", "delete(\"t\", where=(1 == 1))"),
        ("delete from a using b where a.id = b.id", "delete(\"a\", using=b, where=(a.id == b.id))"),
        ("UPDATE a\nSET x = 1\nWHERE y = 2\nDELETE FROM b", "update(\"a\", x=1, where=(y == 2))\ndelete(\"b\")"),
        (
            "GRANT ALL PRIVILEGES ON db.* TO 'u'@'%' IDENTIFIED BY 'pw';",
            "grant(\"ALL PRIVILEGES\", on=\"db . *\", to=\"u @ %\", password=\"pw\")",
        ),
        ("GRANT SELECT ON t TO PUBLIC;", "grant(\"SELECT\", on=\"t\", to=\"PUBLIC\")"),
        ("CREATE USER bob WITH PASSWORD 'x';", "create_user(\"bob\", password=\"x\")"),
        ("ALTER LOGIN sa WITH PASSWORD = 'x'", "alter_user(\"sa\", password=\"x\")"),
        (
            "INSERT INTO users (name, password) VALUES ('a', MD5('x'));",
            "insert(\"users\", name=\"a\", password=md5(\"x\"))",
        ),
        ("SELECT a, SHA1(b) FROM t WHERE c = 'd'", "select(a, sha1(b), t, (c == \"d\"))"),
        ("ALTER TABLE t DISABLE ROW LEVEL SECURITY;", "alter(\"TABLE t DISABLE ROW LEVEL SECURITY\")"),
        ("EXEC xp_cmdshell 'dir';", "xp_cmdshell(\"dir\")"),
        ("EXEC master..xp_cmdshell @c", "xp_cmdshell(@c)"),
        ("-- DELETE FROM a\n/* DELETE FROM b */", ""),
    ]);
}

#[test]
fn text_that_is_run() {
    check(&[
        ("EXEC('SELECT * FROM ' + @t);", "exec(sum(\"SELECT * FROM \", @t))"),
        ("EXECUTE 'SELECT ' || tbl USING x;", "exec(sum(\"SELECT \", tbl), using=x)"),
        ("EXECUTE IMMEDIATE v_sql;", "exec(v_sql)"),
        ("EXECUTE format('SELECT %I', t);", "exec(format(\"SELECT %I\", t))"),
        ("EXEC sp_executesql @sql, N'@a int', @a = 1;", "sp_executesql(@sql, \"@a int\", (@a == 1))"),
        ("SET @sql = CONCAT('SELECT ', @x);\nPREPARE s FROM @sql;", "@sql = format(\"SELECT \", @x)\nprepare(@sql)"),
        ("DECLARE @q NVARCHAR(MAX) = N'SELECT ' + @n;", "@q = sum(\"SELECT \", @n)"),
        ("v_sql text := 'a' || b;", "v_sql = sum(\"a\", b)"),
    ]);
}

#[test]
fn routines_are_functions() {
    check(&[
        (
            "CREATE PROCEDURE p @n NVARCHAR(50) AS BEGIN DECLARE @q NVARCHAR(MAX) = N'SELECT ' + @n; EXEC(@q); END;",
            "create_function(\"p\")\nfunction p(@n: nvarchar)\n  @q = sum(\"SELECT \", @n)\n  exec(@q)",
        ),
        (
            "CREATE OR REPLACE FUNCTION f(t text, n int) RETURNS void AS $$\nBEGIN\n  EXECUTE 'DELETE FROM ' || t;\nEND;\n$$ LANGUAGE plpgsql SECURITY DEFINER;",
            "create_function(\"f\", security=\"definer\")\nfunction f(t: text, n: int)\n  exec(sum(\"DELETE FROM \", t))",
        ),
        (
            "CREATE FUNCTION g() RETURNS int LANGUAGE sql SECURITY DEFINER SET search_path = pg_catalog AS $$ SELECT 1; $$;",
            "create_function(\"g\", security=\"definer\", search_path=\"= pg_catalog\")\nfunction g()\n  select(1)",
        ),
        (
            "CREATE PROCEDURE p(IN a VARCHAR(10))\nBEGIN\n  SET @s = CONCAT('x', a);\n  PREPARE st FROM @s;\n  IF a THEN\n    DELETE FROM t;\n  END IF;\nEND;\nDELETE FROM u;",
            "create_function(\"p\")\nfunction p(a: varchar)\n  @s = format(\"x\", a)\n  prepare(@s)\n  test(a)\n  delete(\"t\")\ndelete(\"u\")",
        ),
    ]);
}

#[test]
fn hostile_texts_do_not_panic() {
    for text in [
        "(".repeat(50_000),
        "a.".repeat(20_000),
        format!("SELECT {}1", "1 + ".repeat(20_000)),
        "CREATE FUNCTION f() AS $$ BEGIN ".repeat(500),
        "UPDATE a SET ".repeat(2_000),
        "'".repeat(5_001),
        "EXEC @a = ".repeat(500),
        "INSERT INTO ( VALUES (".repeat(500),
        "CREATE PROCEDURE".to_owned(),
        "GRANT".to_owned(),
        "EXECUTE".to_owned(),
        "é'ü\"ä`[".repeat(200),
    ] {
        lowered(&text);
    }
}

//! Texts that are SQL, with the places of their holes, and texts that are not.

use super::{HolePlace, Piece, read};

/// Holes are written `{}`.
fn pieces(text: &str) -> Vec<Piece<'_>> {
    let mut pieces = Vec::new();
    for (at, part) in text.split("{}").enumerate() {
        if at > 0 {
            pieces.push(Piece::Hole);
        }
        if !part.is_empty() {
            pieces.push(Piece::Text(part));
        }
    }
    pieces
}

/// Reads a text; the places are `v`, `i` and `w`.
fn places(text: &str) -> Option<String> {
    let reading = read(&pieces(text))?;
    let letter = |place: &HolePlace| match place {
        HolePlace::Value => 'v',
        HolePlace::Identifier => 'i',
        HolePlace::Whole => 'w',
    };
    Some(reading.holes.iter().map(letter).collect())
}

#[test]
fn sql_is_read_with_the_places_of_its_holes() {
    let cases = [
        ("SELECT * FROM users WHERE name = '{}'", "v"),
        ("SELECT * FROM users WHERE id = {}", "v"),
        ("select * from users where id={} and name=\"{}\"", "vv"),
        ("SELECT name, email FROM {} WHERE id = ?", "i"),
        ("SELECT {} FROM users", "i"),
        ("SELECT * FROM users ORDER BY {} {}", "ii"),
        ("SELECT * FROM users ORDER BY name {}", "i"),
        ("SELECT * FROM t LIMIT {} OFFSET {}", "vv"),
        ("SELECT * FROM products WHERE name LIKE '%{}%' AND price > {}", "vv"),
        ("SELECT * FROM t WHERE id IN ({})", "v"),
        ("SELECT * FROM t WHERE id IN {}", "v"),
        ("SELECT * FROM t WHERE {} = {}", "iv"),
        ("SELECT * FROM t WHERE {}", "w"),
        ("SELECT * FROM t {}", "w"),
        ("SELECT COUNT(*) FROM logs_{} WHERE day BETWEEN '{}' AND '{}'", "ivv"),
        ("SELECT * FROM {}.{} WHERE a = 1", "ii"),
        ("SELECT u FROM User u WHERE u.name = '{}'", "v"),
        ("FROM User WHERE name = '{}'", "v"),
        ("INSERT INTO users (name, age) VALUES ('{}', {})", "vv"),
        ("INSERT INTO {} ({}) VALUES ({})", "iiv"),
        ("insert into logs values({}, '{}')", "vv"),
        ("INSERT OR REPLACE INTO cache VALUES ({})", "v"),
        ("REPLACE INTO t SET a = {}", "v"),
        ("UPDATE users SET password = '{}' WHERE id = {}", "vv"),
        ("UPDATE users SET {} WHERE id = {}", "wv"),
        ("UPDATE users SET {} = ? WHERE id = ?", "i"),
        ("Update Users Set Name = '{}' Where Id = {}", "vv"),
        ("update {} set a = a + {}", "iv"),
        ("DELETE FROM users WHERE id = {}", "v"),
        ("delete from users where id = {}", "v"),
        ("delete from {}", "i"),
        ("DROP TABLE {}", "i"),
        ("DROP TABLE IF EXISTS {}", "i"),
        ("CREATE TABLE {} ({} TEXT, {} INTEGER)", "iii"),
        ("CREATE DATABASE {}", "i"),
        ("ALTER TABLE t ADD COLUMN {} TEXT", "i"),
        ("TRUNCATE TABLE {}", "i"),
        ("WITH recent AS (SELECT * FROM t WHERE a = {}) SELECT * FROM recent", "v"),
        ("EXPLAIN SELECT * FROM t WHERE a = {}", "v"),
        ("EXEC dbo.find_user '{}'", "v"),
        ("CALL find_user({})", "v"),
        ("EXEC sp_rename @old = {}", "v"),
        ("MERGE INTO t USING s ON t.id = {} WHEN MATCHED THEN UPDATE SET a = 1", "v"),
        ("PRAGMA table_info({})", "v"),
        ("SHOW COLUMNS FROM {}", "i"),
        ("USE {}", "i"),
        ("SET search_path TO {}", "w"),
        ("GRANT SELECT ON {} TO reader", "w"),
        (" AND name = '{}'", "v"),
        (" OR id = {}", "v"),
        ("{} AND name = '{}'", "wv"),
        ("{} WHERE id = {}", "wv"),
        ("{} ORDER BY {}", "wi"),
        (" ORDER BY {}", "i"),
        (" LIMIT {}", "v"),
        ("WHERE {} LIKE '{}'", "iv"),
        ("{}' AND password = '{}'", "vv"),
        ("SELECT * FROM users WHERE active = 1; DELETE FROM {}", "i"),
        ("-- find it\nSELECT * FROM t WHERE a = {}", "v"),
        ("SELECT '{}' AS greeting", "v"),
        ("SELECT version()", ""),
        ("SELECT * FROM [{}] WHERE [name] = N'{}'", "iv"),
        ("SELECT * FROM `{}` WHERE `a` = \"{}\"", "iv"),
        ("SELECT id, CASE WHEN a = {} THEN {} ELSE 0 END FROM t", "vv"),
        ("SELECT * FROM a JOIN {} ON a.id = {}.id WHERE a.x = {}", "iiv"),
        ("SELECT * FROM t WHERE lower(name) = lower('{}') OR upper(x) = {}", "vv"),
        ("SELECT TOP {} * FROM t", "v"),
        ("SELECT * FROM t WHERE a = 'it''s {}' AND b = {}", "vv"),
        ("SELECT * FROM posts WHERE title = '{}' GROUP BY {} HAVING count(*) > {}", "viv"),
        ("UNION SELECT {} FROM t", "i"),
        ("SELECT * FROM t WHERE id = %s AND name = '{}'", "v"),
        ("SELECT * FROM \"{}\" WHERE a = :a", "i"),
        ("SELECT ", ""),
        ("SELECT id, {}, name FROM t", "i"),
    ];
    for (text, expected) in cases {
        assert_eq!(places(text).as_deref(), Some(expected), "{text}");
    }
}

#[test]
fn prose_is_not_read() {
    let cases = [
        "",
        "{}",
        "{}{}",
        "select a file from the list",
        "Select a file from {}",
        "Select an option",
        "Please select an item from {}",
        "Select {} from the menu",
        "Update failed for {}",
        "Update failed: {}",
        "Updated {} rows",
        "Update your settings, {}",
        "Update {} to version {}",
        "Update available: set {} aside",
        "Delete {}?",
        "Delete from cart",
        "Delete the file {}",
        "Deleted user {} from {}",
        "Insert coin into {}",
        "Insert {} into the machine",
        "Create a new table for {}",
        "Create user {}",
        "Drop your files here, {}",
        "Drop {} here",
        "Show me {}",
        "Show more",
        "Use {} instead",
        "use {} with care",
        "Set {} to {}",
        "Call {} now",
        "call me at {}",
        "exec {}",
        "Execute {} with {}",
        "With love from {}",
        "with {} as {}",
        "Where is {}?",
        "where {} was last seen",
        "From: {}",
        "from {} to {}",
        "{} and {}",
        "{} or {} from {}",
        "Order by phone: {}",
        "Group by group, {} came",
        "Grant {} access to {}",
        "Begin with {}",
        "values: {}",
        "Hello {}, you have {} new messages",
        "No user found where id = {}",
        "name = '{}'",
        "<select name='{}'><option value='{}'></select>",
        "/users/{}/select?from={}",
        "https://example.com/{}?order=by&limit={}",
        "rm -rf {}",
        "Describe {} in a few words",
        "Limit reached: {}",
        "Join {} on Slack",
        "{} is between {} and {}",
        "Explain why {} is slow",
        "Replace {} with {}",
        "Merge branch '{}' into {}",
        "Merge {} into {}",
        "Alter ego of {}",
        "Truncate {} to {} characters",
    ];
    for text in cases {
        assert_eq!(places(text), None, "{text}");
    }
}

#[test]
fn hostile_texts_are_read_in_linear_time() {
    for text in [
        "(".repeat(50_000),
        "SELECT ".repeat(20_000),
        "'".repeat(50_001),
        "WHERE a ".repeat(20_000),
        "{}".repeat(50_000),
        "FROM a ".repeat(20_000),
        "INSERT a; ".repeat(20_000),
    ] {
        let _ = read(&pieces(&text));
    }
}

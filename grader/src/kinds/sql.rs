//! Tests of SQL: what a submission's statements come to, against what the reference's do.

use std::cmp::Ordering;
use std::collections::VecDeque;

use proofhouse_runtime::{Error, Pair, SqlResult, SqlTable, SqlValue};
use proofhouse_types::{Blame, Limits, Outcome, SqlCheck, Task, TestEvidence};

use super::{Check, Runs, cut};
use crate::prepared::described;

/// Characters of a value and of a row that a message shows.
const VALUE: usize = 200;
const MESSAGE: usize = 1000;
/// How far two REALs may be apart, as a share: what is left of a double's digits after a sum.
const TOLERANCE: f64 = 1e-9;

/// Lets the reference run: its result is what submissions are held to. The inner error is why there is none.
pub(super) fn expected(
    task: &Task,
    check: &SqlCheck,
    pair: &mut Pair<'_>,
    limits: &Limits,
) -> Result<Result<Check, String>, Error> {
    let Some(reference) = &task.reference else {
        return Ok(Err("the task has no reference to compare with".to_owned()));
    };
    let ordered = orders(check.query.as_deref().unwrap_or(reference));
    Ok(match pair.tests(limits)?.sql(check, reference)? {
        Ok((expected, _)) => Ok(Check::Sql { check: check.clone(), expected, ordered }),
        Err(ran) => Err(format!("the reference: {}", described(&ran))),
    })
}

pub(super) fn run(
    runs: &mut Runs<'_, '_>,
    check: &SqlCheck,
    expected: &SqlResult,
    ordered: bool,
) -> Result<TestEvidence, Error> {
    let (outcome, message, fuel) = match runs.pair.shared(runs.limits)?.sql(check, runs.code)? {
        Err(ran) => (ran.outcome, ran.message, ran.fuel),
        Ok((found, fuel)) => match difference(&found, expected, ordered, check.columns) {
            Some(message) => (Outcome::Failed, message, fuel),
            None => (Outcome::Passed, String::new(), fuel),
        },
    };
    let blame = (outcome != Outcome::Passed).then_some(Blame::Solution);
    Ok(TestEvidence { outcome, message, blame, fuel, ..TestEvidence::default() })
}

/// The first difference between two results.
fn difference(got: &SqlResult, expected: &SqlResult, ordered: bool, names: bool) -> Option<String> {
    match (got, expected) {
        (SqlResult::Rows { columns: a, rows: got }, SqlResult::Rows { columns: b, rows: expected }) => {
            if a.len() != b.len() || (names && !a.iter().zip(b).all(|(a, b)| a.eq_ignore_ascii_case(b))) {
                let got = cut(&a.join(", "), MESSAGE);
                return Some(format!("columns: got ({got}), expected ({})", b.join(", ")));
            }
            rows_difference(got, expected, ordered)
        }
        (SqlResult::Database(got), SqlResult::Database(expected)) => database_difference(got, expected),
        (SqlResult::Rows { .. }, SqlResult::Database(_)) | (SqlResult::Database(_), SqlResult::Rows { .. }) => {
            Some("another kind of result".to_owned())
        }
    }
}

fn database_difference(got: &[SqlTable], expected: &[SqlTable]) -> Option<String> {
    let named = |tables: &[SqlTable], name: &str| tables.iter().any(|table| table.name == name);
    if let Some(missing) = expected.iter().find(|table| !named(got, &table.name)) {
        return Some(format!("{} is missing", missing.name));
    }
    if let Some(more) = got.iter().find(|table| !named(expected, &table.name)) {
        return Some(format!("{} should not be there", cut(&more.name, VALUE)));
    }
    got.iter().zip(expected).find_map(|(got, expected)| {
        let structure = lines_difference(&got.structure, &expected.structure);
        let complaint = structure.or_else(|| rows_difference(&got.rows, &expected.rows, false))?;
        Some(format!("{} {complaint}", got.name))
    })
}

fn lines_difference(got: &str, expected: &str) -> Option<String> {
    let lacks =
        |one: &str, other: &str| one.lines().find(|line| !other.lines().any(|there| there == *line)).map(str::to_owned);
    if let Some(line) = lacks(expected, got) {
        return Some(format!("lacks `{}`", cut(&line, VALUE)));
    }
    lacks(got, expected).map(|line| format!("has `{}`, and should not", cut(&line, VALUE)))
}

/// The first difference between two sets of rows; where their order is free, the first row that the other lacks.
fn rows_difference(got: &[Vec<SqlValue>], expected: &[Vec<SqlValue>], ordered: bool) -> Option<String> {
    if got.len() != expected.len() {
        return Some(format!("{} rows, expected {}", got.len(), expected.len()));
    }
    let (mut got, mut expected): (Vec<_>, Vec<_>) = (got.iter().collect(), expected.iter().collect());
    if !ordered {
        got.sort_by(|a, b| order(a, b));
        expected.sort_by(|a, b| order(a, b));
    }
    let agree = |a: &[SqlValue], b: &[SqlValue]| a.len() == b.len() && a.iter().zip(b).all(same);
    if ordered {
        let position = got.iter().zip(&expected).position(|(a, b)| !agree(a, b))?;
        let (got, expected) = (shown(got[position]), shown(expected[position]));
        return Some(format!("row {}: got {got}, expected {expected}", position + 1));
    }
    // Sorted, a row mostly agrees with the first that is left; REALs that are almost equal may stand a bit further on.
    let mut left: VecDeque<_> = expected.into();
    for row in got {
        match left.iter().position(|other| agree(row, other)) {
            Some(position) => drop(left.remove(position)),
            None => return Some(format!("rows: got {}, expected {}", shown(row), shown(left[0]))),
        }
    }
    None
}

/// An order of rows in which those that agree stand near one another.
fn order(a: &[SqlValue], b: &[SqlValue]) -> Ordering {
    let class = |value: &SqlValue| match value {
        SqlValue::Null => 0,
        SqlValue::Integer(_) | SqlValue::Real(_) => 1,
        SqlValue::Text(_) => 2,
        SqlValue::Blob(_) => 3,
    };
    let number = |value: &SqlValue| match value {
        SqlValue::Integer(number) => *number as f64,
        SqlValue::Real(number) => *number,
        SqlValue::Null | SqlValue::Text(_) | SqlValue::Blob(_) => 0.0,
    };
    let is_real = |value: &SqlValue| matches!(value, SqlValue::Real(_));
    let one = |(a, b): (&SqlValue, &SqlValue)| match (a, b) {
        (SqlValue::Integer(a), SqlValue::Integer(b)) => a.cmp(b),
        (SqlValue::Text(a), SqlValue::Text(b)) => a.cmp(b),
        (SqlValue::Blob(a), SqlValue::Blob(b)) => a.cmp(b),
        // An INTEGER stands before a REAL that is as large: without that, it would be no order beyond 2^53.
        (a, b) => class(a).cmp(&class(b)).then(number(a).total_cmp(&number(b))).then(is_real(a).cmp(&is_real(b))),
    };
    a.iter().zip(b).map(one).find(|order| order.is_ne()).unwrap_or_else(|| a.len().cmp(&b.len()))
}

/// NULL is only NULL, text is no number, and numbers agree by their value.
fn same((got, expected): (&SqlValue, &SqlValue)) -> bool {
    let near = |a: f64, b: f64| {
        a == b || (a.is_finite() && b.is_finite() && (a - b).abs() <= TOLERANCE * a.abs().max(b.abs()))
    };
    match (got, expected) {
        (SqlValue::Integer(a), SqlValue::Integer(b)) => a == b,
        (SqlValue::Integer(a), SqlValue::Real(b)) | (SqlValue::Real(b), SqlValue::Integer(a)) => near(*a as f64, *b),
        (SqlValue::Real(a), SqlValue::Real(b)) => near(*a, *b),
        (a, b) => a == b,
    }
}

fn shown(row: &[SqlValue]) -> String {
    let one = |value: &SqlValue| match value {
        SqlValue::Null => "NULL".to_owned(),
        SqlValue::Integer(number) => number.to_string(),
        SqlValue::Real(number) => format!("{number:?}"),
        SqlValue::Text(text) => format!("'{}'", cut(text, VALUE).replace('\'', "''")),
        SqlValue::Blob(bytes) => {
            let shown: String = bytes.iter().take(VALUE / 2).map(|byte| format!("{byte:02x}")).collect();
            format!("x'{shown}{}'", if bytes.len() > VALUE / 2 { "…" } else { "" })
        }
    };
    cut(&format!("({})", row.iter().map(one).collect::<Vec<_>>().join(", ")), MESSAGE)
}

/// Whether the last statement of a script has an ORDER BY of its own, not only in a subquery or a window.
fn orders(script: &str) -> bool {
    let mut words: Vec<String> = Vec::new();
    let (mut depth, mut ordered, mut ended) = (0_i32, false, false);
    let mut rest = script;
    while let Some(letter) = rest.chars().next() {
        let len = match letter {
            '\'' | '"' | '`' => 1 + rest[1..].find(letter).map_or(rest.len() - 1, |end| end + 1),
            '[' => rest.find(']').map_or(rest.len(), |end| end + 1),
            '-' if rest.starts_with("--") => rest.find('\n').unwrap_or(rest.len()),
            '/' if rest.starts_with("/*") => rest.find("*/").map_or(rest.len(), |end| end + 2),
            _ if letter.is_alphabetic() => rest.find(|c: char| !c.is_alphanumeric() && c != '_').unwrap_or(rest.len()),
            _ => letter.len_utf8(),
        };
        let blank = letter.is_whitespace() || letter == ';' || rest.starts_with("--") || rest.starts_with("/*");
        if ended && !blank {
            (ordered, depth, ended) = (false, 0, false);
        }
        match letter {
            '(' => depth += 1,
            ')' => depth -= 1,
            ';' => ended = true,
            _ if letter.is_alphabetic() => {
                let word = rest[..len].to_ascii_uppercase();
                ordered |= depth == 0 && word == "BY" && words.last().is_some_and(|last| last == "ORDER");
                words.push(word);
            }
            _ => {}
        }
        rest = &rest[len..];
    }
    ordered
}

#[cfg(test)]
mod tests {
    use super::*;
    use SqlValue::{Integer, Null, Real, Text};

    #[test]
    fn only_the_outermost_order_counts() {
        let cases = [
            ("SELECT a FROM t ORDER BY a", true),
            ("select a from t order  by a;", true),
            ("SELECT a FROM (SELECT a FROM t ORDER BY a)", false),
            ("SELECT rank() OVER (ORDER BY a) FROM t", false),
            ("WITH w AS (SELECT 1 ORDER BY 1) SELECT * FROM w ORDER BY 1", true),
            ("SELECT 'x ORDER BY y' FROM t -- ORDER BY z", false),
            ("SELECT a FROM t ORDER BY a; DELETE FROM t", false),
            ("INSERT INTO t VALUES (1); SELECT a FROM t /* ; */ ORDER BY a;\n", true),
            ("SELECT \"ORDER\" by", false),
            ("SELECT a FROM t ORDER BY a;; -- in order", true),
        ];
        for (script, expected) in cases {
            assert_eq!(orders(script), expected, "{script}");
        }
    }

    #[test]
    fn rows_agree_by_type_and_value() {
        #[track_caller]
        fn check(got: &[Vec<SqlValue>], expected: &[Vec<SqlValue>], ordered: bool, message: &str) {
            assert_eq!(rows_difference(got, expected, ordered).unwrap_or_default(), message);
        }
        let text = |text: &str| Text(text.to_owned());
        let one = [vec![Integer(1), text("a")], vec![Integer(2), text("b")]];
        let turned = [one[1].clone(), one[0].clone()];
        check(&one, &one, true, "");
        check(&turned, &one, false, "");
        check(&turned, &one, true, "row 1: got (2, 'b'), expected (1, 'a')");
        check(&one[..1], &one, false, "1 rows, expected 2");
        let large = |numbers: [i64; 2]| numbers.map(|number| vec![Integer(number)]);
        check(&large([1_700_000_002, 1_700_000_001]), &large([1_700_000_001, 1_700_000_002]), false, "");
        check(&[vec![Real(f64::INFINITY)]], &[vec![Integer(1)]], true, "row 1: got (inf), expected (1)");
        let near = [vec![Real(0.1 + 0.2), Integer(1)], vec![Real(0.3), Integer(2)]];
        check(&near, &[vec![Real(0.3), Integer(1)], vec![Real(0.3), Integer(2)]], false, "");
        let huge = |number: i64| [vec![Real(2f64.powi(62))], vec![Integer((1 << 62) + number)]];
        let mixed: Vec<_> = (0..40).flat_map(huge).collect();
        check(&mixed, &mixed, false, "");
        check(&[vec![Real(1.0)]], &[vec![Integer(1)]], false, "");
        check(&[vec![Real(0.1 + 0.2)]], &[vec![Real(0.3)]], true, "");
        check(&[vec![text("1")]], &[vec![Integer(1)]], false, "rows: got ('1'), expected (1)");
        check(&[vec![Null]], &[vec![Integer(0)]], false, "rows: got (NULL), expected (0)");
        check(&[vec![Null]], &[vec![text("")]], false, "rows: got (NULL), expected ('')");
    }
}

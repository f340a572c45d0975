//! SQL on the guest's SQLite: what a submission's statements come to.

use proofhouse_types::{Fuel, SqlCheck, SqlCompare};

use crate::error::{Error, Result};
use crate::guest::fields;
use crate::run::Ran;
use crate::session::{Session, payload};

/// What SQL came to.
#[derive(Debug, Clone, PartialEq)]
pub enum SqlResult {
    /// The columns and rows of a query.
    Rows {
        /// The columns' names.
        columns: Vec<String>,
        /// The rows.
        rows: Vec<Vec<SqlValue>>,
    },
    /// Every table and view, by name.
    Database(Vec<SqlTable>),
}

/// A table or view.
#[derive(Debug, Clone, PartialEq)]
pub struct SqlTable {
    /// `table` or `view`, its name in quotes, and a colon.
    pub name: String,
    /// Its columns, indexes and foreign keys, a line each, sorted.
    pub structure: String,
    /// Its rows.
    pub rows: Vec<Vec<SqlValue>>,
}

/// A value in one of SQLite's storage classes.
#[derive(Debug, Clone, PartialEq)]
pub enum SqlValue {
    /// NULL.
    Null,
    /// INTEGER.
    Integer(i64),
    /// REAL.
    Real(f64),
    /// TEXT.
    Text(String),
    /// BLOB.
    Blob(Vec<u8>),
}

impl Session<'_, '_> {
    /// Runs a submission's SQL over a new database of the task's; what it came to, and the fuel.
    ///
    /// The inner error is what it did instead of ending well.
    pub fn sql(&mut self, check: &SqlCheck, program: &str) -> Result<Result<(SqlResult, Fuel), Ran>> {
        let compare = match check.compare {
            SqlCompare::Rows => "rows",
            SqlCompare::Database => "database",
        };
        let query = check.query.as_deref().unwrap_or_default();
        let parts = [&check.schema, &check.rows, program, query, compare].map(str::as_bytes);
        let answered = self.call(b'Q', &parts)?;
        let fuel = answered.ran.fuel;
        let found = match payload(answered) {
            Ok(found) => found,
            Err(ran) => return Ok(Err(ran)),
        };
        let read = match check.compare {
            SqlCompare::Rows => rows_result(&found),
            SqlCompare::Database => tables(&found).map(SqlResult::Database),
        };
        read.map(|read| Ok((read, fuel))).ok_or_else(|| Error::Guest("answered SQL with something unknown".to_owned()))
    }
}

fn rows_result(bytes: &[u8]) -> Option<SqlResult> {
    let parts = fields(bytes)?;
    let [columns, found] = parts.as_slice() else { return None };
    let columns = fields(columns)?.iter().map(|name| text(name)).collect();
    Some(SqlResult::Rows { columns, rows: rows(found)? })
}

fn tables(bytes: &[u8]) -> Option<Vec<SqlTable>> {
    fields(bytes)?
        .iter()
        .map(|table| {
            let parts = fields(table)?;
            let [name, structure, found] = parts.as_slice() else { return None };
            Some(SqlTable { name: text(name), structure: text(structure), rows: rows(found)? })
        })
        .collect()
}

fn rows(bytes: &[u8]) -> Option<Vec<Vec<SqlValue>>> {
    fields(bytes)?.iter().map(|row| fields(row)?.iter().map(|value| read(value)).collect()).collect()
}

fn read(bytes: &[u8]) -> Option<SqlValue> {
    let (letter, rest) = bytes.split_first()?;
    let number = || std::str::from_utf8(rest).ok();
    match letter {
        b'n' => Some(SqlValue::Null),
        b'i' => number()?.parse().ok().map(SqlValue::Integer),
        b'f' => number()?.parse().ok().map(SqlValue::Real),
        b't' => Some(SqlValue::Text(text(rest))),
        b'b' => Some(SqlValue::Blob(rest.to_vec())),
        _ => None,
    }
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}

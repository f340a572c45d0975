//! What can be edited in SQL, word by word, by the operators that its field has for it (Tuya, Suárez-Cabal and de la Riva 2007,
//! "Mutating database queries"). There is no tree here: where a word could mean two things, its neighbours tell.

use std::ops::Range;

use super::edits::{Action, Edit};
use super::operators;

/// One word, number, string or operator.
#[derive(Debug, Clone)]
struct Token<'a> {
    text: &'a str,
    /// The text in upper case, for words alone.
    word: String,
    range: Range<usize>,
    line: usize,
    /// How many brackets are open before it.
    depth: usize,
}

/// Words that end a term of an `ORDER BY`.
const BEHIND_ORDER: [&str; 4] = ["LIMIT", "ROWS", "RANGE", "GROUPS"];

/// Finds every edit, in the order of the text.
pub(super) fn edits(text: &str) -> Vec<Edit> {
    let tokens = tokens(text);
    let mut search = Search { tokens: &tokens, edits: Vec::new() };
    for at in 0..tokens.len() {
        search.token(at);
    }
    search.orders();
    search.statements();
    search.edits.sort_by_key(|edit| edit.range.start);
    search.edits
}

/// A text's tokens without comments and spacing: two edits with the same ones made the same program.
pub(super) fn canonical(text: &str) -> String {
    tokens(text).iter().flat_map(|token| [token.text, "\n"]).collect()
}

struct Search<'a> {
    tokens: &'a [Token<'a>],
    edits: Vec<Edit>,
}

impl<'a> Search<'a> {
    fn token(&mut self, at: usize) {
        let token = &self.tokens[at];
        let replace = |other: &str| Action::Replace(other.to_owned());
        match token.text {
            "=" | "==" if self.assigns(at) => {}
            "=" | "==" => self.add(at, at, replace("<>")),
            "<>" | "!=" => self.add(at, at, replace("=")),
            "<" | "<=" | ">" | ">=" => {
                operators::relational(token.text).iter().for_each(|other| self.add(at, at, replace(other)));
            }
            "+" | "-" | "/" | "%" if !self.is_sign(at) => {
                self.add(at, at, replace(operators::arithmetic(token.text).unwrap_or("+")));
            }
            "*" if !self.is_sign(at) => self.add(at, at, replace("/")),
            text if text.starts_with('\'') => {
                self.add(at, at, replace(if text == "''" { "'mutant'" } else { "''" }));
            }
            text if text.starts_with(|first: char| first.is_ascii_digit()) => {
                let others = if text.contains('.') { operators::float(text) } else { operators::integer(text) };
                others.iter().for_each(|other| self.add(at, at, replace(other)));
            }
            _ => self.word(at),
        }
    }

    fn word(&mut self, at: usize) {
        let replace = |other: &str| Action::Replace(other.to_owned());
        let calls = self.text(at + 1) == "(";
        match (self.at(at), self.at(at + 1)) {
            ("AND", _) if !self.is_of_between(at) => self.add(at, at, replace("OR")),
            ("OR", next) if !matches!(next, "REPLACE" | "IGNORE" | "ROLLBACK" | "ABORT" | "FAIL") => {
                self.add(at, at, replace("AND"));
            }
            ("IS", "NOT") => self.add(at, at + 1, replace("IS")),
            ("IS", _) => self.add(at, at, replace("IS NOT")),
            ("NOT", "IN" | "LIKE" | "GLOB" | "BETWEEN") => self.drop(at, at),
            ("NOT", "EXISTS") if !self.is_before(at, "IF") => self.drop(at, at),
            ("IN" | "BETWEEN" | "LIKE", _) if !self.is_before(at, "NOT") => {
                let other = format!("NOT {}", self.at(at));
                self.add(at, at, replace(&other));
            }
            ("EXISTS", _) if !self.is_before(at, "NOT") && !self.is_before(at, "IF") => {
                self.add(at, at, replace("NOT EXISTS"));
            }
            ("DISTINCT", _) if !self.is_before(at, "IS") && !self.is_before(at, "NOT") => self.drop(at, at),
            ("UNION", "ALL") => self.add(at, at + 1, replace("UNION")),
            ("UNION", _) => self.add(at, at, replace("UNION ALL")),
            ("LEFT", "JOIN") => self.add(at, at + 1, replace("JOIN")),
            ("JOIN", _)
                if !["LEFT", "RIGHT", "FULL", "CROSS", "NATURAL", "OUTER"]
                    .iter()
                    .any(|word| self.is_before(at, word)) =>
            {
                let first = if self.is_before(at, "INNER") { at - 1 } else { at };
                self.add(first, at, replace("LEFT JOIN"));
            }
            ("DESC", _) => self.add(at, at, replace("ASC")),
            ("ASC", _) => self.add(at, at, replace("DESC")),
            ("ROWS", "BETWEEN" | "UNBOUNDED") => self.add(at, at, replace("RANGE")),
            ("MIN", _) if calls => self.add(at, at, replace("max")),
            ("MAX" | "SUM" | "TOTAL", _) if calls => self.add(at, at, replace("min")),
            ("AVG", _) if calls => self.add(at, at, replace("sum")),
            ("ROW_NUMBER", _) if calls => self.add(at, at, replace("rank")),
            ("RANK", _) if calls => self.add(at, at, replace("dense_rank")),
            ("DENSE_RANK", _) if calls => self.add(at, at, replace("rank")),
            ("LAG", _) if calls => self.add(at, at, replace("lead")),
            ("LEAD", _) if calls => self.add(at, at, replace("lag")),
            ("FIRST_VALUE", _) if calls => self.add(at, at, replace("last_value")),
            ("LAST_VALUE", _) if calls => self.add(at, at, replace("first_value")),
            _ => {}
        }
    }

    /// Terms of an `ORDER BY` that go up because nothing else is said.
    fn orders(&mut self) {
        for at in 0..self.tokens.len() {
            if self.at(at) != "ORDER" || self.at(at + 1) != "BY" {
                continue;
            }
            let depth = self.tokens[at].depth;
            // The last token of a term, until it has ended.
            let (mut last, mut is_behind) = (None, false);
            for next in at + 2..=self.tokens.len() {
                let (text, word) = (self.text(next), self.at(next));
                let closes = self.tokens.get(next).is_none_or(|token| token.depth < depth || token.text == ";");
                let is_deeper = self.tokens.get(next).is_some_and(|token| token.depth > depth);
                let ends_all = closes || (!is_deeper && (text == ")" || BEHIND_ORDER.contains(&word)));
                let ends_term = ends_all || (!is_deeper && (text == "," || word == "NULLS"));
                if let Some(last) = last.take_if(|_| ends_term)
                    && !["ASC", "DESC"].contains(&self.at(last))
                {
                    let down = format!("{} DESC", self.text(last));
                    self.add(last, last, Action::Replace(down));
                }
                if ends_all {
                    break;
                }
                is_behind = if ends_term { word == "NULLS" } else { is_behind };
                if !ends_term && !is_behind {
                    last = Some(next);
                }
            }
        }
    }

    /// Each of several statements can go, but for those of transactions.
    fn statements(&mut self) {
        let mut statements = Vec::new();
        let (mut first, mut in_trigger) = (0, false);
        for at in 0..self.tokens.len() {
            in_trigger |= self.at(at) == "TRIGGER" && self.at(first) == "CREATE";
            if in_trigger && self.at(at) == "END" && self.text(at + 1) == ";" {
                in_trigger = false;
            }
            if self.text(at) == ";" && !in_trigger {
                statements.push((first, at));
                first = at + 1;
            }
        }
        if first < self.tokens.len() {
            statements.push((first, self.tokens.len() - 1));
        }
        if statements.len() < 2 {
            return;
        }
        for (first, last) in statements {
            if !["BEGIN", "COMMIT", "END", "PRAGMA"].contains(&self.at(first)) && last > first {
                self.drop(first, last);
            }
        }
    }

    /// Whether an `=` is that of `SET name = …`.
    fn assigns(&self, at: usize) -> bool {
        let depth = self.tokens[at].depth;
        let before = (0..at.saturating_sub(1)).rev().map(|earlier| &self.tokens[earlier]);
        let mut is_first = true;
        for token in before.take_while(|token| token.depth >= depth && token.text != ";") {
            if token.depth > depth {
                continue;
            }
            match token.word.as_str() {
                "SET" => return true,
                "WHERE" | "ON" | "FROM" | "HAVING" | "WHEN" | "SELECT" => return false,
                _ if is_first && token.text != "," => return false,
                _ => {}
            }
            is_first = false;
        }
        false
    }

    /// Whether an operator stands before its one operand, or a `*` for all columns.
    fn is_sign(&self, at: usize) -> bool {
        let Some(before) = at.checked_sub(1).map(|before| &self.tokens[before]) else { return true };
        let ends = before.text == ")"
            || before.text.starts_with(['\'', '"'])
            || before.text.starts_with(char::is_alphanumeric);
        let is_keyword =
            ["SELECT", "DISTINCT", "BY", "WHEN", "THEN", "ELSE", "AND", "OR", "WHERE", "LIMIT", "RETURNING"];
        !ends || is_keyword.contains(&before.word.as_str())
    }

    /// Whether an `AND` is that of `BETWEEN … AND …`.
    fn is_of_between(&self, at: usize) -> bool {
        let depth = self.tokens[at].depth;
        let mut before = (0..at).rev().map(|earlier| &self.tokens[earlier]).take_while(|token| token.depth >= depth);
        let nearest = before
            .find(|token| token.depth == depth && ["BETWEEN", "AND", "WHERE", "ON"].contains(&token.word.as_str()));
        nearest.is_some_and(|token| token.word == "BETWEEN")
    }

    fn is_before(&self, at: usize, word: &str) -> bool {
        at > 0 && self.at(at - 1) == word
    }

    fn at(&self, at: usize) -> &'a str {
        self.tokens.get(at).map_or("", |token| token.word.as_str())
    }

    fn text(&self, at: usize) -> &'a str {
        self.tokens.get(at).map_or("", |token| token.text)
    }

    /// Takes tokens out, up to the next one.
    fn drop(&mut self, first: usize, last: usize) {
        let end = self.tokens.get(last + 1).map_or(self.tokens[last].range.end, |next| next.range.start);
        let range = self.tokens[first].range.start..end;
        self.edits.push(Edit::at(self.tokens[first].line, range, Action::Drop));
    }

    fn add(&mut self, first: usize, last: usize, action: Action) {
        let range = self.tokens[first].range.start..self.tokens[last].range.end;
        self.edits.push(Edit::at(self.tokens[first].line, range, action));
    }
}

/// The tokens of a text, without blanks and comments. What never ends goes to the end of the text.
fn tokens(text: &str) -> Vec<Token<'_>> {
    let mut tokens = Vec::new();
    let (mut at, mut line, mut depth) = (0, 1, 0_usize);
    while let Some(first) = text[at..].chars().next() {
        let rest = &text[at..];
        let until =
            |end: &str, from: usize| rest[from..].find(end).map_or(rest.len(), |found| from + found + end.len());
        let while_ = |is_part: fn(char) -> bool| rest.find(|next| !is_part(next)).unwrap_or(rest.len());
        let is_blank = first.is_whitespace() || rest.starts_with("--") || rest.starts_with("/*");
        let length = match first {
            _ if first.is_whitespace() => while_(char::is_whitespace),
            _ if rest.starts_with("--") => until("\n", 2),
            _ if rest.starts_with("/*") => until("*/", 2),
            '\'' | '"' | '`' => quoted(rest, first),
            '[' => until("]", 1),
            _ if first.is_ascii_digit() => while_(|next| next.is_ascii_alphanumeric() || next == '.' || next == '_'),
            _ if first.is_alphabetic() || first == '_' => {
                while_(|next| next.is_alphanumeric() || next == '_' || next == '$')
            }
            _ => ["<=", ">=", "<>", "!=", "==", "||", "<<", ">>", "->>", "->"]
                .iter()
                .find(|operator| rest.starts_with(**operator))
                .map_or(first.len_utf8(), |operator| operator.len()),
        };
        let token = &rest[..length];
        if !is_blank {
            let word = if first.is_alphabetic() { token.to_ascii_uppercase() } else { String::new() };
            tokens.push(Token { text: token, word, range: at..at + length, line, depth });
        }
        match first {
            '(' => depth += 1,
            ')' => {
                depth = depth.saturating_sub(1);
                // A closing bracket belongs to what it closes in.
                if let Some(last) = tokens.last_mut() {
                    last.depth = depth + 1;
                }
            }
            _ => {}
        }
        line += token.matches('\n').count();
        at += length;
    }
    tokens
}

/// The length of a quoted piece, in which the quote is doubled.
fn quoted(rest: &str, quote: char) -> usize {
    let mut at = 1;
    while let Some(found) = rest[at..].find(quote) {
        at += found + 1;
        if !rest[at..].starts_with(quote) {
            return at;
        }
        at += 1;
    }
    rest.len()
}

#[cfg(test)]
mod tests {
    use proofhouse_types::Language;

    use crate::mutants::mutants;

    fn check(text: &str, expected: &[&str]) {
        let found: Vec<String> = mutants(text, Language::Sql).into_iter().map(|mutant| mutant.code).collect();
        assert_eq!(found, expected, "{text}");
    }

    #[test]
    fn conditions() {
        check("SELECT a FROM t WHERE b = c", &["SELECT a FROM t WHERE b <> c"]);
        check("SELECT a FROM t WHERE b < c", &["SELECT a FROM t WHERE b <= c", "SELECT a FROM t WHERE b > c"]);
        check("SELECT a WHERE b AND c", &["SELECT a WHERE b OR c"]);
        check("SELECT a WHERE b BETWEEN c AND d", &["SELECT a WHERE b NOT BETWEEN c AND d"]);
        check("SELECT a WHERE b IS NULL", &["SELECT a WHERE b IS NOT NULL"]);
        check("SELECT a WHERE b IS NOT NULL", &["SELECT a WHERE b IS NULL"]);
        check("SELECT a WHERE NOT EXISTS (SELECT b)", &["SELECT a WHERE EXISTS (SELECT b)"]);
        check("SELECT a WHERE b NOT IN (c)", &["SELECT a WHERE b IN (c)"]);
    }

    #[test]
    fn values() {
        check("SELECT a * b, count(*), t.* FROM t", &["SELECT a / b, count(*), t.* FROM t"]);
        check("SELECT a - -b", &["SELECT a + -b"]);
        check(
            "SELECT 'it''s', '' -- 5\n/* 6 */",
            &["SELECT '', '' -- 5\n/* 6 */", "SELECT 'it''s', 'mutant' -- 5\n/* 6 */"],
        );
        check("SELECT 2", &["SELECT 3", "SELECT 1"]);
        check("SELECT 0.5", &["SELECT 1.5", "SELECT 0.0"]);
        check("SELECT \"2\", [3], `4`", &[]);
    }

    #[test]
    fn what_is_assigned_is_no_condition() {
        check("UPDATE t SET a = b WHERE c = d", &["UPDATE t SET a = b WHERE c <> d"]);
        check("UPDATE t SET a = (b), c = d", &[]);
        check("UPDATE t SET a = CASE WHEN b = c THEN d END", &["UPDATE t SET a = CASE WHEN b <> c THEN d END"]);
    }

    #[test]
    fn sets_and_joins() {
        check("SELECT a FROM b JOIN c", &["SELECT a FROM b LEFT JOIN c"]);
        check("SELECT a FROM b INNER JOIN c", &["SELECT a FROM b LEFT JOIN c"]);
        check("SELECT a FROM b LEFT JOIN c", &["SELECT a FROM b JOIN c"]);
        check("SELECT a FROM b CROSS JOIN c", &[]);
        check("SELECT DISTINCT a UNION SELECT b", &["SELECT a UNION SELECT b", "SELECT DISTINCT a UNION ALL SELECT b"]);
        check("SELECT a UNION ALL SELECT b", &["SELECT a UNION SELECT b"]);
    }

    #[test]
    fn orders_and_aggregates() {
        check(
            "SELECT a ORDER BY b, c DESC LIMIT d",
            &["SELECT a ORDER BY b DESC, c DESC LIMIT d", "SELECT a ORDER BY b, c ASC LIMIT d"],
        );
        check(
            "SELECT a ORDER BY b DESC NULLS LAST, c COLLATE NOCASE",
            &[
                "SELECT a ORDER BY b ASC NULLS LAST, c COLLATE NOCASE",
                "SELECT a ORDER BY b DESC NULLS LAST, c COLLATE NOCASE DESC",
            ],
        );
        check("SELECT f() OVER (ORDER BY g(a, b))", &["SELECT f() OVER (ORDER BY g(a, b) DESC)"]);
        check("SELECT sum(a), min", &["SELECT min(a), min"]);
        check("SELECT row_number() OVER w", &["SELECT rank() OVER w"]);
    }

    #[test]
    fn one_of_several_statements_can_go() {
        check("DELETE FROM a; DROP TABLE b;", &["DROP TABLE b;", "DELETE FROM a; "]);
        check("DROP TABLE a; DROP  TABLE a;", &["DROP  TABLE a;"]);
        check("BEGIN; DROP TABLE b; COMMIT;", &["BEGIN; COMMIT;"]);
        let trigger = "CREATE TRIGGER a AFTER INSERT ON b BEGIN DELETE FROM c; END;";
        check(&format!("{trigger} DROP TABLE d;"), &["DROP TABLE d;", &format!("{trigger} ")]);
    }
}

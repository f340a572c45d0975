//! Mutants: a program with one small fault put in, as mutation testing does to find out what a test notices (DeMillo, Lipton and
//! Sayward 1978, "Hints on Test Data Selection").
//!
//! Nothing here runs code. Mutants that no input tells from the program remain among them: whoever can run both drops those.

mod edits;
mod operators;
mod spots;
mod sql;

use std::collections::{HashMap, HashSet};

use proofhouse_types::Language;

use self::edits::Edit;
use crate::tree::{Parsed, parse};

/// How many mutants a program has at most. The share that is killed, taken from 200, is known to within a standard error of 3.5 %.
const MUTANTS: usize = 200;
/// How long a program may be. A subject is a page or two; each of 200 mutants is parsed whole, four seconds at worst.
const PROGRAM_BYTES: usize = 16 << 10;

/// A program with one edit.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Mutant {
    /// The line of the edit, from 1.
    pub line: usize,
    /// What was edited, such as `` `<` becomes `<=` ``. No other mutant has the same on the same line.
    pub change: String,
    /// The whole program with that edit.
    pub code: String,
}

/// Makes the mutants of a program, in the order of its text. No two are the same program; those of Python parse.
///
/// At most 200: of more, those kept are spread evenly over the text. None for a text over 16 KiB, or of Python that does not parse.
pub fn mutants(text: &str, language: Language) -> Vec<Mutant> {
    if text.len() > PROGRAM_BYTES {
        return Vec::new();
    }
    match language {
        Language::Python => python(text),
        Language::Sql => {
            let mut known = HashSet::from([sql::canonical(text)]);
            let made = |edit: &Edit| Some(edit.apply(text)).filter(|code| known.insert(sql::canonical(code)));
            kept(&sql::edits(text), text, made)
        }
    }
}

fn python(text: &str) -> Vec<Mutant> {
    let parsed = parse(text, Language::Python);
    if !parsed.is_valid() {
        return Vec::new();
    }
    let mut known = HashSet::from([tokens(&parsed, text)]);
    let made = |edit: &Edit| {
        let code = edit.apply(text);
        let mutated = parse(&code, Language::Python);
        (mutated.is_valid() && known.insert(tokens(&mutated, &code))).then_some(code)
    };
    kept(&spots::edits(&parsed, text), text, made)
}

/// The mutants of the edits that are kept, as far as each makes one.
fn kept(edits: &[Edit], text: &str, mut made: impl FnMut(&Edit) -> Option<String>) -> Vec<Mutant> {
    let changes = changes(edits, text);
    let kept = edits.len().min(MUTANTS);
    let spread = (0..kept).map(|index| index * edits.len() / kept);
    spread
        .filter_map(|index| {
            let code = made(&edits[index])?;
            Some(Mutant { line: edits[index].line, change: changes[index].clone(), code })
        })
        .collect()
}

/// Says for each edit what it changes; those of one line that read the same are numbered.
fn changes(edits: &[Edit], text: &str) -> Vec<String> {
    let plain = edits.iter().map(|edit| (edit.line, edit.change(text))).collect::<Vec<_>>();
    let mut totals = HashMap::<_, usize>::new();
    for change in &plain {
        *totals.entry(change).or_default() += 1;
    }
    let mut seen = HashMap::<_, usize>::new();
    let numbered = plain.iter().map(|change| {
        let number = seen.entry(change).or_default();
        *number += 1;
        if totals[change] == 1 { change.1.clone() } else { format!("{} {}", ordinal(*number), change.1) }
    });
    numbered.collect()
}

fn ordinal(number: usize) -> String {
    let ending = match (number % 10, number % 100) {
        (1, rest) if rest != 11 => "st",
        (2, rest) if rest != 12 => "nd",
        (3, rest) if rest != 13 => "rd",
        _ => "th",
    };
    format!("{number}{ending}")
}

/// A program's tokens without comments and spacing. Two edits of one program with the same tokens made the same program.
fn tokens(parsed: &Parsed, text: &str) -> String {
    let mut tokens = String::new();
    let mut cursor = parsed.tree().walk();
    loop {
        let node = cursor.node();
        if node.kind() != "string" && cursor.goto_first_child() {
            continue;
        }
        if !node.is_extra() {
            tokens.push_str(&text[node.byte_range()]);
            tokens.push('\n');
        }
        while !cursor.goto_next_sibling() {
            if !cursor.goto_parent() {
                return tokens;
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tree::parses;

    fn check(text: &str, expected: &[&str]) {
        let found =
            mutants(text, Language::Python).iter().map(|m| format!("{}: {}", m.line, m.change)).collect::<Vec<_>>();
        assert_eq!(found, expected, "{text:?}");
    }

    fn check_code(text: &str, change: &str, expected: &str) {
        let found = mutants(text, Language::Python).into_iter().find(|mutant| mutant.change == change);
        assert_eq!(found.map(|mutant| mutant.code).as_deref(), Some(expected), "{text:?}");
    }

    #[test]
    fn comparisons() {
        check("x = a < b\n", &["1: `<` becomes `<=`", "1: `<` becomes `>`"]);
        check("x = a >= b\n", &["1: `>=` becomes `>`", "1: `>=` becomes `<=`"]);
        check("x = a == b\n", &["1: `==` becomes `!=`"]);
        check("x = a not  in b\n", &["1: `not in` becomes `in`"]);
        check("x = a is b\n", &["1: `is` becomes `is not`"]);
        let first = ["1: 1st `<` becomes `<=`", "1: 1st `<` becomes `>`"];
        check("x = a < b < c\n", &[&first[..], &["1: 2nd `<` becomes `<=`", "1: 2nd `<` becomes `>`"]].concat());
    }

    #[test]
    fn a_tie_that_changes_nothing_is_left_alone() {
        check("if a > b: b = a\n", &["1: condition `a > b` negated", "1: `>` becomes `<`"]);
        let all = ["1: condition `a > b` negated", "1: `>` becomes `>=`", "1: `>` becomes `<`"];
        check("if a > b: b = c\n", &all);
        check("if a > b: b = a\nelse: c()\n", &[&all[..], &["2: `c()` removed"]].concat());
    }

    #[test]
    fn arithmetic() {
        check("x = a + b\n", &["1: `+` becomes `-`"]);
        check("x = a // b % c\n", &["1: `//` becomes `/`", "1: `%` becomes `*`"]);
        check("x = a ** b @ c\n", &["1: `**` becomes `*`"]);
        check("x = -a\n", &["1: `-` removed"]);
        check("x = +a\n", &[]);
        check("x = [a] * b + 'c'\n", &["1: `'c'` becomes `''`"]);
        check("x = a * 1\n", &["1: `1` becomes `2`", "1: `1` becomes `0`"]);
        check("a -= b\n", &["1: `a -= b` removed", "1: `-=` becomes `+=`"]);
        check("a //= b\n", &["1: `a //= b` removed", "1: `//=` becomes `/=`"]);
        check("a += 'b'\n", &["1: `a += 'b'` removed", "1: `'b'` becomes `''`"]);
    }

    #[test]
    fn constants() {
        check("x = a[0:5]\n", &["1: `0` becomes `1`", "1: `5` becomes `6`", "1: `5` becomes `4`"]);
        check("x = 0x1_0\n", &["1: `0x1_0` becomes `17`", "1: `0x1_0` becomes `15`"]);
        check("x = 2j\n", &[]);
        let huge = "9".repeat(39);
        check(&format!("x = {huge}\n"), &[&format!("1: `{huge}` becomes `0`")]);
        check("x = 0.5\n", &["1: `0.5` becomes `1.5`", "1: `0.5` becomes `0.0`"]);
        check("x = 1e300\n", &["1: `1e300` becomes `0.0`"]);
        check("x = b'' 'a'\n", &["1: `b''` becomes `b'mutant'`", "1: `'a'` becomes `''`"]);
        check("x = True or None\n", &["1: `True` becomes `False`", "1: `or` becomes `and`"]);
        check("f = lambda a=3: a\n", &["1: `3` becomes `4`", "1: `3` becomes `2`"]);
        check("x = f'a {b + c:{d}3}'\n", &["1: `+` becomes `-`"]);
    }

    #[test]
    fn conditions() {
        let both = ["1: condition `a` negated", "2: condition `d` negated", "2: `b = e` removed"];
        check("if a: b = c\nelif d: b = e\n", &both);
        check("while (a is b): a()\n", &["1: `is` becomes `is not`", "1: `a()` removed"]);
        check("while True: a()\n", &["1: `True` becomes `False`", "1: `a()` removed"]);
        check("x = a if not b else c\n", &["1: `not` removed"]);
        check("x = [a for a in b if a]\n", &["1: condition `a` negated"]);
        check("match a:\n    case 0 if b: pass\n", &["2: `0` becomes `1`", "2: condition `b` negated"]);
        check_code("if(a): b = c\n", "condition `(a)` negated", "if not ((a)): b = c\n");
    }

    #[test]
    fn returns() {
        check("def f(a): return a\n", &["1: `return a` becomes `return None`"]);
        check("def f(): return None\n", &[]);
        check("def f(): return\n", &[]);
        check("def f(): return True\n", &["1: `True` becomes `False`"]);
    }

    #[test]
    fn statements_that_can_go() {
        check("a()\ndel b\n", &["1: `a()` removed", "2: `del b` removed"]);
        check("assert a, 'b' + c\n", &["1: `assert a, 'b' + c` removed"]);
        check("def f(): raise E(f'a {1}')\n", &["1: `raise E(f'a {1}')` removed"]);
        check("for a in b:\n    if a: break\n", &["2: condition `a` negated", "2: `break` removed"]);
        let round = ["2: condition `a` negated", "2: `continue` removed", "3: `c()` removed"];
        check("for a in b:\n    if a: continue\n    c()\n", &round);
        check("for a in b:\n    if a: continue\n", &round[..1]);
        check("a\na == b\n...\npass\na: int\n", &["2: `==` becomes `!=`"]);
        let bound = ["2: `a = b` removed", "4: `a, c = c, a` removed"];
        check("def f(a):\n    a = b\n    c = a\n    a, c = c, a\n", &bound);
        check("a = b\na = c = b\na.d = a[b] = c\n", &["3: `a.d = a[b] = c` removed"]);
        check("a = b\ndef f(): a = c\n", &[]);
        let after = "def f(a): return a; pass\n";
        check_code("def f(a): return a; a = b\n", "`a = b` removed", after);
    }

    #[test]
    fn what_no_test_should_pin_is_left_alone() {
        check("'''a'''\nclass A:\n    'b' 'c'\n    def f(): 'd'\n", &[]);
        check("from a import b\nimport c\n@d(1)\ndef f(a: 'b' = c, *d: e[1]) -> f[2]: pass\na: g[3] = b\n", &[]);
        check("if __name__ == '__main__':\n    f(1)\n", &[]);
        check("x = = 1\n", &[]);
        check("", &[]);
    }

    #[test]
    fn words_do_not_grow_together() {
        check_code("def f(): return-1\n", "`-` removed", "def f(): return 1\n");
        check_code("x = 1or a\n", "`1` becomes `0`", "x = 0 or a\n");
    }

    #[test]
    fn one_program_is_made_once() {
        check("x = - -a\n", &["1: 1st `-` removed"]);
    }

    #[test]
    fn long_pieces_are_cut() {
        let change = format!("1: `f({}…` removed", "a".repeat(39));
        check(&format!("f({})\n", "a".repeat(100)), &[&change]);
        check("f(a,\n  b)\n", &["1: `f(a, b)` removed"]);
    }

    #[test]
    fn every_mutant_is_a_program_with_a_name_of_its_own() {
        let programs = [
            include_str!("../../fixtures/mutation/binary_search/subject.py"),
            include_str!("../../fixtures/mutation/caesar/subject.py"),
            include_str!("../../fixtures/mutation/count_words/subject.py"),
            include_str!("../../fixtures/mutation/encode_runs/subject.py"),
            include_str!("../../fixtures/mutation/is_luhn/subject.py"),
            include_str!("../../fixtures/mutation/median/subject.py"),
            include_str!("../../fixtures/mutation/merge_intervals/subject.py"),
            include_str!("../../fixtures/mutation/parse_duration/subject.py"),
            include_str!("../../fixtures/mutation/spiral/subject.py"),
            include_str!("../../fixtures/mutation/to_roman/subject.py"),
        ];
        for program in programs {
            let mutants = mutants(program, Language::Python);
            let names = mutants.iter().map(|mutant| (mutant.line, &mutant.change)).collect::<HashSet<_>>();
            assert_eq!(names.len(), mutants.len(), "{program}");
            assert!(mutants.is_sorted_by_key(|mutant| mutant.line), "{program}");
            for mutant in mutants {
                assert!(parses(&mutant.code, Language::Python) && mutant.code != program, "{}", mutant.code);
            }
        }
    }

    #[test]
    fn mutants_are_bounded_and_spread() {
        let lines = |lines: usize| {
            mutants(&"a()\n".repeat(lines), Language::Python).iter().map(|mutant| mutant.line).collect::<Vec<_>>()
        };
        assert_eq!(lines(MUTANTS), (1..=MUTANTS).collect::<Vec<_>>());
        assert_eq!(lines(MUTANTS * 2), (0..MUTANTS).map(|line| line * 2 + 1).collect::<Vec<_>>());
        let comment = |bytes: usize| mutants(&format!("a()\n#{}", "a".repeat(bytes - 5)), Language::Python).len();
        assert_eq!(comment(PROGRAM_BYTES), 1);
        assert_eq!(comment(PROGRAM_BYTES + 1), 0);
    }

    #[test]
    fn deep_programs_do_not_overflow_the_stack() {
        let nests = [("(", ")"), ("-", ""), ("not ", ""), ("f(1, ", ")"), ("a if b else ", ""), ("1 + ", "")];
        for (open, close) in nests {
            let depth = (PROGRAM_BYTES - 20) / (open.len() + close.len());
            let deep = format!("x = {}a{}\n", open.repeat(depth), close.repeat(depth));
            let parsed = parse(&deep, Language::Python);
            assert!(tokens(&parsed, &deep).len() >= deep.len() / 2, "{open}");
            assert!(spots::edits(&parsed, &deep).len() <= depth * 3, "{open}");
        }
    }
}

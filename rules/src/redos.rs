//! Regular expressions that an engine which backtracks can take exponential, or high polynomial, time for.
//!
//! The text becomes a tree, the tree an automaton of its characters, and the automaton is asked whether some text can be read
//! in very many ways and is refused in the end. Patterns that are too large or too deep to be sure of count as harmless.

mod automaton;
mod letters;
mod loops;
mod parser;
mod pieces;
#[cfg(test)]
mod tests;

use automaton::Automaton;

/// Patterns beyond this are tables of words, not written by hand; the figure bounds the work on one literal.
const LONGEST: usize = 2_000;

/// Whether an engine that backtracks can take exponential time, or a high power of the text's length, for the pattern.
///
/// Delimiters with flags, as in PHP's `/a+/i`, are read too. Takes no more than a few milliseconds for any text.
pub(crate) fn is_catastrophic(pattern: &str) -> bool {
    if pattern.len() > LONGEST || !pattern.contains(['*', '+', '{']) {
        return false;
    }
    let expressions = parser::parse(pattern);
    expressions
        .iter()
        .filter_map(Automaton::new)
        .any(|automaton| automaton.reads_in_exponentially_many_ways() || automaton.reads_in_polynomially_many_ways())
}

//! The automaton of an expression, and whether a text can be read by it in exponentially many ways.

use std::collections::{BTreeSet, HashMap, VecDeque};

use super::letters::Letters;
use super::loops::{components, is_loop};
use super::parser::Node;
use super::pieces::{Piece, Places};

/// How many steps the search for a text takes before it gives up; a pattern of a hundred characters needs some thousands.
const MOST_STEPS: usize = 400_000;

/// How often the part that can be read in two ways is repeated to see whether the whole is refused in the end.
const ROUNDS: usize = 6;

pub(super) struct Automaton {
    pub(super) places: Places,
    pub(super) whole: Piece,
}

impl Automaton {
    /// None for one that is too large, or takes no character: it matches every text at once.
    pub(super) fn new(node: &Node) -> Option<Self> {
        let mut places = Places::default();
        let whole = places.add(node).ok()?;
        (whole.empty == 0).then_some(Automaton { places, whole })
    }

    pub(super) fn letters(&self, place: usize) -> Letters {
        self.places.letters[place]
    }

    /// Whether there is a text that leads from a place to itself in two ways, so that each repetition of it doubles the ways,
    /// and that is refused when it was repeated.
    pub(super) fn reads_in_exponentially_many_ways(&self) -> bool {
        let mut steps = MOST_STEPS;
        for component in components(self.places.letters.len(), |place| self.next(place)) {
            if !is_loop(&component, |place| self.next(place)) {
                continue;
            }
            let members: BTreeSet<usize> = component.iter().copied().collect();
            for &place in &component {
                let Some(text) = self.ambiguous(place, &members, &mut steps) else { continue };
                if self.is_refused(&self.way_to(place), &text) {
                    return true;
                }
                if steps == 0 {
                    return false;
                }
            }
        }
        false
    }

    fn next(&self, place: usize) -> impl Iterator<Item = usize> {
        self.places.next[place].iter().map(|(next, _)| *next)
    }

    /// A shortest text that leads from a place to itself in two ways within a component.
    fn ambiguous(&self, start: usize, members: &BTreeSet<usize>, steps: &mut usize) -> Option<Vec<Letters>> {
        type State = (usize, usize, bool);
        let from: State = (start, start, false);
        let mut before: HashMap<State, (State, Letters)> = HashMap::new();
        let mut queue = VecDeque::from([from]);
        while let Some(state) = queue.pop_front() {
            let (one, other, differs) = state;
            for &(one_next, ways) in self.places.next[one].iter().filter(|(next, _)| members.contains(next)) {
                for &(other_next, _) in self.places.next[other].iter().filter(|(next, _)| members.contains(next)) {
                    *steps = steps.checked_sub(1)?;
                    let shared = self.letters(one_next) & self.letters(other_next) & Letters::ALL;
                    if shared.is_empty() {
                        continue;
                    }
                    let doubled = one == other && one_next == other_next && ways > 1;
                    let next = (one_next, other_next, differs || doubled || one_next != other_next);
                    if before.contains_key(&next) {
                        continue;
                    }
                    before.insert(next, (state, shared.pick()));
                    if next == (start, start, true) {
                        return Some(traced(&before, next, from));
                    }
                    queue.push_back(next);
                }
            }
        }
        None
    }

    /// A shortest text from the start to a place, the place's own character included.
    pub(super) fn way_to(&self, place: usize) -> Vec<Letters> {
        let mut before: Vec<Option<Option<usize>>> = vec![None; self.places.letters.len()];
        let mut queue = VecDeque::new();
        for &(first, _) in &self.whole.first {
            before[first] = Some(None);
            queue.push_back(first);
        }
        while let Some(at) = queue.pop_front() {
            if at == place {
                break;
            }
            for next in self.next(at) {
                if before[next].is_none() {
                    before[next] = Some(Some(at));
                    queue.push_back(next);
                }
            }
        }
        let mut text = vec![self.letters(place).pick()];
        let mut at = place;
        while let Some(Some(earlier)) = before[at] {
            text.push(self.letters(earlier).pick());
            at = earlier;
        }
        text.reverse();
        text
    }

    /// Whether a text that begins so, and has the second part many times, can end so that no beginning of it matches.
    pub(super) fn is_refused(&self, beginning: &[Letters], repeated: &[Letters]) -> bool {
        let mut at: Option<BTreeSet<usize>> = None;
        let rounds = std::iter::repeat_n(repeated, ROUNDS).flatten();
        for &letter in beginning.iter().chain(rounds) {
            let next = self.step(at.as_ref(), letter);
            if self.accepts(&next) {
                return false;
            }
            at = Some(next);
        }
        let ends_badly = |at: Option<&BTreeSet<usize>>| !self.accepts(&self.step(at, Letters::END));
        if ends_badly(at.as_ref()) {
            return true;
        }
        Letters::ALL.each().any(|letter| {
            let next = self.step(at.as_ref(), letter);
            !self.accepts(&next) && ends_badly(Some(&next))
        })
    }

    /// The places that a character leads to; from the start, if there is none yet.
    fn step(&self, at: Option<&BTreeSet<usize>>, letter: Letters) -> BTreeSet<usize> {
        let leads = |next: &usize| self.letters(*next).overlaps(letter);
        match at {
            None => self.whole.first.iter().map(|(first, _)| *first).filter(leads).collect(),
            Some(at) => at.iter().flat_map(|&place| self.next(place)).filter(leads).collect(),
        }
    }

    fn accepts(&self, at: &BTreeSet<usize>) -> bool {
        self.whole.last.iter().any(|(last, _)| at.contains(last))
    }
}

/// The characters from a state back to the first one.
fn traced<S: Copy + Eq + std::hash::Hash>(before: &HashMap<S, (S, Letters)>, last: S, first: S) -> Vec<Letters> {
    let mut text = Vec::new();
    let mut at = last;
    while let Some(&(earlier, letter)) = before.get(&at) {
        text.push(letter);
        at = earlier;
        if at == first {
            break;
        }
    }
    text.reverse();
    text
}

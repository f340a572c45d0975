//! Loops one after the other that read the same character: a text of it is split between them in polynomially many ways.

use super::automaton::Automaton;
use super::letters::Letters;

/// How many loops over the same set in a row are too many, with nothing between that must be read: the time grows with the
/// third power of the text's length at least.
const SAME: usize = 3;

/// As [`SAME`], for sets that merely share the character: `\s*(.*?)\s*` is met every day and has three.
const SHARED: usize = 4;

/// How many loops are too many where other characters stand between them that are read as the same one too: `(.*?,){11}`.
const APART: usize = 7;

/// The longest chains of loops that end in a component, with the chain's first place.
#[derive(Clone, Copy, Default)]
struct Chains {
    same: usize,
    shared: usize,
    apart: usize,
    start: usize,
}

impl Automaton {
    /// Whether there is a character that many loops in a row read, so that a text of it takes a high power of its length, and is
    /// refused in the end.
    pub(super) fn reads_in_polynomially_many_ways(&self) -> bool {
        let mut seen: Vec<Vec<usize>> = Vec::new();
        for letter in Letters::ALL.each() {
            let members: Vec<usize> =
                (0..self.places.letters.len()).filter(|&place| self.letters(place).overlaps(letter)).collect();
            // Characters that stand in the same places are alike.
            if members.len() < SAME || seen.contains(&members) {
                continue;
            }
            if let Some(start) = self.long_chain(&members) {
                let mut beginning = self.way_to(start);
                beginning.pop();
                if self.is_refused(&beginning, &[letter]) {
                    return true;
                }
            }
            seen.push(members);
        }
        false
    }

    /// Where a chain of too many loops starts, if there is one among these places.
    fn long_chain(&self, members: &[usize]) -> Option<usize> {
        let number = |place: usize| members.binary_search(&place).ok();
        let next = |member: usize| self.places.next[members[member]].iter().filter_map(move |(next, _)| number(*next));
        // Components come after all that they lead to: read from the end, each comes after what leads to it.
        let components = components(members.len(), next);
        let mut owner = vec![0; members.len()];
        for (number, component) in components.iter().enumerate() {
            component.iter().for_each(|&member| owner[member] = number);
        }
        let mut chains = vec![Chains::default(); components.len()];
        for (number, component) in components.iter().enumerate().rev() {
            let mut own = chains[number];
            if is_loop(component, next) {
                if own.apart == 0 {
                    own.start = members[component[0]];
                }
                own = Chains { same: own.same + 1, shared: own.shared + 1, apart: own.apart + 1, start: own.start };
                if own.same >= SAME || own.shared >= SHARED || own.apart >= APART {
                    return Some(own.start);
                }
            } else {
                own = Chains { same: 0, shared: 0, ..own };
            }
            for &member in component {
                for follower in next(member).filter(|&follower| owner[follower] != number) {
                    let is_same = self.letters(members[member]) == self.letters(members[follower]);
                    let to = &mut chains[owner[follower]];
                    if own.apart > to.apart || own.shared > to.shared {
                        to.start = own.start;
                    }
                    to.same = to.same.max(if is_same { own.same } else { 0 });
                    to.shared = to.shared.max(own.shared);
                    to.apart = to.apart.max(own.apart);
                }
            }
        }
        None
    }
}

/// Whether what is in a component can come again.
pub(super) fn is_loop<I: Iterator<Item = usize>>(component: &[usize], next: impl Fn(usize) -> I) -> bool {
    component.len() > 1 || next(component[0]).any(|place| place == component[0])
}

/// The strongly connected components of a graph, each after those that it leads to.
pub(super) fn components<I: Iterator<Item = usize>>(count: usize, next: impl Fn(usize) -> I) -> Vec<Vec<usize>> {
    const UNSEEN: usize = usize::MAX;
    let mut found = Vec::new();
    let mut order = vec![UNSEEN; count];
    let mut lowest = vec![0; count];
    let mut is_open = vec![false; count];
    let mut open = Vec::new();
    let mut clock = 0;
    for root in 0..count {
        if order[root] != UNSEEN {
            continue;
        }
        // Tarjan's algorithm with a stack of its own.
        let mut work: Vec<(usize, Vec<usize>)> = Vec::new();
        let mut entered = Some(root);
        loop {
            if let Some(place) = entered.take() {
                order[place] = clock;
                lowest[place] = clock;
                clock += 1;
                open.push(place);
                is_open[place] = true;
                work.push((place, next(place).collect()));
            }
            let Some((place, rest)) = work.last_mut() else { break };
            let place = *place;
            match rest.pop() {
                Some(follower) if order[follower] == UNSEEN => entered = Some(follower),
                Some(follower) => {
                    if is_open[follower] {
                        lowest[place] = lowest[place].min(order[follower]);
                    }
                }
                None => {
                    work.pop();
                    if let Some((above, _)) = work.last() {
                        lowest[*above] = lowest[*above].min(lowest[place]);
                    }
                    if lowest[place] == order[place] {
                        let start = open.iter().rposition(|&member| member == place).unwrap_or(0);
                        let component = open.split_off(start);
                        component.iter().for_each(|&member| is_open[member] = false);
                        found.push(component);
                    }
                }
            }
        }
    }
    found
}

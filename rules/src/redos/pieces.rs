//! An expression as the places of its characters: which may come first, which last, and which after which.
//!
//! Where two ways lead from one place to the next without a character between, both are counted: `(a*)*` reads each next `a` in
//! the inner loop or in a new round of the outer one.

use super::letters::Letters;
use super::parser::Node;

/// How many places an expression may have. People write some dozens; the figure bounds the work on generated ones.
const MOST_PLACES: usize = 500;

/// How many ways between places are kept.
const MOST_WAYS: usize = 40_000;

/// How often a group is written out that is repeated a given number of times; the powers that count begin at 3 loops, and
/// some patterns of practice have 7.
const COPIES: u32 = 8;

/// From this many on, a repetition counts as a loop without an end.
const LOOP_FROM: u32 = 16;

/// The places of an expression.
#[derive(Default)]
pub(super) struct Places {
    pub(super) letters: Vec<Letters>,
    /// For each place, those that may come next, each with the number of ways (2 stands for more).
    pub(super) next: Vec<Vec<(usize, u8)>>,
    ways: usize,
}

/// A part of an expression.
#[derive(Clone, Default)]
pub(super) struct Piece {
    pub(super) first: Vec<(usize, u8)>,
    pub(super) last: Vec<(usize, u8)>,
    /// In how many ways it takes no character.
    pub(super) empty: u8,
}

/// There were more places or ways than are looked at.
pub(super) struct TooMany;

impl Places {
    pub(super) fn add(&mut self, node: &Node) -> Result<Piece, TooMany> {
        match node {
            Node::Nothing | Node::Ahead(_) => Ok(Piece { empty: 1, ..Piece::default() }),
            Node::One(letters) => self.place(*letters),
            Node::Sequence(nodes) => {
                let mut whole = Piece { empty: 1, ..Piece::default() };
                for node in nodes {
                    let next = self.add(node)?;
                    whole = self.joined(whole, &next)?;
                }
                Ok(whole)
            }
            Node::Either(ways) => {
                let mut whole = Piece::default();
                for way in ways {
                    let piece = self.add(way)?;
                    merge(&mut whole.first, &piece.first, 1);
                    merge(&mut whole.last, &piece.last, 1);
                    whole.empty = (whole.empty + piece.empty).min(2);
                }
                Ok(whole)
            }
            Node::Repeat { node, least, most } => self.repeated(node, *least, *most),
            Node::Atomic(inner) => {
                // Left once, it is not tried in another way: as good as one character of any of its own.
                let mut letters = Letters::NONE;
                let empty = gather(inner, &mut letters);
                let piece = self.place(letters & Letters::ALL)?;
                Ok(if empty { optional(piece) } else { piece })
            }
        }
    }

    fn place(&mut self, letters: Letters) -> Result<Piece, TooMany> {
        let number = self.letters.len();
        if number >= MOST_PLACES {
            return Err(TooMany);
        }
        self.letters.push(letters);
        self.next.push(Vec::new());
        Ok(Piece { first: vec![(number, 1)], last: vec![(number, 1)], empty: 0 })
    }

    fn link(&mut self, from: &[(usize, u8)], to: &[(usize, u8)]) -> Result<(), TooMany> {
        for &(last, ways) in from {
            merge(&mut self.next[last], to, ways);
            self.ways += to.len();
            if self.ways > MOST_WAYS {
                return Err(TooMany);
            }
        }
        Ok(())
    }

    fn joined(&mut self, one: Piece, other: &Piece) -> Result<Piece, TooMany> {
        self.link(&one.last, &other.first)?;
        let mut first = one.first;
        if one.empty > 0 {
            merge(&mut first, &other.first, one.empty);
        }
        let mut last = other.last.clone();
        if other.empty > 0 {
            merge(&mut last, &one.last, other.empty);
        }
        Ok(Piece { first, last, empty: (one.empty * other.empty).min(2) })
    }

    fn looped(&mut self, piece: &Piece) -> Result<(), TooMany> {
        self.link(&piece.last.clone(), &piece.first.clone())
    }

    fn repeated(&mut self, node: &Node, least: u32, most: Option<u32>) -> Result<Piece, TooMany> {
        let most = most.filter(|&most| most < LOOP_FROM);
        let copies = least.clamp(1, COPIES);
        let mut whole = Piece { empty: 1, ..Piece::default() };
        if most == Some(0) {
            return Ok(whole);
        }
        let Some(most) = most else {
            for _ in 1..copies {
                let piece = self.add(node)?;
                whole = self.joined(whole, &piece)?;
            }
            let mut piece = self.add(node)?;
            self.looped(&piece)?;
            if least == 0 {
                // A round that takes nothing is no round.
                piece.empty = 1;
            }
            return self.joined(whole, &piece);
        };
        let single = matches!(node, Node::One(_));
        let limit = if single { LOOP_FROM } else { COPIES };
        let (least, most) = (least.min(limit), most.min(limit));
        // `x{1,3}` is `x(x(x)?)?`.
        let mut rest = Piece { empty: 1, ..Piece::default() };
        for _ in least..most {
            let piece = self.add(node)?;
            rest = optional(self.joined(piece, &rest)?);
        }
        for _ in 0..least {
            let piece = self.add(node)?;
            whole = self.joined(whole, &piece)?;
        }
        self.joined(whole, &rest)
    }
}

/// Once or not at all. What takes nothing by itself is not also left out: engines cut that, or it costs little.
fn optional(mut piece: Piece) -> Piece {
    piece.empty = 1;
    piece
}

/// All characters of a node; whether it may take none.
fn gather(node: &Node, letters: &mut Letters) -> bool {
    match node {
        Node::Nothing | Node::Ahead(_) => true,
        Node::One(own) => {
            *letters = *letters | *own;
            false
        }
        Node::Sequence(nodes) => nodes.iter().filter(|node| !gather(node, letters)).count() == 0,
        Node::Either(nodes) => nodes.iter().filter(|node| gather(node, letters)).count() > 0,
        Node::Repeat { node, least, .. } => gather(node, letters) || *least == 0,
        Node::Atomic(node) => gather(node, letters),
    }
}

fn merge(into: &mut Vec<(usize, u8)>, from: &[(usize, u8)], ways: u8) {
    for &(place, more) in from {
        let more = (more * ways).min(2);
        match into.iter_mut().find(|(known, _)| *known == place) {
            Some((_, known)) => *known = (*known + more).min(2),
            None => into.push((place, more)),
        }
    }
}

//! Sets of characters, a bit each.

use std::ops::{BitAnd, BitOr, Not, RangeInclusive};

/// A set of characters: ASCII one by one, all others together in [`Letters::FOREIGN`], the end of the text as [`Letters::END`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(super) struct Letters(pub(super) u128);

impl Letters {
    pub(super) const NONE: Letters = Letters(0);
    /// The end of the text, in the place of the character 0.
    pub(super) const END: Letters = Letters(1);
    /// Everything beyond ASCII, in the place of the character 127.
    pub(super) const FOREIGN: Letters = Letters(1 << 127);
    /// Every character.
    pub(super) const ALL: Letters = Letters(!1);

    pub(super) fn of(letter: char) -> Letters {
        match u32::from(letter) {
            0 => Letters::NONE,
            code @ 1..=126 => Letters(1 << code),
            _ => Letters::FOREIGN,
        }
    }

    pub(super) fn range(range: RangeInclusive<char>) -> Letters {
        let (first, last) = (u32::from(*range.start()), u32::from(*range.end()));
        let mut letters = if last > 126 { Letters::FOREIGN } else { Letters::NONE };
        for code in first.max(1)..=last.min(126) {
            letters.0 |= 1 << code;
        }
        letters
    }

    pub(super) fn digits() -> Letters {
        Letters::range('0'..='9')
    }

    pub(super) fn words() -> Letters {
        Letters::digits() | Letters::alphabet() | Letters::of('_') | Letters::FOREIGN
    }

    pub(super) fn alphabet() -> Letters {
        Letters::range('a'..='z') | Letters::range('A'..='Z')
    }

    pub(super) fn spaces() -> Letters {
        Letters::range('\t'..='\r') | Letters::of(' ')
    }

    /// Everything but the end of a line.
    pub(super) fn any() -> Letters {
        Letters::ALL & !Letters::of('\n')
    }

    pub(super) fn is_empty(self) -> bool {
        self.0 == 0
    }

    pub(super) fn overlaps(self, other: Letters) -> bool {
        self.0 & other.0 != 0
    }

    /// With both cases of each letter.
    pub(super) fn folded(self) -> Letters {
        let lower = Letters::range('a'..='z').0;
        let upper = Letters::range('A'..='Z').0;
        Letters(self.0 | (self.0 & lower) >> 32 | (self.0 & upper) << 32)
    }

    /// One of them: a plain letter or digit where there is one.
    pub(super) fn pick(self) -> Letters {
        let plain = self.0 & (Letters::alphabet() | Letters::digits()).0;
        let from = if plain == 0 { self.0 } else { plain };
        // From above, so that small letters come before digits.
        match from.checked_ilog2() {
            Some(bit) => Letters(1 << bit),
            None => Letters::NONE,
        }
    }

    /// The single characters of the set, one after the other.
    pub(super) fn each(self) -> impl Iterator<Item = Letters> {
        (0..128).map(|bit| Letters(1 << bit)).filter(move |letter| self.overlaps(*letter))
    }
}

impl BitOr for Letters {
    type Output = Letters;

    fn bitor(self, other: Letters) -> Letters {
        Letters(self.0 | other.0)
    }
}

impl BitAnd for Letters {
    type Output = Letters;

    fn bitand(self, other: Letters) -> Letters {
        Letters(self.0 & other.0)
    }
}

impl Not for Letters {
    type Output = Letters;

    /// All other characters; the end of the text is none.
    fn not(self) -> Letters {
        Letters(!self.0 & Letters::ALL.0)
    }
}

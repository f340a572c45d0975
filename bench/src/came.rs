//! What the threads of a run tell the one that writes.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::mpsc::Sender;

use proofhouse_types::{Generation, ModelFacts};
use tokio::sync::oneshot;

use crate::config::Manner;
use crate::row::SampleRow;

/// Something that one of them has. None of them waits until it is heard: there is one of each kind for a sample at most, and all of
/// a run's rows are held in memory anyway.
pub(crate) enum Came {
    /// The next model wants to be asked, and waits until everything from before is graded.
    Turn {
        number: usize,
        idle: oneshot::Sender<()>,
    },
    Warm {
        model: String,
        manner: Box<Manner>,
        facts: Box<ModelFacts>,
        warm_up: Box<Generation>,
    },
    /// What came back of a request, and who waits until it is written down.
    Reply {
        row: Box<SampleRow>,
        written: oneshot::Sender<()>,
    },
    Lost {
        model: String,
        why: String,
    },
    AllAsked,
    Graded(Box<SampleRow>),
    NoDesk(proofhouse::Error),
    /// One of them will tell nothing more.
    Panicked(String),
}

/// Does a thread's work, and tells how it failed: who waits for what a thread does not tell any more waits for ever.
pub(crate) fn telling(came: &Sender<Came>, work: impl FnOnce() -> Result<(), proofhouse::Error>) {
    // What the work shares with other threads is given up with the run.
    let failed = match catch_unwind(AssertUnwindSafe(work)) {
        Ok(Ok(())) => return,
        Ok(Err(error)) => Came::NoDesk(error),
        Err(panic) => {
            let text = panic.downcast_ref::<&str>().map(|text| (*text).to_owned());
            Came::Panicked(text.or_else(|| panic.downcast_ref().cloned()).unwrap_or_default())
        }
    };
    // Where nobody listens any more, the run is over.
    let _ = came.send(failed);
}

#[cfg(test)]
mod tests {
    use std::sync::mpsc::channel;

    use super::*;

    #[test]
    fn a_panic_is_told() {
        let check = |work: fn(), expected: Option<&str>| {
            let (came, told) = channel();
            telling(&came, || {
                work();
                Ok(())
            });
            drop(came);
            let told: Vec<Came> = told.iter().collect();
            match (told.as_slice(), expected) {
                ([], None) => {}
                ([Came::Panicked(said)], Some(expected)) => assert_eq!(said, expected),
                (told, expected) => panic!("{} for {expected:?}", told.len()),
            }
        };
        check(|| (), None);
        check(|| panic!("plain"), Some("plain"));
        check(|| panic!("{} things", 2), Some("2 things"));
    }
}

//! Whose turn it is: clients take turns, and the batches of each client do among themselves.

use std::collections::{HashMap, VecDeque};

use crate::store::BatchId;

/// Batches in the order of their turns.
#[derive(Debug, Default)]
pub(super) struct Rotation {
    clients: VecDeque<(String, VecDeque<BatchId>)>,
    /// From which position on each batch has not been started.
    next: HashMap<BatchId, i64>,
}

impl Rotation {
    /// Has these batches take turns from now on, and no others. Those that did keep their places.
    pub(super) fn set(&mut self, running: Vec<(BatchId, String)>) {
        let mut news: HashMap<BatchId, String> = running.into_iter().collect();
        self.next.retain(|batch, _| news.contains_key(batch));
        for (_, batches) in &mut self.clients {
            batches.retain(|batch| news.remove(batch).is_some());
        }
        self.clients.retain(|(_, batches)| !batches.is_empty());
        // The oldest first: their names begin with when they were made.
        let mut news: Vec<(BatchId, String)> = news.into_iter().collect();
        news.sort_unstable();
        for (batch, client) in news {
            match self.clients.iter_mut().find(|(name, _)| *name == client) {
                Some((_, batches)) => batches.push_back(batch),
                None => self.clients.push_back((client, VecDeque::from([batch]))),
            }
        }
    }

    /// The batch whose turn it is, whose it is, and from which position on it has not been started.
    pub(super) fn turn(&mut self) -> Option<(BatchId, String, i64)> {
        let (client, mut batches) = self.clients.pop_front()?;
        let batch = batches.pop_front()?;
        batches.push_back(batch.clone());
        self.clients.push_back((client.clone(), batches));
        let from = self.next.get(&batch).copied().unwrap_or_default();
        Some((batch, client, from))
    }

    /// Everything of a batch before this position has been started.
    pub(super) fn started(&mut self, batch: &BatchId, next: i64) {
        self.next.insert(batch.clone(), next);
    }

    /// Has a batch take no more turns until it is set again. It keeps what was started.
    pub(super) fn pause(&mut self, batch: &BatchId) {
        for (_, batches) in &mut self.clients {
            batches.retain(|other| other != batch);
        }
        self.clients.retain(|(_, batches)| !batches.is_empty());
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn id(letter: char) -> BatchId {
        BatchId::of(&letter.to_string().repeat(32)).unwrap()
    }

    fn running(batches: &[(char, &str)]) -> Vec<(BatchId, String)> {
        batches.iter().map(|(letter, client)| (id(*letter), (*client).to_owned())).collect()
    }

    fn turns(rotation: &mut Rotation, count: usize) -> String {
        let turn = |_| rotation.turn().map(|(batch, _, _)| batch.to_string()[..1].to_owned());
        (0..count).map_while(turn).collect()
    }

    #[test]
    fn clients_take_turns_and_so_do_the_batches_of_each() {
        let mut rotation = Rotation::default();
        assert_eq!(turns(&mut rotation, 1), "");
        rotation.set(running(&[('a', "me"), ('b', "me"), ('c', "you"), ('d', "me")]));
        assert_eq!(turns(&mut rotation, 8), "acbcdcac");
        rotation.pause(&id('c'));
        assert_eq!(turns(&mut rotation, 3), "bda");
        // A new one waits until all the others of its client had their turn.
        rotation.set(running(&[('a', "me"), ('b', "me"), ('d', "me"), ('e', "me")]));
        assert_eq!(turns(&mut rotation, 5), "bdaeb");
        rotation.set(vec![]);
        assert_eq!(turns(&mut rotation, 1), "");
    }

    #[test]
    fn what_was_started_is_known_as_long_as_the_batch_runs() {
        let mut rotation = Rotation::default();
        rotation.set(running(&[('a', "me")]));
        rotation.started(&id('a'), 7);
        rotation.pause(&id('a'));
        rotation.set(running(&[('a', "me")]));
        assert_eq!(rotation.turn(), Some((id('a'), "me".to_owned(), 7)));
        rotation.set(vec![]);
        rotation.set(running(&[('a', "me")]));
        assert_eq!(rotation.turn(), Some((id('a'), "me".to_owned(), 0)));
    }
}

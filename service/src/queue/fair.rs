//! A weighted fair queue: self-clocked fair queueing (Golestani 1994), with expected seconds of work in place of bytes. A
//! client that sends a thousand requests waits behind itself, not before the others.

use std::cmp::Reverse;
use std::collections::{BinaryHeap, HashMap};
use std::time::Duration;

use crate::dispatcher::Client;

/// Clients that are remembered though nothing of theirs waits: above it, those whose turn is past are forgotten.
const CLIENTS_REMEMBERED: usize = 1024;

/// One entry's place in the queue.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) struct Ticket(u64);

/// What waits, in the order in which it is served.
pub(crate) struct FairQueue<T> {
    entries: HashMap<Ticket, Entry<T>>,
    /// By virtual finish, then by arrival; entries that were taken out are skipped when their turn comes.
    order: BinaryHeap<Reverse<(u64, Ticket)>>,
    /// The virtual finish of each client's last entry.
    finishes: HashMap<std::sync::Arc<str>, u64>,
    /// The virtual finish of what was served last.
    now: u64,
    expected: Duration,
    next: u64,
}

struct Entry<T> {
    item: T,
    cost: Duration,
}

impl<T> Default for FairQueue<T> {
    fn default() -> Self {
        FairQueue {
            entries: HashMap::new(),
            order: BinaryHeap::new(),
            finishes: HashMap::new(),
            now: 0,
            expected: Duration::ZERO,
            next: 0,
        }
    }
}

impl<T> FairQueue<T> {
    /// Entries that wait.
    pub(crate) fn len(&self) -> usize {
        self.entries.len()
    }

    /// The expected work of all that waits.
    pub(crate) fn expected(&self) -> Duration {
        self.expected
    }

    /// Puts an item behind those of its client, and behind as much of the others' as its share says.
    pub(crate) fn push(&mut self, client: &Client, cost: Duration, item: T) -> Ticket {
        let ticket = Ticket(self.next);
        self.next += 1;
        let last = self.finishes.get(&client.name).copied().unwrap_or_default();
        // At least a microsecond, so that what costs nothing has its turn too.
        let share = (cost.as_micros() as u64).max(1) * SHARES / u64::from(client.weight.max(1));
        let finish = last.max(self.now) + share.max(1);
        self.finishes.insert(client.name.clone(), finish);
        self.order.push(Reverse((finish, ticket)));
        self.expected += cost;
        self.entries.insert(ticket, Entry { item, cost });
        ticket
    }

    /// Takes the item whose turn it is.
    pub(crate) fn pop(&mut self) -> Option<T> {
        while let Some(Reverse((finish, ticket))) = self.order.pop() {
            if let Some(item) = self.remove(ticket) {
                self.now = finish;
                self.forget_clients();
                return Some(item);
            }
        }
        None
    }

    /// Takes an item out of turn; nothing where it was served already.
    pub(crate) fn remove(&mut self, ticket: Ticket) -> Option<T> {
        let Entry { item, cost } = self.entries.remove(&ticket)?;
        self.expected = self.expected.saturating_sub(cost);
        // A queue that only ever loses its entries must not keep their places.
        if self.order.len() > 2 * self.entries.len() + CLIENTS_REMEMBERED {
            let entries = &self.entries;
            self.order.retain(|Reverse((_, ticket))| entries.contains_key(ticket));
        }
        Some(item)
    }

    /// The item that came first.
    pub(crate) fn oldest(&self) -> Option<&T> {
        self.entries.iter().min_by_key(|(ticket, _)| **ticket).map(|(_, entry)| &entry.item)
    }

    fn forget_clients(&mut self) {
        if self.finishes.len() > CLIENTS_REMEMBERED {
            let now = self.now;
            self.finishes.retain(|_, finish| *finish > now);
        }
    }
}

/// Steps of a microsecond of virtual time, so that weights up to this divide it.
const SHARES: u64 = 8000;

#[cfg(test)]
mod tests {
    use super::*;

    fn client(name: &str, weight: u32) -> Client {
        Client { name: name.into(), weight }
    }

    /// Pushes `(client, weight, milliseconds)` and says in which order they are served, as `a0 b0 a1`.
    fn check(pushed: &[(&str, u32, u64)], served: &str) {
        let mut queue = FairQueue::default();
        let mut counts: HashMap<&str, u32> = HashMap::new();
        for (name, weight, ms) in pushed {
            let count = counts.entry(name).or_default();
            queue.push(&client(name, *weight), Duration::from_millis(*ms), format!("{name}{count}"));
            *count += 1;
        }
        let order: Vec<String> = std::iter::from_fn(|| queue.pop()).collect();
        assert_eq!(order.join(" "), served);
        assert_eq!((queue.len(), queue.expected()), (0, Duration::ZERO));
    }

    #[test]
    fn one_client_is_served_in_its_order() {
        check(&[("a", 1, 5), ("a", 1, 1), ("a", 1, 3)], "a0 a1 a2");
    }

    #[test]
    fn clients_take_turns_however_much_one_sends() {
        check(&[("a", 1, 1), ("a", 1, 1), ("a", 1, 1), ("b", 1, 1), ("b", 1, 1)], "a0 b0 a1 b1 a2");
    }

    #[test]
    fn turns_are_of_work_and_not_of_requests() {
        check(&[("a", 1, 4), ("a", 1, 4), ("b", 1, 2), ("b", 1, 2), ("b", 1, 2)], "b0 a0 b1 b2 a1");
    }

    #[test]
    fn a_weight_of_two_is_two_turns() {
        check(&[("a", 1, 2), ("a", 1, 2), ("b", 2, 2), ("b", 2, 2), ("b", 2, 2)], "b0 a0 b1 b2 a1");
    }

    #[test]
    fn what_was_taken_out_is_never_served_and_costs_nothing() {
        let mut queue = FairQueue::default();
        let first = queue.push(&client("a", 1), Duration::from_secs(9), "first");
        queue.push(&client("a", 1), Duration::from_secs(1), "second");
        assert_eq!(queue.remove(first), Some("first"));
        assert_eq!((queue.len(), queue.expected()), (1, Duration::from_secs(1)));
        assert_eq!((queue.pop(), queue.pop(), queue.remove(first)), (Some("second"), None, None));
    }

    #[test]
    fn a_client_that_was_idle_has_saved_up_nothing() {
        let mut queue = FairQueue::default();
        for _ in 0..10 {
            queue.push(&client("busy", 1), Duration::from_millis(1), "busy");
        }
        for _ in 0..5 {
            queue.pop();
        }
        queue.push(&client("idle", 1), Duration::from_millis(1), "idle");
        queue.push(&client("idle", 1), Duration::from_millis(1), "idle");
        let order: Vec<&str> = std::iter::from_fn(|| queue.pop()).take(4).collect();
        assert_eq!(order, ["busy", "idle", "busy", "idle"]);
    }

    #[test]
    fn places_of_abandoned_entries_are_given_back() {
        let mut queue = FairQueue::default();
        for _ in 0..100_000 {
            let ticket = queue.push(&client("a", 1), Duration::from_millis(1), ());
            queue.remove(ticket);
        }
        assert!(queue.order.len() <= CLIENTS_REMEMBERED + 1, "{}", queue.order.len());
    }
}

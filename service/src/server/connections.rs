//! The connections that are open, and which of them are idle. An idle one has no request that a handler works on: it may
//! be silent, in the middle of a head, or between two requests.

use std::collections::{BTreeMap, HashMap};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard};
use std::time::{Duration, Instant};

use tokio_util::sync::CancellationToken;

/// All connections of a server.
pub(super) struct Connections {
    most: usize,
    table: Mutex<Table>,
}

#[derive(Default)]
struct Table {
    next: u64,
    open: HashMap<u64, Entry>,
    /// Idle connections by when they became so: the longest idle one first.
    idle: BTreeMap<u64, (Instant, u64)>,
}

struct Entry {
    requests: usize,
    /// Its place among the idle ones, while it is one.
    turn: Option<u64>,
    closed: CancellationToken,
}

/// One open connection.
pub(super) struct Connection {
    id: u64,
    all: Arc<Connections>,
    closed: CancellationToken,
    unread: AtomicBool,
}

/// A request that is being answered; its connection is not idle meanwhile.
pub(super) struct InFlight(Arc<Connection>);

impl Connections {
    pub(super) fn new(most: usize) -> Arc<Connections> {
        Arc::new(Connections { most: most.max(1), table: Mutex::default() })
    }

    /// Takes one more connection. At the bound, the one that was idle longest gives way; there is none where all are at
    /// work, and then nothing is gained by letting one more wait.
    pub(super) fn open(self: &Arc<Self>) -> Option<Arc<Connection>> {
        let mut table = self.table();
        if table.open.len() >= self.most && !table.close_longest_idle() {
            return None;
        }
        let closed = CancellationToken::new();
        let id = table.number();
        table.open.insert(id, Entry { requests: 0, turn: None, closed: closed.clone() });
        table.idle_from_now(id);
        drop(table);
        Some(Arc::new(Connection { id, all: Arc::clone(self), closed, unread: AtomicBool::new(false) }))
    }

    /// Closes the connection that was idle longest; tells whether there was one.
    pub(super) fn close_longest_idle(&self) -> bool {
        self.table().close_longest_idle()
    }

    /// Closes what was idle for this long.
    pub(super) fn close_idle_for(&self, time: Duration) {
        let mut table = self.table();
        while table.idle.first_key_value().is_some_and(|(_, (since, _))| since.elapsed() >= time) {
            table.close_longest_idle();
        }
    }

    fn table(&self) -> MutexGuard<'_, Table> {
        self.table.lock().expect("nothing panics while it holds the table")
    }
}

impl Table {
    fn number(&mut self) -> u64 {
        self.next += 1;
        self.next
    }

    fn idle_from_now(&mut self, id: u64) {
        let turn = self.number();
        if let Some(entry) = self.open.get_mut(&id) {
            if let Some(before) = entry.turn.replace(turn) {
                self.idle.remove(&before);
            }
            self.idle.insert(turn, (Instant::now(), id));
        }
    }

    fn close_longest_idle(&mut self) -> bool {
        let Some((_, (_, id))) = self.idle.pop_first() else { return false };
        if let Some(entry) = self.open.remove(&id) {
            entry.closed.cancel();
        }
        true
    }
}

impl Connection {
    /// A request has come.
    pub(super) fn request(self: &Arc<Self>) -> InFlight {
        let mut table = self.all.table();
        if let Some(entry) = table.open.get_mut(&self.id) {
            entry.requests += 1;
            if let Some(turn) = entry.turn.take() {
                table.idle.remove(&turn);
            }
        }
        drop(table);
        InFlight(Arc::clone(self))
    }

    /// The peer has taken bytes: where the connection is idle, it is from now.
    pub(super) fn progressed(&self) {
        let mut table = self.all.table();
        if table.open.get(&self.id).is_some_and(|entry| entry.turn.is_some()) {
            table.idle_from_now(self.id);
        }
    }

    /// Waits until the connection must go.
    pub(super) async fn closed(&self) {
        self.closed.cancelled().await;
    }

    pub(super) fn is_closed(&self) -> bool {
        self.closed.is_cancelled()
    }

    /// A request was answered before all of its body was read.
    pub(super) fn leaves_unread(&self) {
        self.unread.store(true, Ordering::Relaxed);
    }

    pub(super) fn has_unread(&self) -> bool {
        self.unread.load(Ordering::Relaxed)
    }
}

impl Drop for InFlight {
    fn drop(&mut self) {
        let mut table = self.0.all.table();
        let Some(entry) = table.open.get_mut(&self.0.id) else { return };
        entry.requests -= 1;
        if entry.requests == 0 {
            table.idle_from_now(self.0.id);
        }
    }
}

impl Drop for Connection {
    fn drop(&mut self) {
        let mut table = self.all.table();
        if let Some(turn) = table.open.remove(&self.id).and_then(|entry| entry.turn) {
            table.idle.remove(&turn);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_longest_idle_gives_way_and_the_busy_stay() {
        let all = Connections::new(3);
        let [first, second, third] = [(); 3].map(|()| all.open().unwrap());
        let busy = first.request();
        second.progressed();
        let fourth = all.open().unwrap();
        let closed = [&first, &second, &third, &fourth].map(|connection| connection.is_closed());
        assert_eq!(closed, [false, false, true, false]);
        let others = [second.request(), fourth.request()];
        assert!(all.open().is_none());
        drop(busy);
        assert!(all.open().is_some() && first.is_closed());
        drop(others);
        assert!(!second.is_closed());
    }

    #[test]
    fn idle_time_ends_a_connection_without_a_request() {
        let all = Connections::new(3);
        let idle = all.open().unwrap();
        let busy = all.open().unwrap();
        let request = busy.request();
        let other = busy.request();
        drop(request);
        all.close_idle_for(Duration::ZERO);
        assert_eq!((idle.is_closed(), busy.is_closed()), (true, false));
        drop(other);
        all.close_idle_for(Duration::from_secs(60));
        assert!(!busy.is_closed());
        all.close_idle_for(Duration::ZERO);
        assert!(busy.is_closed());
        drop((idle, busy));
        assert!(all.table().open.is_empty() && all.table().idle.is_empty());
    }
}

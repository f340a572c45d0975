//! People who have signed in with a key: their browser has a name for it that is good for a day's work.

use std::num::NonZeroUsize;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use axum::http::{HeaderMap, header};
use lru::LruCache;
use sha2::{Digest, Sha256};
use uuid::Uuid;

use super::keys::{Keys, Known};

/// How long a session lasts: a working day with its breaks.
pub(crate) const SESSION: Duration = Duration::from_secs(12 * 60 * 60);

/// Sessions at a time; the one that was used longest ago gives way. Each has about 200 bytes.
const MOST_SESSIONS: NonZeroUsize = NonZeroUsize::new(10_000).expect("it is not 0");

/// The cookie's name.
pub(crate) const COOKIE: &str = "proofhouse_session";

/// The sessions of a server. They end with it. Cheap to clone.
#[derive(Clone)]
pub(crate) struct Sessions {
    keys: Keys,
    open: Arc<Mutex<LruCache<[u8; 32], Session>>>,
}

struct Session {
    /// The name of the key.
    client: Arc<str>,
    began: Instant,
}

impl Sessions {
    pub(crate) fn of(keys: Keys) -> Sessions {
        Sessions { keys, open: Arc::new(Mutex::new(LruCache::new(MOST_SESSIONS))) }
    }

    /// Whether there are keys at all.
    pub(crate) fn are_needed(&self) -> bool {
        !self.keys.is_empty()
    }

    /// Opens a session for a key: the cookie's value, of 244 random bits. Nothing where the key is none.
    pub(crate) fn sign_in(&self, key: &[u8]) -> Option<String> {
        let client = self.keys.find(key)?.client.name.clone();
        let id = format!("{}{}", Uuid::new_v4().simple(), Uuid::new_v4().simple());
        self.lock().put(digest(&id), Session { client, began: Instant::now() });
        Some(id)
    }

    /// The key of a request's session.
    pub(crate) fn known(&self, headers: &HeaderMap) -> Option<&Known> {
        let client = ids(headers).find_map(|id| self.client(id))?;
        self.keys.named(&client)
    }

    /// Ends a request's session.
    pub(crate) fn sign_out(&self, headers: &HeaderMap) {
        for id in ids(headers) {
            self.lock().pop(&digest(id));
        }
    }

    fn client(&self, id: &str) -> Option<Arc<str>> {
        let key = digest(id);
        let mut open = self.lock();
        let session = open.get(&key)?;
        if session.began.elapsed() < SESSION {
            return Some(session.client.clone());
        }
        open.pop(&key);
        None
    }

    fn lock(&self) -> MutexGuard<'_, LruCache<[u8; 32], Session>> {
        self.open.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Sessions are kept by the digests of their ids, so that the time of a look-up tells nothing of an id.
fn digest(id: &str) -> [u8; 32] {
    Sha256::digest(id).into()
}

fn ids(headers: &HeaderMap) -> impl Iterator<Item = &str> {
    let cookies = headers.get_all(header::COOKIE).iter().filter_map(|value| value.to_str().ok());
    let pairs = cookies.flat_map(|value| value.split(';')).filter_map(|pair| pair.trim().split_once('='));
    pairs.filter(|(name, _)| *name == COOKIE).map(|(_, id)| id)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::KeySettings;

    fn headers(cookie: &str) -> HeaderMap {
        HeaderMap::from_iter([(header::COOKIE, cookie.parse().unwrap())])
    }

    #[test]
    fn a_session_stands_for_its_key_until_it_ends() {
        let settings = KeySettings {
            name: "me".to_owned(),
            sha256: format!("{:x}", Sha256::digest("ph_1")),
            requests_per_second: None,
            concurrent: None,
            weight: 3,
        };
        let sessions = Sessions::of(Keys::of(&[settings]).unwrap());
        assert_eq!(sessions.sign_in(b"ph_wrong"), None);
        let id = sessions.sign_in(b"ph_1").unwrap();
        let name = |cookie: &str| sessions.known(&headers(cookie)).map(|known| known.client.name.to_string());
        let own = format!("a=b; {COOKIE}={id}");
        assert_eq!(name(&own).as_deref(), Some("me"));
        for cookie in [format!("{COOKIE}="), format!("{COOKIE}={}", &id[1..]), format!("other={id}"), id.clone()] {
            assert_eq!(name(&cookie), None, "{cookie}");
        }
        let long_ago = Instant::now().checked_sub(SESSION);
        sessions.sign_out(&headers("a=b"));
        assert_eq!(name(&own).as_deref(), Some("me"));
        // A machine that was started within the last hours can't tell.
        if let Some(began) = long_ago {
            let old = Session { client: "me".into(), began };
            sessions.lock().put(digest("old"), old);
            assert_eq!(name(&format!("{COOKIE}=old")), None);
        }
        sessions.sign_out(&headers(&own));
        assert_eq!(name(&own), None);
    }
}

//! Verdicts that were found before. Exact, since a program's run is the same each time: the key is all that a verdict
//! depends on. In memory alone, so a new version of anything begins with none.

use std::sync::{Arc, OnceLock};

use moka::sync::Cache;
use proofhouse::Grader;
use proofhouse_types::{Bytes, Finish, Report, Submission, SubmissionText};
use sha2::{Digest, Sha256};

use crate::dispatcher::{CacheUse, ReadyTask};

/// Bytes of a kept report beside its JSON: its key, and what the cache needs to find it.
const OVERHEAD_BYTES: usize = 256;

/// Everything that a verdict depends on: the task with its tests and limits, the text with what is known of its end, and
/// the versions of guest, extractor and rules.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) struct ResultKey([u8; 32]);

impl ResultKey {
    pub(crate) fn of(task: &ReadyTask, submission: &Submission) -> ResultKey {
        let mut hasher = of_versions().clone();
        let (kind, text) = match &submission.text {
            SubmissionText::Program(text) => (b'p', text),
            SubmissionText::Reply(text) => (b'r', text),
        };
        let finish = match submission.finish {
            Finish::Unknown => b'u',
            Finish::Stop => b's',
            Finish::Length => b'l',
        };
        hasher.update(task.key.0);
        hasher.update([kind, finish]);
        hasher.update(text);
        ResultKey(hasher.finalize().into())
    }
}

/// A hasher that has seen the versions. The rules are part of the program, and have its version.
fn of_versions() -> &'static Sha256 {
    static VERSIONS: OnceLock<Sha256> = OnceLock::new();
    VERSIONS.get_or_init(|| {
        let versions = serde_json::to_vec(&Grader::versions()).expect("texts and numbers serialise");
        Sha256::new().chain_update((versions.len() as u64).to_le_bytes()).chain_update(versions)
    })
}

/// Reports by what they depend on, those that were used least given up first.
pub(crate) struct ResultCache(Option<Cache<ResultKey, Arc<Kept>>>);

struct Kept {
    report: Report,
    bytes: u32,
}

impl ResultCache {
    /// A cache of at most so many bytes; 0 is none.
    pub(crate) fn new(most: Bytes) -> ResultCache {
        let build = || {
            let weigh = |_: &ResultKey, kept: &Arc<Kept>| kept.bytes;
            Cache::builder().max_capacity(most.0).weigher(weigh).build()
        };
        ResultCache((most.0 > 0).then(build))
    }

    /// The report on the same text, with this submission's names.
    pub(crate) fn get(&self, key: &ResultKey, submission: &Submission) -> Option<Report> {
        let kept = self.0.as_ref()?.get(key)?;
        let (sample_id, model) = (submission.sample_id.clone(), submission.model.clone());
        Some(Report { sample_id, model, ..kept.report.clone() })
    }

    /// Bytes that it has.
    pub(crate) fn bytes(&self) -> u64 {
        self.0.as_ref().map_or(0, Cache::weighted_size)
    }

    /// Keeps a report that took so many bytes of JSON, unless it says what our host failed at or lacks.
    pub(crate) fn put(&self, key: ResultKey, report: &Report, json_bytes: usize) -> CacheUse {
        let Some(cache) = self.0.as_ref().filter(|_| report.score.is_some()) else { return CacheUse::Bypass };
        let bytes = (json_bytes + OVERHEAD_BYTES) as u32;
        cache.insert(key, Arc::new(Kept { report: report.clone(), bytes }));
        CacheUse::Stored
    }
}

//! Makes a cache entry: the snapshot, its native code, the library's bytecode, and the pages that most runs dirty.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

use proofhouse_types::{Bytes, Endpoint, HttpCheck, Limits, Response};

use crate::cache::{self, Cache, Lock};
use crate::engine::{Purpose, engine};
use crate::error::{Doing, Error, Result};
use crate::files::Image;
use crate::guest;
use crate::packages::{self, Profile};
use crate::sandbox::{Options, Reuse, Sandbox};
use crate::slot::Slot;
use crate::snapshot;

/// A page is hot when this share of the warm-up programs dirties it. With packages, each of which touches a thousand pages of its
/// own, all must: a program that uses one of them would pay for the others.
fn hot_share(profile: Profile) -> (usize, usize) {
    match profile {
        Profile::Base => (1, 2),
        Profile::Packages => (1, 1),
    }
}

/// How far making the guest is.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Progress {
    /// What is done now.
    pub step: &'static str,
    /// Between 0 and 1.
    pub done: f64,
}

/// Builds the entry in a folder of its own and then puts it into its place.
pub(crate) fn build(
    cache: &Cache,
    lock: &Lock,
    key: &str,
    options: Options,
    progress: &mut dyn FnMut(Progress),
) -> Result<()> {
    // The shares are those of a run on two cores.
    progress(Progress { step: "starting the interpreter", done: 0.0 });
    let folder = cache.begin(lock)?;
    let mut library: BTreeMap<String, Vec<u8>> = guest::library()?.into_iter().collect();
    if options.profile == Profile::Packages {
        library.extend(packages::files(cache)?);
    }
    write_image(&folder, &library)?;
    let image_path = folder.join(cache::LIBRARY);
    let failed = |source| Error::Cache { doing: "opening", path: image_path.clone(), source };
    let snapshot = snapshot::build(Arc::new(Image::open(&image_path).map_err(failed)?), options.profile)?;

    progress(Progress { step: "compiling the interpreter", done: 0.35 });
    let compiled = engine(options.metering, Purpose::Compile)?.precompile_module(&snapshot.module);
    cache::write(&folder.join(cache::MODULE), &compiled.doing("compiling the interpreter")?)?;

    progress(Progress { step: "compiling the standard library", done: 0.7 });
    let threads = std::thread::available_parallelism().map_or(1, usize::from);
    let options = Options { slots: threads as u32, reuse: Reuse::WherePossible, ..options };
    let open = || Sandbox::of_entry(&folder, snapshot.serve, Vec::new(), String::new(), options);
    library.extend(bytecode(&open()?, &library, threads)?);
    write_image(&folder, &library)?;

    // Anew: the one before has the image that was there before.
    let sandbox = open()?;
    let listed = sandbox.with_slot(|slot| slot.session(&ample())?.inventory())??;
    cache::write(&folder.join(cache::INVENTORY), &listed)?;

    progress(Progress { step: "learning what runs touch", done: 0.98 });
    let hot_pages = learn_hot_pages(&sandbox, options.profile)?;
    cache.commit(lock, &folder, key, snapshot.serve, hot_pages)?;
    progress(Progress { step: "ready", done: 1.0 });
    Ok(())
}

fn write_image(folder: &Path, files: &BTreeMap<String, Vec<u8>>) -> Result<()> {
    let path = folder.join(cache::LIBRARY);
    let packed = Image::pack(files).map_err(|source| Error::Cache { doing: "packing", path: path.clone(), source })?;
    cache::write(&path, &packed)
}

/// Limits for our own work in the guest.
fn ample() -> Limits {
    Limits { memory: Bytes(1 << 30), ..Limits::default() }
}

/// The library's modules as .pyc files where Python looks for them, so that an import doesn't compile.
fn bytecode(
    sandbox: &Sandbox,
    library: &BTreeMap<String, Vec<u8>>,
    threads: usize,
) -> Result<BTreeMap<String, Vec<u8>>> {
    let modules: Vec<(&String, &Vec<u8>)> = library.iter().collect();
    let next = AtomicUsize::new(0);
    let made = Mutex::new(BTreeMap::new());
    let work = |slot: &mut Slot<'_>| -> Result<()> {
        while let Some((path, source)) = modules.get(next.fetch_add(1, Ordering::Relaxed)) {
            let full = format!("{}/{path}", crate::files::STANDARD_LIBRARY);
            let compiled = slot.session(&ample())?.compile_module(source, &full)?;
            let (folder, name) = path
                .rsplit_once('/')
                .map_or((String::new(), path.as_str()), |(folder, name)| (format!("{folder}/"), name));
            if let (Some(bytes), Some(stem)) = (compiled, name.strip_suffix(".py")) {
                let target = format!("{folder}__pycache__/{stem}.cpython-314.pyc");
                made.lock().unwrap_or_else(PoisonError::into_inner).insert(target, bytes);
            }
        }
        Ok(())
    };
    std::thread::scope(|scope| {
        let workers: Vec<_> = (0..threads).map(|_| scope.spawn(|| sandbox.with_slot(work)?)).collect();
        workers
            .into_iter()
            .try_for_each(|worker| worker.join().unwrap_or_else(|panic| std::panic::resume_unwind(panic)))
    })?;
    Ok(made.into_inner().unwrap_or_else(PoisonError::into_inner))
}

/// Runs the warm-up programs, shared and apart, and counts what they touch in either guest. Each in new instances: pages that an
/// earlier run made private would count as touched by the next.
fn learn_hot_pages(sandbox: &Sandbox, profile: Profile) -> Result<Vec<u32>> {
    let answer = Response { json: Some(serde_json::json!({"ok": true})), ..Response::default() };
    let endpoint = Endpoint { url: "https://warm.test/up".to_owned(), responses: vec![answer], ..Endpoint::default() };
    let script = HttpCheck { code: String::new(), endpoints: vec![endpoint], requests: 10 };
    let limits = ample();
    let mut counts: [BTreeMap<u32, usize>; 3] = Default::default();
    let mut programs = 0;
    for (solution, tests) in guest::warm_up(profile) {
        programs += 1;
        let (code, plan) = sandbox.with_pair(|pair| {
            let mut session = pair.tests(&limits)?;
            let code = session.compile_tests(tests)?;
            let code = code.map_err(|ran| Error::Guest(format!("refuses a warm-up: {}", ran.message)))?;
            let plan = session.plan("", &[], &[], "", solution, &[&code])?;
            Ok::<_, Error>((code, plan))
        })??;
        let shared = sandbox.with_pair(|pair| {
            let mut session = pair.shared(&limits)?;
            session.load(solution)?;
            session.http(&code, &script)?;
            Ok::<_, Error>(session.dirty_pages())
        })??;
        let [apart, judge] = sandbox.with_pair(|pair| {
            let mut trial = pair.trial(&limits)?;
            trial.load(solution, &plan)?;
            trial.begin(&plan, None)?;
            trial.http(&code, &script)?;
            Ok::<_, Error>(trial.dirty_pages())
        })??;
        for (counts, pages) in counts.iter_mut().zip([shared, apart, judge]) {
            for page in pages {
                *counts.entry(page).or_default() += 1;
            }
        }
    }
    let (part, of) = hot_share(profile);
    let enough = programs * part / of;
    let often = counts.into_iter().flatten().filter(|(_, count)| *count >= enough).map(|(page, _)| page);
    Ok(often.collect::<BTreeSet<u32>>().into_iter().collect())
}

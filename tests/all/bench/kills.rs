//! Runs through kills, a full disk and Ctrl-C: nothing that was answered is lost, asked for again, or there twice.

use std::collections::{BTreeSet, HashMap};
use std::io::{BufRead, BufReader};
use std::os::unix::process::CommandExt;
use std::path::Path;
use std::process::{Child, Command, ExitStatus, Stdio};
use std::sync::mpsc::{Receiver, Sender, channel};
use std::time::{Duration, Instant};

use proofhouse_tests::{Answer, Asked, Replay, Step, finish};
use serde_json::{Value, json};

use super::scripted::{bench, good, named, rows, suite_of, wanted};

/// Where a request stands when its client is killed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Moment {
    /// Nothing of the reply was sent.
    Before,
    /// Half of it was.
    Midway,
    /// All of it is on its way.
    After,
}

/// A server that tells when it is asked for the sample of a number, counted from its last telling, and holds the reply there.
struct Holding {
    server: Replay,
    next: Sender<(usize, Moment)>,
    held: Receiver<(usize, u64)>,
}

impl Holding {
    fn start() -> Holding {
        let (next, nexts) = channel();
        let (tell, held) = channel();
        let mut left = None;
        let server = Replay::start(move |asked| {
            left = nexts.try_iter().last().or(left);
            let Some(sample) = wanted(asked) else { return good(asked) };
            let answer = good(asked);
            match left {
                Some((0, moment)) => {
                    left = None;
                    tell.send(sample).unwrap();
                    match moment {
                        Moment::Before => answer.broken(0, Step::Stall),
                        Moment::Midway => answer.broken(answer.body().len() / 2, Step::Stall),
                        Moment::After => answer,
                    }
                }
                Some((count, moment)) => {
                    left = Some((count - 1, moment));
                    answer
                }
                None => answer,
            }
        });
        Holding { server, next, held }
    }

    /// How often each sample was asked for.
    fn counts(&self) -> HashMap<(usize, u64), usize> {
        let mut counts = HashMap::new();
        for sample in self.server.asked().iter().filter_map(wanted) {
            *counts.entry(sample).or_default() += 1;
        }
        counts
    }
}

/// A command under way. It ends with the test, whatever becomes of it.
struct Running(Child);

impl Running {
    fn start(command: &mut Command) -> Running {
        Running(command.spawn().unwrap())
    }

    fn kill(mut self) {
        self.0.kill().unwrap();
        self.0.wait().unwrap();
    }

    /// How it ended by then, if it did.
    fn until(&mut self, moment: Instant) -> Option<ExitStatus> {
        while Instant::now() < moment {
            if let Some(status) = self.0.try_wait().unwrap() {
                return Some(status);
            }
            std::thread::sleep(Duration::from_millis(2));
        }
        None
    }

    fn signal(&self, signal: i32) {
        // SAFETY: a child of ours that was not waited for, so the number is its own.
        unsafe { libc::kill(self.0.id() as i32, signal) };
    }

    /// What it says on standard error, line by line, until it ends.
    fn said(&mut self) -> impl Iterator<Item = String> + use<> {
        BufReader::new(self.0.stderr.take().unwrap()).lines().map_while(Result::ok)
    }

    fn code(&mut self) -> Option<i32> {
        self.0.wait().unwrap().code()
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        // What can't be killed has ended.
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

/// Every sample once, with the verdict that it deserves.
fn check_rows(out: &Path, tasks: usize, repeats: usize) {
    let rows = rows(out);
    let samples: BTreeSet<String> = rows.iter().map(|row| format!("{} {}", row["task_id"], row["sample_id"])).collect();
    assert_eq!((rows.len(), samples.len()), (tasks * repeats, tasks * repeats));
    assert!(rows.iter().all(|row| row["report"]["passed"] == true), "{rows:?}");
}

/// Twenty kills of one run, at places that are the same in every test: every third before the reply, in the middle of it, and behind
/// it, after 0 to 2 samples that came whole.
#[test]
fn kills_lose_and_double_nothing() {
    const KILLS: usize = 20;
    const TASKS: usize = 24;
    let folder = tempfile::tempdir().unwrap();
    let (suite, out) = (suite_of(folder.path(), TASKS), folder.path().join("run"));
    let holding = Holding::start();
    let model = named("m", &holding.server.url());
    let mut under_way: HashMap<(usize, u64), usize> = HashMap::new();
    let mut behind = 0;
    for kill in 0..KILLS {
        let moment = [Moment::Before, Moment::Midway, Moment::After][kill % 3];
        holding.next.send((kill % 4 % 3, moment)).unwrap();
        let running = Running::start(&mut bench(&suite, &[&model], &out));
        let sample = holding.held.recv().unwrap();
        running.kill();
        match moment {
            Moment::Before | Moment::Midway => *under_way.entry(sample).or_default() += 1,
            // Whether it was written down in time is the machine's to say.
            Moment::After => behind += 1,
        }
    }
    let done = finish(&mut bench(&suite, &[&model], &out));
    assert_eq!(done.code, 0, "{}", done.stderr);
    check_rows(&out, TASKS, 2);
    let counts = holding.counts();
    assert_eq!(counts.len(), TASKS * 2);
    let more: usize = counts.iter().map(|(sample, count)| count - 1 - under_way.get(sample).unwrap_or(&0)).sum();
    assert!(more <= behind, "{more} samples were asked for again that were not under way: {counts:?} {under_way:?}");
    let requests = holding.server.asked().len();
    finish(&mut bench(&suite, &[&model], &out));
    assert_eq!(holding.server.asked().len(), requests);
}

/// How long a run may take until it is killed, drawn anew for each kill; a seed that failed is given again by its variable.
struct Moments(u64);

impl Moments {
    const SEED: &str = "PROOFHOUSE_TEST_SEED";

    #[expect(clippy::print_stderr, reason = "whoever sees a failure needs it")]
    fn start() -> Moments {
        let drawn = || std::hash::BuildHasher::hash_one(&std::hash::RandomState::new(), 0);
        let seed = std::env::var(Moments::SEED).ok().and_then(|seed| seed.parse().ok()).unwrap_or_else(drawn);
        eprintln!("{}={seed}", Moments::SEED);
        Moments(seed)
    }

    fn within(&mut self, most: Duration) -> Duration {
        // The linear congruential generator of Knuth's MMIX; its high bits are good enough.
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        most.mul_f64((self.0 >> 11) as f64 / (1_u64 << 53) as f64)
    }
}

/// Kills at any time: while models are asked and replies are graded, between two models, while files are replaced and reports are
/// written. What was written down before is there afterwards, and is not asked for again.
#[test]
fn kills_at_any_time_lose_and_double_nothing() {
    const KILLS: usize = 20;
    const TASKS: usize = 8;
    let folder = tempfile::tempdir().unwrap();
    let suite = suite_of(folder.path(), TASKS);
    let server = Replay::start(|asked| match asked.path.as_str() {
        "/v1/models" => Answer::json(&json!({ "object": "list", "data": [{ "id": "m" }, { "id": "n" }] })),
        _ => good(asked),
    });
    let models = [named("m", &server.url()), named("n", &server.url())];
    let command = |out: &Path| {
        let mut command = bench(&suite, &[&models[0], &models[1]], out);
        command.args(["--concurrency", "4", "--jobs", "2"]).stdout(Stdio::null()).stderr(Stdio::null());
        command
    };
    let mut first = command(&folder.path().join("whole"));
    let started = Instant::now();
    assert!(first.status().unwrap().success());
    let whole = started.elapsed();
    let mut moments = Moments::start();
    let (mut kills, mut round) = (0, 0);
    while kills < KILLS {
        let out = folder.path().join(round.to_string());
        round += 1;
        loop {
            let (there, requests) = (written(&out), server.asked().len());
            let mut running = Running::start(&mut command(&out));
            let ended = running.until(Instant::now() + moments.within(whole));
            kills += usize::from(ended.is_none());
            running.kill();
            let asked = server.asked().split_off(requests);
            let again: Vec<Sample> =
                asked.iter().filter_map(sample).filter(|sample| there.contains_key(sample)).collect();
            assert!(again.is_empty(), "{again:?} were asked for again");
            let now = written(&out);
            assert!(there.iter().all(|(sample, reply)| now.get(sample) == Some(reply)), "{there:?} {now:?}");
            if let Some(status) = ended {
                assert!(status.success());
                break;
            }
        }
        let rows = rows(&out);
        assert_eq!((rows.len(), written(&out).len()), (2 * 2 * TASKS, 2 * 2 * TASKS));
        assert!(rows.iter().all(|row| row["report"]["passed"] == true), "{rows:?}");
    }
}

/// A model, a task and a seed.
type Sample = (String, usize, u64);

fn sample(asked: &Asked) -> Option<Sample> {
    let (task, seed) = wanted(asked)?;
    Some((asked.body["model"].as_str()?.to_owned(), task, seed))
}

/// The replies that whole lines of a run have.
fn written(out: &Path) -> HashMap<Sample, String> {
    let text = std::fs::read_to_string(out.join("samples.jsonl")).unwrap_or_default();
    let whole = text.rsplit_once('\n').map_or("", |(whole, _)| whole);
    let row = |line: &str| -> (Sample, String) {
        let row: Value = serde_json::from_str(line).unwrap();
        let model = row["model"].as_str().unwrap().trim_start_matches("openai:")[..1].to_owned();
        let task = row["task_id"].as_str().unwrap().trim_start_matches("T/").parse().unwrap();
        let seed = row["sample_id"].as_str().unwrap().parse().unwrap();
        ((model, task, seed), row["generation"].to_string())
    };
    whole.lines().map(row).collect()
}

#[test]
fn a_full_disk_ends_the_run_and_keeps_what_was_written() {
    const TASKS: usize = 20;
    let folder = tempfile::tempdir().unwrap();
    let (suite, out) = (suite_of(folder.path(), TASKS), folder.path().join("run"));
    let holding = Holding::start();
    let model = named("m", &holding.server.url());
    let mut command = bench(&suite, &[&model], &out);
    // SAFETY: a call that is allowed between fork and exec. What is ignored stays so: a write then fails as on a full disk.
    unsafe {
        command.pre_exec(|| {
            libc::signal(libc::SIGXFSZ, libc::SIG_IGN);
            let few = libc::rlimit { rlim_cur: 12_000, rlim_max: libc::RLIM_INFINITY };
            if libc::setrlimit(libc::RLIMIT_FSIZE, &few) == 0 { Ok(()) } else { Err(std::io::Error::last_os_error()) }
        });
    }
    let done = finish(&mut command);
    assert_eq!(done.code, 3, "{}", done.stderr);
    assert!(
        done.stderr.contains("samples.jsonl") && done.stderr.contains("the same command goes on"),
        "{}",
        done.stderr
    );
    let text = std::fs::read_to_string(out.join("samples.jsonl")).unwrap();
    let whole = text.rsplit_once('\n').unwrap().0.lines().count();
    assert!(whole > 0, "{text}");
    let before = holding.counts();
    let done = finish(&mut bench(&suite, &[&model], &out));
    assert_eq!(done.code, 0, "{}", done.stderr);
    check_rows(&out, TASKS, 2);
    // The one that could not be written down is asked for again, and no other.
    let again: usize = holding.counts().values().map(|count| count - 1).sum();
    assert!(again <= 1 && before.len() < 2 * TASKS, "{before:?} {:?}", holding.counts());
}

#[test]
fn a_reply_that_came_is_graded_later_and_not_asked_for_again() {
    let folder = tempfile::tempdir().unwrap();
    let (suite, out) = (suite_of(folder.path(), 3), folder.path().join("run"));
    let server = Replay::start(good);
    let model = named("m", &server.url());
    finish(&mut bench(&suite, &[&model], &out));
    let requests = server.asked().len();
    let path = out.join("samples.jsonl");
    let mut ungraded = String::new();
    for mut row in rows(&out) {
        match row["task_id"].as_str() {
            // As it is between reply and verdict, and with a fault of ours.
            Some("T/0") => drop(row.as_object_mut().unwrap().remove("report")),
            Some("T/1") => (row["report"]["score"], row["report"]["fault"]) = (None::<f64>.into(), "broken".into()),
            _ => {}
        }
        ungraded += &format!("{row}\n");
    }
    std::fs::write(&path, ungraded + "{\"model\": \"torn").unwrap();
    let done = finish(&mut bench(&suite, &[&model], &out));
    assert_eq!(done.code, 0, "{}", done.stderr);
    assert!(done.stderr.contains("4 replies from before are graded first"), "{}", done.stderr);
    check_rows(&out, 3, 2);
    assert_eq!(server.asked().len(), requests);
}

#[test]
fn ctrl_c_and_sigterm_end_waiting_for_a_server_that_loads() {
    for signal in [libc::SIGINT, libc::SIGTERM] {
        let folder = tempfile::tempdir().unwrap();
        let (suite, out) = (suite_of(folder.path(), 1), folder.path().join("run"));
        let (tell, told) = channel();
        let server = Replay::start(move |_| {
            // A test that has ended hears nothing.
            let _ = tell.send(());
            Answer::new("503 Service Unavailable").with("retry-after", "50").then("{}")
        });
        let mut running = Running::start(&mut bench(&suite, &[&named("m", &server.url())], &out));
        told.recv().unwrap();
        let started = Instant::now();
        running.signal(signal);
        let said: Vec<String> = running.said().collect();
        assert_eq!(running.code(), Some(1), "{said:?}");
        assert!(started.elapsed() < Duration::from_secs(30), "{said:?}");
        assert!(said.iter().any(|line| line.contains("2 samples are missing")), "{said:?}");
    }
}

#[test]
fn ctrl_c_waits_for_what_is_under_way_and_the_next_one_gives_it_up() {
    let folder = tempfile::tempdir().unwrap();
    let (suite, out) = (suite_of(folder.path(), 4), folder.path().join("run"));
    let (tell, told) = channel();
    let (go_on, gone_on) = channel::<()>();
    let server = Replay::start(move |asked: &Asked| -> Answer {
        match wanted(asked) {
            Some((1, 0)) => {
                tell.send(()).unwrap();
                // A test that has ended lets nobody wait.
                let _ = gone_on.recv();
                good(asked)
            }
            Some((3, 0)) => {
                tell.send(()).unwrap();
                good(asked).broken(40, Step::Stall)
            }
            Some(_) | None => good(asked),
        }
    });
    let model = named("m", &server.url());
    let mut command = bench(&suite, &[&model], &out);
    // What is asked for and should not be fails some time.
    command.args(["--idle-timeout", "20s"]);
    let mut running = Running::start(&mut command);
    told.recv().unwrap();
    running.signal(libc::SIGINT);
    let mut said = running.said();
    assert!(said.any(|line| line.contains("requests under way are waited for")));
    go_on.send(()).unwrap();
    let said: Vec<String> = said.collect();
    assert_eq!(running.code(), Some(1), "{said:?}");
    assert!(said.iter().any(|line| line.contains("6 samples are missing; the same command goes on")), "{said:?}");
    let first: Vec<_> =
        rows(&out).iter().map(|row| (row["task_id"].clone(), row["report"]["passed"].clone())).collect();
    assert_eq!(first, [("T/0".into(), true.into()), ("T/1".into(), true.into())]);

    let mut running = Running::start(&mut command);
    told.recv().unwrap();
    running.signal(libc::SIGTERM);
    let said: Vec<String> = running.said().collect();
    assert_eq!(running.code(), Some(1), "{said:?}");
    assert!(said.iter().any(|line| line.contains("5 samples are missing; the same command goes on")), "{said:?}");
    let given_up: Vec<_> = rows(&out).iter().map(|row| row["task_id"].clone()).collect();
    assert_eq!(given_up, ["T/0", "T/1", "T/2"]);
}

//! The largest batch.

use std::time::{Duration, Instant};

use axum::body::Body;
use bytes::Bytes;

use super::{Log, post, row, run, server};
use crate::config::Config;
use crate::store::tests::databases::{Database, on_each};

/// Mebibytes that the process has in memory, and the most that it ever had.
fn resident() -> (u64, u64) {
    let status = std::fs::read_to_string("/proc/self/status").unwrap();
    let of = |name: &str| {
        let line = status.lines().find(|line| line.starts_with(name)).unwrap();
        line.split_whitespace().nth(1).unwrap().parse::<u64>().unwrap() / 1024
    };
    (of("VmRSS"), of("VmHWM"))
}

/// 500 MB of it, of which 64 MiB may ever be in memory.
#[test]
#[ignore = "needs minutes and a gigabyte of disk"]
fn a_hundred_thousand_submissions_are_taken_in_and_scored() {
    on_each(async |database: &Database| {
        let store = database.open().await;
        let server = server(&store, Config::default());
        let (code, before) = ("x = 1\n".repeat(850), resident().0);
        let lines = futures_util::stream::iter((0..100_000).map(move |number| {
            let line = row(&format!("task{}", number % 164), &format!("{code}{number}")) + "\n";
            Ok::<_, std::io::Error>(Bytes::from(line))
        }));
        let begun = Instant::now();
        let batch = post(&server, Body::from_stream(lines)).await;
        let accepted = begun.elapsed();
        assert_eq!(batch.accepted, 100_000);
        let grown = resident().1 - before;
        let rate = |elapsed: Duration| 100_000.0 / elapsed.as_secs_f64();
        let kind = &database.address[..6];
        println!("{kind}: {:.0} rows/s accepted, memory grew by {grown} MiB", rate(accepted));
        let begun = Instant::now();
        let batches = run(&store, Duration::ZERO, &Log::default());
        while !store.running().await.unwrap().is_empty() {
            assert!(begun.elapsed() < Duration::from_secs(300));
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
        println!("{kind}: {:.0} rows/s read, handed out and written", rate(begun.elapsed()));
        batches.stop().await;
        assert!(grown < 64, "{grown} MiB");
    });
}

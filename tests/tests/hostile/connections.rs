//! Callers who want all the connections.

use std::time::Duration;

use e2e::process::Settings;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::time::{sleep, timeout};

use crate::target::{Target, rest, statuses};

/// How many the server takes.
const PLACES: usize = 192;

/// Those of these that are still open.
async fn open(all: Vec<TcpStream>) -> Vec<TcpStream> {
    let mut kept = Vec::new();
    for mut stream in all {
        let closed = timeout(Duration::from_millis(5), stream.read_u8()).await;
        kept.extend(closed.is_err().then_some(stream));
    }
    kept
}

async fn many(target: &Target, from: &str, count: usize) -> Vec<TcpStream> {
    let mut all = Vec::new();
    for _ in 0..count {
        all.push(target.connect(from).await);
    }
    all
}

#[tokio::test(flavor = "multi_thread")]
async fn one_address_gets_half_of_them_and_when_all_are_taken_others_wait_their_turn() {
    let variables = vec![("MAX_CONNECTIONS", PLACES.to_string())];
    let target = Target::start(Settings { variables, ..Settings::default() });

    let greedy = many(&target, "127.0.0.2", PLACES + 20).await;
    sleep(Duration::from_millis(300)).await;
    let mut kept = open(greedy).await;
    assert!((PLACES / 2 - 2..=PLACES / 2 + 2).contains(&kept.len()), "{} of {PLACES}", kept.len());
    target.serves();
    for n in 3..9 {
        kept.extend(many(&target, &format!("127.0.0.{n}"), PLACES / 10).await);
    }
    let mut honest = target.connect("127.0.0.1").await;
    honest.write_all(b"GET /readyz HTTP/1.1\r\nHost: h\r\nConnection: close\r\n\r\n").await.unwrap();

    let answer = rest(&mut honest).await;

    assert_eq!(statuses(&answer), [200], "those that ask nothing are cut off, and then it is served: {answer}");
    drop(kept);
    target.is_well_within(100);
}

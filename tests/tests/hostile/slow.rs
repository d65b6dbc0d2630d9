//! Callers who take their time.

use std::time::Duration;

use e2e::process::Settings;
use futures_util::future::join_all;
use tokio::io::AsyncWriteExt;
use tokio::time::{Instant, sleep};

use crate::target::{PATIENCE, Target, rest, statuses};

/// How many of each kind at once.
const MANY: usize = 300;

/// Sends a byte after each pause for as long as somebody listens; gives how long that was.
async fn trickle(target: &Target, from: &str, head: &[u8], byte: u8, pause: Duration) -> (String, Duration) {
    let mut stream = target.connect(from).await;
    let began = Instant::now();
    stream.write_all(head).await.unwrap();
    let (mut read, mut write) = stream.split();
    let mut answer = Vec::new();
    let sending = async {
        while write.write_all(&[byte]).await.is_ok() {
            sleep(pause).await;
        }
    };
    tokio::select! {
        _ = tokio::io::AsyncReadExt::read_to_end(&mut read, &mut answer) => {}
        () = sending => {}
        () = sleep(PATIENCE) => panic!("it is still listened to"),
    }
    (String::from_utf8_lossy(&answer).into_owned(), began.elapsed())
}

#[tokio::test(flavor = "multi_thread")]
async fn heads_that_come_slowly_or_not_at_all_are_not_waited_for() {
    let target = Target::plain();
    let head = b"GET /versions HTTP/1.1\r\nHost: h\r\nX-Slow: ";
    let slow = join_all((0..MANY).map(|_| trickle(&target, "127.0.0.2", head, b'x', Duration::from_millis(500))));
    let silent = join_all((0..MANY).map(|_| async { rest(&mut target.connect("127.0.0.3").await).await }));
    let honest = target.honest(20, Duration::from_millis(100));

    let (slow, silent, served) = tokio::join!(slow, silent, honest);

    served.unwrap();
    assert!(slow.iter().all(|(answer, _)| statuses(answer).iter().all(|status| *status == 408)), "{slow:?}");
    assert_eq!((slow.len(), silent.len()), (MANY, MANY));
    target.is_well_within(100);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_second_head_that_never_ends_keeps_no_answer_from_others() {
    let target = Target::plain();
    let mut stream = target.connect("127.0.0.2").await;
    stream.write_all(b"GET /readyz HTTP/1.1\r\nHost: h\r\n\r\nGET /readyz HTTP/1.1\r\nX: ").await.unwrap();
    let mut answer = [0; 12];
    tokio::io::AsyncReadExt::read_exact(&mut stream, &mut answer).await.unwrap();
    assert_eq!(&answer, b"HTTP/1.1 200");
    target.serves();
}

#[tokio::test(flavor = "multi_thread")]
async fn bodies_that_stall_or_trickle_are_408() {
    let target = Target::plain();
    let known = target.request("POST /auth", "Content-Length: 1000\r\n", b"{\"command\":");
    let chunked = target.request("POST /auth", "Transfer-Encoding: chunked\r\n", b"3e8\r\n{");
    let form = "Content-Type: multipart/form-data; boundary=b\r\nContent-Length: 100000\r\n";
    let form = target.request("POST /sync", form, b"--b\r\nContent-Disposition: form-data; name=\"manifest\"\r\n\r\nprotocol 1");
    let telemetry = target.request("POST /otel/v1/logs", "Content-Length: 100000\r\n", b"{\"resourceLogs\":[");
    let stranger = b"POST /oauth/token HTTP/1.1\r\nHost: h\r\nContent-Length: 1000\r\n\r\n{";
    let stalled = [&known[..], &chunked, &form, &telemetry, stranger].map(|bytes| target.send(bytes));
    let trickled = [&known[..], &chunked, &form].map(|head| trickle(&target, "127.0.0.2", head, b'x', Duration::from_millis(100)));
    let honest = target.honest(20, Duration::from_millis(500));

    let (stalled, trickled, served) = tokio::join!(join_all(stalled), join_all(trickled), honest);

    served.unwrap();
    for answer in stalled.iter().chain(trickled.iter().map(|(answer, _)| answer)) {
        assert_eq!(statuses(answer), [408], "{answer}");
        assert!(answer.contains("request_timeout"), "{answer}");
    }
    target.is_well_within(100);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_handshake_that_does_not_end_is_not_waited_for() {
    let settings = Settings { arguments: vec!["--tls-generated".into()], cacert: Some("state/ca/ca.crt".into()), ..Settings::default() };
    let target = Target::start(settings);
    // The first bytes of a client's first record, and no more of it.
    let half = [0x16, 3, 1, 2, 0, 1, 0, 1, 0xfc];
    let all = join_all((0..MANY).map(|n| {
        let target = &target;
        async move { target.send(&half[..n % 10]).await }
    }));
    let honest = target.honest(20, Duration::from_millis(100));

    let (all, served) = tokio::join!(all, honest);

    served.unwrap();
    assert_eq!(all.len(), MANY);
    target.is_well_within(100);
}

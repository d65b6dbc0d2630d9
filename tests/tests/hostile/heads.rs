//! Heads of requests that are too large, malformed, or say two things about where they end.

use std::fmt::Write as _;

use futures_util::future::join_all;
use tokio::io::AsyncWriteExt;

use crate::target::{Target, rest, statuses};

#[tokio::test(flavor = "multi_thread")]
async fn heads_that_are_too_large_are_refused() {
    let target = Target::plain();
    let get = |headers: &str| target.request("GET /versions", &format!("Connection: close\r\n{headers}"), b"");
    let lines = |count: usize| (0..count).fold(String::new(), |mut all, n| write!(all, "X-{n}: y\r\n").map(|()| all).unwrap());
    assert_eq!(statuses(&target.send(&get(&lines(90))).await), [200], "this is none");
    assert_eq!(statuses(&target.send(&get(&lines(200))).await), [431]);
    let large = format!("X-Large: {}\r\n", "x".repeat(200 * 1024));
    assert_eq!(statuses(&target.send(&get(&large)).await), [431]);
    let path = target.request(&format!("GET /{}", "x".repeat(200 * 1024)), "", b"");
    let answer = target.send(&path).await;
    assert!(matches!(statuses(&answer)[..], [414 | 431]), "{answer}");
    target.is_well_within(50);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_flood_of_headers_is_cut_off_early() {
    let target = Target::plain();
    let line = format!("X-Flood: {}\r\n", "x".repeat(1000));
    let flood = |n: usize| {
        let (target, line) = (&target, line.repeat(64));
        async move {
            let mut stream = target.connect("127.0.0.2").await;
            stream.write_all(b"GET /versions HTTP/1.1\r\nHost: h\r\n").await.unwrap();
            // 64 MiB each, if anybody took them.
            for sent in 0..1024 {
                if stream.write_all(line.as_bytes()).await.is_err() {
                    return sent;
                }
            }
            panic!("flood {n} was taken whole");
        }
    };

    let sent = join_all((0..100).map(flood)).await;

    assert!(sent.iter().all(|sent| *sent < 200), "what the kernel holds, and no more: {sent:?}");
    target.is_well_within(100);
}

#[tokio::test(flavor = "multi_thread")]
async fn malformed_heads_are_400() {
    let target = Target::plain();
    for head in [
        "GET /versions HTTP/1.1\r\nHost : h\r\n\r\n",
        "GET /versions HTTP/1.1\r\nHost: h\r\nX: a\r\n folded\r\n\r\n",
        "GET /versions HTTP/1.1\r\nHost: h\r\nX: a\0b\r\n\r\n",
        "GET /versions HTTP/1.1\r\nHost: h\r\nX: a\rb\r\n\r\n",
        "GET /versions\r\n\r\n",
        "GET  /versions HTTP/1.1\r\n\r\n",
        "GET /versions HTTP/9.9\r\n\r\n",
        "G\0T /versions HTTP/1.1\r\n\r\n",
        "\x16\x03\x01\x02\0\x01",
    ] {
        let answer = target.send(head.as_bytes()).await;
        assert_eq!(statuses(&answer), [400], "{head:?}: {answer}");
    }
    let http2 = target.send(b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n").await;
    assert_eq!(http2, "", "HTTP/2 comes with TLS only");
    target.is_well_within(50);
}

/// A second request hides in what one reader takes for the body of the first.
#[tokio::test(flavor = "multi_thread")]
async fn what_says_two_things_about_its_end_is_refused_or_ends_the_connection() {
    let target = Target::plain();
    let hidden = "GET /versions HTTP/1.1\r\nHost: h\r\n\r\n";
    for (headers, body) in [
        ("Content-Length: 5\r\nContent-Length: 0\r\n", "12345"),
        ("Content-Length: 0, 5\r\n", "12345"),
        ("Content-Length: +5\r\n", "12345"),
        ("Content-Length: 0x5\r\n", "12345"),
        ("Content-Length: -1\r\n", ""),
        ("Content-Length: 99999999999999999999\r\n", ""),
        ("Content-Length : 5\r\n", "12345"),
        ("Transfer-Encoding: xchunked\r\n", "0\r\n\r\n"),
        ("Transfer-Encoding: chunked, identity\r\n", "0\r\n\r\n"),
        ("Transfer-Encoding: identity\r\n", ""),
        ("Transfer-Encoding : chunked\r\n", "0\r\n\r\n"),
        ("Transfer-Encoding: chunked\r\n", "FFFFFFFFFFFFFFFFF\r\n"),
        ("Transfer-Encoding: chunked\r\n", "-1\r\n\r\n"),
        ("Transfer-Encoding: chunked\r\n", "0x0\r\n\r\n"),
    ] {
        let answer = target.send(&target.request("POST /auth", headers, format!("{body}{hidden}").as_bytes())).await;
        assert_eq!(statuses(&answer), [400], "{headers}: {answer}");
    }
    for headers in ["Content-Length: 5\r\nTransfer-Encoding: chunked\r\n", "Transfer-Encoding: chunked\r\nContent-Length: 5\r\n"] {
        let answer = target.send(&target.request("POST /auth", headers, format!("0\r\n\r\n{hidden}").as_bytes())).await;
        assert_eq!(statuses(&answer).len(), 1, "one answer, and the connection ends: {headers}: {answer}");
    }
    let old = format!("POST /auth HTTP/1.0\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n{hidden}");
    assert_eq!(statuses(&target.send(old.as_bytes()).await), [400]);
    target.is_well_within(50);
}

#[tokio::test(flavor = "multi_thread")]
async fn extensions_and_trailers_of_chunks_are_no_way_around_the_limits() {
    let target = Target::plain();
    let head = target.request("POST /auth", "Transfer-Encoding: chunked\r\n", b"");
    let extension = format!("1;{}\r\nx\r\n", "e".repeat(4 * 1024 * 1024));
    let trailers = format!("0\r\n{}", "T: t\r\n".repeat(1_000_000));
    for body in [extension, trailers] {
        let mut stream = target.connect("127.0.0.2").await;
        stream.write_all(&head).await.unwrap();
        stream.write_all(body.as_bytes()).await.ok();
        let answer = rest(&mut stream).await;
        assert!(statuses(&answer).iter().all(|status| (400..500).contains(status)), "{answer}");
    }
    target.is_well_within(50);
}

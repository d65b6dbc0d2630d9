//! Bodies that are too large, packed, or name places that are not theirs.

use std::fs;
use std::process::Command;

use futures_util::future::join_all;
use tokio::io::{AsyncReadExt, AsyncWriteExt};

use crate::target::{Target, statuses};

/// What any endpoint takes but telemetry, and what that takes.
const LIMIT: usize = 1024 * 1024;
const TELEMETRY: usize = 4 * LIMIT;

/// Sends a request whose answer may come before its end, and gives the status.
async fn status(target: &Target, request: &[u8]) -> u16 {
    let mut stream = target.connect("127.0.0.2").await;
    let (mut read, mut write) = stream.split();
    let mut answer = [0; 12];
    let (_, read) = tokio::join!(write.write_all(request), read.read_exact(&mut answer));
    assert!(read.is_ok(), "no answer: {read:?}");
    statuses(std::str::from_utf8(&answer).unwrap())[0]
}

fn chunked(body: &[u8]) -> Vec<u8> {
    let mut out = Vec::new();
    for piece in body.chunks(16 * 1024) {
        out.extend(format!("{:x}\r\n", piece.len()).bytes());
        out.extend(piece);
        out.extend(b"\r\n");
    }
    out.extend(b"0\r\n\r\n");
    out
}

#[tokio::test(flavor = "multi_thread")]
async fn bodies_over_the_limit_are_413_however_they_say_their_length() {
    let target = Target::plain();
    // OAuth has its own words for it.
    for (path, limit, expected) in
        [("/auth", LIMIT, 413), ("/usage", LIMIT, 413), ("/oauth/token", LIMIT, 400), ("/otel/v1/logs", TELEMETRY, 413)]
    {
        let body = vec![b' '; limit + 1];
        let line = format!("POST {path}");
        let known = target.request(&line, &format!("Content-Length: {}\r\n", body.len()), &body);
        assert_eq!(status(&target, &known).await, expected, "{path}");
        let unknown = target.request(&line, "Transfer-Encoding: chunked\r\n", &chunked(&body));
        assert_eq!(status(&target, &unknown).await, expected, "{path}, in chunks");
        let claimed = target.request(&line, "Content-Length: 99999999999\r\n", &body);
        assert_eq!(status(&target, &claimed).await, expected, "{path}, before the rest of it came");
    }
    let form = "Content-Type: multipart/form-data; boundary=b\r\n";
    let part =
        [b"--b\r\nContent-Disposition: form-data; name=\"manifest\"\r\n\r\n".as_slice(), &vec![b'x'; LIMIT], b"\r\n--b--\r\n"].concat();
    let request = target.request("POST /push", &format!("{form}Transfer-Encoding: chunked\r\n"), &chunked(&part));
    assert_eq!(status(&target, &request).await, 413);
    target.is_well_within(50);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_hundred_large_bodies_at_once_are_held_within_their_limits() {
    let target = Target::plain();
    let body = vec![b'['; LIMIT];
    let request = target.request("POST /oauth/token", &format!("Content-Length: {LIMIT}\r\n"), &body);

    let all = join_all((0..100).map(|_| status(&target, &request))).await;

    assert!(all.iter().all(|status| *status == 400 || *status == 422), "{all:?}");
    target.is_well_within(400);
}

#[tokio::test(flavor = "multi_thread")]
async fn nothing_is_unpacked() {
    let target = Target::plain();
    // A gibibyte of blanks around an empty object would be JSON.
    let packed = target.server.dir().join("bomb.gz");
    let make = "head -c 1073741824 /dev/zero | tr '\\0' ' ' | gzip -1 | head -c 1000000";
    let output = Command::new("sh").args(["-c", make]).output().unwrap();
    fs::write(&packed, &output.stdout).unwrap();
    let bomb = fs::read(&packed).unwrap();
    assert!(bomb.len() > 900_000);
    for path in ["/auth", "/usage", "/otel/v1/logs", "/oauth/token", "/mcp", "/admin/session"] {
        for coding in ["gzip", "deflate", "br", "zstd"] {
            let headers =
                format!("Content-Type: application/json\r\nAccept: application/json, text/event-stream\r\nContent-Encoding: {coding}\r\n");
            let headers = format!("{headers}Content-Length: {}\r\n", bomb.len());
            let status = status(&target, &target.request(&format!("POST {path}"), &headers, &bomb)).await;
            assert!(matches!(status, 400 | 415), "{path} {coding}: {status}");
        }
    }
    target.is_well_within(50);
}

#[tokio::test(flavor = "multi_thread")]
async fn no_part_of_a_push_names_a_place_outside_the_home() {
    let target = Target::plain();
    let manifest = format!("protocol 1\nrun {}\nreason push\n", "0".repeat(32));
    for name in [
        "../auth.json",
        "/etc/passwd",
        "skills/x/../../y",
        "skills/x/..",
        "prompts/./x.md",
        "prompts//x.md",
        "prompts/x.md/",
        "prompts/x\\..\\y",
        "prompts/%2e%2e/x",
        "home/auth.json",
        "cdx",
        "vars",
        "PROMPTS/x.md",
        "prompts/.hidden",
        "prompts/-rf",
        "~/x",
    ] {
        let part = |name: &str, text: &str| format!("--b\r\nContent-Disposition: form-data; name=\"{name}\"\r\n\r\n{text}\r\n");
        let body = format!("{}{}--b--\r\n", part("manifest", &manifest), part(name, "taken over"));
        let headers = format!("Content-Type: multipart/form-data; boundary=b\r\nContent-Length: {}\r\n", body.len());
        let status = status(&target, &target.request("POST /push", &headers, body.as_bytes())).await;
        assert_eq!(status, 422, "{name}");
    }
    target.is_well_within(50);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_form_of_a_hundred_thousand_parts_is_read_in_no_time() {
    let target = Target::plain();
    let part = "--b\r\nContent-Disposition: form-data; name=\"have\"\r\n\r\n\r\n";
    let body = part.repeat(LIMIT / part.len());
    let headers = format!("Content-Type: multipart/form-data; boundary=b\r\nContent-Length: {}\r\n", body.len());
    assert_eq!(status(&target, &target.request("POST /sync", &headers, body.as_bytes())).await, 400, "it has no end");
    target.is_well_within(50);
}

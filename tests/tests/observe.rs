//! What an operator sees of the running program from outside: metrics, the log, traces.

#![expect(clippy::unwrap_used, reason = "a test panics when its ground gives way")]

use std::io::{Read, Write};
use std::net::TcpListener;
use std::process::Command;
use std::sync::mpsc::{self, Receiver};
use std::thread;
use std::time::Duration;

use e2e::process::{Server, Settings, free_port, wait_for};
use serde_json::Value;

fn metrics(port: u16) -> String {
    let output = Command::new("curl").args(["-sS", "-m", "10", &format!("http://127.0.0.1:{port}/metrics")]).output().unwrap();
    String::from_utf8(output.stdout).unwrap()
}

/// The value of one series.
fn value(text: &str, series: &str) -> Option<f64> {
    text.lines().find_map(|line| line.strip_prefix(series)?.strip_prefix(' ')?.parse().ok())
}

#[test]
fn prometheus_reads_what_happens_on_a_listener_of_its_own() {
    let port = free_port();
    let server = Server::with(Settings { variables: vec![("METRICS_LISTEN", format!("127.0.0.1:{port}"))], ..Settings::default() });
    server.admin("POST", "/admin/hosts/register", &serde_json::json!({ "fqdn": "box.example.com" }));
    for n in 0..3 {
        server.curl("POST", "/auth", "{}");
        server.curl("GET", &format!("/nowhere/{n}"), "");
    }
    Command::new("curl").args(["-sS", "-X", "BREW", &format!("{}/versions", server.url())]).output().unwrap();

    let text = metrics(port);

    let requests = |labels: &str| value(&text, &format!("codex_auth_http_requests_total{{{labels}}}"));
    assert_eq!(requests(r#"method="POST",route="/auth",status="401""#), Some(3.0), "{text}");
    assert_eq!(requests(r#"method="GET",route="(none)",status="404""#), Some(3.0), "what is no route is one series: {text}");
    assert_eq!(requests(r#"method="other",route="/versions",status="405""#), Some(1.0), "{text}");
    assert_eq!(value(&text, r#"codex_auth_http_request_duration_seconds_count{method="POST",route="/auth"}"#), Some(3.0));
    assert_eq!(value(&text, r#"codex_auth_hosts{kind="active"}"#), Some(1.0), "{text}");
    assert_eq!(value(&text, r#"codex_auth_login_state{state="none"}"#), Some(1.0), "{text}");
    assert_eq!(value(&text, "codex_auth_database_up"), Some(1.0));
    assert!(value(&text, "process_resident_memory_bytes").is_some_and(|bytes| bytes > 1e6), "{text}");
    for line in text.lines().filter(|line| !line.starts_with('#')) {
        assert!(line.rsplit_once(' ').is_some_and(|(_, number)| number.parse::<f64>().is_ok()), "{line}");
    }
    assert!(server.curl("GET", "/metrics", "").contains("not_found"), "hosts' listener has no metrics");
}

#[test]
fn without_the_database_the_metrics_say_so() {
    let port = free_port();
    let server = Server::with(Settings { variables: vec![("METRICS_LISTEN", format!("127.0.0.1:{port}"))], ..Settings::default() });
    server.stop_database();
    wait_for("the database to be missed", || value(&metrics(port), "codex_auth_database_up") == Some(0.0));
    assert!(value(&metrics(port), "process_resident_memory_bytes").is_some(), "the rest is there");
}

#[test]
fn each_line_of_a_json_log_is_an_object_and_names_its_request() {
    let server = Server::with(Settings { variables: vec![("LOG_FORMAT", "json".to_owned())], ..Settings::default() });
    let answer: Value = serde_json::from_str(&server.curl("POST", "/auth", "{}")).unwrap();
    let id = answer["request_id"].as_str().unwrap();
    let log = server.log();
    let lines: Vec<Value> = log.lines().filter(|line| line.starts_with('{')).map(|line| serde_json::from_str(line).unwrap()).collect();
    let request = lines.iter().find(|line| line["request.id"] == id || line["span"]["request.id"] == id);
    let request = request.unwrap_or_else(|| panic!("{log}"));
    assert_eq!((&request["http.route"], &request["http.status"], &request["level"]), (&"/auth".into(), &401.into(), &"INFO".into()));
    assert!(request["timestamp"].is_string());
}

/// A collector of OpenTelemetry that takes everything; it gives the bodies of what it was sent.
fn collector() -> (u16, Receiver<(String, Vec<u8>)>) {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let (port, (send, receive)) = (listener.local_addr().unwrap().port(), mpsc::channel());
    thread::spawn(move || {
        for mut stream in listener.incoming().map_while(Result::ok) {
            let mut all = Vec::new();
            let mut chunk = [0; 16 * 1024];
            stream.set_read_timeout(Some(Duration::from_secs(2))).ok();
            while let Ok(count @ 1..) = stream.read(&mut chunk) {
                all.extend_from_slice(&chunk[..count]);
                if is_whole(&all) {
                    break;
                }
            }
            stream.write_all(b"HTTP/1.1 200 OK\r\ncontent-length: 0\r\nconnection: close\r\n\r\n").ok();
            let line = String::from_utf8_lossy(&all).lines().next().unwrap_or_default().to_owned();
            send.send((line, all)).ok();
        }
    });
    (port, receive)
}

/// Whether a request has come to the end that its length names.
fn is_whole(bytes: &[u8]) -> bool {
    let text = String::from_utf8_lossy(bytes).to_lowercase();
    let Some((head, _)) = text.split_once("\r\n\r\n") else { return false };
    let length = head.lines().find_map(|line| line.strip_prefix("content-length:")?.trim().parse::<usize>().ok());
    let start = bytes.windows(4).position(|four| four == b"\r\n\r\n").map_or(0, |at| at + 4);
    bytes.len() - start >= length.unwrap_or(0)
}

#[test]
fn traces_go_to_the_collector_that_the_standard_variables_name() {
    let (port, received) = collector();
    let variables = vec![
        ("OTEL_EXPORTER_OTLP_ENDPOINT", format!("http://127.0.0.1:{port}")),
        ("OTEL_SERVICE_NAME", "central-of-a-test".to_owned()),
        ("OTEL_BSP_SCHEDULE_DELAY", "200".to_owned()),
    ];
    let server = Server::with(Settings { variables, ..Settings::default() });
    server.curl("GET", "/admin/hosts", "");
    let mut wanted = vec!["central-of-a-test", "GET /admin/hosts", "db.hosts.list"];

    while !wanted.is_empty() {
        let (line, body) = received.recv_timeout(Duration::from_secs(20)).unwrap_or_else(|_| panic!("nothing with {wanted:?}"));

        assert!(line.starts_with("POST /v1/traces "), "{line}");
        wanted.retain(|text| !body.windows(text.len()).any(|window| window == text.as_bytes()));
    }
}

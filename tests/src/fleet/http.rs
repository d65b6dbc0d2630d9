//! One request of a virtual host: its own address, a connection of its own, as each `curl` of `cdx` makes one.

use std::io;
use std::net::{Ipv4Addr, SocketAddr};
use std::time::{Duration, Instant};

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpSocket;
use tokio::time::timeout;

/// An answer that takes longer counts as none.
const DEADLINE: Duration = Duration::from_secs(30);

/// What is asked.
#[derive(Clone, Debug)]
pub struct Request<'a> {
    /// `POST` or `GET`.
    pub method: &'a str,
    /// With its query.
    pub path: &'a str,
    /// `X-API-Key` of a host, or an owner's bearer token.
    pub header: Option<(&'a str, &'a str)>,
    /// Of the body.
    pub content_type: &'a str,
    /// May be empty.
    pub body: Vec<u8>,
}

/// What came.
#[derive(Debug)]
pub struct Answer {
    /// The status.
    pub status: u16,
    /// The whole body.
    pub body: Vec<u8>,
    /// From the first byte of the connection to the last of the answer.
    pub took: Duration,
}

/// Asks the server at `to` from the loopback address `from`.
pub async fn ask(to: SocketAddr, from: Ipv4Addr, request: &Request<'_>) -> io::Result<Answer> {
    timeout(DEADLINE, exchange(to, from, request)).await.map_err(|_| io::Error::from(io::ErrorKind::TimedOut))?
}

async fn exchange(to: SocketAddr, from: Ipv4Addr, request: &Request<'_>) -> io::Result<Answer> {
    let started = Instant::now();
    let socket = TcpSocket::new_v4()?;
    socket.bind((from, 0).into())?;
    let mut stream = socket.connect(to).await?;
    stream.set_nodelay(true)?;
    stream.write_all(&bytes(to, request)).await?;
    let mut answer = Vec::new();
    stream.read_to_end(&mut answer).await?;
    let (status, body) = split(&answer).ok_or_else(|| io::Error::new(io::ErrorKind::UnexpectedEof, "half an answer"))?;
    Ok(Answer { status, body: body.to_vec(), took: started.elapsed() })
}

fn bytes(to: SocketAddr, request: &Request<'_>) -> Vec<u8> {
    let Request { method, path, header, content_type, body } = request;
    let header = header.map(|(name, value)| format!("{name}: {value}\r\n")).unwrap_or_default();
    let kind = if body.is_empty() { String::new() } else { format!("Content-Type: {content_type}\r\n") };
    let head = format!(
        "{method} {path} HTTP/1.1\r\nHost: {to}\r\nUser-Agent: curl/8.14.1\r\nAccept: */*\r\nConnection: close\r\n{header}{kind}Content-Length: {}\r\n\r\n",
        body.len()
    );
    [head.as_bytes(), body].concat()
}

/// Status and body; `None`: the answer ended before it was complete, or in a form that this server does not use.
fn split(answer: &[u8]) -> Option<(u16, &[u8])> {
    let end = answer.windows(4).position(|window| window == b"\r\n\r\n")?;
    let head = std::str::from_utf8(&answer[..end]).ok()?;
    let status = head.split(' ').nth(1)?.parse().ok()?;
    let length = head.lines().find_map(|line| {
        let (name, value) = line.split_once(':')?;
        name.eq_ignore_ascii_case("content-length").then(|| value.trim().parse::<usize>().ok())?
    })?;
    let body = &answer[end + 4..];
    (body.len() == length).then_some((status, body))
}

#[cfg(test)]
mod tests {
    use super::split;

    #[test]
    fn an_answer_is_whole_or_none() {
        let whole = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok";
        assert_eq!(split(whole), Some((200, &b"ok"[..])));
        assert_eq!(split(&whole[..whole.len() - 1]), None);
        assert_eq!(split(b"HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n0\r\n\r\n"), None);
    }
}

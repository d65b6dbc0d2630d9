//! A connection that ends when the other side lets its turn pass: it asks nothing, or does not read what it asked for.

use std::io;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll, ready};
use std::time::Duration;

use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::net::TcpStream;
use tokio::time::{Instant, Sleep, sleep};

use super::pulse::Pulse;
use super::slots::Slot;

/// See the file.
#[derive(Debug)]
pub struct Watched {
    stream: TcpStream,
    pulse: Arc<Pulse>,
    idle: Duration,
    alarm: Pin<Box<Sleep>>,
    /// Free for another when the connection has ended.
    _slot: Slot,
}

impl Watched {
    /// Watches a connection from its beginning.
    pub fn new(stream: TcpStream, pulse: Arc<Pulse>, idle: Duration, slot: Slot) -> Self {
        Self { stream, pulse, idle, alarm: Box::pin(sleep(idle)), _slot: slot }
    }

    /// What could not be done yet fails when the time is up. The alarm looks at the clock when it rings: nothing sets it
    /// anew with every request.
    fn pending<T>(&mut self, context: &mut Context<'_>) -> Poll<io::Result<T>> {
        loop {
            ready!(self.alarm.as_mut().poll(context));
            let left = self.idle.saturating_sub(self.pulse.waited());
            if left.is_zero() {
                return Poll::Ready(Err(io::ErrorKind::TimedOut.into()));
            }
            self.alarm.as_mut().reset(Instant::now() + left);
        }
    }

    fn or_pending<T>(&mut self, done: Poll<io::Result<T>>, context: &mut Context<'_>) -> Poll<io::Result<T>> {
        if done.is_pending() { self.pending(context) } else { done }
    }
}

impl AsyncRead for Watched {
    fn poll_read(mut self: Pin<&mut Self>, context: &mut Context<'_>, into: &mut ReadBuf<'_>) -> Poll<io::Result<()>> {
        let done = Pin::new(&mut self.stream).poll_read(context, into);
        self.or_pending(done, context)
    }
}

impl AsyncWrite for Watched {
    fn poll_write(mut self: Pin<&mut Self>, context: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
        let done = Pin::new(&mut self.stream).poll_write(context, bytes);
        self.or_pending(done, context)
    }

    fn poll_write_vectored(mut self: Pin<&mut Self>, context: &mut Context<'_>, all: &[io::IoSlice<'_>]) -> Poll<io::Result<usize>> {
        let done = Pin::new(&mut self.stream).poll_write_vectored(context, all);
        self.or_pending(done, context)
    }

    fn is_write_vectored(&self) -> bool {
        self.stream.is_write_vectored()
    }

    fn poll_flush(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        let done = Pin::new(&mut self.stream).poll_flush(context);
        self.or_pending(done, context)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        let done = Pin::new(&mut self.stream).poll_shutdown(context);
        self.or_pending(done, context)
    }
}

#[cfg(test)]
mod tests {
    use shared::networks::Networks;
    use tokio::io::{AsyncReadExt, AsyncWriteExt};
    use tokio::net::TcpListener;
    use tokio::time::timeout;

    use super::super::slots::Slots;
    use super::*;

    const IDLE: Duration = Duration::from_millis(200);

    async fn both() -> (Watched, Arc<Pulse>, TcpStream) {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let other = TcpStream::connect(listener.local_addr().unwrap()).await.unwrap();
        let (stream, address) = listener.accept().await.unwrap();
        let slots = Slots::new(1, Networks::default());
        let slot = slots.take(slots.free().await, address.ip()).unwrap();
        let pulse = Pulse::new();
        (Watched::new(stream, Arc::clone(&pulse), IDLE, slot), pulse, other)
    }

    #[tokio::test]
    async fn who_asks_nothing_is_cut_off_and_who_waits_for_us_is_not() {
        let (mut ours, pulse, _other) = both().await;
        let work = pulse.work();
        assert!(timeout(3 * IDLE, ours.read_u8()).await.is_err(), "it is our turn");
        drop(work);
        let ended = timeout(20 * IDLE, ours.read_u8()).await.expect("the alarm rings");
        assert_eq!(ended.unwrap_err().kind(), io::ErrorKind::TimedOut);
    }

    #[tokio::test]
    async fn who_does_not_read_is_cut_off() {
        let (mut ours, _, _other) = both().await;
        let all = vec![0; 64 * 1024 * 1024];
        let ended = timeout(50 * IDLE, ours.write_all(&all)).await.expect("the alarm rings");
        assert_eq!(ended.unwrap_err().kind(), io::ErrorKind::TimedOut);
    }
}

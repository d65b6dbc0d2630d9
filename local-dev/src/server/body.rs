//! Bodies in both directions: one that comes too slowly fails, and one that goes out says whose turn it is.

use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::task::{Context, Poll};
use std::time::Duration;

use axum::body::{Body, Bytes, HttpBody};
use http_body::{Frame, SizeHint};
use tokio::time::{Instant, Sleep, sleep_until};

use super::pulse::{Pulse, Work};

type Polled = Poll<Option<Result<Frame<Bytes>, axum::Error>>>;

/// The pace of a body: so much time, and a second more for each so many bytes that have come.
#[derive(Clone, Copy, Debug)]
pub struct Pace {
    /// Before anything has come.
    pub first: Duration,
    /// A second's worth.
    pub bytes: u64,
}

/// What every request is held to.
pub const PACE: Pace = Pace { first: Duration::from_secs(20), bytes: 1024 };

/// A request's body.
#[derive(Debug)]
pub struct Paced {
    inner: Body,
    pace: Pace,
    received: u64,
    began: Option<Instant>,
    alarm: Option<Pin<Box<Sleep>>>,
    late: Arc<AtomicBool>,
}

impl Paced {
    /// Holds a body to a pace; `late` becomes true when it falls behind.
    pub const fn new(inner: Body, pace: Pace, late: Arc<AtomicBool>) -> Self {
        Self { inner, pace, received: 0, began: None, alarm: None, late }
    }

    /// Nothing has come: fails when it should have by now.
    fn pending(&mut self, context: &mut Context<'_>) -> Polled {
        let began = *self.began.get_or_insert_with(Instant::now);
        let until = began + self.pace.first + Duration::from_secs(self.received / self.pace.bytes);
        let alarm = self.alarm.get_or_insert_with(|| Box::pin(sleep_until(until)));
        if alarm.deadline() != until {
            alarm.as_mut().reset(until);
        }
        alarm.as_mut().poll(context).map(|()| {
            self.late.store(true, Ordering::Relaxed);
            Some(Err(axum::Error::new("the body came too slowly")))
        })
    }
}

impl HttpBody for Paced {
    type Data = Bytes;
    type Error = axum::Error;

    fn poll_frame(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Polled {
        let polled = Pin::new(&mut self.inner).poll_frame(context);
        if let Poll::Ready(Some(Ok(frame))) = &polled {
            self.received += frame.data_ref().map_or(0, |data| data.len() as u64);
        }
        if polled.is_pending() { self.pending(context) } else { polled }
    }

    fn is_end_stream(&self) -> bool {
        self.inner.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.inner.size_hint()
    }
}

/// An answer's body. It is this server's turn while the next piece is awaited, and the other side's once it is there: a
/// body that nobody takes is not asked for more.
#[derive(Debug)]
pub struct Answer {
    inner: Body,
    pulse: Arc<Pulse>,
    work: Option<Work>,
}

impl Answer {
    /// Of a request on this connection.
    pub const fn new(inner: Body, pulse: Arc<Pulse>) -> Self {
        Self { inner, pulse, work: None }
    }
}

impl HttpBody for Answer {
    type Data = Bytes;
    type Error = axum::Error;

    fn poll_frame(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Polled {
        let work = self.work.take().unwrap_or_else(|| self.pulse.work());
        let polled = Pin::new(&mut self.inner).poll_frame(context);
        self.work = polled.is_pending().then_some(work);
        polled
    }

    fn is_end_stream(&self) -> bool {
        self.inner.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.inner.size_hint()
    }
}

#[cfg(test)]
mod tests {
    use std::convert::Infallible;

    use futures_util::{StreamExt, stream};

    use super::*;

    /// Pieces of so many bytes, one every 20 ms.
    fn trickle(bytes: usize) -> Body {
        let pieces = stream::repeat(()).then(move |()| async move {
            tokio::time::sleep(Duration::from_millis(20)).await;
            Ok::<_, Infallible>(vec![b'x'; bytes])
        });
        Body::from_stream(pieces.take(30))
    }

    async fn read(body: Body, pace: Pace) -> (bool, bool) {
        let late = Arc::new(AtomicBool::new(false));
        let paced = Body::new(Paced::new(body, pace, Arc::clone(&late)));
        let read = axum::body::to_bytes(paced, usize::MAX).await;
        (read.is_ok(), late.load(Ordering::Relaxed))
    }

    #[tokio::test]
    async fn a_body_that_comes_too_slowly_fails_and_one_that_keeps_its_pace_does_not() {
        let pace = Pace { first: Duration::from_millis(300), bytes: 100 };
        assert_eq!(read(trickle(1), pace).await, (false, true), "a byte every 20 ms is 50 in a second");
        assert_eq!(read(trickle(10), pace).await, (true, false));
        assert_eq!(read(Body::from_stream(stream::pending::<Result<Bytes, Infallible>>()), pace).await, (false, true));
    }

    #[tokio::test]
    async fn an_answer_that_nobody_takes_is_not_our_turn() {
        let pulse = Pulse::new();
        let mut answer = Answer::new(trickle(10), Arc::clone(&pulse));
        let piece = |answer: &mut Answer, context: &mut Context<'_>| Pin::new(answer).poll_frame(context).is_ready();
        let turn = || pulse.waited().is_zero();
        let first = std::future::poll_fn(|context| Poll::Ready(piece(&mut answer, context))).await;
        assert!(!first && turn(), "the next piece is awaited");
        std::future::poll_fn(|context| if piece(&mut answer, context) { Poll::Ready(()) } else { Poll::Pending }).await;
        tokio::time::sleep(Duration::from_millis(5)).await;
        assert!(!turn(), "it is there");
    }
}

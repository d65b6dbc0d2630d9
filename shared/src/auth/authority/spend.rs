//! The steps of one refresh, in their order, for any database and any issuer.

use std::future::Future;
use std::time::Duration;

use super::answer::Raw;
use super::book::{SEND_WITHIN, Take, Why};

/// A refresh token on its way to OpenAI. It is never printed.
#[derive(Clone)]
pub struct RefreshToken(pub String);

impl std::fmt::Debug for RefreshToken {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("RefreshToken(…)")
    }
}

/// A granted lease: what to send.
#[derive(Debug)]
pub struct Lease {
    /// Its number.
    pub fence: u64,
    /// The login it is for.
    pub generation: u64,
    /// That login's token.
    pub token: RefreshToken,
}

/// The answer to [`Ports::take`].
#[derive(Debug)]
pub enum Taken {
    /// Send this.
    Lease(Lease),
    /// Anything but [`Take::Send`].
    Other(Take),
    /// The login has no refresh token: an API key, or an access token alone.
    NotRefreshable,
}

/// What a refresh needs from the world. Each method but the last two is one transaction; one that fails may or may not
/// have happened.
pub trait Ports: Sync {
    /// What goes wrong in the database.
    type Error: std::fmt::Debug;
    /// Decides who may refresh the login of generation `seen`.
    fn take(&self, seen: u64, why: Why) -> impl Future<Output = Result<Taken, Self::Error>> + Send;
    /// Writes down that the token is about to be sent. `false`: do not send it.
    fn intend(&self, lease: &Lease, why: Why) -> impl Future<Output = Result<bool, Self::Error>> + Send;
    /// Sends the token. It resolves within [`super::book::CALL`].
    fn exchange(&self, lease: &Lease) -> impl Future<Output = Raw> + Send;
    /// Stores an answer as it came.
    fn answered(&self, fence: u64, raw: &Raw) -> impl Future<Output = Result<(), Self::Error>> + Send;
    /// Reads the stored answer and makes what it says true.
    fn settle(&self, fence: u64) -> impl Future<Output = Result<(), Self::Error>> + Send;
    /// A clock that only goes forward.
    fn elapsed(&self) -> Duration;
    /// Waits.
    fn sleep(&self, time: Duration) -> impl Future<Output = ()> + Send;
}

/// How often storing an answer is tried, at growing distances: the token in it exists nowhere else.
const TRIES: u32 = 9;
/// How often somebody who waits looks.
const LOOK: Duration = Duration::from_millis(200);

/// How a wish for a newer login ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Ended {
    /// There may be a newer login now: look.
    Done,
    /// Somebody else is still at it.
    Busy,
    /// Not before then.
    Pause(chrono::DateTime<chrono::Utc>),
    /// A person has to sign in.
    Stopped,
    /// There is nothing to refresh with.
    NotRefreshable,
}

/// Makes the login of generation `seen` newer, or waits for whoever does it, for at most `patience`.
pub async fn renew<P: Ports>(ports: &P, seen: u64, why: Why, patience: Duration) -> Result<Ended, P::Error> {
    let started = ports.elapsed();
    let mut why = why;
    loop {
        match ports.take(seen, why).await? {
            Taken::Lease(lease) => {
                spend(ports, &lease, why).await?;
                // What the answer said is in the book now.
                why = if why == Why::Forced { Why::Asked } else { why };
            }
            Taken::Other(Take::Settle { fence }) => ports.settle(fence).await?,
            Taken::Other(Take::Busy) if ports.elapsed() >= started + patience => return Ok(Ended::Busy),
            Taken::Other(Take::Busy | Take::Send { .. }) => ports.sleep(LOOK).await,
            Taken::Other(Take::Adopt) => return Ok(Ended::Done),
            Taken::Other(Take::Pause(until)) => return Ok(Ended::Pause(until)),
            Taken::Other(Take::Stopped) => return Ok(Ended::Stopped),
            Taken::NotRefreshable => return Ok(Ended::NotRefreshable),
        }
    }
}

/// Intent, call, answer, settlement. Whoever was held up before the call does not make it: others may be at it.
async fn spend<P: Ports>(ports: &P, lease: &Lease, why: Why) -> Result<(), P::Error> {
    let asked = ports.elapsed();
    match ports.intend(lease, why).await {
        Ok(true) => {}
        Ok(false) => return Ok(()),
        Err(error) => {
            // It may be written all the same: then this says that nothing was sent.
            ports.answered(lease.fence, &Raw::NotSent("the intent could not be written".to_owned())).await.ok();
            return Err(error);
        }
    }
    let in_time = ports.elapsed() < asked + SEND_WITHIN.to_std().unwrap_or_default();
    let raw = if in_time { ports.exchange(lease).await } else { Raw::NotSent("held up before the call".to_owned()) };
    keep(ports, lease.fence, &raw).await?;
    ports.settle(lease.fence).await
}

async fn keep<P: Ports>(ports: &P, fence: u64, raw: &Raw) -> Result<(), P::Error> {
    let mut wait = LOOK;
    for _ in 1..TRIES {
        if ports.answered(fence, raw).await.is_ok() {
            return Ok(());
        }
        ports.sleep(wait).await;
        wait *= 2;
    }
    ports.answered(fence, raw).await
}

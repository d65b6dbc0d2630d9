//! What `/auth`, `/sync` and `/push` answer about a login: pure rules.

use chrono::{DateTime, Utc};

/// What `retrieve` answers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Retrieve {
    /// The server has no login.
    Missing,
    /// The host holds its current view.
    Valid,
    /// The host's copy is unknown and not older: it should be uploaded.
    UploadRequired,
    /// The server's login is newer, or the host holds the real login instead of its view.
    Outdated,
}

/// What the server has, seen from one host.
#[derive(Clone, Copy, Debug)]
pub struct Current<'a> {
    /// Digest of this host's view.
    pub view_digest: &'a str,
    /// Digest of the login itself.
    pub digest: &'a str,
    /// When the login was refreshed.
    pub refreshed_at: DateTime<Utc>,
}

/// Decides `retrieve`.
pub fn retrieve(current: Option<Current<'_>>, digest: &str, refreshed_at: DateTime<Utc>) -> Retrieve {
    let Some(current) = current else { return Retrieve::Missing };
    if digest == current.view_digest {
        Retrieve::Valid
    } else if digest == current.digest || refreshed_at < current.refreshed_at {
        Retrieve::Outdated
    } else {
        Retrieve::UploadRequired
    }
}

/// What an uploaded login is, compared with what the server knows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Upload {
    /// Its tokens are the current login's, or those of the host's view of it.
    Same,
    /// It holds a handle of ours and no new login.
    OldView,
    /// One of its tokens belonged to an earlier login.
    Replay,
    /// Never seen.
    New,
}

/// When a login was made.
#[derive(Clone, Copy, Debug)]
pub struct Made {
    /// By OpenAI's clock, from the access token.
    pub issued_at: Option<i64>,
    /// By the clock of the host that wrote it.
    pub refreshed_at: DateTime<Utc>,
}

impl Made {
    /// OpenAI's clock orders logins; a host's own counts only when a token does not tell.
    fn is_older_than(self, other: Self) -> bool {
        match (self.issued_at, other.issued_at) {
            (Some(mine), Some(theirs)) if mine != theirs => mine < theirs,
            _ => self.refreshed_at < other.refreshed_at,
        }
    }
}

/// What `store` does.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Store {
    /// It becomes the next generation.
    Updated,
    /// It is the current login, whatever its bytes.
    Unchanged,
    /// The server's is newer.
    Outdated,
    /// It is another ChatGPT account's.
    AccountMismatch,
    /// It is kept apart until it is proven; the current one goes on.
    Quarantined,
    /// It was tried before and does not work.
    Rejected,
}

impl Store {
    /// The status word of the contract: a login that is not taken, or not yet, gives way to the server's. A mismatch is a
    /// refusal and never an answer's status.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Updated => "updated",
            Self::Unchanged => "unchanged",
            Self::Outdated | Self::Quarantined | Self::Rejected => "outdated",
            Self::AccountMismatch => "account_mismatch",
        }
    }
}

/// Whose word a new login needs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Authority {
    /// A host: the account stays, and while there is a login that works, a new one has to be proven first.
    Host,
    /// A seed link, or a host whose login was proven: the account stays.
    Trusted,
    /// An owner: may replace the account.
    Owner,
}

/// Decides `store`. `current` and `same_account` are about the login the server has; without one everything is new.
/// `provable`: the current one works, and there is a runner that can prove another.
pub fn store(current: Option<Made>, upload: Upload, made: Made, same_account: bool, authority: Authority, provable: bool) -> Store {
    let Some(current) = current else {
        return if upload == Upload::OldView { Store::Outdated } else { Store::Updated };
    };
    match upload {
        Upload::Same => Store::Unchanged,
        Upload::OldView | Upload::Replay => Store::Outdated,
        Upload::New if !same_account && authority != Authority::Owner => Store::AccountMismatch,
        Upload::New if same_account && made.is_older_than(current) => Store::Outdated,
        Upload::New if provable && authority == Authority::Host => Store::Quarantined,
        Upload::New => Store::Updated,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(seconds: i64) -> DateTime<Utc> {
        DateTime::from_timestamp(1_800_000_000 + seconds, 0).unwrap()
    }

    const fn made(issued_at: Option<i64>, refreshed: DateTime<Utc>) -> Made {
        Made { issued_at, refreshed_at: refreshed }
    }

    #[test]
    fn retrieve_is_decided_completely() {
        let current = Some(Current { view_digest: "view", digest: "real", refreshed_at: at(0) });
        let table = [
            (None, "view", 0, Retrieve::Missing),
            (None, "other", 9, Retrieve::Missing),
            (current, "view", -9, Retrieve::Valid),
            (current, "view", 0, Retrieve::Valid),
            (current, "view", 9, Retrieve::Valid),
            (current, "real", 0, Retrieve::Outdated),
            (current, "real", 9, Retrieve::Outdated),
            (current, "other", -9, Retrieve::Outdated),
            (current, "other", 0, Retrieve::UploadRequired),
            (current, "other", 9, Retrieve::UploadRequired),
        ];
        for (current, digest, seconds, expected) in table {
            assert_eq!(retrieve(current, digest, at(seconds)), expected, "{digest} {seconds}");
        }
    }

    #[test]
    fn store_is_decided_completely() {
        use Authority::{Host, Owner, Trusted};
        let now = made(None, at(0));
        let table = [
            (None, Upload::New, now, true, Host, Store::Updated),
            (None, Upload::Replay, now, true, Host, Store::Updated),
            (None, Upload::OldView, now, true, Host, Store::Outdated),
            (Some(now), Upload::Same, made(None, at(9)), true, Host, Store::Unchanged),
            (Some(now), Upload::Same, made(None, at(-9)), false, Host, Store::Unchanged),
            (Some(now), Upload::OldView, made(None, at(9)), true, Owner, Store::Outdated),
            (Some(now), Upload::Replay, made(None, at(9)), true, Owner, Store::Outdated),
            (Some(now), Upload::New, made(None, at(9)), true, Host, Store::Updated),
            (Some(now), Upload::New, made(None, at(0)), true, Host, Store::Updated),
            (Some(now), Upload::New, made(None, at(-9)), true, Host, Store::Outdated),
            (Some(now), Upload::New, made(None, at(9)), true, Trusted, Store::Updated),
            (Some(now), Upload::New, made(None, at(9)), false, Trusted, Store::AccountMismatch),
            (Some(now), Upload::New, made(None, at(9)), false, Host, Store::AccountMismatch),
            (Some(now), Upload::New, made(None, at(-9)), false, Host, Store::AccountMismatch),
            (Some(now), Upload::New, made(None, at(-9)), false, Owner, Store::Updated),
            (Some(now), Upload::New, made(None, at(-9)), true, Owner, Store::Outdated),
        ];
        for (current, upload, new, same_account, authority, expected) in table {
            assert_eq!(store(current, upload, new, same_account, authority, false), expected, "{upload:?} {same_account} {authority:?}");
            let proven = if authority == Host && current.is_some() && expected == Store::Updated { Store::Quarantined } else { expected };
            assert_eq!(store(current, upload, new, same_account, authority, true), proven, "{upload:?} {same_account} {authority:?}");
        }
    }

    #[test]
    fn openais_clock_beats_the_hosts() {
        let current = Some(made(Some(100), at(0)));
        assert_eq!(store(current, Upload::New, made(Some(101), at(-99)), true, Authority::Host, false), Store::Updated);
        assert_eq!(store(current, Upload::New, made(Some(99), at(99)), true, Authority::Host, false), Store::Outdated);
        assert_eq!(store(current, Upload::New, made(Some(100), at(-1)), true, Authority::Host, false), Store::Outdated);
    }
}

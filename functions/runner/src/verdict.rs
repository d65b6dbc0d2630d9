//! What a run of Codex says about a login.

use serde::Serialize;

use crate::environment::refresh_url;

/// Whether a login is good.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Verdict {
    /// The model answered.
    Verified,
    /// `OpenAI` refused the credential itself.
    Rejected,
    /// Anything else: nothing is known about the login.
    Unknown,
}

/// What a 403 must say to be about the credential, as code (0.80) or as sentence (0.169 shows no code).
const REFUSALS: [&str; 7] = [
    "\"code\":\"account_mismatch\"",
    "\"code\":\"account_deactivated\"",
    "\"code\":\"invalid_token\"",
    "\"code\":\"token_expired\"",
    "\"code\":\"token_revoked\"",
    "does not belong to account",
    "account has been deactivated",
];

/// Judges a run by its exit code (`None`: a signal) and what it printed.
pub fn verdict(exit: Option<i32>, stdout: &str, stderr: &str) -> Verdict {
    match exit {
        Some(0) if stdout.to_lowercase().contains("banana") => Verdict::Verified,
        Some(0) | None => Verdict::Unknown,
        Some(_) if last_error(stderr).is_some_and(refuses) => Verdict::Rejected,
        Some(_) => Verdict::Unknown,
    }
}

/// The last error Codex printed; log lines, which begin with a time, are none.
pub fn last_error(stderr: &str) -> Option<&str> {
    stderr.lines().filter_map(|line| line.strip_prefix("ERROR: ")).next_back().map(str::trim)
}

/// Whether Codex ended because it could not renew the login. That follows a 401 alone: a renewal that fails earlier, because the
/// token is about to end, does not stop it. Without an account id 0.169 does not even try, and says so in a sentence.
pub fn wanted_to_renew(error: &str) -> bool {
    let no_answer = format!("error sending request for url ({})", refresh_url());
    error.starts_with(&no_answer) || error.starts_with("Your access token could not be refreshed")
}

fn refuses(error: &str) -> bool {
    let status = |code: &str| error.strip_prefix("unexpected status ").is_some_and(|rest| rest.starts_with(code));
    wanted_to_renew(error) || status("401 ") || (status("403 ") && REFUSALS.iter().any(|refusal| error.contains(refusal)))
}

/// The version in the banner that Codex begins with.
pub fn codex_version(stderr: &str) -> Option<&str> {
    let banner = stderr.lines().find_map(|line| line.strip_prefix("OpenAI Codex v"))?;
    banner.split_whitespace().next()
}

#[cfg(test)]
mod tests;

//! What a probe is asked for.

use std::time::Duration;

use serde::Deserialize;
use serde_json::{Map, Value};

/// The shortest probe.
const LEAST: Duration = Duration::from_secs(1);

/// The body of `POST /verify`. What else callers send (`base_url`, `api_key`, `fqdn`) is not read.
#[derive(Deserialize)]
pub struct VerifyRequest {
    /// The login.
    pub auth_json: Map<String, Value>,
    /// How long the caller waits.
    #[serde(default)]
    timeout_seconds: Option<f64>,
}

impl VerifyRequest {
    /// How long the probe may take: as asked, but not longer than `most`.
    pub fn limit(&self, most: Duration) -> Duration {
        let asked = self.timeout_seconds.map(|seconds| Duration::try_from_secs_f64(seconds.max(0.0)).unwrap_or(most));
        asked.unwrap_or(most).min(most).max(LEAST)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_limit_is_at_most_the_servers_and_at_least_a_second() {
        for (asked, millis) in
            [("8.5", 8500), ("null", 60_000), ("61", 60_000), ("1e300", 60_000), ("0", 1000), ("-3", 1000), ("0.2", 1000)]
        {
            let request: VerifyRequest = serde_json::from_str(&format!("{{\"auth_json\":{{}},\"timeout_seconds\":{asked}}}")).unwrap();

            assert_eq!(request.limit(Duration::from_mins(1)), Duration::from_millis(millis), "{asked}");
        }
    }
}

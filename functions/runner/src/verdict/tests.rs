//! What Codex 0.80.0 and 0.169.0 really printed, recorded against the fake `OpenAI`; repeated lines are left out.

use super::*;

macro_rules! recorded {
    ($version:literal, $($exit:literal $expected:ident $case:literal),+ $(,)?) => {
        [$(($case, $exit, Verdict::$expected, include_str!(concat!("recorded/", $version, "/", $case, ".txt")))),+]
    };
}

/// One recording: its name, the exit code, what it must be judged as, stderr.
type Recorded = (&'static str, i32, Verdict, &'static str);

fn judge(version: &str, recordings: &[Recorded]) {
    for (case, exit, expected, stderr) in recordings {
        let stdout = if *exit == 0 { "BANANA!\n" } else { "" };

        assert_eq!(verdict(Some(*exit), stdout, stderr), *expected, "{version} {case}");
        assert_eq!(codex_version(stderr), Some(version), "{case}");
    }
}

#[test]
fn what_0_80_printed() {
    let recordings = recorded!["0.80.0",
        0 Verified "live", 1 Rejected "revoked", 1 Rejected "expired", 1 Rejected "unknown_token", 1 Rejected "wrong_account",
        1 Rejected "bare_401", 1 Rejected "deactivated_401", 1 Rejected "deactivated_403", 1 Rejected "api_key",
        1 Unknown "country", 1 Unknown "html_403", 1 Unknown "http_500", 1 Unknown "http_503", 1 Unknown "usage_limit",
        1 Unknown "quota", 1 Unknown "dropped", 1 Unknown "garbage", 1 Unknown "unreachable",
        1 Rejected "no_account", 1 Unknown "no_account_ending_limit",
    ];
    judge("0.80.0", &recordings);
}

#[test]
fn what_0_169_printed() {
    let recordings = recorded!["0.169.0",
        0 Verified "live", 1 Rejected "revoked", 1 Rejected "expired", 1 Rejected "unknown_token", 1 Rejected "wrong_account",
        1 Rejected "bare_401", 1 Rejected "deactivated_401", 1 Rejected "deactivated_403", 1 Rejected "api_key",
        1 Unknown "country", 1 Unknown "html_403", 1 Unknown "http_500", 1 Unknown "http_503", 1 Unknown "usage_limit",
        1 Unknown "quota", 1 Unknown "dropped", 1 Unknown "garbage", 1 Unknown "ending_garbage",
        1 Rejected "no_account", 1 Unknown "no_account_ending_limit",
    ];
    judge("0.169.0", &recordings);
}

#[test]
fn only_an_answer_verifies_and_only_a_failure_rejects() {
    let refused = "ERROR: unexpected status 401 Unauthorized: ";

    for (exit, stdout, stderr, expected) in [
        (Some(0), "a Banana", refused, Verdict::Verified),
        (Some(0), "an apple", refused, Verdict::Unknown),
        (Some(0), "", "banana", Verdict::Unknown),
        (Some(1), "banana", "", Verdict::Unknown),
        (Some(1), "banana", refused, Verdict::Rejected),
        (Some(101), "", "thread 'main' panicked", Verdict::Unknown),
        (None, "banana", refused, Verdict::Unknown),
        // What the model or another service said is not what Codex ended with.
        (Some(1), refused, "ERROR: unexpected status 500 Internal Server Error: {}", Verdict::Unknown),
        (Some(1), "", "ERROR: unexpected status 401 Unauthorized: \nERROR: stream disconnected", Verdict::Unknown),
        (Some(1), "", "ERROR: unexpected status 401 Unauthorized: \nERROR: Reconnecting... 2/5", Verdict::Unknown),
        (Some(1), "", "ERROR: unexpected status 500 : {\"code\":\"token_expired\"}", Verdict::Unknown),
        (Some(1), "", "ERROR: unexpected status 403 : {\"code\":\"token_expired\"}", Verdict::Rejected),
        (Some(1), "", "ERROR: unexpected status 503 Service Unavailable: unexpected status 401 ", Verdict::Unknown),
    ] {
        assert_eq!(verdict(exit, stdout, stderr), expected, "{exit:?} {stdout} {stderr}");
    }
}

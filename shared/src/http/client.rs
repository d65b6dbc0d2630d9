//! Calls this server makes to others.

use std::sync::Once;

use reqwest::redirect::Policy;

/// A client that verifies certificates, follows no redirect and repeats nothing.
pub fn new() -> reqwest::ClientBuilder {
    static PROVIDER: Once = Once::new();
    // Fails only when a provider is installed already, which is as good.
    PROVIDER.call_once(|| drop(rustls::crypto::ring::default_provider().install_default()));
    reqwest::Client::builder().user_agent("codex-auth-central").redirect(Policy::none()).retry(reqwest::retry::never())
}

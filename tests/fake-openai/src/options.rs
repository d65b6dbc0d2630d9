//! What a fake is started with.

use std::{
    net::{IpAddr, Ipv4Addr},
    path::PathBuf,
};

use serde_json::Value;

use crate::{login, prices, replies, usage::Limits, usage::Usage};

/// Start-up choices; `..Options::default()` for the rest.
#[derive(Clone, Debug)]
pub struct Options {
    pub host: IpAddr,
    /// 0: any free port.
    pub port: u16,
    /// Holds `<version>/<asset>`; read anew on every request. `None`: no releases.
    pub releases_dir: Option<PathBuf>,
    /// Of access tokens handed out by refreshes.
    pub access_lifetime_seconds: i64,
    /// The model's answer when nothing is scripted; see [`crate::Reply`] for placeholders.
    pub reply: String,
    /// Reported for every model answer …
    pub usage: Usage,
    /// … or, when this is set, for the first; each one after it uses a little more, and begins anew after so many.
    pub usage_varies: u32,
    pub limits: Limits,
    /// The body of `/prices.json`.
    pub prices: Value,
    /// Ids listed by `/v1/models`.
    pub models: Vec<String>,
}

impl Default for Options {
    fn default() -> Self {
        let prices = prices::default_prices();
        let models = prices.as_object().into_iter().flat_map(serde_json::Map::keys);
        Self {
            host: Ipv4Addr::LOCALHOST.into(),
            port: 0,
            releases_dir: None,
            access_lifetime_seconds: login::ACCESS_LIFETIME_SECONDS,
            reply: replies::DEFAULT_REPLY.into(),
            usage: Usage::SMALL_TURN,
            usage_varies: 0,
            limits: Limits { primary_used_percent: 12, secondary_used_percent: 34 },
            models: models.cloned().collect(),
            prices,
        }
    }
}

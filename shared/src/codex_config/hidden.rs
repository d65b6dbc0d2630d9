//! What viewers do not see of a configuration: values that may be secrets. The names stay, and so does everything else.

use indexmap::IndexMap;

use super::render::template;
use super::settings::Settings;
use super::store::{Stored, invalid};
use crate::access::Role;
use crate::{AppError, AppResult};

/// What stands in their place.
const HIDDEN: &str = "(hidden)";

impl Stored {
    /// As somebody with this role may see it. `sha256` and the size stay those of the whole.
    pub fn shown_to(self, role: Role) -> AppResult<Self> {
        if role >= Role::Operator {
            return Ok(self);
        }
        let settings = without_secrets(Settings::parse(&self.settings).map_err(AppError::Invalid)?);
        Ok(Self { content: template(&settings).map_err(invalid)?, settings: settings.to_json(), line: self.line })
    }
}

fn without_secrets(mut settings: Settings) -> Settings {
    for server in &mut settings.mcp_servers {
        hide(&mut server.env);
        hide(&mut server.http_headers);
        server.bearer_token = server.bearer_token.take().map(|_| HIDDEN.to_owned());
    }
    for provider in &mut settings.model_providers {
        hide(&mut provider.http_headers);
        hide(&mut provider.query_params);
    }
    for exporter in [&mut settings.otel.logs, &mut settings.otel.trace_exporter, &mut settings.otel.metrics_exporter] {
        hide(&mut exporter.headers);
    }
    hide(&mut settings.shell_environment_policy.set);
    settings.custom_toml = settings.custom_toml.take().map(|_| format!("# {HIDDEN}"));
    settings
}

fn hide(values: &mut IndexMap<String, String>) {
    for value in values.values_mut() {
        HIDDEN.clone_into(value);
    }
}

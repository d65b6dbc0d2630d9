//! Every column that holds something sealed.

/// One column.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Column {
    /// Its table.
    pub table: &'static str,
    /// A number that leads to few rows, by an index.
    pub id: &'static str,
    /// Its name.
    pub name: &'static str,
}

const fn column(table: &'static str, id: &'static str, name: &'static str) -> Column {
    Column { table, id, name }
}

/// All of them. The last one is what a server looks at when it starts: it is sealed anew when everything else is.
#[rustfmt::skip]
pub const COLUMNS: &[Column] = &[
    column("auth_generations", "generation", "body_sealed"),
    column("auth_spends",      "fence",      "answer_sealed"),
    column("auth_candidates",  "id",         "body_sealed"),
    column("auth_handles",     "id",         "handle_sealed"),
    column("host_keys",        "id",         "key_sealed"),
    column("host_homes",       "host_id",    "config_sealed"),
    column("config_versions",  "version",    "settings_sealed"),
    column("config_versions",  "version",    "text_sealed"),
    column("alert_webhooks",   "id",         "url_sealed"),
    column("alert_webhooks",   "id",         "secret_sealed"),
    column("signing_keys",     "id",         "private_sealed"),
    column("audit_head",       "id",         "key_sealed"),
    column("fleet",            "id",         "key_check"),
];

//! Who administers: sessions, tokens, certificates.

mod certificates;
mod new_principal;
mod session;
mod sessions;
mod tokens;

use shared::routing::{Routes, routes};

/// `/admin/session` and `/admin/access/*`.
pub fn router() -> Routes {
    Routes::new()
        .routes(routes!(session::get_session, session::create_session, session::delete_session))
        .routes(routes!(sessions::list_sessions))
        .routes(routes!(sessions::end_session))
        .routes(routes!(tokens::list_tokens, tokens::create_token))
        .routes(routes!(tokens::revoke_token))
        .routes(routes!(certificates::list_certificates, certificates::create_certificate))
        .routes(routes!(certificates::revoke_certificate))
}

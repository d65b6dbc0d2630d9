//! The administrator behind a request. A wider privilege is another type.

use axum::extract::FromRequestParts;
use axum::http::request::Parts;

use crate::access::{Principal, Role};
use crate::{App, AppError};

macro_rules! principal {
    ($(#[$doc:meta])* $name:ident, $role:expr) => {
        $(#[$doc])*
        #[derive(Debug)]
        pub struct $name(pub Principal);

        impl FromRequestParts<App> for $name {
            type Rejection = AppError;

            async fn from_request_parts(parts: &mut Parts, _: &App) -> Result<Self, AppError> {
                // Recognised at the door; a table that gives this route to a lesser role is a mistake of ours.
                let principal = parts.extensions.remove::<Principal>().filter(|principal| principal.role >= $role);
                principal.map(Self).ok_or_else(|| AppError::internal("the table of routes and this handler disagree about the role"))
            }
        }
    };
}

principal!(
    /// Anybody who administers.
    Viewer,
    Role::Viewer
);
principal!(
    /// May manage hosts and content.
    Operator,
    Role::Operator
);
principal!(
    /// May manage the login and other principals.
    Owner,
    Role::Owner
);

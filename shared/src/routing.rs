//! The routes of a function. With the feature `document` each brings its description; without it, as on Lambda, only the
//! handlers are there: descriptions of two hundred operations took two thirds of the start of `admin`, and nobody reads them there.

#[cfg(feature = "document")]
pub use utoipa_axum::routes;

/// Routes and their descriptions.
#[cfg(feature = "document")]
pub type Routes = utoipa_axum::router::OpenApiRouter<crate::App>;

#[cfg(not(feature = "document"))]
pub use bare::{Operations, Routes};

#[cfg(not(feature = "document"))]
pub use crate::routes;

#[cfg(not(feature = "document"))]
mod bare {
    use axum::Router;
    use axum::extract::DefaultBodyLimit;
    use axum::handler::Handler;
    use axum::routing::MethodRouter;
    use utoipa_axum::PathItemExt;

    use crate::App;

    /// Routes without their descriptions.
    #[derive(Debug, Default)]
    pub struct Routes(Router<App>);

    impl Routes {
        /// None.
        pub fn new() -> Self {
            Self::default()
        }

        /// Adds the operations of one path.
        #[must_use]
        pub fn routes(self, operations: Operations) -> Self {
            Self(self.0.route(&operations.path, operations.handlers))
        }

        /// Adds others; panics when both claim one.
        #[must_use]
        pub fn merge(self, others: Self) -> Self {
            Self(self.0.merge(others.0))
        }

        /// Sets the largest body of all that are there.
        #[must_use]
        pub fn layer(self, limit: DefaultBodyLimit) -> Self {
            Self(self.0.layer(limit))
        }
    }

    impl From<Router<App>> for Routes {
        fn from(router: Router<App>) -> Self {
            Self(router)
        }
    }

    impl From<Routes> for Router<App> {
        fn from(routes: Routes) -> Self {
            routes.0
        }
    }

    /// What `routes!` collects: the handlers of one path.
    #[derive(Debug, Default)]
    pub struct Operations {
        path: String,
        handlers: MethodRouter<App>,
    }

    impl Operations {
        /// Adds a handler under the method and the path of its `#[utoipa::path]`.
        pub fn add<P: utoipa::Path, T: 'static>(&mut self, handler: impl Handler<T, App> + Clone) {
            self.path = P::path();
            for method in P::methods() {
                self.handlers = std::mem::take(&mut self.handlers).on(method.to_method_filter(), handler.clone());
            }
        }
    }
}

#[cfg(not(feature = "document"))]
#[doc(hidden)]
pub use utoipa_axum::paste;

/// The operations of one path, by their handlers: what utoipa-axum's macro of this name collects, less the descriptions.
#[cfg(not(feature = "document"))]
#[macro_export]
macro_rules! routes {
    ($($($part:ident)::+),+) => {{
        let mut operations = $crate::routing::Operations::default();
        $($crate::routes!(@add operations, $($part)::+);)+
        operations
    }};
    (@add $operations:ident, $handler:ident) => {
        $crate::routing::paste! { $operations.add::<[<__path_ $handler>], _>($handler) }
    };
    (@add $operations:ident, $module:ident::$handler:ident) => {
        $crate::routing::paste! { $operations.add::<$module::[<__path_ $handler>], _>($module::$handler) }
    };
}

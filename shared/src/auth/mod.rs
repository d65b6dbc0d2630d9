//! The canonical login: its form, its order, who may replace it, what a host sees of it.

pub mod canonical;
pub mod decide;
pub mod document;
pub mod handle;
pub mod host_view;
pub mod jwt;
pub mod quality;
pub mod schema;
pub mod sql;
pub mod store;

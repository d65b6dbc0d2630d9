//! The canonical login: its form, its order, who may replace it, what a host sees of it.

pub mod authority;
pub mod banner;
pub mod canonical;
pub mod decide;
pub mod document;
pub mod exchange;
pub mod exposure;
pub mod handle;
pub mod host_view;
pub mod jwt;
pub mod mode;
pub mod proof;
pub mod quality;
pub mod refusal;
pub mod schema;
pub mod sql;
pub mod status;
pub mod store;

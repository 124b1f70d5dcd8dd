//! Confab's server.
#![forbid(unsafe_code)]
#![recursion_limit = "256"]

pub mod app;
pub mod clock;
pub mod error;
pub mod graphql;
pub mod id;
pub mod live;
pub mod page;
pub mod seed;
pub mod sign_in;
pub mod viewer;

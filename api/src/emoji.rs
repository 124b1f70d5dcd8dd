//! Custom emoji: small pictures with a name, which a workspace makes for itself. In texts they stand as `:name:`.

pub mod command;
pub mod entity;
pub mod graphql;
pub mod projection;
pub mod service;

/// The most characters of a name.
pub const NAME_MAX: usize = 32;
/// The most emoji of a workspace.
pub const MAX: usize = 1_000;
/// The most bytes of an emoji's picture.
pub const BYTES_MAX: i64 = 1024 * 1024;

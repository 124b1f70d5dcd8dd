//! Custom emoji: small pictures with a name, which a workspace makes for itself. In texts they stand as `:name:`.

pub mod command;
pub mod entity;
pub mod graphql;
pub mod projection;
pub mod service;

use crate::error::{Error, Result};

/// The most characters of a name.
pub const NAME_MAX: usize = 32;
/// The most emoji of a workspace.
pub const MAX: usize = 1_000;
/// Of these, those that one member made who is no admin, so that nobody uses up the workspace's.
pub const OF_MEMBER: usize = 250;
/// The most bytes of an emoji's picture.
pub const BYTES_MAX: i64 = 1024 * 1024;

/// The name of an emoji, with or without its colons.
///
/// # Errors
/// `BAD_USER_INPUT`.
pub fn checked(name: &str) -> Result<String> {
    let name = name.trim().trim_matches(':').to_lowercase();
    let fits = name.chars().all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || matches!(c, '_' | '-' | '+'));
    if !fits || !(2..=NAME_MAX).contains(&name.len()) {
        let why = format!("A name has from 2 to {NAME_MAX} letters a to z, digits, '_', '-' and '+'.");
        return Err(Error::invalid("name", why));
    }
    Ok(name)
}

/// The name inside of `:name:`.
pub fn named(text: &str) -> Option<&str> {
    let name = text.strip_prefix(':')?.strip_suffix(':')?;
    checked(name).is_ok_and(|checked| checked == name).then_some(name)
}

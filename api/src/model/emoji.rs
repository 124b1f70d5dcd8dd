//! Custom emoji: small pictures of a workspace, referred to in texts as `:name:`.

pub mod entity;
pub mod projection;

use crate::ground::error::{Error, Result};

/// Maximum length of a name in characters.
pub const MAX_NAME_CHARS: usize = 32;
/// Maximum number of emoji per workspace.
pub const MAX_PER_WORKSPACE: usize = 1_000;
/// Maximum number of emoji created by one non-admin member, so that no member exhausts the workspace limit.
pub const MAX_PER_MEMBER: usize = 250;
/// Maximum size of an emoji's picture in bytes.
pub const MAX_PICTURE_BYTES: i64 = 1024 * 1024;

/// Validates the name of an emoji, given with or without colons, and returns it in lower case.
///
/// # Errors
/// `BAD_USER_INPUT`.
pub fn require_valid_name(name: &str) -> Result<String> {
    let name = name.trim().trim_matches(':').to_lowercase();
    let fits = name.chars().all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || matches!(c, '_' | '-' | '+'));
    if !fits || !(2..=MAX_NAME_CHARS).contains(&name.len()) {
        let message =
            format!("Invalid name: use 2 to {MAX_NAME_CHARS} of the characters a to z, 0 to 9, '_', '-' and '+'.");
        return Err(Error::invalid("name", message));
    }
    Ok(name)
}

/// Returns the name inside `:name:`, if it is valid.
pub fn parse_shortcode(text: &str) -> Option<&str> {
    let name = text.strip_prefix(':')?.strip_suffix(':')?;
    require_valid_name(name).is_ok_and(|checked| checked == name).then_some(name)
}

//! The form of the inputs that channel commands share.

use crate::ground::error::{Error, Result};
use crate::ground::id::MemberId;
use crate::ground::text;
use crate::model::channel::MAX_TOPIC_CHARS;
use crate::model::workspace::MAX_NAME_CHARS;

/// Normalizes the name of a public or private channel.
///
/// # Errors
/// `BAD_USER_INPUT`.
pub fn parse_name(name: &str) -> Result<String> {
    text::parse_channel_name("name", name, MAX_NAME_CHARS)
}

/// Normalizes a topic.
///
/// # Errors
/// `BAD_USER_INPUT`.
pub fn parse_topic(topic: &str) -> Result<String> {
    text::line("topic", topic.trim().to_owned(), MAX_TOPIC_CHARS)
}

/// Limits the number of members in a list.
///
/// # Errors
/// `BAD_USER_INPUT`.
pub fn require_max_members(member_ids: &[MemberId], max: usize) -> Result<()> {
    if member_ids.len() > max {
        return Err(Error::invalid("memberIds", format!("Too many members: maximum {max}.")));
    }
    Ok(())
}

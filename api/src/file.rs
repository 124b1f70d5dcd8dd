//! Files: what somebody uploaded, and what is made of it.
//!
//! A file is an `upload` first: bytes on their way, known to its uploader alone and not in the log. When the bytes
//! are whole and checked it becomes a `file`, by an event. It can then be sent with one message, or become a
//! picture of a member, of the workspace, or an emoji. What nobody used, and what was removed, is cleared away
//! after a grace.

pub mod checking;
pub mod claim;
pub mod command;
pub mod description;
pub mod entity;
pub mod graphql;
pub mod kind;
pub mod link;
pub mod projection;
pub mod quota;
pub mod secret;
pub mod service;
pub mod upload;
pub mod upload_graphql;

/// The most characters of a name.
pub const NAME_MAX: usize = 255;
/// The most characters of a text that says what a file shows.
pub const ALT_MAX: usize = 1_000;
/// The most files of one message.
pub const ATTACHMENTS_MAX: usize = 10;
/// The most files of a member that are on their way or not sent yet.
pub const UNSENT_MAX: u64 = 100;
/// The most bytes of a picture, which is checked as a whole.
pub const PICTURE_MAX: u64 = 64 * 1024 * 1024;

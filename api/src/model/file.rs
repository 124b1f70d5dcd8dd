//! Files: uploads, attachments, pictures and their previews.
//!
//! A file starts as an `upload`, which is visible only to its uploader and not in the log. Once its contents are
//! complete and checked, an event turns it into a `file`. A file can then be attached to one message, or become the
//! picture of a member, the icon of the workspace or an emoji. The contents of unused and removed files are deleted
//! after a grace period.

pub mod description;
pub mod entity;
pub mod key;
pub mod kind;
pub mod projection;
pub mod release;

/// Maximum length of a name in characters.
pub const MAX_NAME_CHARS: usize = 255;
/// Maximum length of an alternative text in characters.
pub const MAX_ALT_CHARS: usize = 1_000;
/// Maximum number of files attached to one message.
pub const MAX_ATTACHMENTS: usize = 10;
/// Maximum number of a member's pending uploads and unused files.
pub const MAX_UNSENT_FILES: u64 = 100;
/// Maximum size of a picture in bytes. Pictures are checked in memory.
pub const MAX_PICTURE_BYTES: u64 = 64 * 1024 * 1024;

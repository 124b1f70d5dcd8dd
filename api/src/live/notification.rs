//! Unread notifications of members: counted, and announced to their connections.

pub mod notifier;
pub mod unread;

//! Workspaces: the unit of people, channels, log and scale.

pub mod command;
pub mod entity;
pub mod graphql;
pub mod projection;
pub mod service;
pub mod state;
pub mod view;

/// The most characters of a workspace's, member's, account's or channel's name.
pub const NAME_MAX: usize = 80;
/// The most workspaces of one account.
pub const OF_ACCOUNT_MAX: u64 = 100;

//! Channels: public, private and direct.

pub mod command;
pub mod entity;
pub mod graphql;
pub mod projection;
pub mod service;

use sea_orm::{DeriveActiveEnum, EnumIter};
use serde::{Deserialize, Serialize};

/// Who can find and enter a channel.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize, EnumIter, DeriveActiveEnum, async_graphql::Enum,
)]
#[sea_orm(rs_type = "String", db_type = "Text")]
#[serde(rename_all = "snake_case")]
pub enum ChannelKind {
    /// Every member of the workspace can find, read and join it.
    #[sea_orm(string_value = "public")]
    Public,
    /// Only those who were added know that it exists.
    #[sea_orm(string_value = "private")]
    Private,
    /// A conversation of a fixed set of people, one per set.
    #[sea_orm(string_value = "direct")]
    Direct,
}

/// The most people of a direct channel, the one who opens it among them.
pub const DIRECT_MAX: usize = 9;
/// The most people added by one command.
pub const ADD_MAX: usize = 100;
/// Above so many members a joining or leaving is told only to the two concerned.
pub const QUIET_ABOVE: u64 = 1000;
/// The most characters of a channel's topic.
pub const TOPIC_MAX: usize = 250;

/// How many channels there may be. Given to the decision, so that it can be tried with few.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Limits {
    /// Public and private channels of a workspace.
    pub of_workspace: usize,
    /// Channels of any kind that a member is in: boot tells of all of them in one answer.
    pub of_member: usize,
    /// Public and private channels that one member creates who is no admin, so that nobody uses up the workspace's.
    pub of_creator: usize,
    /// Channels of any kind that one member creates who is no admin, and that another is in whom they put there or
    /// wrote to, so that nobody uses up another's.
    pub of_pair: usize,
}

/// How many channels there may be.
pub const LIMITS: Limits = Limits { of_workspace: 10_000, of_member: 1_200, of_creator: 1_000, of_pair: 100 };

//! Channels: public, private and direct.

pub mod entity;
pub mod projection;

use sea_orm::{DeriveActiveEnum, EnumIter};
use serde::{Deserialize, Serialize};

/// Determines who can find and join a channel.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize, EnumIter, DeriveActiveEnum, async_graphql::Enum,
)]
#[sea_orm(rs_type = "String", db_type = "Text", rename_all = "snake_case")]
#[serde(rename_all = "snake_case")]
pub enum ChannelKind {
    /// Every member of the workspace can find, read and join the channel.
    Public,
    /// Visible only to its members, who can add others.
    Private,
    /// A conversation between a fixed set of members, unique per set.
    Direct,
}

/// Maximum number of members of a direct channel, including the one who opens it.
pub const MAX_DIRECT_MEMBERS: usize = 9;
/// Maximum number of members added by one command.
pub const MAX_ADDED_MEMBERS: usize = 100;
/// In channels with more members than this, joining and leaving is reported only to the acting and affected members.
pub const QUIET_MEMBERSHIP_THRESHOLD: u64 = 1000;
/// Maximum length of a channel topic in characters.
pub const MAX_TOPIC_CHARS: usize = 250;

/// Limits on the number of channels. Part of the state of a workspace, so that tests can use small values.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ChannelLimits {
    /// Public and private channels per workspace.
    pub per_workspace: usize,
    /// Channels of any kind that a member is in. Bounds the boot response, which lists all of them.
    pub per_member: usize,
    /// Public and private channels created by one non-admin member, so that no member exhausts the workspace limit.
    pub per_creator: usize,
    /// Channels of any kind created by one non-admin member that another given member is in, so that no member
    /// exhausts another's limit by adding or messaging them.
    pub per_creator_and_member: usize,
}

/// Limits in production.
pub const LIMITS: ChannelLimits =
    ChannelLimits { per_workspace: 10_000, per_member: 1_200, per_creator: 1_000, per_creator_and_member: 100 };

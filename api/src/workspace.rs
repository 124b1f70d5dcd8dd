//! Workspaces: the unit of people, channels, log and scale.

pub mod command;
pub mod entity;
pub mod graphql;
pub mod projection;
pub mod service;
pub mod state;
pub mod view;

use sea_orm::{DeriveActiveEnum, EnumIter};
use serde::{Deserialize, Serialize};

/// Who may mention a whole channel, by `<!channel>` or `<!here>`. In direct channels everybody may.
#[derive(
    Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, EnumIter, DeriveActiveEnum, async_graphql::Enum,
)]
#[sea_orm(rs_type = "String", db_type = "Text")]
#[serde(rename_all = "snake_case")]
pub enum ChannelMentions {
    /// Every member of the channel.
    #[default]
    #[sea_orm(string_value = "everyone")]
    Everyone,
    /// Owners and admins of the workspace.
    #[sea_orm(string_value = "admins")]
    Admins,
}

impl ChannelMentions {
    /// Whether it is what a workspace begins with.
    pub fn is_default(&self) -> bool {
        *self == Self::default()
    }
}

/// The most characters of a workspace's, member's, account's or channel's name.
pub const NAME_MAX: usize = 80;
/// The most workspaces of one account.
pub const OF_ACCOUNT_MAX: u64 = 100;

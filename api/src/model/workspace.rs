//! Workspaces: the unit of members, channels, log and scale.

pub mod entity;
pub mod projection;
pub mod state;

use sea_orm::{DeriveActiveEnum, EnumIter};
use serde::{Deserialize, Serialize};

/// Who can mention a whole channel with `<!channel>` or `<!here>`. Not restricted in direct channels.
#[derive(
    Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, EnumIter, DeriveActiveEnum, async_graphql::Enum,
)]
#[sea_orm(rs_type = "String", db_type = "Text", rename_all = "snake_case")]
#[serde(rename_all = "snake_case")]
pub enum ChannelMentions {
    /// Every member of the channel.
    #[default]
    Everyone,
    /// Members with the role `ADMIN` or `OWNER`.
    Admins,
}

impl ChannelMentions {
    /// Whether this is the default of a new workspace.
    pub fn is_default(&self) -> bool {
        *self == Self::default()
    }
}

/// Name of the channel that every new workspace has.
pub const FIRST_CHANNEL: &str = "general";
/// Maximum length of the name of a workspace, member, account or channel, in characters.
pub const MAX_NAME_CHARS: usize = 80;
/// Maximum number of workspaces per account.
pub const MAX_WORKSPACES_PER_ACCOUNT: u64 = 100;

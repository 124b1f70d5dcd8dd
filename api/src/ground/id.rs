//! Typed IDs: a UUIDv7 with a prefix for its type (`msg_0190…`).
//!
//! Stored as UUIDs and sent as text. A wrong prefix is an error, so an ID of one type never passes for another.
//! Clients generate the IDs of objects they create; the server generates those that clients omit.

use std::fmt;
use std::str::FromStr;

use sea_orm::DeriveValueType;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

/// A text that is not a valid ID of the expected type.
#[derive(Debug, thiserror::Error, PartialEq, Eq)]
#[error("Invalid ID: expected {0} followed by a lower-case UUID with hyphens.")]
pub struct InvalidId(pub &'static str);

macro_rules! ids {
    ($($(#[$doc:meta])* $name:ident $prefix:literal;)*) => {$(
        $(#[$doc])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, DeriveValueType)]
        pub struct $name(pub Uuid);

        impl $name {
            /// Prefix of the text form.
            pub const PREFIX: &'static str = $prefix;

            /// Generates a new ID. IDs generated later sort later.
            #[expect(clippy::disallowed_methods, reason = "this is the one place that mints ids")]
            pub fn mint() -> Self {
                Self(Uuid::now_v7())
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                write!(f, "{}{}", $prefix, self.0.hyphenated())
            }
        }

        impl FromStr for $name {
            type Err = InvalidId;
            fn from_str(text: &str) -> Result<Self, InvalidId> {
                let id = text.strip_prefix($prefix).and_then(parse_canonical);
                id.map(Self).ok_or(InvalidId($prefix))
            }
        }

        impl sea_orm::TryFromU64 for $name {
            fn try_from_u64(_: u64) -> Result<Self, sea_orm::DbErr> {
                Err(sea_orm::DbErr::ConvertFromU64(stringify!($name)))
            }
        }
    )*};
}

ids! {
    /// An account on this server.
    AccountId "acc_";
    /// A session of an account.
    SessionId "ses_";
    /// A workspace and its log.
    WorkspaceId "wks_";
    /// A membership of an account in a workspace.
    MemberId "mem_";
    /// An invite to a workspace.
    InviteId "inv_";
    /// A channel of any kind.
    ChannelId "chn_";
    /// A message. The first message of a thread also identifies the thread.
    MessageId "msg_";
    /// A file, from the start of its upload.
    FileId "fil_";
    /// A custom emoji.
    EmojiId "emo_";
    /// A saved search.
    SavedSearchId "sav_";
    /// The viewer's read state in a channel, of which there is one per channel.
    ReadStateId "rst_";
    /// A command that creates no object with its own ID.
    CommandId "cmd_";
}

impl From<ChannelId> for ReadStateId {
    fn from(channel_id: ChannelId) -> Self {
        Self(channel_id.0)
    }
}

impl WorkspaceId {
    /// The server log (accounts, sessions, workspaces), which is not a workspace.
    pub const SERVER: Self = Self(Uuid::nil());
}

/// Accepts only the canonical form, so each ID has one spelling. The nil UUID is reserved for the server log.
fn parse_canonical(text: &str) -> Option<Uuid> {
    let id = Uuid::try_parse(text).ok()?;
    let mut buffer = Uuid::encode_buffer();
    (!id.is_nil() && *id.hyphenated().encode_lower(&mut buffer) == *text).then_some(id)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn id_round_trips_and_rejects_other_prefixes() {
        let id = MessageId::mint();
        assert_eq!(id.to_string().parse::<MessageId>(), Ok(id));
        assert_eq!(id.to_string().parse::<ChannelId>(), Err(InvalidId("chn_")));
    }

    #[test]
    fn accepts_only_the_canonical_form() {
        let id = MessageId::mint().to_string();
        let upper = format!("msg_{}", id[4..].to_uppercase());
        let bare = format!("msg_{}", id[4..].replace('-', ""));
        for wrong in ["", "msg_", upper.as_str(), bare.as_str(), "msg_00000000-0000-0000-0000-000000000000"] {
            if wrong != id {
                assert!(wrong.parse::<MessageId>().is_err(), "{wrong}");
            }
        }
    }
}

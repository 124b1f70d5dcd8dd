//! Typed ids: a UUIDv7 with a prefix that says what it names (`msg_0190…`).
//!
//! Inside they are UUIDs (columns, keys); on the wire they are text. A wrong prefix is an error, so an
//! id of one kind never passes for another. Clients mint the ids of what they create; the server
//! mints those that clients leave out.

use std::fmt;
use std::str::FromStr;

use sea_orm::DeriveValueType;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

/// Why a text is not an id of the wanted kind.
#[derive(Debug, thiserror::Error, PartialEq, Eq)]
#[error("Not an id of this kind: it must be {0} and a UUID in lower case with hyphens.")]
pub struct WrongId(pub &'static str);

macro_rules! ids {
    ($($(#[$doc:meta])* $name:ident $prefix:literal;)*) => {$(
        $(#[$doc])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, DeriveValueType)]
        pub struct $name(pub Uuid);

        impl $name {
            /// What the text form begins with.
            pub const PREFIX: &'static str = $prefix;

            /// A new id; ids minted later sort later.
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
            type Err = WrongId;
            fn from_str(text: &str) -> Result<Self, WrongId> {
                let id = text.strip_prefix($prefix).and_then(parse_canonical);
                id.map(Self).ok_or(WrongId($prefix))
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
    /// A person's account on this server.
    AccountId "acc_";
    /// One sign-in of an account.
    SignInId "sig_";
    /// A workspace, and at the same time its log.
    WorkspaceId "wks_";
    /// An account's membership in one workspace.
    MemberId "mem_";
    /// An invite into a workspace.
    InviteId "inv_";
    /// A channel of any kind.
    ChannelId "chn_";
    /// A message; the message that begins a thread also names the thread.
    MessageId "msg_";
    /// A file, from the moment at which its upload begins.
    FileId "fil_";
    /// A custom emoji.
    EmojiId "emo_";
    /// A search that somebody has saved.
    SavedSearchId "sav_";
    /// A command that creates nothing with an id of its own.
    CommandId "cmd_";
}

impl WorkspaceId {
    /// The server's own log (accounts, sign-ins, workspaces); it is no workspace.
    pub const SERVER: Self = Self(Uuid::nil());
}

/// Only the canonical form passes, so that one id has one spelling. The nil id is the server's own.
fn parse_canonical(text: &str) -> Option<Uuid> {
    let id = Uuid::try_parse(text).ok()?;
    let mut buffer = Uuid::encode_buffer();
    (!id.is_nil() && *id.hyphenated().encode_lower(&mut buffer) == *text).then_some(id)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_id_reads_back_and_keeps_its_kind() {
        let id = MessageId::mint();
        assert_eq!(id.to_string().parse::<MessageId>(), Ok(id));
        assert_eq!(id.to_string().parse::<ChannelId>(), Err(WrongId("chn_")));
    }

    #[test]
    fn only_the_canonical_spelling_passes() {
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

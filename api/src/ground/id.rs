//! Typed IDs. They are UUIDv7s, and stored, logged and exchanged between processes as UUIDs.
//!
//! The API sends and receives a text that names the type, with each UUID in the 26 characters of a TypeID:
//! - `acc_…`: an account, session, workspace or command. These types have `Display` and `FromStr`.
//! - `msg_……`: an object in a workspace. The ID of the workspace precedes its own, so the text finds the object without
//!   further information. These types have no text form; only [`GlobalId`], which knows the workspace, has.
//!
//! A wrong prefix is an error, so an ID of one type never passes for another, and every ID has one spelling. Clients
//! generate the IDs of objects they create; the server generates those that clients omit.

use std::fmt;
use std::str::FromStr;

use sea_orm::DeriveValueType;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::base32::{self, Base32, LENGTH};

/// A text that is not a valid ID of the expected type.
#[derive(Debug, thiserror::Error, PartialEq, Eq)]
pub enum InvalidId {
    /// Expected an ID that is unique on the server.
    #[error("Invalid ID: expected {0} followed by a UUID in 26 lower-case base32 characters.")]
    OnServer(&'static str),
    /// Expected an ID in a workspace.
    #[error(
        "Invalid ID: expected {0} followed by 52 lower-case base32 characters: the UUID of the workspace and its own."
    )]
    InWorkspace(&'static str),
}

/// The ID of an object in a workspace. Has no text form of its own: see [`GlobalId`].
pub trait WorkspaceScoped: Copy {
    /// Prefix of the text form.
    const PREFIX: &'static str;
    /// What the ID refers to, for error messages.
    const NOUN: &'static str;

    /// Wraps a UUID.
    fn from_uuid(uuid: Uuid) -> Self;

    /// The UUID.
    fn uuid(self) -> Uuid;
}

/// The ID of an object together with its workspace, as the API sends and receives it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct GlobalId<T> {
    /// The workspace.
    pub workspace_id: WorkspaceId,
    /// The object in the workspace.
    pub id: T,
}

impl<T: WorkspaceScoped> fmt::Display for GlobalId<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}{}{}", T::PREFIX, Base32(self.workspace_id.0), Base32(self.id.uuid()))
    }
}

impl<T: WorkspaceScoped> FromStr for GlobalId<T> {
    type Err = InvalidId;
    fn from_str(text: &str) -> Result<Self, InvalidId> {
        let read = || {
            let (workspace, own) = text.strip_prefix(T::PREFIX)?.split_at_checked(LENGTH)?;
            Some(Self { workspace_id: WorkspaceId(parse(workspace)?), id: T::from_uuid(parse(own)?) })
        };
        read().ok_or(InvalidId::InWorkspace(T::PREFIX))
    }
}

macro_rules! newtype {
    ($(#[$doc:meta])* $name:ident) => {
        $(#[$doc])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, DeriveValueType)]
        pub struct $name(pub Uuid);

        impl $name {
            /// Generates a new ID. IDs generated later sort later.
            #[expect(clippy::disallowed_methods, reason = "this is the only place that generates ids")]
            pub fn mint() -> Self {
                Self(Uuid::now_v7())
            }
        }

        impl sea_orm::TryFromU64 for $name {
            fn try_from_u64(_: u64) -> Result<Self, sea_orm::DbErr> {
                Err(sea_orm::DbErr::ConvertFromU64(stringify!($name)))
            }
        }
    };
}

macro_rules! ids_on_the_server {
    ($($(#[$doc:meta])* $name:ident $prefix:literal;)*) => {$(
        newtype! { $(#[$doc])* $name }

        impl $name {
            /// Prefix of the text form.
            pub const PREFIX: &'static str = $prefix;
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                write!(f, "{}{}", $prefix, Base32(self.0))
            }
        }

        impl FromStr for $name {
            type Err = InvalidId;
            fn from_str(text: &str) -> Result<Self, InvalidId> {
                text.strip_prefix($prefix).and_then(parse).map(Self).ok_or(InvalidId::OnServer($prefix))
            }
        }
    )*};
}

macro_rules! ids_in_a_workspace {
    ($($(#[$doc:meta])* $name:ident $prefix:literal $noun:literal;)*) => {
        $(
            newtype! { $(#[$doc])* $name }

            impl $name {
                /// The ID with its workspace.
                pub fn in_workspace(self, workspace_id: WorkspaceId) -> GlobalId<Self> {
                    GlobalId { workspace_id, id: self }
                }
            }

            impl WorkspaceScoped for $name {
                const PREFIX: &'static str = $prefix;
                const NOUN: &'static str = $noun;

                fn from_uuid(uuid: Uuid) -> Self {
                    Self(uuid)
                }

                fn uuid(self) -> Uuid {
                    self.0
                }
            }
        )*

        /// The prefixes of IDs in a workspace.
        const SCOPED_PREFIXES: &[&str] = &[$($prefix),*];
    };
}

ids_on_the_server! {
    /// An account on this server.
    AccountId "acc_";
    /// A session of an account.
    SessionId "ses_";
    /// A workspace and its log.
    WorkspaceId "wks_";
    /// A command that creates no object with its own ID.
    CommandId "cmd_";
}

impl From<ChannelId> for ReadStateId {
    fn from(channel_id: ChannelId) -> Self {
        Self(channel_id.0)
    }
}

ids_in_a_workspace! {
    /// A membership of an account in a workspace.
    MemberId "mem_" "member";
    /// An invite to a workspace.
    InviteId "inv_" "invite";
    /// A channel of any kind.
    ChannelId "chn_" "channel";
    /// The read state of the viewer in a channel. Has the UUID of the channel.
    ReadStateId "rst_" "read state";
    /// A message.
    MessageId "msg_" "message";
    /// The replies to a message. Has the UUID of that message.
    ThreadId "thr_" "thread";
    /// A notification of a member. Has the UUID of its message.
    NotificationId "ntf_" "notification";
    /// A file.
    FileId "fil_" "file";
    /// The upload of a file. Has the UUID of the file.
    UploadId "upl_" "upload";
    /// A custom emoji.
    EmojiId "emo_" "emoji";
    /// A saved search.
    SavedSearchId "sav_" "saved search";
}

impl WorkspaceId {
    /// The server log (accounts, sessions, workspaces), which is not a workspace.
    pub const SERVER: Self = Self(Uuid::nil());

    /// The workspace that an ID of any type names: its own ID, or the ID of an object in it.
    pub fn named_by(id: &str) -> Option<Self> {
        let scoped = SCOPED_PREFIXES.iter().find_map(|prefix| id.strip_prefix(prefix));
        scoped.map_or_else(
            || id.parse().ok(),
            |rest| {
                let (workspace, own) = rest.split_at_checked(LENGTH)?;
                parse(own).and(parse(workspace)).map(Self)
            },
        )
    }
}

/// The nil UUID is reserved for the server log.
fn parse(text: &str) -> Option<Uuid> {
    base32::parse(text).filter(|id| !id.is_nil())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn texts_round_trip() {
        let (workspace, message) = (WorkspaceId::mint(), MessageId::mint());
        let global = message.in_workspace(workspace);
        assert_eq!(global.to_string().parse(), Ok(global));
        assert_eq!(workspace.to_string().parse(), Ok(workspace));
        assert_eq!(global.to_string(), format!("msg_{}{}", &workspace.to_string()[4..], &global.to_string()[30..]));
    }

    #[test]
    fn rejects_ids_of_other_types() {
        let id = MessageId::mint().in_workspace(WorkspaceId::mint()).to_string();
        assert_eq!(id.parse::<GlobalId<ChannelId>>(), Err(InvalidId::InWorkspace("chn_")));
        assert_eq!(id.parse::<AccountId>(), Err(InvalidId::OnServer("acc_")));
        assert!(id.parse::<GlobalId<MessageId>>().is_ok());
    }

    #[test]
    fn each_type_has_its_own_prefix() {
        let mut prefixes = vec![AccountId::PREFIX, SessionId::PREFIX, WorkspaceId::PREFIX, CommandId::PREFIX];
        prefixes.extend(SCOPED_PREFIXES);
        let distinct: std::collections::BTreeSet<_> = prefixes.iter().collect();
        assert_eq!(distinct.len(), prefixes.len());
        assert!(prefixes.iter().all(|prefix| prefix.len() == 4 && prefix.ends_with('_')));
    }

    #[test]
    fn accepts_only_the_canonical_form() {
        let (workspace, own) = (WorkspaceId::mint().to_string(), MessageId::mint().0);
        let id = MessageId(own).in_workspace(workspace.parse().unwrap()).to_string();
        for invalid in [
            String::new(),
            "msg_".to_owned(),
            id[..30].to_owned(),
            format!("{id}0"),
            format!("msg_{}", id[4..].to_uppercase()),
            format!("MSG_{}", &id[4..]),
            format!(" {id}"),
            format!("msg_{own}"),
            format!("{}ü", &id[..54]),
            format!("msg_{}{}", "0".repeat(26), &id[30..]),
            format!("{}{}", &id[..30], "0".repeat(26)),
        ] {
            assert!(invalid.parse::<GlobalId<MessageId>>().is_err(), "{invalid}");
            assert_eq!(WorkspaceId::named_by(&invalid), None, "{invalid}");
        }
        let nil = format!("wks_{}", "0".repeat(26));
        for invalid in [nil, workspace.to_uppercase(), format!("{workspace}0"), format!("wks_{own}")] {
            assert!(invalid.parse::<WorkspaceId>().is_err(), "{invalid}");
        }
    }

    #[test]
    fn finds_the_workspace_in_any_id() {
        let workspace = WorkspaceId::mint();
        let named = [
            workspace.to_string(),
            ChannelId::mint().in_workspace(workspace).to_string(),
            SavedSearchId::mint().in_workspace(workspace).to_string(),
        ];
        for id in named {
            assert_eq!(WorkspaceId::named_by(&id), Some(workspace), "{id}");
        }
        assert_eq!(WorkspaceId::named_by(&AccountId::mint().to_string()), None);
        assert_eq!(WorkspaceId::named_by("msg_x"), None);
    }
}

//! Members: the membership of an account in one workspace, with a handle, a name and a role.

pub mod entity;
pub mod projection;
pub mod stay_entity;

use sea_orm::{DeriveActiveEnum, EnumIter};
use serde::{Deserialize, Serialize};

/// The role of a member in a workspace. `OWNER` includes the permissions of `ADMIN`, and `ADMIN` those of `MEMBER`.
#[derive(
    Debug,
    Clone,
    Copy,
    PartialEq,
    Eq,
    PartialOrd,
    Ord,
    Hash,
    Serialize,
    Deserialize,
    EnumIter,
    DeriveActiveEnum,
    async_graphql::Enum,
)]
#[graphql(name = "MemberRole")]
#[sea_orm(rs_type = "String", db_type = "Text", rename_all = "snake_case")]
#[serde(rename_all = "snake_case")]
pub enum Role {
    /// Can read, write and create channels.
    Member,
    /// Can also create invites, remove members, change workspace settings, and delete messages, files and emoji of
    /// other members.
    Admin,
    /// Can also change roles and remove owners. A workspace has at least one owner.
    Owner,
}

/// Maximum length of a handle in characters.
pub const MAX_HANDLE_CHARS: usize = 32;

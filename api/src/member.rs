//! Members: an account's place in one workspace, with a handle, a name and a role.

pub mod command;
pub mod entity;
pub mod graphql;
pub mod numbering;
pub mod projection;
pub mod service;
pub mod stay_entity;

use sea_orm::{DeriveActiveEnum, EnumIter};
use serde::{Deserialize, Serialize};

/// What a member may do in the workspace. Each may do what the ones after it may.
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
#[sea_orm(rs_type = "String", db_type = "Text")]
#[serde(rename_all = "snake_case")]
pub enum Role {
    /// Reads and writes where they are, invites nobody.
    #[sea_orm(string_value = "member")]
    Member,
    /// Also invites, removes members, and removes messages of others.
    #[sea_orm(string_value = "admin")]
    Admin,
    /// Also gives roles. A workspace keeps at least one.
    #[sea_orm(string_value = "owner")]
    Owner,
}

/// The most characters of a handle.
pub const HANDLE_MAX: usize = 32;

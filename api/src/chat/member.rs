//! Commands, queries and resolvers of members.

pub mod channel_members;
pub mod graphql;
pub mod handles;
pub mod join;
pub mod leave;
pub mod membership;
pub mod numbering;
pub mod query;
pub mod remove;
pub mod set_role;
pub mod update;

//! Commands, queries and resolvers of channels.

pub mod access;
pub mod add_members;
pub mod archive;
pub mod change;
pub mod create;
pub mod form;
pub mod graphql;
pub mod join;
pub mod leave;
pub mod limits;
pub mod membership;
pub mod open_direct;
pub mod query;
pub mod remove_member;
pub mod rename;
pub mod set_topic;
pub mod unarchive;
pub mod update_graphql;

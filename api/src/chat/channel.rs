//! Commands, queries and resolvers of channels.

pub mod access;
pub mod add_members;
pub mod create;
pub mod graphql;
pub mod join;
pub mod leave;
pub mod limits;
pub mod membership;
pub mod open_direct;
pub mod remove_member;
pub mod service;

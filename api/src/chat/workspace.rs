//! Commands, queries and resolvers of workspaces.

pub mod create;
pub mod graphql;
pub mod memberships;
pub mod register;
pub mod service;
pub mod snapshot;
pub mod update;
pub mod view;

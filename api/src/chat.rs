//! What members do: per noun its commands (one file each, named by the verb), its queries, and its GraphQL types.
//!
//! A command checks the form of its input, decides on the state of a workspace and returns events. A query reads. A
//! service combines several steps, such as signing in. A resolver translates between them and GraphQL.

pub mod account;
pub mod channel;
pub mod emoji;
pub mod file;
pub mod graphql;
pub mod invite;
pub mod member;
pub mod message;
pub mod notification;
pub mod presence;
pub mod reaction;
pub mod read_state;
pub mod saved_search;
pub mod search;
pub mod session;
pub mod workspace;

//! The edge: HTTP, WebSocket, and the roots of the GraphQL schema. Everything that a client sends arrives here.
//!
//! It imports everything up to [`worker`](crate::worker). Nothing below it knows HTTP.

pub mod graphql;
pub mod http;

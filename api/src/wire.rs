//! The edge: HTTP, WebSocket, and the roots of the GraphQL schema. Everything that a client sends arrives here.

pub mod graphql;
pub mod http;

//! The wire protocols: GraphQL over HTTP, multipart and WebSocket, and what a client may send.

mod client_compatibility;
mod connection_costs;
mod graphql_over_http;
mod hostile_input;
mod http;
mod input_lengths;
mod list_bounds;
mod multipart;
mod origins;
mod schema_descriptions;
mod tcp_connections;
mod websocket;

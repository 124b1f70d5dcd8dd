//! The HTTP server: GraphQL over HTTP and WebSocket, files, the web client, health and metrics.
//!
//! [`router()`] lists all routes. Documents pass the [`guard`] before they are parsed. Every GraphQL response is
//! JSON and every error has a code. A revoked session receives nothing more. Slow or hostile peers only affect
//! themselves. This module translates and executes requests; it contains no domain logic.

mod accept;
mod admission;
mod assets;
mod caller;
mod charge;
mod connections;
mod cors;
mod execution;
mod files;
mod graphql;
mod guard;
mod head_limits;
mod headers;
mod health;
mod host;
mod multipart;
mod origin_policy;
mod refusal;
mod refusal_delay;
mod request;
mod response;
mod response_budget;
mod router;
mod server;
mod settings;
mod socket_limits;
mod state;
mod timeout;
mod websocket;

pub use router::router;
pub use server::{listen, serve};
pub use settings::{Settings, Timing};
pub use state::HttpState;

//! The Confab server. Each module may use only those that are listed before it.
//!
//! 1. [`ground`]: errors, ids, time, text, settings, the database, and limits per caller.
//! 2. [`model`]: the events of the logs and who may see them, the state of a workspace, and the rows of the tables.
//! 3. [`adapter`]: the bus between processes, file storage and search engines.
//! 4. [`log`]: commands, lanes, appending, projections, replay, verification and durable readers.
//! 5. [`live`]: how events reach every subscriber that may see them, exactly once and in order.
//! 6. [`app`]: the state that all requests share.
//! 7. [`chat`]: what members do, by noun. Read [`chat::message`] first: one noun from end to end.
//! 8. [`worker`]: background tasks that follow the log at their own pace.
//! 9. [`wire`]: HTTP, WebSocket and the roots of the GraphQL schema.
//! 10. [`server`] puts the parts together; [`doctor`] examines an installation.
#![forbid(unsafe_code)]
#![recursion_limit = "256"]

pub mod adapter;
pub mod app;
pub mod chat;
pub mod doctor;
pub mod ground;
pub mod live;
pub mod log;
pub mod model;
pub mod server;
pub mod wire;
pub mod worker;

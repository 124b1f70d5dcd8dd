//! Fixtures and harness: servers, data stores, workspaces, clients and the real programs beside them.

pub mod budgets;
pub mod feed;
pub mod file_storage;
pub mod http_recorder;
pub mod ids;
pub mod log;
pub mod message_feed;
pub mod multipart_stream;
pub mod nats;
pub mod observer;
pub mod permits;
pub mod presence_watch;
pub mod process;
pub mod random;
pub mod rows;
pub mod s3;
pub mod schema;
pub mod secured_nats;
pub mod server;
pub mod setup;
pub mod socket;
pub mod store;
pub mod visibility;
pub mod workload;
pub mod workspace;

// Tests import from here, except functions that read better with the name of their module.
pub use self::{
    budgets::*, feed::*, file_storage::*, http_recorder::*, ids::*, log::*, message_feed::*, multipart_stream::*,
    nats::*, observer::*, permits::*, presence_watch::*, process::Process, random::*, schema::*, secured_nats::*,
    server::*, setup::Setup, socket::*, store::*, visibility::*, workload::*, workspace::*,
};

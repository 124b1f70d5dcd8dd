//! The bus between processes: delivery, authentication and the log stream on JetStream.

mod authentication;
mod contract;
mod delivery;
mod log_stream;

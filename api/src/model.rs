//! The model of a chat server: events, the state that they build, the rows that they write, and the limits of every
//! noun.
//!
//! Each noun has a module with its limits and small enums, `entity` for its rows and `projection` for the mapping of events
//! to rows. Everything here is data and pure functions, but for the statements of projections.
//!
//! The model imports only [`ground`](crate::ground). Its enums name the derive macro that describes them in the schema.

pub mod account;
pub mod channel;
pub mod emoji;
pub mod event;
pub mod file;
pub mod invite;
pub mod log;
pub mod member;
pub mod message;
pub mod notification;
pub mod presence;
pub mod reaction;
pub mod read_state;
pub mod saved_search;
pub mod search;
pub mod session;
pub mod viewer;
pub mod workspace;

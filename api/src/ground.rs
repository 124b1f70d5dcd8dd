//! Foundations: errors, ids, time, text, settings, database access, limits per caller, and bounded concurrency. They
//! know nothing of chat.

pub mod account_locks;
pub mod allowance;
pub mod base32;
pub mod breaker;
pub mod budget;
pub mod clock;
pub mod compute;
pub mod config;
pub mod db;
pub mod directory;
pub mod error;
pub mod fair_semaphore;
pub mod id;
pub mod logging;
pub mod meter;
pub mod mutex;
pub mod network;
pub mod open_files;
pub mod page;
pub mod permits;
pub mod planted;
pub mod supervise;
pub mod text;
pub mod tls;

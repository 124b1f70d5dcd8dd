//! The event log: the lane that appends to it and the readers and followers that consume it.

mod lane;
mod leases;
mod readers;
mod unsupported_version;

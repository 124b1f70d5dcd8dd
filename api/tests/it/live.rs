//! Live delivery: rooms, subscription groups, catching up and signals.

mod catch_up;
mod heartbeat;
mod lagging_groups;
mod recovery;
mod ring_buffer;
mod rooms;
mod selection;
mod signals;
mod subscription_groups;

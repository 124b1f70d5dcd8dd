//! Presence rosters: who is online, here and on other processes.
//!
//! - [`roster`]: who is present in one workspace, on this and on other processes. Plain data.
//! - [`update`]: what a process publishes about one workspace when it changes.
//! - [`heartbeat`]: what a process publishes periodically about all of its workspaces, so that [`peers`] detect lost
//!   updates and dead processes.
//! - [`rosters`]: the open rosters of this process ([`open_roster`]), and their connection to the bus.
//! - [`subscription`]: a subscription to the presence of some members, known to the roster by its [`watcher`].
//!
//! The cost is proportional to what is watched: a change is delivered only to subscriptions that watch the member.

pub mod heartbeat;
pub mod open_roster;
pub mod peers;
pub mod roster;
pub mod rosters;
pub mod subscription;
pub mod update;
pub mod watcher;

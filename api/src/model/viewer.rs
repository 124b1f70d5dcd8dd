//! The caller of a request: the signed-in account and what is known about the client.

use std::net::IpAddr;

use serde::{Deserialize, Serialize};

use crate::ground::id::{AccountId, SessionId};

/// An authenticated account. Created only by `session` from a valid token.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Viewer {
    /// The account.
    pub account_id: AccountId,
    /// The session of the request. When it is revoked, its connections close.
    pub session_id: SessionId,
}

/// The viewer of a cached session while the database is unavailable. Only allows queueing messages, which are
/// decided when the database is available again.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct CachedViewer(pub Viewer);

/// The live connection of a request; request data.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Connection(pub u64);

/// The IP address of the caller, for throttling; request data.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ClientAddress(pub IpAddr);

/// The cookie that identifies a device that has signed in before; request data.
#[derive(Clone, PartialEq, Eq)]
pub struct Device(pub String);

impl std::fmt::Debug for Device {
    /// Omits the secret.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Device")
    }
}

/// The user agent of the caller, truncated to 200 characters; request data.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct UserAgent(pub String);

/// The base URL under which the caller reached this server, such as `https://chat.example.org`, for links;
/// request data.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BaseUrl(pub String);

//! Who asks: the signed-in account behind a request or a connection, and what is known of where it comes
//! from.

use std::net::IpAddr;

use serde::{Deserialize, Serialize};

use crate::id::{AccountId, SignInId};

/// A person who has signed in. Made only by `sign_in`, from a token that is valid now.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Viewer {
    /// Their account.
    pub account_id: AccountId,
    /// The sign-in that the request came with; when it is revoked, its connections end.
    pub sign_in_id: SignInId,
}

/// Who was a viewer when the database was last heard of, while it cannot be asked: good for nothing but to
/// queue messages, which are decided when it is back.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Remembered(pub Viewer);

/// The live connection that a request came by, where it came by one; request data.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Connection(pub u64);

/// The address of the caller; request data, for throttling.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ClientAddress(pub IpAddr);

/// The cookie by which a device that has signed in before is known; request data.
#[derive(Clone, PartialEq, Eq)]
pub struct Device(pub String);

impl std::fmt::Debug for Device {
    /// Without the text.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Device")
    }
}

/// What the caller says it is, cut to 200 characters; request data.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct UserAgent(pub String);

/// Where the caller found this server, such as `https://chat.example.org`; request data, for links.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Site(pub String);

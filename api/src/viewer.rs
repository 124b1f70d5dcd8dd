//! Who asks: the signed-in account behind a request or a connection.

use crate::id::{AccountId, SignInId};

/// A person who has signed in. Made only by `sign_in`, from a token that is valid now.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Viewer {
    /// Their account.
    pub account_id: AccountId,
    /// The sign-in that the request came with; when it is revoked, its connections end.
    pub sign_in_id: SignInId,
}

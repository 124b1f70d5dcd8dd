//! What things cost, each declared once; docs/limits.md has the same numbers.
//!
//! Reading is counted in the complexity of a document (one per field, times the size of the pages that it stands
//! in), writing in units of its own, files in bytes. A field that is not named here costs what its kind costs.

/// Reading: a request, before anything of it was looked at. It is part of what the document costs.
pub const REQUEST: u32 = 20;
/// Reading: a live connection that opens, of the address; and of the account when it is known.
pub const SOCKET: u32 = 200;
/// Reading: a message on a socket that asks for nothing, beyond a few that are free.
pub const CONTROL: u32 = 100;
/// Reading: a download, beside its bytes.
pub const DOWNLOAD: u32 = 100;
/// Writing: a part of an upload, beside its bytes.
pub const PART: u32 = 5;

/// Writing: what a mutation costs.
pub fn mutation(field: &str) -> u32 {
    match field {
        "createWorkspace" => 500,
        "register" => 200,
        "createChannel" | "openDirect" | "createInvite" | "acceptInvite" | "createEmoji" | "createSavedSearch"
        | "addToChannel" => 100,
        "signIn" | "changePassword" | "changeEmail" => 50,
        // What one person does to their own state, often and by itself.
        "markRead" | "markUnread" | "markNotificationsRead" | "setActivity" => 1,
        "addReaction" | "removeReaction" => 5,
        _ => 10,
    }
}

/// Reading: what a field at the root of a query costs beside its complexity.
pub fn query(field: &str) -> u32 {
    match field {
        "search" => 1_000,
        "switcher" => 100,
        _ => 0,
    }
}

/// Reading: what it costs to begin a subscription.
pub fn subscription(field: &str) -> u32 {
    match field {
        // It looks at up to 2,000 messages.
        "searchMatches" => 2_000,
        _ => 200,
    }
}

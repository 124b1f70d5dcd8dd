//! The cost of each operation. docs/limits.md lists the same numbers.
//!
//! Reads are counted in complexity (one per field, multiplied by the page sizes it is nested in), writes in
//! units of their own, files in bytes. Fields without an entry have the default cost of their kind.

/// Read: a request, before it is parsed. Part of the cost of its document.
pub const REQUEST: u32 = 20;
/// Read: a new live connection, charged to the IP address, and to the account once it is known.
pub const SOCKET: u32 = 200;
/// Read: a WebSocket control message, beyond a free allowance.
pub const CONTROL: u32 = 100;
/// Read: a download, in addition to its bytes.
pub const DOWNLOAD: u32 = 100;
/// Write: a part of an upload, in addition to its bytes.
pub const PART: u32 = 5;

/// Write: the cost of a mutation.
pub fn mutation(field: &str) -> u32 {
    match field {
        "createWorkspace" => 500,
        "register" => 200,
        "createChannel" | "openDirect" | "createInvite" | "acceptInvite" | "createEmoji" | "createSavedSearch"
        | "addToChannel" => 100,
        "signIn" | "changePassword" | "changeEmail" => 50,
        // Frequent, automatic changes of the member's own state.
        "markRead" | "markUnread" | "markNotificationsRead" | "setActivity" => 1,
        "addReaction" | "removeReaction" => 5,
        _ => 10,
    }
}

/// Read: the cost of a root field of a query, in addition to its complexity.
pub fn query(field: &str) -> u32 {
    match field {
        "search" => 1_000,
        "switcher" => 100,
        _ => 0,
    }
}

/// Read: the cost of starting a subscription.
pub fn subscription(field: &str) -> u32 {
    match field {
        // Reads up to 2,000 messages.
        "searchMatches" => 2_000,
        _ => 200,
    }
}

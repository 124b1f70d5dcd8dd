//! Rows shared by several costs: members, sessions, workspaces.

use sha2::{Digest, Sha256};

use super::database::{Database, IdKind};
use super::instance::Instance;

/// SQL that inserts `n` members into the owner's workspace and its first channel. `handle` and `name` are expressions
/// of their number `i`.
pub fn members(instance: &Instance, n: u64, handle: &str, name: &str) -> Vec<String> {
    let (database, owner) = (&instance.database, &instance.owner);
    let workspace = database.literal(&owner.workspace);
    let (member, account) = (database.id(IdKind::Member, "i"), database.id(IdKind::Account, "i"));
    let series = database.series(n);
    vec![
        format!(
            "INSERT INTO member (workspace_id, id, account_id, handle, name, role, active, joined_at, joined_seq) \
             SELECT {workspace}, {member}, {account}, {handle}, {name}, 'member', TRUE, 1, 1 FROM {series}"
        ),
        format!(
            "INSERT INTO member_stay (workspace_id, member_id, joined_seq) SELECT {workspace}, {member}, 1 FROM {series}"
        ),
        join_channel(instance, n, &database.literal(&owner.general)),
    ]
}

/// SQL that adds these members to a channel.
pub fn join_channel(instance: &Instance, n: u64, channel: &str) -> String {
    let database = &instance.database;
    let (workspace, member) = (database.literal(&instance.owner.workspace), database.id(IdKind::Member, "i"));
    format!(
        "INSERT INTO channel_member (workspace_id, channel_id, member_id, joined_seq) \
         SELECT {workspace}, {channel}, {member}, 1 FROM {}",
        database.series(n)
    )
}

/// Members with unique handles and names.
pub fn plain_members(instance: &Instance, n: u64) -> Vec<String> {
    members(instance, n, "'m' || i", "'Member ' || i")
}

/// SQL that inserts accounts with one session each, for members of the same numbers or for none yet. [`token`] returns
/// their tokens.
pub fn sessions(database: &Database, numbers: std::ops::RangeInclusive<u64>, name: &str) -> Vec<String> {
    let now = database.now();
    let mut statements = Vec::new();
    let all: Vec<u64> = numbers.collect();
    for part in all.chunks(500) {
        let rows = |row: &dyn Fn(u64) -> String| part.iter().map(|n| row(*n)).collect::<Vec<_>>().join(", ");
        let account = |n: u64| database.id(IdKind::Account, &n.to_string());
        let sign_in = |n: u64| database.id(IdKind::Session, &n.to_string());
        let accounts = rows(&|n| {
            let email = format!("a{n}@example.org");
            format!("({}, '{email}', '{email}', '{name}', FALSE, {now})", account(n))
        });
        let sessions = rows(&|n| format!("({}, {}, 'growth', {now})", sign_in(n), account(n)));
        let tokens = rows(&|n| {
            let hash = Sha256::digest(token(n));
            format!("({}, {}, {now})", database.bytes(&hash), sign_in(n))
        });
        statements.extend([
            format!("INSERT INTO account (id, email, email_key, name, is_server_admin, created_at) VALUES {accounts}"),
            format!("INSERT INTO session (id, account_id, user_agent, created_at) VALUES {sessions}"),
            format!("INSERT INTO session_token (token_hash, session_id, last_seen_at) VALUES {tokens}"),
        ]);
    }
    statements
}

/// The token of the session with a number.
pub fn token(number: u64) -> String {
    format!("growth-{number}")
}

/// SQL that inserts `n` workspaces owned by the owner, without events, known to every durable reader.
pub fn workspaces(instance: &Instance, n: u64) -> Vec<String> {
    let (database, owner) = (&instance.database, &instance.owner);
    let (workspace, member) = (database.id(IdKind::Workspace, "i"), database.id(IdKind::Member, "i"));
    let series = database.series(n);
    let of_owner = format!(
        "m.workspace_id = {} AND m.id = {}",
        database.literal(&owner.workspace),
        database.literal(&owner.member)
    );
    vec![
        format!(
            "INSERT INTO log (workspace_id, last_seq, digest) SELECT {workspace}, 0, {} FROM {series}",
            database.bytes(&[])
        ),
        format!(
            "INSERT INTO workspace (workspace_id, name, created_at, created_by) \
             SELECT {workspace}, 'Workspace ' || i, 1, {member} FROM {series}"
        ),
        format!(
            "INSERT INTO member (workspace_id, id, account_id, handle, name, role, active, joined_at, joined_seq) \
             SELECT {workspace}, {member}, m.account_id, 'owner', 'Olive Owner', 'owner', TRUE, 1, 0 \
             FROM member m CROSS JOIN {series} WHERE {of_owner}"
        ),
        format!(
            "INSERT INTO member_stay (workspace_id, member_id, joined_seq) SELECT {workspace}, {member}, 0 FROM {series}"
        ),
        format!(
            "INSERT INTO reader (workspace_id, name, cursor) SELECT {workspace}, r.name, 0 \
             FROM reader r CROSS JOIN {series} WHERE r.workspace_id = {}",
            database.literal(&owner.workspace)
        ),
    ]
}

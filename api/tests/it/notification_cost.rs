//! The cost of notifications: counting reads only what it counts, and old rows are pruned.

use api::live::notification::unread;
use api::model::file::entity::upload::State;
use api::worker::pruning;
use sea_orm::ActiveEnum;
use serde_json::{Value, json};

use crate::support::ids::{id_of, new_id, uuid_of};
use crate::support::rows;
use crate::support::server::Server;
use crate::support::store::{Store, both};
use crate::support::workspace::{User, Workspace, number, start_server};

both! {
    counting_reads_only_counted_rows
    pruning_old_rows_keeps_the_invariants
}

/// Notifications of one member, and mentions of their channel.
const OLD_ROWS: i64 = 20_000;

/// Inserts `OLD_ROWS` notifications and channel mentions with sequence numbers before the log began.
async fn insert_old_rows(store: &Store, workspace: &Workspace, user: &User) {
    let database = rows::open(store).await;
    let numbers = format!("WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < {OLD_ROWS})");
    let literal = |id: uuid::Uuid| {
        let hex = id.simple();
        if database.is_sqlite() { format!("x'{hex}'") } else { format!("'{hex}'::uuid") }
    };
    let id = |text: &str| literal(uuid_of(text));
    let (workspace_id, general) = (id(&workspace.id), id(&workspace.general));
    let (member, author) = (id(&user.member_id), id(&workspace.owner.member_id));
    let nil = literal(uuid::Uuid::nil());
    for sql in [
        format!(
            "{numbers} INSERT INTO notification (workspace_id, member_id, seq, reason, channel_id, message_id, \
             in_thread, created_at) SELECT {workspace_id}, {member}, i - {OLD_ROWS} - 1, 'mention', {general}, {nil}, FALSE, 0 FROM n"
        ),
        format!(
            "{numbers} INSERT INTO mention (workspace_id, channel_id, target_id, seq, message_id, author_id, in_thread) \
             SELECT {workspace_id}, {general}, {nil}, i - {OLD_ROWS} - 1, {nil}, {author}, FALSE FROM n"
        ),
    ] {
        assert_eq!(rows::execute(&database, &sql).await, u64::try_from(OLD_ROWS).unwrap(), "{sql}");
    }
    if !database.is_sqlite() {
        rows::execute(&database, "ANALYZE notification").await;
        rows::execute(&database, "ANALYZE mention").await;
    }
}

/// The query plan of the unread count.
async fn explain(store: &Store, workspace: &Workspace, user: &User) -> Vec<String> {
    let database = rows::open(store).await;
    let how = if database.is_sqlite() { "EXPLAIN QUERY PLAN" } else { "EXPLAIN (ANALYZE, COSTS OFF)" };
    let (workspace_id, member) = (workspace.id.parse().unwrap(), id_of(&user.member_id));
    let rows = unread::explain(&database, how, workspace_id, member).await.unwrap();
    let column = if database.is_sqlite() { "detail" } else { "QUERY PLAN" };
    rows.iter().map(|row| row.try_get("", column).unwrap()).collect()
}

async fn counting_reads_only_counted_rows(store: &Store) {
    let server = start_server(store).await;
    let workspace = Workspace::create(&server).await;
    let ben = workspace.add_member(&server, "Ben", "MEMBER").await;
    insert_old_rows(store, &workspace, &ben).await;
    workspace.owner.send_message(&server, &workspace.general, "<!channel> the only one that is not read").await;
    let query = "query($id: ID!) { boot(workspaceId: $id) { unreadNotifications } }";
    let response = ben.execute(&server, query, json!({ "id": workspace.id })).await;
    assert_eq!(number(&response, "/data/boot/unreadNotifications"), 1);
    let plan = explain(store, &workspace, &ben).await;
    let of = |table: &str| plan.iter().filter(|line| line.contains(table)).cloned().collect::<Vec<_>>();
    if rows::open(store).await.is_sqlite() {
        // Each of the four parts searches a whole index whose last column is `seq`.
        for index in ["notification_unread", "mention_unread"] {
            let searches = of(index);
            assert_eq!(searches.len(), 2, "{plan:#?}");
            assert!(searches.iter().all(|line| line.contains("in_thread=? AND seq>?")), "{plan:#?}");
        }
        assert!(!plan.iter().any(|line| line.contains("SCAN n")), "{plan:#?}");
    } else {
        // Rows read from the two tables, and rows read in vain.
        let scanned: f64 = plan
            .iter()
            .filter(|line| line.contains(" on notification n") || line.contains(" on mention n"))
            .map(|line| actual_rows(line))
            .sum();
        let removed = of("Rows Removed by Filter");
        assert!(scanned <= 2.0 && removed.len() <= 1, "{plan:#?}");
        assert_eq!(of(" on notification n").len() + of(" on mention n").len(), 4, "{plan:#?}");
        assert!(
            !plan.iter().any(|line| line.contains("Seq Scan on mention") || line.contains("Seq Scan on notification")),
            "{plan:#?}"
        );
    }
    server.stop().await;
}

/// Rows of a plan node over all loops.
fn actual_rows(line: &str) -> f64 {
    let after = |marker: &str| {
        let rest = line.rsplit_once(marker).map_or("0", |(_, rest)| rest);
        rest.split([' ', ')']).next().unwrap().parse::<f64>().unwrap()
    };
    after("rows=") * after("loops=")
}

async fn pruning_old_rows_keeps_the_invariants(store: &Store) {
    let server = start_server(store).await;
    let workspace = Workspace::create(&server).await;
    let ben = workspace.add_member(&server, "Ben", "MEMBER").await;
    let send = |id: &str, words: &str| json!({ "id": id, "channelId": workspace.general, "text": words });
    let [old, young] = [0; 2].map(|_| new_id::<api::ground::id::MessageId>(&workspace.id));
    let words = format!("<@{}>", ben.member_id);
    workspace.owner.mutate(&server, "sendMessage", "{ seq }", send(&old, &words)).await;
    // The age of a command is known only from a later event.
    let (_, old_seq) = workspace.owner.send_message(&server, &workspace.general, "long ago").await;
    wait_for_notifications(&server, &workspace, &ben, 1).await;
    // Everything so far is backdated; what follows is recent.
    let database = rows::open(store).await;
    let ago = |seconds: i64| format!("- {}", (seconds + 3600) * 1000);
    for sql in [
        format!("UPDATE event SET at = at {} WHERE seq <= {old_seq}", ago(pruning::COMMAND_RETENTION)),
        format!("UPDATE notification SET created_at = created_at {}", ago(pruning::NOTIFICATION_RETENTION)),
    ] {
        assert!(rows::execute(&database, &sql).await > 0, "{sql}");
    }
    let sent = workspace.owner.mutate(&server, "sendMessage", "{ seq }", send(&young, &words)).await;
    wait_for_notifications(&server, &workspace, &ben, 2).await;
    let nil = if database.is_sqlite() {
        "x'00000000000000000000000000000001'"
    } else {
        "'00000000000000000000000000000001'::uuid"
    };
    let upload = |state: State| {
        format!(
            "INSERT INTO upload (workspace_id, id, member_id, name, media_type, size, is_voice, state, created_at, expires_at) \
             SELECT workspace_id, {nil}, {nil}, '', '', 0, FALSE, '{}', 0, 0 FROM workspace",
            state.to_value()
        )
    };
    assert_eq!(rows::execute(&database, &upload(State::Cleared)).await, 1);
    let count = async |table: &str| rows::query(&database, format!("SELECT 1 FROM {table}")).await.len();
    let commands = count("command").await;
    pruning::prune(&server.app, &server.app.database).await.unwrap();
    assert_eq!((count("notification").await, count("upload").await), (1, 0));
    assert!(count("command").await < commands);
    // The count matches the rows.
    wait_for_notifications(&server, &workspace, &ben, 1).await;
    // Within the retention a command returns its recorded outcome. Beyond it the id is taken, and nothing happens
    // twice.
    let again = workspace.owner.mutate(&server, "sendMessage", "{ seq }", send(&young, &words)).await;
    assert_eq!(again, sent);
    let refused = workspace.owner.try_mutate(&server, "sendMessage", "{ seq }", send(&old, &words)).await;
    assert_eq!(refused, Err("CONFLICT".into()));
    assert_eq!(count("message").await, 3);
    server.stop().await;
}

/// Waits until a user has `wanted` notifications, and compares the list with the count.
async fn wait_for_notifications(server: &Server, workspace: &Workspace, user: &User, wanted: i64) {
    let query = "query($id: ID!) { boot(workspaceId: $id) { unreadNotifications
        workspace { notifications(last: 50) { nodes { read } } } } }";
    loop {
        let response = user.execute(server, query, json!({ "id": workspace.id })).await;
        let nodes = response["data"]["boot"]["workspace"]["notifications"]["nodes"].as_array().unwrap();
        let unread = nodes.iter().filter(|node| node["read"] == Value::Bool(false)).count();
        assert_eq!(number(&response, "/data/boot/unreadNotifications"), i64::try_from(unread).unwrap());
        if i64::try_from(nodes.len()).unwrap() == wanted {
            return;
        }
    }
}

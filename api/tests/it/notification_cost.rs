//! The cost of notifications: counting reads only what it counts, and old rows are pruned.

use api::live::notification::unread;
use api::model::file::entity::upload::State;
use api::worker::pruning;
use sea_orm::ActiveEnum;
use serde_json::{Value, json};
use uuid::Uuid;

use crate::support::{Member, Setup, Store, Workspace, both, id_of, new_id, number, rows, uuid_of};

both! {
    counting_reads_only_counted_rows
    pruning_old_rows_keeps_the_invariants
}

/// Notifications of one member, and mentions of their channel.
const OLD_ROWS: i64 = 20_000;

/// Inserts `OLD_ROWS` notifications and channel mentions with sequence numbers before the log began.
async fn insert_old_rows(store: &Store, workspace: &Workspace, user: &Member) {
    let database = rows::open(store).await;
    let (numbers, nil) = (rows::numbers(OLD_ROWS), rows::literal(&database, Uuid::nil()));
    let [workspace_id, general, member, author] = [&workspace.id, &workspace.general, &user.id, &workspace.owner().id]
        .map(|id| rows::literal(&database, uuid_of(id)));
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
async fn explain(store: &Store, workspace: &Workspace, user: &Member) -> Vec<String> {
    let database = rows::open(store).await;
    let (workspace_id, member) = (workspace.id.parse().unwrap(), id_of(&user.id));
    let plan = unread::explain(&database, rows::explain(&database), workspace_id, member).await.unwrap();
    rows::plan_lines(&database, &plan)
}

async fn counting_reads_only_counted_rows(Setup { store, workspace, .. }: &Setup) {
    let ben = workspace.add_member("Ben", "MEMBER").await;
    insert_old_rows(store, workspace, &ben).await;
    workspace.owner().send_message(&workspace.general, "<!channel> the only one that is not read").await;
    let query = "query($id: ID!) { boot(workspaceId: $id) { unreadNotifications } }";
    let response = ben.execute(query, json!({ "id": workspace.id })).await;
    assert_eq!(number(&response, "/data/boot/unreadNotifications"), 1);
    let plan = explain(store, workspace, &ben).await;
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
}

/// Rows of a plan node over all loops.
fn actual_rows(line: &str) -> f64 {
    let after = |marker: &str| {
        let rest = line.rsplit_once(marker).map_or("0", |(_, rest)| rest);
        rest.split([' ', ')']).next().unwrap().parse::<f64>().unwrap()
    };
    after("rows=") * after("loops=")
}

async fn pruning_old_rows_keeps_the_invariants(Setup { store, server, workspace }: &Setup) {
    let ben = workspace.add_member("Ben", "MEMBER").await;
    let send = |id: &str, words: &str| json!({ "id": id, "channelId": workspace.general, "text": words });
    let [old, young] = [0; 2].map(|_| new_id::<api::ground::id::MessageId>(&workspace.id));
    let words = format!("<@{}>", ben.id);
    workspace.owner().mutate("sendMessage", send(&old, &words), "seq").await;
    // The age of a command is known only from a later event.
    let (_, old_seq) = workspace.owner().send_message(&workspace.general, "long ago").await;
    wait_for_notifications(workspace, &ben, 1).await;
    // Everything so far is backdated; what follows is recent.
    let database = rows::open(store).await;
    let ago = |seconds: i64| format!("- {}", (seconds + 3600) * 1000);
    for sql in [
        format!("UPDATE event SET at = at {} WHERE seq <= {old_seq}", ago(pruning::COMMAND_RETENTION)),
        format!("UPDATE notification SET created_at = created_at {}", ago(pruning::NOTIFICATION_RETENTION)),
    ] {
        assert!(rows::execute(&database, &sql).await > 0, "{sql}");
    }
    let sent = workspace.owner().mutate("sendMessage", send(&young, &words), "seq").await;
    wait_for_notifications(workspace, &ben, 2).await;
    let one = rows::literal(&database, Uuid::from_u128(1));
    let upload = |state: State| {
        format!(
            "INSERT INTO upload (workspace_id, id, member_id, name, media_type, size, is_voice, state, created_at, expires_at) \
             SELECT workspace_id, {one}, {one}, '', '', 0, FALSE, '{}', 0, 0 FROM workspace",
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
    wait_for_notifications(workspace, &ben, 1).await;
    // Within the retention a command returns its recorded outcome. Beyond it the id is taken, and nothing happens
    // twice.
    let again = workspace.owner().mutate("sendMessage", send(&young, &words), "seq").await;
    assert_eq!(again, sent);
    let refused = workspace.owner().try_mutate("sendMessage", &send(&old, &words), "seq").await;
    assert_eq!(refused, Err("CONFLICT".into()));
    assert_eq!(count("message").await, 3);
}

/// Waits until a user has `wanted` notifications, and compares the list with the count.
async fn wait_for_notifications(workspace: &Workspace, user: &Member, wanted: i64) {
    let query = "query($id: ID!) { boot(workspaceId: $id) { unreadNotifications
        workspace { notifications(last: 50) { nodes { read } } } } }";
    loop {
        let response = user.execute(query, json!({ "id": workspace.id })).await;
        let nodes = response["data"]["boot"]["workspace"]["notifications"]["nodes"].as_array().unwrap();
        let unread = nodes.iter().filter(|node| node["read"] == Value::Bool(false)).count();
        assert_eq!(number(&response, "/data/boot/unreadNotifications"), i64::try_from(unread).unwrap());
        if i64::try_from(nodes.len()).unwrap() == wanted {
            return;
        }
    }
}

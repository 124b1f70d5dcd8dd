//! What notifications cost: the count of unread ones looks at no more than it counts, and what is kept for ever
//! otherwise is removed after a while.

use api::file::entity::upload::State;
use api::notification::unread;
use api::worker::pruning;
use sea_orm::ActiveEnum;
use serde_json::{Value, json};

use crate::people::{Company, Person, number, server_on};
use crate::rows;
use crate::server::Server;
use crate::store::{Store, both};

both! {
    a_count_looks_at_what_it_counts
    old_rows_are_removed_and_the_laws_hold
}

/// Notifications of one person, and mentions of their channel.
const MANY: i64 = 20_000;

/// Writes `MANY` notifications and channel mentions as if they had come one after another before the log began.
async fn fill(store: &Store, company: &Company, person: &Person) {
    let database = rows::open(store).await;
    let numbers = format!("WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < {MANY})");
    let id = |text: &str| {
        let hex = text.split_once('_').unwrap().1.replace('-', "");
        if database.is_sqlite() { format!("x'{hex}'") } else { format!("'{hex}'::uuid") }
    };
    let (workspace, general) = (id(&company.workspace), id(&company.general));
    let (member, author) = (id(&person.member), id(&company.owner.member));
    let nil = id("mem_00000000-0000-0000-0000-000000000000");
    for sql in [
        format!(
            "{numbers} INSERT INTO notification (workspace_id, member_id, seq, reason, channel_id, message_id, \
             in_thread, created_at) SELECT {workspace}, {member}, i - {MANY} - 1, 'mention', {general}, {nil}, FALSE, 0 FROM n"
        ),
        format!(
            "{numbers} INSERT INTO mention (workspace_id, channel_id, target_id, seq, message_id, author_id, in_thread) \
             SELECT {workspace}, {general}, {nil}, i - {MANY} - 1, {nil}, {author}, FALSE FROM n"
        ),
    ] {
        assert_eq!(rows::change(&database, &sql).await, u64::try_from(MANY).unwrap(), "{sql}");
    }
    if !database.is_sqlite() {
        rows::change(&database, "ANALYZE notification").await;
        rows::change(&database, "ANALYZE mention").await;
    }
}

/// What the database says of how it counts.
async fn explain(store: &Store, company: &Company, person: &Person) -> Vec<String> {
    let database = rows::open(store).await;
    let how = if database.is_sqlite() { "EXPLAIN QUERY PLAN" } else { "EXPLAIN (ANALYZE, COSTS OFF)" };
    let (workspace, member) = (company.workspace.parse().unwrap(), person.member.parse().unwrap());
    let rows = unread::explain(&database, how, workspace, member).await.unwrap();
    let column = if database.is_sqlite() { "detail" } else { "QUERY PLAN" };
    rows.iter().map(|row| row.try_get("", column).unwrap()).collect()
}

async fn a_count_looks_at_what_it_counts(store: &Store) {
    let server = server_on(store).await;
    let company = Company::first(&server).await;
    let ben = company.hires(&server, "Ben", "MEMBER").await;
    fill(store, &company, &ben).await;
    company.owner.sends(&server, &company, &company.general, "<!channel> the only one that is not read").await;
    let query = "query($id: ID!) { boot(workspaceId: $id) { unreadNotifications } }";
    let answer = ben.ask(&server, query, json!({ "id": company.workspace })).await;
    assert_eq!(number(&answer, "/data/boot/unreadNotifications"), 1);
    let plan = explain(store, &company, &ben).await;
    let of = |table: &str| plan.iter().filter(|line| line.contains(table)).cloned().collect::<Vec<_>>();
    if rows::open(store).await.is_sqlite() {
        // Each of the four parts is a search by the whole index, with the number as its last column.
        for index in ["notification_unread", "mention_unread"] {
            let searches = of(index);
            assert_eq!(searches.len(), 2, "{plan:#?}");
            assert!(searches.iter().all(|line| line.contains("in_thread=? AND seq>?")), "{plan:#?}");
        }
        assert!(!plan.iter().any(|line| line.contains("SCAN n")), "{plan:#?}");
    } else {
        // The rows that were found in the two tables, and those that were looked at in vain.
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

/// Rows of all loops of a node of a plan.
fn actual_rows(line: &str) -> f64 {
    let after = |marker: &str| {
        let rest = line.rsplit_once(marker).map_or("0", |(_, rest)| rest);
        rest.split([' ', ')']).next().unwrap().parse::<f64>().unwrap()
    };
    after("rows=") * after("loops=")
}

async fn old_rows_are_removed_and_the_laws_hold(store: &Store) {
    let server = server_on(store).await;
    let company = Company::first(&server).await;
    let ben = company.hires(&server, "Ben", "MEMBER").await;
    let send = |id: &str, words: &str| json!({ "workspaceId": company.workspace, "id": id, "channelId": company.general, "text": words });
    let [old, young] = [api::id::MessageId::mint(), api::id::MessageId::mint()].map(|id| id.to_string());
    let words = format!("<@{}>", ben.member);
    company.owner.does(&server, "sendMessage", "{ seq }", send(&old, &words)).await;
    // Of the last old event it is not known that its command is old as well.
    let (_, old_seq) = company.owner.sends(&server, &company, &company.general, "long ago").await;
    told(&server, &company, &ben, 1).await;
    // All of that was long ago; what follows was not.
    let database = rows::open(store).await;
    let ago = |seconds: i64| format!("- {}", (seconds + 3600) * 1000);
    for sql in [
        format!("UPDATE event SET at = at {} WHERE seq <= {old_seq}", ago(pruning::COMMANDS)),
        format!("UPDATE notification SET created_at = created_at {}", ago(pruning::NOTIFICATIONS)),
    ] {
        assert!(rows::change(&database, &sql).await > 0, "{sql}");
    }
    let sent = company.owner.does(&server, "sendMessage", "{ seq }", send(&young, &words)).await;
    told(&server, &company, &ben, 2).await;
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
    assert_eq!(rows::change(&database, &upload(State::Cleared)).await, 1);
    let count = async |table: &str| rows::query(&database, format!("SELECT 1 FROM {table}")).await.len();
    let commands = count("command").await;
    pruning::prune(&server.app, &server.app.database).await.unwrap();
    assert_eq!((count("notification").await, count("upload").await), (1, 0));
    assert!(count("command").await < commands);
    // What was counted is what is there.
    told(&server, &company, &ben, 1).await;
    // Within the horizon a command has its one answer; behind it the id is taken, and nothing happens twice.
    let again = company.owner.does(&server, "sendMessage", "{ seq }", send(&young, &words)).await;
    assert_eq!(again, sent);
    let refused = company.owner.tries(&server, "sendMessage", "{ seq }", send(&old, &words)).await;
    assert_eq!(refused, Err("CONFLICT".into()));
    assert_eq!(count("message").await, 3);
    server.stop().await;
}

/// Waits until somebody is told of so many messages, and compares the list with the count.
async fn told(server: &Server, company: &Company, person: &Person, wanted: i64) {
    let query = "query($id: ID!) { boot(workspaceId: $id) { unreadNotifications
        workspace { notifications(last: 50) { nodes { read } } } } }";
    loop {
        let answer = person.ask(server, query, json!({ "id": company.workspace })).await;
        let nodes = answer["data"]["boot"]["workspace"]["notifications"]["nodes"].as_array().unwrap();
        let unread = nodes.iter().filter(|node| node["read"] == Value::Bool(false)).count();
        assert_eq!(number(&answer, "/data/boot/unreadNotifications"), i64::try_from(unread).unwrap());
        if i64::try_from(nodes.len()).unwrap() == wanted {
            return;
        }
    }
}

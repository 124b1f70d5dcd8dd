//! Statements work with any number of bound values, and while a newer process adds columns.

use api::ground::db::Scope;
use api::ground::db::batch_query::{MAX_PLACEHOLDERS, among};
use api::ground::id::MessageId;
use api::model::message::entity::{Column, Entity};
use sea_orm::{EntityTrait, QueryFilter};

use crate::support::{Setup, both, id_of, rows};

both! {
    binds_any_number_of_values
    added_columns_break_no_statement
}

async fn binds_any_number_of_values(Setup { server, workspace, .. }: &Setup) {
    let (sent, seq) = workspace.owner().send_message(&workspace.general, "words").await;
    let sent: MessageId = id_of(&sent);
    let snapshot = server.app.database.snapshot(Scope::Server).await.unwrap();
    for others in [0, 1, MAX_PLACEHOLDERS - 1, MAX_PLACEHOLDERS, 17_000, 70_000] {
        let ids = (0..others).map(|_| MessageId::mint()).chain([sent]);
        let found = Entity::find().filter(among(&snapshot, Column::Id, ids)).all(&snapshot).await.unwrap();
        assert_eq!(found.iter().map(|row| row.id).collect::<Vec<_>>(), [sent], "among {others}");
        let numbers = (0..others).map(|n| i64::try_from(n).unwrap() + seq + 1).chain([seq]);
        let found = Entity::find().filter(among(&snapshot, Column::Seq, numbers)).all(&snapshot).await.unwrap();
        assert_eq!(found.iter().map(|row| row.seq).collect::<Vec<_>>(), [seq], "among {others}");
    }
}

/// As during an upgrade: a newer process adds columns while this one runs with prepared statements.
async fn added_columns_break_no_statement(Setup { store, workspace, .. }: &Setup) {
    let read = "query($id: ID!) { workspace(id: $id) { channels(first: 2) { nodes { messages(first: 5) {
                nodes { text reactions { emoji } } } } } members(first: 5) { nodes { name } } } }";
    let use_it = async || {
        for _ in 0..20 {
            workspace.owner().send_message(&workspace.general, "words").await;
            let response = workspace.owner().execute(read, serde_json::json!({ "id": workspace.id })).await;
            assert!(response.get("errors").is_none(), "{response}");
        }
    };
    use_it().await;
    let database = rows::open(store).await;
    for table in rows::tables(&database).await {
        rows::execute(&database, &format!("ALTER TABLE \"{table}\" ADD COLUMN added_later INTEGER")).await;
    }
    use_it().await;
}

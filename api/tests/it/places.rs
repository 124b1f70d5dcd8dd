//! What must not depend on how many there are or were: rooms of unknown workspaces, values of a statement, columns of
//! a table.

use api::db::Scope;
use api::db::many::{PLACES, among};
use api::error::Error;
use api::id::{MessageId, WorkspaceId};
use api::message::entity::{Column, Entity};
use futures_util::FutureExt;
use sea_orm::{EntityTrait, QueryFilter};

use crate::people::{Company, server_on};
use crate::rows;
use crate::store::{Store, both};

both! {
    an_unknown_workspace_leaves_no_place_behind
    a_room_in_use_is_not_swept_away
    any_number_of_values_fits_into_a_statement
    a_column_that_is_added_breaks_no_statement
}

async fn an_unknown_workspace_leaves_no_place_behind(store: &Store) {
    let server = server_on(store).await;
    let rooms = &server.app.rooms;
    let before = rooms.places();
    for _ in 0..3 {
        assert!(matches!(rooms.get(WorkspaceId::mint()).await, Err(Error::NotFound(_))));
        // A request that is hung up in the middle, if it has not been answered by then.
        let _ = rooms.get(WorkspaceId::mint()).now_or_never();
    }
    assert_eq!(rooms.places(), before);
    server.stop().await;
}

async fn a_room_in_use_is_not_swept_away(store: &Store) {
    let server = server_on(store).await;
    let company = Company::first(&server).await;
    let (rooms, id) = (&server.app.rooms, company.workspace.parse().unwrap());
    let held = rooms.get(id).await.unwrap();
    (0..3).for_each(|_| rooms.sweep());
    assert!(std::sync::Arc::ptr_eq(&held, &rooms.get(id).await.unwrap()));
    let places = rooms.places();
    drop(held);
    rooms.sweep();
    assert_eq!(rooms.places(), places, "it was asked for since the last sweep");
    rooms.sweep();
    assert_eq!(rooms.places(), places - 1);
    server.stop().await;
}

async fn any_number_of_values_fits_into_a_statement(store: &Store) {
    let server = server_on(store).await;
    let company = Company::first(&server).await;
    let (sent, seq) = company.owner.sends(&server, &company, &company.general, "words").await;
    let sent: MessageId = sent.parse().unwrap();
    let snapshot = server.app.database.snapshot(Scope::Server).await.unwrap();
    for others in [0, 1, PLACES - 1, PLACES, 17_000, 70_000] {
        let ids = (0..others).map(|_| MessageId::mint()).chain([sent]);
        let found = Entity::find().filter(among(&snapshot, Column::Id, ids)).all(&snapshot).await.unwrap();
        assert_eq!(found.iter().map(|row| row.id).collect::<Vec<_>>(), [sent], "among {others}");
        let numbers = (0..others).map(|n| i64::try_from(n).unwrap() + seq + 1).chain([seq]);
        let found = Entity::find().filter(among(&snapshot, Column::Seq, numbers)).all(&snapshot).await.unwrap();
        assert_eq!(found.iter().map(|row| row.seq).collect::<Vec<_>>(), [seq], "among {others}");
    }
    server.stop().await;
}

/// As in the middle of an upgrade: a newer process adds columns while this one runs, its statements prepared.
async fn a_column_that_is_added_breaks_no_statement(store: &Store) {
    let server = server_on(store).await;
    let company = Company::first(&server).await;
    let read = "query($id: ID!) { workspace(id: $id) { channels(first: 2) { nodes { messages(first: 5) {
                nodes { text reactions { emoji } } } } } members(first: 5) { nodes { name } } } }";
    let use_it = async || {
        for _ in 0..20 {
            company.owner.sends(&server, &company, &company.general, "words").await;
            let asked = company.owner.ask(&server, read, serde_json::json!({ "id": company.workspace })).await;
            assert!(asked.get("errors").is_none(), "{asked}");
        }
    };
    use_it().await;
    let database = rows::open(store).await;
    for table in rows::tables(&database).await {
        rows::change(&database, &format!("ALTER TABLE \"{table}\" ADD COLUMN added_later INTEGER")).await;
    }
    use_it().await;
    server.stop().await;
}

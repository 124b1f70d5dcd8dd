//! Rooms: unknown workspaces allocate none, and rooms in use are kept.

use api::ground::error::Error;
use api::ground::id::WorkspaceId;
use futures_util::FutureExt;

use crate::support::{Server, Setup, Store, both};

both! {
    unknown_workspaces_allocate_no_room
    keeps_rooms_that_are_in_use
}

async fn unknown_workspaces_allocate_no_room(store: &Store) {
    let server = Server::on(store).await;
    let (rooms, logs) = (&server.app.rooms, &server.app.logs);
    let before = (rooms.room_count(), logs.count());
    for _ in 0..3 {
        assert!(matches!(rooms.get(WorkspaceId::mint()).await, Err(Error::NotFound(_))));
        // A request that is cancelled midway, unless it has completed by then.
        let _ = rooms.get(WorkspaceId::mint()).now_or_never();
    }
    assert_eq!((rooms.room_count(), logs.count()), before);
    server.stop().await;
}

async fn keeps_rooms_that_are_in_use(Setup { server, workspace, .. }: &Setup) {
    let (rooms, id) = (&server.app.rooms, workspace.id.parse().unwrap());
    let held = rooms.get(id).await.unwrap();
    (0..3).for_each(|_| rooms.sweep());
    assert!(std::sync::Arc::ptr_eq(&held, &rooms.get(id).await.unwrap()));
    let places = (rooms.room_count(), server.app.logs.count());
    drop(held);
    rooms.sweep();
    assert_eq!((rooms.room_count(), server.app.logs.count()), places, "the room was used since the last sweep");
    rooms.sweep();
    assert_eq!((rooms.room_count(), server.app.logs.count()), (places.0 - 1, places.1 - 1));
}

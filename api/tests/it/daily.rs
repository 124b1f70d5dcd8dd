//! What is due once a day is done by one process, and again if it failed.

use std::sync::atomic::{AtomicUsize, Ordering};

use api::error::Error;
use api::worker::daily;
use futures_util::future::join_all;

use crate::server::Server;
use crate::store::{Store, both};

both! { what_is_due_is_done_once }

async fn what_is_due_is_done_once(store: &Store) {
    let server = Server::start_at(store).await;
    let database = &server.app.database;
    let done = AtomicUsize::new(0);
    let failing = daily::once(database, "sweep", async { Err(Error::Away("storage")) }).await;
    assert!(matches!(failing, Err(Error::Away("storage"))));
    let processes = (0..4).map(|_| {
        daily::once(database, "sweep", async {
            done.fetch_add(1, Ordering::SeqCst);
            Ok(())
        })
    });
    assert!(join_all(processes).await.into_iter().all(|done| done.is_ok()));
    assert_eq!(done.load(Ordering::SeqCst), 1);
    server.stop().await;
}

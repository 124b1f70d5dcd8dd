//! Daily jobs: one process runs each once a day, and a failed run is retried.

use std::sync::atomic::{AtomicUsize, Ordering};

use api::ground::error::Error;
use api::worker::daily;
use futures_util::future::join_all;

use crate::support::{Server, Store, both};

both! { runs_a_due_job_once_across_processes }

async fn runs_a_due_job_once_across_processes(store: &Store) {
    let server = Server::on(store).await;
    let database = &server.app.database;
    let done = AtomicUsize::new(0);
    let failing = daily::run_if_due(database, "sweep", async { Err(Error::DependencyUnavailable("storage")) }).await;
    assert!(matches!(failing, Err(Error::DependencyUnavailable("storage"))));
    let processes = (0..4).map(|_| {
        daily::run_if_due(database, "sweep", async {
            done.fetch_add(1, Ordering::SeqCst);
            Ok(())
        })
    });
    assert!(join_all(processes).await.into_iter().all(|done| done.is_ok()));
    assert_eq!(done.load(Ordering::SeqCst), 1);
    server.stop().await;
}

//! What a test is given: a store alone, or a server on it with its first workspace.

use std::time::Duration;

use crate::support::{Server, Store, Workspace};

/// A test that waits forever fails under its own name, so that others can continue.
const TEST_TIMEOUT: Duration = Duration::from_secs(10 * 60);

/// A server and its first workspace.
pub struct Setup {
    pub store: Store,
    pub server: Server,
    pub workspace: Workspace,
}

/// What `both!` and `sqlite!` prepare for a test and remove after it.
pub trait Given: Sized {
    async fn prepare(store: Store) -> Self;
    async fn end(self);
}

impl Given for Store {
    async fn prepare(store: Store) -> Self {
        store
    }

    async fn end(self) {
        self.remove().await;
    }
}

impl Given for Setup {
    async fn prepare(store: Store) -> Self {
        let server = Server::on(&store).await;
        let workspace = Workspace::create(&server).await;
        Self { store, server, workspace }
    }

    async fn end(self) {
        self.server.stop().await;
        self.store.remove().await;
    }
}

/// Runs a test.
pub async fn run<T: Given>(store: Store, test: impl AsyncFnOnce(&T)) {
    let running = async {
        let given = T::prepare(store).await;
        test(&given).await;
        given.end().await;
    };
    tokio::time::timeout(TEST_TIMEOUT, running).await.expect("the test timed out");
}

//! A pool of executions, for subscriptions whose items differ but whose selection is the same.
//!
//! Subscriptions with the same selection share a few executions, however many they are. A subscription dropped in the
//! middle of an execution discards it, so that no other subscription receives its result. (Groups, whose subscribers
//! all receive the same frames, own their execution: see `group_task.rs`.)

use std::collections::HashMap;
use std::sync::{Arc, Weak};

use async_graphql::Request;

use super::document::clone_request;
use super::execution::{Execution, Executor};
use super::selection::Key;
use super::{Frame, Item};
use crate::ground::budget::Owner;
use crate::ground::error::{Error, Result};
use crate::ground::mutex::Mutex;

/// Maximum number of idle executions kept per selection. More run while many subscriptions render at once.
const MAX_IDLE: usize = 8;

/// The execution pools in use, by selection.
#[derive(Debug, Default)]
pub struct ExecutionPool(Mutex<HashMap<Key, Weak<PooledExecution>>>);

/// The executions of one selection.
pub struct PooledExecution {
    executor: Executor,
    request: Request,
    /// Idle executions. An execution in use is taken out of the pool: if it is dropped in the middle, its pending
    /// result belongs to no other subscription.
    idle: Mutex<Vec<Execution>>,
}

impl std::fmt::Debug for PooledExecution {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("PooledExecution").finish_non_exhaustive()
    }
}

impl ExecutionPool {
    /// Returns the executions of a selection. Adds `execution` as the first one if the selection is new.
    pub fn get_or_insert(
        &self,
        key: Key,
        executor: &Executor,
        request: Request,
        execution: Execution,
    ) -> Arc<PooledExecution> {
        let mut pool = self.0.lock();
        if let Some(shared) = pool.get(&key).and_then(Weak::upgrade) {
            return shared;
        }
        pool.retain(|_, shared| shared.strong_count() > 0);
        let idle = Mutex::new(vec![execution]);
        let shared = Arc::new(PooledExecution { executor: executor.clone(), request, idle });
        pool.insert(key, Arc::downgrade(&shared));
        shared
    }
}

impl PooledExecution {
    /// Executes the selection for one item, under a permit of `owner`.
    ///
    /// # Errors
    /// Returns `INTERNAL` if the validated selection is rejected.
    pub async fn render(&self, owner: Owner, item: &Item) -> Result<Arc<Frame>> {
        let permit = self.executor.permit(owner).await;
        let idle = self.idle.lock().pop();
        let mut execution = match idle {
            Some(execution) => execution,
            None => {
                let started = self.executor.start(&permit, clone_request(&self.request)).await;
                started.map_err(|_| Error::internal("a validated selection was rejected"))?
            }
        };
        let frame = execution.render(&permit, item).await?;
        let mut idle = self.idle.lock();
        if idle.len() < MAX_IDLE {
            idle.push(execution);
        }
        Ok(frame)
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use futures_util::future::join_all;

    use super::*;
    use crate::ground::fair_semaphore::{FairSemaphore, Limits};
    use crate::ground::id::{MemberId, WorkspaceId};
    use crate::model::presence::Presence;

    #[tokio::test]
    async fn shares_executions_without_mixing_results() {
        let limits =
            Limits { running: 2, running_of_owner: 1, waiting: 0, waiting_of_owner: 0, timeout: Duration::ZERO };
        let executor = Executor::new(crate::wire::graphql::executor(), FairSemaphore::new("test", limits));
        let document = r#"subscription { presence(workspaceId: "w", memberIds: []) { memberId } }"#;
        let begin = async || {
            let request = Request::new(document);
            let permit = executor.permit(Owner::Server).await;
            let execution = executor.start(&permit, clone_request(&request)).await;
            (request, execution.unwrap_or_else(|refused| panic!("{:?}", refused.errors)))
        };
        let (pool, (request, execution)) = (ExecutionPool::default(), begin().await);
        let shared = pool.get_or_insert(Key::from_form("key"), &executor, request, execution);
        let (request, execution) = begin().await;
        assert!(Arc::ptr_eq(&shared, &pool.get_or_insert(Key::from_form("key"), &executor, request, execution)));
        let workspace_id = WorkspaceId::mint();
        let one = async |id: MemberId| {
            let item = Item::Presence(workspace_id, vec![(id, Presence::Idle)]);
            let frame = shared.render(Owner::Server, &item).await.unwrap();
            let shown = id.in_workspace(workspace_id).to_string();
            assert!(String::from_utf8_lossy(frame.payload()).contains(&shown));
        };
        join_all((0..50).map(|_| one(MemberId::mint()))).await;
        assert!(shared.idle.lock().len() <= MAX_IDLE);
        let (request, execution) = begin().await;
        let other = pool.get_or_insert(Key::from_form("other"), &executor, request, execution);
        assert!(!Arc::ptr_eq(&shared, &other));
        drop((shared, other));
        let (request, execution) = begin().await;
        let _last = pool.get_or_insert(Key::from_form("key"), &executor, request, execution);
        assert_eq!(pool.0.lock().len(), 1);
    }
}

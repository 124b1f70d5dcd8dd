//! Renderings that many subscriptions use, one after another, where what each gets differs and how it is
//! written does not.
//!
//! Promises: subscriptions with the same selection share a few executions, however many they are; a
//! subscription that is dropped in the middle leaves nothing behind that another could get. (Groups, where
//! all get the same bytes, have a rendering of their own: `broadcast.rs`.)

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, Weak};

use async_graphql::Request;

use super::rendering::{Renderer, Rendering};
use super::selection::Key;
use super::subscription::copy;
use super::{Frame, Item};
use crate::budget::Owner;
use crate::error::{Error, Result};

/// Executions of one selection that are kept for the next; more run while many render at once.
const SPARE: usize = 8;

/// The renderings in use, by the key of their selection.
#[derive(Debug, Default)]
pub struct Renderings(Mutex<HashMap<Key, Weak<Shared>>>);

/// What renders one selection for all who have it.
pub struct Shared {
    renderer: Renderer,
    request: Request,
    /// Those that nobody uses now. One in use is taken out: what is dropped in the middle has a result on
    /// its way that is meant for nobody else.
    spare: Mutex<Vec<Rendering>>,
}

impl std::fmt::Debug for Shared {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Shared").finish_non_exhaustive()
    }
}

impl Renderings {
    /// What renders the selection of this key, which may be begun with this rendering of this request.
    pub fn of(&self, key: Key, renderer: &Renderer, request: Request, rendering: Rendering) -> Arc<Shared> {
        let mut known = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(shared) = known.get(&key).and_then(Weak::upgrade) {
            return shared;
        }
        known.retain(|_, shared| shared.strong_count() > 0);
        let spare = Mutex::new(vec![rendering]);
        let shared = Arc::new(Shared { renderer: renderer.clone(), request, spare });
        known.insert(key, Arc::downgrade(&shared));
        shared
    }
}

impl Shared {
    /// Executes the selection for one item, in the turn of this owner.
    ///
    /// # Errors
    /// `INTERNAL` when a selection that was valid is not.
    pub async fn render(&self, owner: Owner, item: &Item) -> Result<Arc<Frame>> {
        let turn = self.renderer.turn(owner).await;
        let spare = self.spare().pop();
        let mut rendering = match spare {
            Some(rendering) => rendering,
            None => {
                let started = self.renderer.start(&turn, copy(&self.request)).await;
                started.map_err(|_| Error::internal("a valid selection was refused"))?
            }
        };
        let frame = rendering.render(&turn, item).await?;
        let mut spare = self.spare();
        if spare.len() < SPARE {
            spare.push(rendering);
        }
        Ok(frame)
    }

    fn spare(&self) -> MutexGuard<'_, Vec<Rendering>> {
        self.spare.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use futures_util::future::join_all;

    use super::*;
    use crate::gate::{Gate, Limits};
    use crate::id::MemberId;
    use crate::presence::Presence;

    #[tokio::test]
    async fn each_gets_what_is_theirs_from_a_few_executions() {
        let limits =
            Limits { running: 2, running_of_owner: 1, waiting: 0, waiting_of_owner: 0, patience: Duration::ZERO };
        let renderer = Renderer::new(crate::graphql::rendering(), Gate::new("test", limits));
        let document = r#"subscription { presence(workspaceId: "w", memberIds: []) { memberId } }"#;
        let begin = async || {
            let request = Request::new(document);
            let turn = renderer.turn(Owner::Server).await;
            let rendering = renderer.start(&turn, copy(&request)).await;
            (request, rendering.unwrap_or_else(|refused| panic!("{:?}", refused.errors)))
        };
        let (renderings, (request, rendering)) = (Renderings::default(), begin().await);
        let shared = renderings.of(Key::of("key"), &renderer, request, rendering);
        let (request, rendering) = begin().await;
        assert!(Arc::ptr_eq(&shared, &renderings.of(Key::of("key"), &renderer, request, rendering)));
        let one = async |id: MemberId| {
            let frame = shared.render(Owner::Server, &Item::Presence(vec![(id, Presence::Idle)])).await.unwrap();
            assert!(String::from_utf8_lossy(frame.payload()).contains(&id.to_string()));
        };
        join_all((0..50).map(|_| one(MemberId::mint()))).await;
        assert!(shared.spare().len() <= SPARE);
        let (request, rendering) = begin().await;
        let other = renderings.of(Key::of("other"), &renderer, request, rendering);
        assert!(!Arc::ptr_eq(&shared, &other));
        drop((shared, other));
        let (request, rendering) = begin().await;
        let _last = renderings.of(Key::of("key"), &renderer, request, rendering);
        assert_eq!(renderings.0.lock().unwrap().len(), 1);
    }
}

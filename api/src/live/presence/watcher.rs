//! The watcher of a presence subscription: which members it watches, and which of them have changed.
//!
//! A slow reader costs one mark per member, however often they change.

use std::collections::HashSet;

use tokio::sync::Notify;

use crate::ground::id::MemberId;
use crate::ground::mutex::Mutex;

/// A subscription as registered with the roster.
#[derive(Debug)]
pub(super) struct Watcher {
    pub(super) ids: Vec<MemberId>,
    marked: Mutex<HashSet<MemberId>>,
    woken: Notify,
}

impl Watcher {
    /// Watches these members.
    pub(super) fn new(ids: Vec<MemberId>) -> Self {
        Self { ids, marked: Mutex::default(), woken: Notify::new() }
    }

    /// Marks a watched member as changed.
    pub(super) fn mark(&self, member_id: MemberId) {
        self.marked.lock().insert(member_id);
        self.woken.notify_one();
    }

    /// Waits until a watched member is marked.
    pub(super) async fn woken(&self) {
        self.woken.notified().await;
    }

    /// Returns the marked members, and clears the marks.
    pub(super) fn take_marked(&self) -> HashSet<MemberId> {
        std::mem::take(&mut *self.marked.lock())
    }
}

//! Helpers that hold and observe the permits of an account, so that its other work has to wait.

use api::ground::budget::Owner;
use api::ground::fair_semaphore::{FairPermit, FairSemaphore};
use futures_util::FutureExt;

use crate::support::{Member, account_id};

/// Takes all permits of an account. Waits for the first, which may be in use briefly.
pub async fn hold_all_permits(gate: &FairSemaphore<Owner>, owner: Owner) -> Vec<FairPermit<Owner>> {
    let mut permits = vec![gate.wait(owner).await];
    while let Some(permit) = gate.acquire(owner).now_or_never() {
        permits.push(permit.unwrap());
    }
    permits
}

/// Waits until `count` tasks of an account wait for a permit.
pub async fn wait_for_waiters(gate: &FairSemaphore<Owner>, owner: Owner, count: usize) {
    while gate.waiting_of(owner) != count {
        tokio::task::yield_now().await;
    }
}

pub async fn owner_of(user: &Member) -> Owner {
    Owner::Account(account_id(user).await)
}

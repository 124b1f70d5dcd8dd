//! Telling the other processes what callers used of their budgets, and hearing of what they used there.

use std::sync::{Arc, Weak};

use crate::budget::Budgets;
use crate::budget::fleet::PACE;
use crate::bus::Bus;

/// Tells and hears once a second, for as long as the budgets are there. One process alone has nothing to tell.
pub async fn exchange(bus: Bus, budgets: Weak<Budgets>) {
    if bus.is_in_process() {
        return;
    }
    let heard = budgets.clone();
    let _interest = bus.listen_usage(Arc::new(move |said: &[u8]| {
        if let Some(budgets) = heard.upgrade() {
            budgets.hear(said);
        }
    }));
    let mut ticks = tokio::time::interval(PACE);
    while let Some(budgets) = budgets.upgrade() {
        bus.tell_usage(budgets.turn(bus.is_connected().unwrap_or(true)));
        drop(budgets);
        ticks.tick().await;
    }
}

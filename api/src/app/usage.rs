//! Exchanges budget usage with the other processes.

use std::sync::{Arc, Weak};

use crate::adapter::bus::Bus;
use crate::ground::budget::Budgets;
use crate::ground::budget::fleet::REPORT_INTERVAL;

/// Publishes and receives usage every second until the budgets are dropped. Returns at once without other
/// processes.
pub async fn exchange(bus: Bus, budgets: Weak<Budgets>) {
    if bus.is_in_process() {
        return;
    }
    let receiver = budgets.clone();
    let _subscription = bus.subscribe_usage(Arc::new(move |report: &[u8]| {
        if let Some(budgets) = receiver.upgrade() {
            budgets.receive_report(report);
        }
    }));
    let mut ticks = tokio::time::interval(REPORT_INTERVAL);
    while let Some(budgets) = budgets.upgrade() {
        bus.publish_usage(budgets.tick(bus.is_connected().unwrap_or(true)));
        drop(budgets);
        ticks.tick().await;
    }
}

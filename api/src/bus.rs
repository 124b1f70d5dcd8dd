//! The bus: carries events to the other processes of a fleet.
//!
//! It may lose, double and reorder: rooms take events by their numbers and read what is missing. With
//! one process there is nobody to tell, so the embedded variant does nothing: the lane gives the events
//! to this process's room itself.

use crate::event::SharedEvent;

/// The ways to the other processes.
#[derive(Debug, Clone)]
pub enum Bus {
    /// One process; everybody who must hear of an event is here.
    InProcess,
}

impl Bus {
    /// Tells the others of committed events.
    pub fn publish(&self, events: &[SharedEvent]) {
        match self {
            Self::InProcess => {
                metrics::counter!("confab_bus_events_total").increment(u64::try_from(events.len()).unwrap_or(0));
            }
        }
    }
}

//! Latency histograms and rates.
//!
//! Recorded in nanoseconds with three significant digits, from 1 µs to 10 minutes, and reported in milliseconds.

use hdrhistogram::Histogram;
use serde_json::{Value, json};
use std::time::Duration;

use crate::{Failure, Result};

/// A latency histogram.
#[derive(Clone)]
pub struct Latencies(Histogram<u64>);

impl Latencies {
    /// Creates an empty histogram.
    ///
    /// # Errors
    /// Never: the bounds are fixed and valid.
    pub fn new() -> Result<Self> {
        let bounds = Histogram::new_with_bounds(1_000, 600_000_000_000, 3);
        bounds.map(Self).map_err(Failure::new)
    }

    /// Records a latency. Values out of bounds count as the bound.
    pub fn record(&mut self, took: Duration) {
        self.0.saturating_record(u64::try_from(took.as_nanos()).unwrap_or(u64::MAX));
    }

    /// Adds the values of another histogram.
    pub fn add(&mut self, other: &Self) {
        // Both have the same bounds, so this cannot fail.
        let _ = self.0.add(&other.0);
    }

    /// Number of values.
    pub fn count(&self) -> u64 {
        self.0.len()
    }

    /// A percentile in milliseconds.
    pub fn percentile(&self, of_hundred: f64) -> f64 {
        millis(self.0.value_at_percentile(of_hundred))
    }

    /// JSON report.
    pub fn json(&self) -> Value {
        json!({
            "count": self.count(),
            "p50": self.percentile(50.0),
            "p90": self.percentile(90.0),
            "p99": self.percentile(99.0),
            "p999": self.percentile(99.9),
            "max": millis(self.0.max()),
        })
    }

    /// Text report.
    pub fn text(&self) -> String {
        format!(
            "p50 {:.2} ms, p90 {:.2}, p99 {:.2}, p99.9 {:.2}, max {:.2}",
            self.percentile(50.0),
            self.percentile(90.0),
            self.percentile(99.0),
            self.percentile(99.9),
            millis(self.0.max())
        )
    }
}

fn millis(nanos: u64) -> f64 {
    (nanos as f64 / 1000.0).round() / 1000.0
}

/// A rate, or 0 if no time passed.
pub fn per_second(count: u64, took: Duration) -> f64 {
    let seconds = took.as_secs_f64();
    if seconds > 0.0 { (count as f64 / seconds * 10.0).round() / 10.0 } else { 0.0 }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn computes_percentiles() {
        let mut all = Latencies::new().unwrap();
        let mut other = Latencies::new().unwrap();
        for ms in 1..=1000 {
            let half = if ms % 2 == 0 { &mut all } else { &mut other };
            half.record(Duration::from_millis(ms));
        }
        all.add(&other);
        assert_eq!(all.count(), 1000);
        assert!((all.percentile(50.0) - 500.0).abs() < 1.0, "{}", all.text());
        assert!((all.percentile(99.0) - 990.0).abs() < 1.0, "{}", all.text());
    }

    #[test]
    fn counts_values_out_of_bounds() {
        let mut all = Latencies::new().unwrap();
        all.record(Duration::ZERO);
        all.record(Duration::from_secs(100_000));
        assert_eq!(all.count(), 2);
    }

    #[test]
    fn computes_rates() {
        assert_eq!(per_second(100, Duration::from_secs(2)), 50.0);
        assert_eq!(per_second(100, Duration::ZERO), 0.0);
    }
}

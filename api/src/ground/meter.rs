//! The metrics of the process, in the Prometheus text format.

use std::sync::OnceLock;

use metrics_exporter_prometheus::{PrometheusBuilder, PrometheusHandle};

static HANDLE: OnceLock<Option<PrometheusHandle>> = OnceLock::new();

/// Installs the metrics recorder of the process. Further calls do nothing.
pub fn start() {
    HANDLE.get_or_init(|| {
        PrometheusBuilder::new()
            .install_recorder()
            .inspect_err(
                |error| tracing::warn!(%error, "metrics recorder could not be installed; metrics are disabled"),
            )
            .ok()
    });
}

/// Returns all current metrics.
pub fn text() -> String {
    HANDLE.get().and_then(Option::as_ref).map(PrometheusHandle::render).unwrap_or_default()
}

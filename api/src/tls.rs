//! TLS for what this program connects to: one implementation, ring, for all clients.

/// Chooses it for the process. Cheap, and may be called again.
pub fn choose() {
    // It fails only if one was chosen before.
    let _ = rustls::crypto::ring::default_provider().install_default();
}

//! TLS for outgoing connections: all clients use the same implementation, ring.

/// Installs the crypto provider of the process. Cheap, may be called repeatedly.
pub fn install_provider() {
    // Fails only if a provider is already installed.
    let _ = rustls::crypto::ring::default_provider().install_default();
}

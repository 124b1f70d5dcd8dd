//! The settings of the HTTP server: limits, timeouts and intervals.

use std::time::Duration;

/// The settings of the HTTP server.
#[derive(Debug, Clone)]
pub struct Settings {
    /// Timeouts and intervals.
    pub timing: Timing,
    /// Maximum connections of all kinds.
    pub connections: usize,
    /// Maximum connections of all kinds from one IP address (one /64 for IPv6), unless it is a proxy.
    pub connections_per_address: usize,
    /// Maximum live connections of an account.
    pub sockets_per_account: usize,
    /// Maximum live connections from one IP address (one /64 for IPv6).
    pub sockets_per_address: usize,
    /// Trust `X-Forwarded-For` from any peer, not only from loopback.
    pub trust_forwarded: bool,
    /// Serve `/metrics` to any client, not only to loopback.
    pub open_metrics: bool,
    /// New live connections per second, with bursts of up to eight times as many.
    pub admission_rate: u32,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            timing: Timing::default(),
            connections: 10_000,
            connections_per_address: 4_000,
            sockets_per_account: 50,
            sockets_per_address: 1_000,
            trust_forwarded: false,
            open_metrics: false,
            admission_rate: 250,
        }
    }
}

/// Timeouts and intervals.
#[derive(Debug, Clone)]
pub struct Timing {
    /// Timeout for the head of an HTTP request, and for idle connections between requests.
    pub head_timeout: Duration,
    /// Timeout for receiving the body of a request, and separately for executing it.
    pub request_timeout: Duration,
    /// Timeout for `connection_init` after a WebSocket has opened.
    pub init_timeout: Duration,
    /// Interval between pings on a live connection. Two missed responses close it.
    pub ping_interval: Duration,
    /// Timeout for writing to a live connection. An HTTP response without progress times out after three times
    /// as long.
    pub write_timeout: Duration,
    /// Timeout for sending a complete HTTP response, unless it is small.
    pub response_timeout: Duration,
    /// Maximum refusal delay for callers that continue after many refusals.
    pub max_refusal_delay: Duration,
    /// Time between `/readyz` failing and the first connection closing on shutdown, for load balancers to
    /// notice.
    pub shutdown_notice: Duration,
    /// Time over which live connections are closed on shutdown, after the notice period.
    pub drain_period: Duration,
}

impl Default for Timing {
    fn default() -> Self {
        Self {
            head_timeout: Duration::from_secs(30),
            request_timeout: Duration::from_secs(10),
            init_timeout: Duration::from_secs(3),
            ping_interval: Duration::from_secs(20),
            write_timeout: Duration::from_secs(10),
            response_timeout: Duration::from_secs(120),
            max_refusal_delay: Duration::from_secs(2),
            shutdown_notice: Duration::ZERO,
            drain_period: Duration::from_secs(2),
        }
    }
}

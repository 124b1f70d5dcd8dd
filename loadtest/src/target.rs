//! The server to load: a plain HTTP address, on this machine unless the caller confirms otherwise.

use std::net::{Ipv4Addr, SocketAddr};
use std::time::Duration;

use testbed::client::Client;
use testbed::socket::{PROTOCOL, Socket};
use tokio::net::{TcpSocket, TcpStream, lookup_host};
use tokio::time::timeout;

use crate::{Failure, Result};

/// How long a request of the setup is retried.
const RETRY_TIMEOUT: Duration = Duration::from_secs(120);
/// The longest time to connect a socket and to be acknowledged.
const CONNECT_TIMEOUT: Duration = Duration::from_secs(30);
/// Workers per loopback address.
const WORKERS_PER_ADDRESS: usize = 500;

/// A server to load.
#[derive(Debug, Clone)]
pub struct Target {
    /// Socket address.
    pub address: SocketAddr,
    /// Value of the `Host` header.
    pub host: String,
    /// A client for everything but load, which retries on request of the server.
    pub client: Client,
}

impl Target {
    /// Resolves `http://host:port`.
    ///
    /// # Errors
    /// It is no such URL, or is on another machine without confirmation.
    pub async fn find(url: &str, owned: bool) -> Result<Self> {
        let host = host_of(url)?;
        let address = lookup_host(&host).await?.next().ok_or_else(|| Failure::new(format!("{host} has no address")))?;
        if !address.ip().is_loopback() && !owned {
            return Err(Failure::new(format!(
                "{host} is on another machine; load only your own servers, and confirm with --i-own-this-server"
            )));
        }
        let client = Client::pooled(&format!("http://{host}"))?.with_retries(RETRY_TIMEOUT);
        Ok(Self { address, host, client })
    }

    /// Connects the nth worker, without delaying small writes. On loopback, workers use several source addresses to
    /// avoid port exhaustion and limits per IP address.
    ///
    /// # Errors
    /// The connection is refused.
    pub async fn connect(&self, nth: usize) -> Result<TcpStream> {
        let socket = match self.address {
            SocketAddr::V4(_) => TcpSocket::new_v4()?,
            SocketAddr::V6(_) => TcpSocket::new_v6()?,
        };
        if self.address.ip() == Ipv4Addr::LOCALHOST && cfg!(target_os = "linux") {
            socket.bind(SocketAddr::from((source(nth), 0)))?;
        }
        let stream = socket.connect(self.address).await;
        let stream = stream.map_err(|error| Failure::new(format!("{}: {error}", self.host)))?;
        stream.set_nodelay(true)?;
        Ok(stream)
    }

    /// Opens and authenticates a socket of the nth worker.
    ///
    /// # Errors
    /// The connection, the protocol or the token is refused.
    pub async fn socket(&self, nth: usize, token: &str) -> Result<Socket> {
        let opening = async {
            let headers = [PROTOCOL, ("host", self.host.as_str())];
            let socket = Socket::handshake(self.connect(nth).await?, &headers).await.map_err(Failure::new)?;
            socket.try_acknowledged(Some(token)).await
        };
        let late = |_| Failure::new("the server did not acknowledge the socket within 30 s");
        timeout(CONNECT_TIMEOUT, opening).await.map_err(late)?
    }
}

/// The source address of the nth worker.
fn source(nth: usize) -> Ipv4Addr {
    let last = u8::try_from(1 + nth / WORKERS_PER_ADDRESS).unwrap_or(254).min(254);
    Ipv4Addr::new(127, 0, 0, last)
}

/// The host and port of a URL.
fn host_of(url: &str) -> Result<String> {
    let rest = url.strip_prefix("http://");
    let rest = rest.ok_or_else(|| Failure::new(format!("{url} does not start with http://")))?;
    let host = rest.split('/').next().unwrap_or(rest);
    let plain = !host.is_empty() && !host.contains(['@', '?', '#', ' ', '\r', '\n']);
    if !plain {
        return Err(Failure::new(format!("{url} has no valid host")));
    }
    let port = host.rsplit_once(':').map(|(_, port)| port);
    match port.filter(|port| port.parse::<u16>().is_ok()) {
        Some(_) => Ok(host.to_owned()),
        None => Ok(format!("{host}:80")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parses_hosts() {
        assert_eq!(host_of("http://127.0.0.1:8080/").unwrap(), "127.0.0.1:8080");
        assert_eq!(host_of("http://localhost").unwrap(), "localhost:80");
        assert_eq!(host_of("http://[::1]:8080").unwrap(), "[::1]:8080");
        assert!(host_of("https://localhost").is_err());
        assert!(host_of("http://a@b").is_err());
    }

    #[test]
    fn distributes_workers_over_source_addresses() {
        assert_eq!(source(0), Ipv4Addr::LOCALHOST);
        assert_eq!(source(499), Ipv4Addr::LOCALHOST);
        assert_eq!(source(500), Ipv4Addr::new(127, 0, 0, 2));
        assert_eq!(source(10_000_000), Ipv4Addr::new(127, 0, 0, 254));
    }

    #[tokio::test]
    async fn requires_confirmation_for_other_machines() {
        assert!(Target::find("http://127.0.0.1:1", false).await.is_ok());
        assert!(Target::find("http://192.0.2.1:80", false).await.is_err());
        assert!(Target::find("http://192.0.2.1:80", true).await.is_ok());
    }
}

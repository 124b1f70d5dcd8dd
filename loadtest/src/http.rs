//! A persistent HTTP/1.1 connection for load: hyper's client connection, without the pool, URL parser and JSON tree of
//! the client in `testbed`, whose cost per request would be measured as the server's. One caller at a time.

use std::time::Duration;

use bytes::Bytes;
use http_body_util::{BodyExt, Full};
use hyper::client::conn::http1::{SendRequest, handshake};
use hyper::header::{ACCEPT, AUTHORIZATION, CONNECTION, CONTENT_TYPE, HOST, UPGRADE};
use hyper::http::request::Builder;
use hyper::{Request, StatusCode};
use hyper_util::rt::TokioIo;
use tokio::net::TcpStream;
use tokio::time::timeout;

use crate::target::Target;
use crate::{Failure, Result};

/// The longest wait for a response.
const RESPONSE_TIMEOUT: Duration = Duration::from_secs(30);

/// A connection.
pub struct Http {
    requests: SendRequest<Full<Bytes>>,
    host: String,
}

impl Http {
    /// Connects.
    ///
    /// # Errors
    /// The connection is refused.
    pub async fn open(target: &Target) -> Result<Self> {
        Self::open_as(target, 0).await
    }

    /// Connects the nth worker.
    ///
    /// # Errors
    /// The connection is refused.
    pub async fn open_as(target: &Target, nth: usize) -> Result<Self> {
        let (requests, connection) = handshake(TokioIo::new(target.connect(nth).await?)).await.map_err(Failure::new)?;
        // Its end is reported by the next request.
        tokio::spawn(connection.with_upgrades());
        Ok(Self { requests, host: target.host.clone() })
    }

    /// Posts JSON to `/graphql` and returns status and body.
    ///
    /// # Errors
    /// The connection breaks, or the response is late.
    pub async fn graphql(&mut self, token: Option<&str>, body: &str) -> Result<(u16, Bytes)> {
        let mut request = Request::post("/graphql")
            .header(CONTENT_TYPE, "application/json")
            .header(ACCEPT, "application/graphql-response+json");
        if let Some(token) = token {
            request = request.header(AUTHORIZATION, format!("Bearer {token}"));
        }
        self.exchange(request, Bytes::copy_from_slice(body.as_bytes())).await
    }

    /// Sends a GET request.
    ///
    /// # Errors
    /// As for [`Self::graphql`].
    pub async fn get(&mut self, path: &str) -> Result<(u16, Bytes)> {
        self.exchange(Request::get(path), Bytes::new()).await
    }

    async fn exchange(&mut self, request: Builder, body: Bytes) -> Result<(u16, Bytes)> {
        let request = request.header(HOST, &self.host).body(Full::new(body)).map_err(Failure::new)?;
        let exchange = async {
            self.requests.ready().await?;
            let response = self.requests.send_request(request).await?;
            let status = response.status().as_u16();
            Ok::<_, hyper::Error>((status, response.into_body().collect().await?.to_bytes()))
        };
        let late = |_| Failure::new("no response within 30 s");
        timeout(RESPONSE_TIMEOUT, exchange).await.map_err(late)?.map_err(Failure::new)
    }

    /// Upgrades the connection to a WebSocket. Returns it, and what the server has sent already.
    ///
    /// # Errors
    /// The server refuses.
    pub async fn upgrade(mut self) -> Result<(TcpStream, Bytes)> {
        // The key protects against confused proxies; none is in between.
        let request = Request::get("/graphql")
            .header(HOST, &self.host)
            .header(CONNECTION, "Upgrade")
            .header(UPGRADE, "websocket")
            .header("sec-websocket-version", "13")
            .header("sec-websocket-key", "dGhlIHNhbXBsZSBub25jZQ==")
            .header("sec-websocket-protocol", "graphql-transport-ws")
            .body(Full::default())
            .map_err(Failure::new)?;
        let response = self.requests.send_request(request).await.map_err(Failure::new)?;
        if response.status() != StatusCode::SWITCHING_PROTOCOLS {
            return Err(Failure::new(format!("WebSocket handshake failed: {}", response.status())));
        }
        let upgraded = hyper::upgrade::on(response).await.map_err(Failure::new)?;
        let parts = upgraded.downcast::<TokioIo<TcpStream>>().map_err(|_| Failure::new("not a TCP connection"))?;
        Ok((parts.io.into_inner(), parts.read_buf))
    }
}

//! A persistent HTTP/1.1 connection for load: hyper's client connection, without the pool, URL parser and JSON tree of
//! the client in `testbed`, whose cost per request would be measured as the server's. One caller at a time.

use std::time::Duration;

use bytes::Bytes;
use http_body_util::{BodyExt, Full};
use hyper::Request;
use hyper::client::conn::http1::{SendRequest, handshake};
use hyper::header::{ACCEPT, AUTHORIZATION, CONTENT_TYPE, HOST};
use hyper::http::request::Builder;
use hyper_util::rt::TokioIo;
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
        let (requests, connection) = handshake(TokioIo::new(target.connect(0).await?)).await.map_err(Failure::new)?;
        // Its end is reported by the next request.
        tokio::spawn(connection);
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
}

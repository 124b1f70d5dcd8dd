//! A persistent HTTP/1.1 connection with the subset of the protocol that Confab uses.
//!
//! A request is one write; a response ends by its `Content-Length`. One caller at a time.

use std::time::Duration;

use memchr::memmem;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::time::timeout;

use crate::target::Target;
use crate::{Failure, Result};

/// The longest wait for a response.
const RESPONSE_TIMEOUT: Duration = Duration::from_secs(30);
/// The maximum size of a response.
const MAX_RESPONSE_BYTES: usize = 16 << 20;

/// A connection.
pub struct Http {
    stream: TcpStream,
    host: String,
    out: Vec<u8>,
    buffer: Vec<u8>,
}

impl Http {
    /// Connects.
    ///
    /// # Errors
    /// The connection is refused.
    pub async fn open(target: &Target) -> Result<Self> {
        Ok(Self { stream: target.connect(0).await?, host: target.host.clone(), out: Vec::new(), buffer: Vec::new() })
    }

    /// Posts JSON to `/graphql` and returns status and body.
    ///
    /// # Errors
    /// The connection breaks, or the response is late or malformed.
    pub async fn graphql(&mut self, token: Option<&str>, body: &str) -> Result<(u16, &[u8])> {
        self.out.clear();
        let Self { out, host, .. } = self;
        for part in ["POST /graphql HTTP/1.1\r\nhost: ", host] {
            out.extend_from_slice(part.as_bytes());
        }
        if let Some(token) = token {
            for part in ["\r\nauthorization: Bearer ", token] {
                out.extend_from_slice(part.as_bytes());
            }
        }
        let rest = format!(
            "\r\ncontent-type: application/json\r\naccept: application/graphql-response+json\r\n\
             content-length: {}\r\n\r\n",
            body.len()
        );
        out.extend_from_slice(rest.as_bytes());
        out.extend_from_slice(body.as_bytes());
        self.exchange().await
    }

    /// Sends a GET request.
    ///
    /// # Errors
    /// As for [`Self::graphql`].
    pub async fn get(&mut self, path: &str) -> Result<(u16, &[u8])> {
        self.out.clear();
        let request = format!("GET {path} HTTP/1.1\r\nhost: {}\r\n\r\n", self.host);
        self.out.extend_from_slice(request.as_bytes());
        self.exchange().await
    }

    async fn exchange(&mut self) -> Result<(u16, &[u8])> {
        let late = |_| Failure::new("no response within 30 s");
        let (status, start) = timeout(RESPONSE_TIMEOUT, self.read_response()).await.map_err(late)??;
        Ok((status, &self.buffer[start..]))
    }

    /// Writes the request and reads the complete response. Returns the status and the start of the body.
    async fn read_response(&mut self) -> Result<(u16, usize)> {
        self.stream.write_all(&self.out).await?;
        self.buffer.clear();
        let mut head: Option<Head> = None;
        loop {
            if head.is_none() {
                head = Head::read(&self.buffer)?;
            }
            if let Some(head) = &head
                && self.buffer.len() >= head.start + head.length
            {
                return Ok((head.status, head.start));
            }
            if self.buffer.len() > MAX_RESPONSE_BYTES {
                return Err(Failure::new("response exceeds 16 MiB"));
            }
            if self.stream.read_buf(&mut self.buffer).await? == 0 {
                return Err(Failure::new("the server closed the connection"));
            }
        }
    }
}

#[derive(Debug, PartialEq, Eq)]
struct Head {
    status: u16,
    start: usize,
    length: usize,
}

impl Head {
    /// Parses a complete head.
    fn read(buffer: &[u8]) -> Result<Option<Self>> {
        let Some(end) = memmem::find(buffer, b"\r\n\r\n") else {
            return Ok(None);
        };
        let malformed = || Failure::new("response is not HTTP/1.1 with Content-Length");
        let text = std::str::from_utf8(&buffer[..end]).map_err(|_| malformed())?;
        let mut lines = text.split("\r\n");
        let first = lines.next().and_then(|line| line.strip_prefix("HTTP/1.1 "));
        let status = first.and_then(|rest| rest.get(..3)?.parse().ok()).ok_or_else(malformed)?;
        let length = lines
            .filter_map(|line| line.split_once(':'))
            .find(|(name, _)| name.eq_ignore_ascii_case("content-length"))
            .and_then(|(_, value)| value.trim().parse().ok());
        Ok(Some(Self { status, start: end + 4, length: length.ok_or_else(malformed)? }))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parses_complete_heads() {
        let answer = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\nx: y\r\n\r\n{}";
        assert_eq!(Head::read(&answer[..30]).unwrap(), None);
        let head = Head::read(answer).unwrap().unwrap();
        assert_eq!((head.status, head.length), (200, 2));
        assert_eq!(&answer[head.start..], b"{}");
    }

    #[test]
    fn rejects_unsupported_responses() {
        assert!(Head::read(b"SSH-2.0\r\n\r\n").is_err());
        assert!(Head::read(b"HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n").is_err());
    }
}

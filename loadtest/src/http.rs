//! One HTTP/1.1 connection that is kept alive; just enough of the protocol for our own server.
//!
//! A request is one write, an answer is found by `Content-Length`. One connection serves one caller
//! at a time. It knows nothing of what is asked.

use std::time::Duration;

use memchr::memmem;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::time::timeout;

use crate::target::Target;
use crate::{Failure, Result};

/// No answer takes longer.
const DEADLINE: Duration = Duration::from_secs(30);
/// No answer is larger.
const LARGEST: usize = 16 << 20;

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
    /// Nobody listens there.
    pub async fn open(target: &Target) -> Result<Self> {
        Ok(Self { stream: target.connect(0).await?, host: target.host.clone(), out: Vec::new(), buffer: Vec::new() })
    }

    /// Posts JSON to `/graphql`; answers the status and the body.
    ///
    /// # Errors
    /// The connection breaks, the answer is late or not HTTP.
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

    /// Gets a page.
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
        let late = |_| Failure::new("no answer within 30 s");
        let (status, start) = timeout(DEADLINE, self.converse()).await.map_err(late)??;
        Ok((status, &self.buffer[start..]))
    }

    /// Writes the request and reads until the answer is complete; where its body begins.
    async fn converse(&mut self) -> Result<(u16, usize)> {
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
            if self.buffer.len() > LARGEST {
                return Err(Failure::new("an answer larger than 16 MiB"));
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
    /// Reads the head when it is complete.
    fn read(buffer: &[u8]) -> Result<Option<Self>> {
        let Some(end) = memmem::find(buffer, b"\r\n\r\n") else {
            return Ok(None);
        };
        let strange = || Failure::new("an answer that is not HTTP/1.1 with a length");
        let text = std::str::from_utf8(&buffer[..end]).map_err(|_| strange())?;
        let mut lines = text.split("\r\n");
        let first = lines.next().and_then(|line| line.strip_prefix("HTTP/1.1 "));
        let status = first.and_then(|rest| rest.get(..3)?.parse().ok()).ok_or_else(strange)?;
        let length = lines
            .filter_map(|line| line.split_once(':'))
            .find(|(name, _)| name.eq_ignore_ascii_case("content-length"))
            .and_then(|(_, value)| value.trim().parse().ok());
        Ok(Some(Self { status, start: end + 4, length: length.ok_or_else(strange)? }))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_head_is_read_when_complete() {
        let answer = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\nx: y\r\n\r\n{}";
        assert_eq!(Head::read(&answer[..30]).unwrap(), None);
        let head = Head::read(answer).unwrap().unwrap();
        assert_eq!((head.status, head.length), (200, 2));
        assert_eq!(&answer[head.start..], b"{}");
    }

    #[test]
    fn what_is_not_understood_is_refused() {
        assert!(Head::read(b"SSH-2.0\r\n\r\n").is_err());
        assert!(Head::read(b"HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n").is_err());
    }
}

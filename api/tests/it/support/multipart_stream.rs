//! Client for subscriptions over multipart HTTP, parsed the way Apollo Client does.

use serde_json::Value;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

use crate::support::{Member, post, unchunk};

pub const ACCEPT: &str =
    "multipart/mixed;boundary=graphql;subscriptionSpec=1.0,application/graphql-response+json;q=0.9";

pub struct MultipartStream {
    stream: TcpStream,
    bytes: Vec<u8>,
    read: usize,
}

impl MultipartStream {
    /// Opens a stream, which must succeed.
    pub async fn open(member: &Member, body: &Value) -> Self {
        Self::open_over(TcpStream::connect(member.address()).await.unwrap(), member.token(), body).await
    }

    /// The same over an existing connection.
    pub async fn open_over(mut stream: TcpStream, token: &str, body: &Value) -> Self {
        let request = post(body).header("accept", ACCEPT).header("authorization", &format!("Bearer {token}"));
        stream.write_all(&request.bytes(stream.peer_addr().unwrap())).await.unwrap();
        let mut parts = Self { stream, bytes: Vec::new(), read: 0 };
        let head = loop {
            if let Some(end) = parts.bytes.windows(4).position(|window| window == b"\r\n\r\n") {
                break parts.bytes.drain(..end + 4).collect::<Vec<_>>();
            }
            assert!(parts.more().await);
        };
        let head = String::from_utf8(head).unwrap().to_lowercase();
        assert!(head.starts_with("http/1.1 200"), "{head}");
        assert!(head.contains("content-type: multipart/mixed;boundary=\"graphql\""), "{head}");
        assert!(head.contains("cache-control: no-store"), "{head}");
        parts
    }

    async fn more(&mut self) -> bool {
        self.stream.read_buf(&mut self.bytes).await.is_ok_and(|read| read > 0)
    }

    /// The next complete part. A part is complete once the next boundary has arrived.
    pub async fn next(&mut self) -> Option<Value> {
        loop {
            let body = String::from_utf8(unchunk(&self.bytes)).unwrap();
            let parts: Vec<_> = body.split("\r\n--graphql").collect();
            // The first element precedes the first boundary, the last one is incomplete.
            if self.read + 2 < parts.len() {
                self.read += 1;
                let (head, json) = parts[self.read].split_once("\r\n\r\n").unwrap();
                assert!(head.contains("content-type: application/json"), "{head}");
                return Some(serde_json::from_str(json).unwrap());
            }
            if parts.last() == Some(&"--\r\n") || !self.more().await {
                assert_eq!(parts.last(), Some(&"--\r\n"), "{body}");
                return None;
            }
        }
    }
}

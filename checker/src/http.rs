//! A GraphQL client over HTTP that tolerates servers that die mid-request.
//!
//! Each connection serves one request. A truncated response counts as none.

use std::net::{Ipv4Addr, SocketAddr};
use std::time::Duration;

use serde_json::{Value, json};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpSocket, TcpStream};
use tokio::time::timeout;

/// The longest wait before a client retries on another process.
const REQUEST_TIMEOUT: Duration = Duration::from_secs(5);

/// Why a request returned no data.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum RequestError {
    /// No complete response: whether the request took effect is unknown.
    NoResponse,
    /// An error with this code.
    Code(String),
}

/// Executes a document with a token and returns its `data`.
///
/// # Errors
/// The code of the first error, or no complete response.
pub async fn execute(
    address: SocketAddr,
    token: Option<&str>,
    query: &str,
    variables: Value,
) -> Result<Value, RequestError> {
    execute_within(REQUEST_TIMEOUT, address, token, query, variables).await
}

/// Same as [`execute`], with another timeout.
///
/// # Errors
/// As for [`execute`].
pub async fn execute_within(
    limit: Duration,
    address: SocketAddr,
    token: Option<&str>,
    query: &str,
    variables: Value,
) -> Result<Value, RequestError> {
    let answered = timeout(limit, execute_from(None, address, token, query, variables)).await;
    answered.unwrap_or(Err(RequestError::NoResponse))
}

/// Same as [`execute`], from another loopback address and without a timeout. The server applies no rate limits to
/// loopback addresses, so the request claims to be forwarded for [`forwarded_address`], as by a local proxy.
///
/// # Errors
/// As for [`execute`].
pub async fn execute_from(
    from: Option<Ipv4Addr>,
    address: SocketAddr,
    token: Option<&str>,
    query: &str,
    variables: Value,
) -> Result<Value, RequestError> {
    let body = json!({ "query": query, "variables": variables }).to_string();
    let bearer = token.map(|token| format!("authorization: Bearer {token}\r\n")).unwrap_or_default();
    let forwarded = from.map(|from| format!("x-forwarded-for: {}\r\n", forwarded_address(from))).unwrap_or_default();
    let request = format!(
        "POST /graphql HTTP/1.1\r\nhost: {address}\r\n{bearer}{forwarded}content-type: application/json\r\n\
         accept: application/graphql-response+json\r\nconnection: close\r\ncontent-length: {}\r\n\r\n{body}",
        body.len()
    );
    let answer = exchange(from, address, request.as_bytes()).await.ok_or(RequestError::NoResponse)?;
    let mut answer: Value = serde_json::from_slice(&answer).map_err(|_| RequestError::NoResponse)?;
    match answer.pointer("/errors/0") {
        Some(error) => {
            let code = error.pointer("/extensions/code").and_then(Value::as_str);
            Err(RequestError::Code(code.unwrap_or("NO CODE").to_owned()))
        }
        None => Ok(answer["data"].take()),
    }
}

/// The public IP address that stands for a loopback address.
pub fn forwarded_address(from: Ipv4Addr) -> Ipv4Addr {
    Ipv4Addr::new(203, 0, 113, from.octets()[3])
}

/// Executes one mutation by name and returns its payload.
///
/// # Errors
/// As for [`execute`].
pub async fn mutate(
    address: SocketAddr,
    token: Option<&str>,
    mutation: &str,
    input: &Value,
    selection: &str,
) -> Result<Value, RequestError> {
    let mut data = execute(address, token, &document(mutation, selection), json!({ "input": input })).await?;
    Ok(data[mutation].take())
}

/// The document of a mutation with its input as variable.
pub fn document(mutation: &str, selection: &str) -> String {
    let (first, rest) = mutation.split_at(1);
    let kind = first.to_uppercase() + rest;
    format!("mutation($input: {kind}Input!) {{ {mutation}(input: $input) {{ {selection} }} }}")
}

/// Fetches JSON, if available.
pub async fn get(address: SocketAddr, path: &str) -> Option<Value> {
    let request = format!("GET {path} HTTP/1.1\r\nhost: {address}\r\nconnection: close\r\n\r\n");
    let answer = timeout(REQUEST_TIMEOUT, exchange(None, address, request.as_bytes())).await.ok().flatten()?;
    serde_json::from_slice(&answer).ok()
}

/// Connects, optionally from another loopback address.
///
/// # Errors
/// The connection is refused.
pub async fn connect(from: Option<Ipv4Addr>, address: SocketAddr) -> std::io::Result<TcpStream> {
    let Some(from) = from else { return TcpStream::connect(address).await };
    let socket = TcpSocket::new_v4()?;
    socket.bind(SocketAddr::from((from, 0)))?;
    socket.connect(address).await
}

/// The body of a complete response.
async fn exchange(from: Option<Ipv4Addr>, address: SocketAddr, request: &[u8]) -> Option<Vec<u8>> {
    let mut stream = connect(from, address).await.ok()?;
    stream.write_all(request).await.ok()?;
    let mut bytes = Vec::new();
    stream.read_to_end(&mut bytes).await.ok()?;
    body(&bytes)
}

/// The body, if its length matches the header.
fn body(bytes: &[u8]) -> Option<Vec<u8>> {
    let end = bytes.windows(4).position(|window| window == b"\r\n\r\n")?;
    let head = std::str::from_utf8(bytes.get(..end)?).ok()?;
    let length: usize = head
        .lines()
        .filter_map(|line| line.split_once(':'))
        .find(|(name, _)| name.eq_ignore_ascii_case("content-length"))
        .and_then(|(_, value)| value.trim().parse().ok())?;
    let body = bytes.get(end + 4..)?;
    (body.len() == length).then(|| body.to_vec())
}

#[cfg(test)]
mod tests {
    use super::body;

    #[test]
    fn ignores_truncated_responses() {
        let whole = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n{}";
        assert_eq!(body(whole).unwrap(), b"{}");
        assert_eq!(body(&whole[..whole.len() - 1]), None);
        assert_eq!(body(b"HTTP/1.1 200 OK\r\n"), None);
    }
}

//! GraphQL over HTTP as one person's client would speak it, through the death of whoever answers.
//!
//! A connection serves one request. Half an answer is none. It knows nothing of what is asked.

use std::net::{Ipv4Addr, SocketAddr};
use std::time::Duration;

use serde_json::{Value, json};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpSocket, TcpStream};
use tokio::time::timeout;

/// A client that hears nothing for so long asks elsewhere.
const PATIENCE: Duration = Duration::from_secs(5);

/// Why there is no data.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Refusal {
    /// No whole answer came: whether something was done is unknown.
    Gone,
    /// An error with this code.
    Code(String),
}

/// Executes a document as the holder of a token; answers its `data`.
///
/// # Errors
/// The code of the first error, or that nobody answered.
pub async fn ask(address: SocketAddr, token: Option<&str>, query: &str, variables: Value) -> Result<Value, Refusal> {
    ask_within(PATIENCE, address, token, query, variables).await
}

/// The same with another patience.
///
/// # Errors
/// As for [`ask`].
pub async fn ask_within(
    patience: Duration,
    address: SocketAddr,
    token: Option<&str>,
    query: &str,
    variables: Value,
) -> Result<Value, Refusal> {
    let answered = timeout(patience, ask_from(None, address, token, query, variables)).await;
    answered.unwrap_or(Err(Refusal::Gone))
}

/// The same from another of this machine's addresses, without a deadline. Of an address of this machine the server
/// keeps no budget: what comes from there is passed on, as a proxy does, for the one that [`outside`] names.
///
/// # Errors
/// As for [`ask`].
pub async fn ask_from(
    from: Option<Ipv4Addr>,
    address: SocketAddr,
    token: Option<&str>,
    query: &str,
    variables: Value,
) -> Result<Value, Refusal> {
    let body = json!({ "query": query, "variables": variables }).to_string();
    let bearer = token.map(|token| format!("authorization: Bearer {token}\r\n")).unwrap_or_default();
    let forwarded = from.map(|from| format!("x-forwarded-for: {}\r\n", outside(from))).unwrap_or_default();
    let request = format!(
        "POST /graphql HTTP/1.1\r\nhost: {address}\r\n{bearer}{forwarded}content-type: application/json\r\n\
         accept: application/graphql-response+json\r\nconnection: close\r\ncontent-length: {}\r\n\r\n{body}",
        body.len()
    );
    let answer = exchange(from, address, request.as_bytes()).await.ok_or(Refusal::Gone)?;
    let mut answer: Value = serde_json::from_slice(&answer).map_err(|_| Refusal::Gone)?;
    match answer.pointer("/errors/0") {
        Some(error) => {
            let code = error.pointer("/extensions/code").and_then(Value::as_str);
            Err(Refusal::Code(code.unwrap_or("NO CODE").to_owned()))
        }
        None => Ok(answer["data"].take()),
    }
}

/// An address in the world for one of this machine's own.
pub fn outside(from: Ipv4Addr) -> Ipv4Addr {
    Ipv4Addr::new(203, 0, 113, from.octets()[3])
}

/// Executes one mutation by its name; answers its payload.
///
/// # Errors
/// As for [`ask`].
pub async fn mutate(
    address: SocketAddr,
    token: Option<&str>,
    mutation: &str,
    input: &Value,
    selection: &str,
) -> Result<Value, Refusal> {
    let mut data = ask(address, token, &document(mutation, selection), json!({ "input": input })).await?;
    Ok(data[mutation].take())
}

/// The document of one mutation, with its input as the variable.
pub fn document(mutation: &str, selection: &str) -> String {
    let (first, rest) = mutation.split_at(1);
    let kind = first.to_uppercase() + rest;
    format!("mutation($input: {kind}Input!) {{ {mutation}(input: $input) {{ {selection} }} }}")
}

/// Gets JSON, if it is there.
pub async fn get(address: SocketAddr, path: &str) -> Option<Value> {
    let request = format!("GET {path} HTTP/1.1\r\nhost: {address}\r\nconnection: close\r\n\r\n");
    let answer = timeout(PATIENCE, exchange(None, address, request.as_bytes())).await.ok().flatten()?;
    serde_json::from_slice(&answer).ok()
}

/// Connects, from another of this machine's addresses if one is named.
///
/// # Errors
/// Nobody listens, or the server has no room.
pub async fn connect(from: Option<Ipv4Addr>, address: SocketAddr) -> std::io::Result<TcpStream> {
    let Some(from) = from else { return TcpStream::connect(address).await };
    let socket = TcpSocket::new_v4()?;
    socket.bind(SocketAddr::from((from, 0)))?;
    socket.connect(address).await
}

/// The body of a whole answer.
async fn exchange(from: Option<Ipv4Addr>, address: SocketAddr, request: &[u8]) -> Option<Vec<u8>> {
    let mut stream = connect(from, address).await.ok()?;
    stream.write_all(request).await.ok()?;
    let mut bytes = Vec::new();
    stream.read_to_end(&mut bytes).await.ok()?;
    body(&bytes)
}

/// The body, if it is as long as the head says.
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
    fn half_an_answer_is_none() {
        let whole = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n{}";
        assert_eq!(body(whole).unwrap(), b"{}");
        assert_eq!(body(&whole[..whole.len() - 1]), None);
        assert_eq!(body(b"HTTP/1.1 200 OK\r\n"), None);
    }
}

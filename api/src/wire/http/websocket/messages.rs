//! Messages of `graphql-transport-ws`, and close codes.

use std::time::Duration;

use async_graphql::{Name, Request, ServerError, Value};
use axum::extract::ws::Utf8Bytes;
use serde::Deserialize;
use serde_json::value::RawValue;

use crate::ground::error::Error;
use crate::wire::http::refusal::{Refusal, internal};
use crate::wire::http::request;

/// The subprotocol.
pub(super) const PROTOCOL: &str = "graphql-transport-ws";
/// Maximum length of an operation ID, in bytes. Every message repeats it.
const MAX_ID_BYTES: usize = 128;
/// Maximum size of a control message with its payload, in bytes.
const MAX_CONTROL_BYTES: usize = 1024;
/// Maximum length of a close reason: the payload of a control frame has 125 bytes, of which the code takes two.
const MAX_REASON_BYTES: usize = 123;

/// A message from the client.
#[expect(clippy::large_enum_variant, reason = "one exists at a time, while its message is handled")]
pub(super) enum Incoming {
    /// `connection_init`. The payload is an object or null.
    Init(Value),
    /// The payload is echoed.
    Ping(Option<String>),
    Pong,
    /// A ping or pong frame, which the library handles.
    Frame,
    /// An invalid request only fails its own operation.
    Subscribe {
        id: String,
        request: Result<Request, Refusal>,
    },
    Complete {
        id: String,
    },
}

#[derive(Deserialize)]
struct Envelope<'a> {
    #[serde(rename = "type")]
    kind: String,
    id: Option<String>,
    #[serde(borrow)]
    payload: Option<&'a RawValue>,
}

impl Incoming {
    /// Parses a message.
    ///
    /// # Errors
    /// Returns the reason if the message is invalid.
    pub fn parse(text: &str) -> Result<Self, String> {
        let envelope: Envelope<'_> = serde_json::from_str(text).map_err(|error| format!("Invalid message: {error}"))?;
        let payload = envelope.payload;
        let id = || match envelope.id {
            Some(id) if !id.is_empty() && id.len() <= MAX_ID_BYTES => Ok(id),
            _ => Err(format!("Invalid message: `id` must be a string of 1 to {MAX_ID_BYTES} bytes")),
        };
        let is_control = matches!(envelope.kind.as_str(), "ping" | "pong" | "complete");
        if is_control && text.len() > MAX_CONTROL_BYTES {
            return Err(format!(
                "Invalid message: the maximum size of a {} is {MAX_CONTROL_BYTES} bytes",
                envelope.kind
            ));
        }
        match envelope.kind.as_str() {
            "connection_init" => serde_json::from_str(require_object(payload)?.unwrap_or("null"))
                .map(Self::Init)
                .map_err(|error| format!("Invalid message: {error}")),
            "ping" => Ok(Self::Ping(require_object(payload)?.map(str::to_owned))),
            "pong" => require_object(payload).map(|_| Self::Pong),
            "complete" => Ok(Self::Complete { id: id()? }),
            "subscribe" => {
                let id = id()?;
                let json = require_object(payload)?.unwrap_or("null");
                match serde_json::from_str(json).map(request::check) {
                    Ok(Err(refusal)) if refusal.code == "BAD_REQUEST" => {
                        Err(format!("Invalid message: {}", refusal.message))
                    }
                    Ok(request) => Ok(Self::Subscribe { id, request }),
                    // An unpaired surrogate, which JSON can express but a string cannot hold, or excessive nesting.
                    Err(error) if error.is_syntax() => {
                        Ok(Self::Subscribe { id, request: Err(request::malformed(Some(&error))) })
                    }
                    Err(error) => Err(format!("Invalid message: {error}")),
                }
            }
            _ => Err("Invalid message: unknown `type`".into()),
        }
    }
}

/// Returns the payload if it is an object or absent.
fn require_object(payload: Option<&RawValue>) -> Result<Option<&str>, String> {
    match payload.map(RawValue::get) {
        Some(text) if !text.starts_with('{') => Err("Invalid message: `payload` must be an object".into()),
        text => Ok(text),
    }
}

/// Returns the authorization of `connection_init`: `{"authorization": "Bearer …"}`.
pub(super) fn authorization(payload: &Value) -> Option<&str> {
    let Value::Object(fields) = payload else {
        return None;
    };
    let value = ["authorization", "Authorization"].iter().find_map(|name| fields.get(&Name::new(name)));
    match value {
        Some(Value::String(text)) => Some(text),
        _ => None,
    }
}

/// Closes a connection that admission rejected. The reason contains the seconds to wait.
pub(super) fn admission_rejected(wait: Duration) -> End {
    close(1013, format!("{{\"retryAfter\":{:.2}}}", wait.as_secs_f64()))
}

/// Closes a connection with a retry time and a code.
pub(super) fn try_again_later(code: &str, wait: Option<Duration>) -> End {
    let wait = wait.unwrap_or_else(Error::retry_delay).as_secs_f64();
    close(1013, format!("{{\"retryAfter\":{wait:.2},\"code\":\"{code}\"}}"))
}

pub(super) fn ack() -> Utf8Bytes {
    Utf8Bytes::from_static(r#"{"type":"connection_ack"}"#)
}

pub(super) fn ping() -> Utf8Bytes {
    Utf8Bytes::from_static(r#"{"type":"ping"}"#)
}

pub(super) fn pong(payload: Option<&str>) -> Utf8Bytes {
    match payload {
        Some(payload) => format!(r#"{{"type":"pong","payload":{payload}}}"#).into(),
        None => Utf8Bytes::from_static(r#"{"type":"pong"}"#),
    }
}

pub(super) fn next(id: &str, payload: &[u8]) -> Utf8Bytes {
    let payload = String::from_utf8_lossy(payload);
    format!(r#"{{"id":{},"type":"next","payload":{payload}}}"#, json_string(id)).into()
}

pub(super) fn error(id: &str, errors: &[ServerError]) -> Utf8Bytes {
    with_payload(id, "error", errors)
}

pub(super) fn complete(id: &str) -> Utf8Bytes {
    format!(r#"{{"id":{},"type":"complete"}}"#, json_string(id)).into()
}

fn with_payload<T: serde::Serialize + ?Sized>(id: &str, kind: &str, payload: &T) -> Utf8Bytes {
    match serde_json::to_string(payload) {
        Ok(payload) => format!(r#"{{"id":{},"type":"{kind}","payload":{payload}}}"#, json_string(id)).into(),
        Err(failure) => error(id, &[internal(&failure.to_string()).into_error()]),
    }
}

fn json_string(text: &str) -> String {
    Value::String(text.to_owned()).to_string()
}

/// The end of a connection.
#[derive(Debug)]
pub(super) enum End {
    /// With a close code.
    Close(Close),
    /// Without a close frame: the peer is gone, or nothing more may be written.
    Gone,
}

/// A close code and its reason.
#[derive(Debug)]
pub(super) struct Close {
    pub code: u16,
    pub reason: String,
}

/// Closes with a code. The reason is truncated to the size of a control frame.
pub(super) fn close(code: u16, reason: impl Into<String>) -> End {
    let mut reason = reason.into();
    reason.truncate(reason.floor_char_boundary(MAX_REASON_BYTES));
    End::Close(Close { code, reason })
}

/// Closes a connection whose `connection_init` was rejected. Transient errors have a retry time.
pub(super) fn init_rejected(refusal: Refusal) -> End {
    let code = match refusal.code {
        "RATE_LIMITED" | "UNAVAILABLE" => return try_again_later(refusal.code, refusal.retry_after),
        "INTERNAL" => 4500,
        "UNAUTHENTICATED" => 4401,
        _ => 4403,
    };
    let Refusal { code: name, message, .. } = refusal;
    close(code, format!("{name}: {message}"))
}

/// Closes an evicted connection.
pub(super) fn evicted() -> End {
    close(1013, "Try again: too many connections from this IP address")
}

pub(super) fn restarting() -> End {
    close(1012, "The server is restarting")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rejects_invalid_messages() {
        for text in [
            "",
            "null",
            "[]",
            "{",
            "\"ping\"",
            r#"{"type":1}"#,
            r#"{"type":"start","id":"1"}"#,
            r#"{"id":"1"}"#,
            r#"{"type":"subscribe","payload":{"query":"{a}"}}"#,
            r#"{"type":"subscribe","id":"","payload":{"query":"{a}"}}"#,
            r#"{"type":"subscribe","id":1,"payload":{"query":"{a}"}}"#,
            r#"{"type":"subscribe","id":"1"}"#,
            r#"{"type":"subscribe","id":"1","payload":{"query":1}}"#,
            r#"{"type":"subscribe","id":"1","payload":{"query":"{a}","variables":[]}}"#,
            r#"{"type":"connection_init","payload":[]}"#,
            r#"{"type":"complete"}"#,
            r#"{"type":"ping","payload":"\ud800}"#,
            r#"{"type":"ping","payload":"hello"}"#,
            r#"{"type":"ping","payload":[1]}"#,
            r#"{"type":"ping","payload":4}"#,
            r#"{"type":"pong","payload":[]}"#,
            r#"{"type":"pong","payload":"hello"}"#,
        ] {
            assert!(Incoming::parse(text).is_err(), "{text}");
        }
        let deep = format!(
            r#"{{"type":"subscribe","id":"1","payload":{{"query":"{{a}}","variables":{{"a":{}{}}}}}}}"#,
            "[".repeat(9_000),
            "]".repeat(9_000)
        );
        let half = r#"{"type":"subscribe","id":"1","payload":{"query":"{a}","variables":{"a":"half \ud83d"}}}"#;
        for text in [deep.as_str(), half] {
            assert!(matches!(Incoming::parse(text), Ok(Incoming::Subscribe { request: Err(_), .. })), "{text}");
        }
    }

    #[test]
    fn ping_payload_is_an_object_or_absent() {
        let payload = |text: &str| match Incoming::parse(text) {
            Ok(Incoming::Ping(payload)) => payload,
            _ => panic!("{text} is a ping"),
        };
        assert_eq!(payload(r#"{"type":"ping"}"#), None);
        assert_eq!(payload(r#"{"type":"ping","payload":null}"#), None);
        assert_eq!(payload(r#"{"type":"ping","payload": {"a":1}}"#).as_deref(), Some(r#"{"a":1}"#));
        assert!(matches!(Incoming::parse(r#"{"type":"pong","payload":{}}"#), Ok(Incoming::Pong)));
    }

    #[test]
    fn limits_the_size_of_control_messages() {
        let ping = |bytes: usize| format!(r#"{{"type":"ping","payload":{{"a":"{}"}}}}"#, "x".repeat(bytes));
        let frame = ping(0).len();
        assert!(matches!(Incoming::parse(&ping(1_024 - frame)), Ok(Incoming::Ping(Some(_)))));
        for text in [
            ping(1_025 - frame),
            format!(r#"{{"type":"pong","payload":{{"a":"{}"}}}}"#, "x".repeat(1_000)),
            format!(r#"{{"type":"complete","id":"1","payload":"{}"}}"#, "x".repeat(1_000)),
        ] {
            assert!(Incoming::parse(&text).is_err_and(|reason| reason.ends_with("is 1024 bytes")), "{text}");
        }
    }

    #[test]
    fn escapes_ids() {
        assert_eq!(complete("a\"\\\n").as_str(), r#"{"id":"a\"\\\n","type":"complete"}"#);
        let next = next("a\"b", br#"{"data":1}"#);
        assert_eq!(next.as_str(), r#"{"id":"a\"b","type":"next","payload":{"data":1}}"#);
    }

    #[test]
    fn truncates_reasons_to_a_control_frame() {
        let End::Close(close) = close(4400, "ö".repeat(100)) else {
            panic!("closes");
        };
        assert_eq!(close.reason.len(), 122);
    }

    #[test]
    fn rejected_init_has_the_code_of_its_cause() {
        for (error, code) in [
            ("UNAUTHENTICATED", 4401),
            ("FORBIDDEN", 4403),
            ("RATE_LIMITED", 1013),
            ("UNAVAILABLE", 1013),
            ("INTERNAL", 4500),
        ] {
            let End::Close(close) = init_rejected(Refusal::new(error, "why")) else {
                panic!("closes");
            };
            assert_eq!(close.code, code);
            let has_retry_time = |reason: &str| {
                let said: serde_json::Value = serde_json::from_str(reason).unwrap_or_default();
                said["code"] == error && said["retryAfter"].as_f64().is_some_and(|wait| wait >= 1.0)
            };
            assert_eq!(has_retry_time(&close.reason), code == 1013, "{}", close.reason);
        }
    }
}

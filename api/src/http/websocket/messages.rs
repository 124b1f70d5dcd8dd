//! The messages of `graphql-transport-ws`, and the codes that a connection is closed with.

use std::time::Duration;

use async_graphql::{Name, ServerError, Value};
use axum::extract::ws::Utf8Bytes;
use serde::Deserialize;
use serde_json::value::RawValue;

use crate::error::Error;
use crate::http::execution::Asked;
use crate::http::refusal::{Refusal, internal};

/// Bytes of an operation's id; it is written with every message.
const MOST_ID_BYTES: usize = 128;
/// Bytes of a message that asks for nothing, with its payload.
const MOST_CONTROL_BYTES: usize = 1024;
/// The payload of a control frame has 125 bytes, of which the code takes two.
const MOST_REASON_BYTES: usize = 123;

/// What a client says.
pub(super) enum Incoming {
    /// Its payload is an object or null.
    Init(Value),
    /// The payload is sent back as it came.
    Ping(Option<String>),
    Pong,
    /// A frame of the transport, which the library answers.
    Frame,
    /// What is wrong with the request alone is answered to it, and costs the other operations nothing.
    Subscribe {
        id: String,
        asked: Result<Asked, Refusal>,
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
    /// Reads a message.
    ///
    /// # Errors
    /// Why it is none, in a sentence.
    pub fn read(text: &str) -> Result<Self, String> {
        let envelope: Envelope<'_> = serde_json::from_str(text).map_err(|error| format!("Invalid message: {error}"))?;
        let payload = envelope.payload;
        let id = || match envelope.id {
            Some(id) if !id.is_empty() && id.len() <= MOST_ID_BYTES => Ok(id),
            _ => Err(format!("Invalid message: `id` must be a text of 1 to {MOST_ID_BYTES} bytes")),
        };
        let is_control = matches!(envelope.kind.as_str(), "ping" | "pong" | "complete");
        if is_control && text.len() > MOST_CONTROL_BYTES {
            return Err(format!("Invalid message: a {} has at most {MOST_CONTROL_BYTES} bytes", envelope.kind));
        }
        match envelope.kind.as_str() {
            "connection_init" => match value(payload)? {
                payload @ (Value::Null | Value::Object(_)) => Ok(Self::Init(payload)),
                _ => Err("Invalid message: `payload` must be an object".into()),
            },
            "ping" => Ok(Self::Ping(object(payload)?.map(str::to_owned))),
            "pong" => object(payload).map(|_| Self::Pong),
            "complete" => Ok(Self::Complete { id: id()? }),
            "subscribe" => {
                let id = id()?;
                // Half of a pair of surrogates, which JSON can write and no text can hold, or nested too deeply.
                let Ok(value) = value(payload) else {
                    let why = "`payload` cannot be read: it has half a character, or is nested too deeply.";
                    return Ok(Self::Subscribe { id, asked: Err(Refusal::bad_request(why)) });
                };
                match Asked::read(value, text.len()) {
                    Err(refusal) if refusal.code == "BAD_REQUEST" => {
                        Err(format!("Invalid message: {}", refusal.message))
                    }
                    asked => Ok(Self::Subscribe { id, asked }),
                }
            }
            _ => Err("Invalid message: unknown `type`".into()),
        }
    }
}

/// A payload that is an object, or none.
fn object(payload: Option<&RawValue>) -> Result<Option<&str>, String> {
    match payload.map(RawValue::get) {
        Some(text) if !text.starts_with('{') => Err("Invalid message: `payload` must be an object".into()),
        text => Ok(text),
    }
}

fn value(payload: Option<&RawValue>) -> Result<Value, String> {
    payload.map_or(Ok(Value::Null), |payload| {
        serde_json::from_str(payload.get()).map_err(|error| format!("Invalid message: {error}"))
    })
}

/// The token that `connection_init` brings: `{"authorization": "Bearer …"}`.
pub(super) fn authorization(payload: &Value) -> Option<&str> {
    let Value::Object(fields) = payload else {
        return None;
    };
    let found = ["authorization", "Authorization"].iter().find_map(|name| fields.get(&Name::new(name)));
    match found {
        Some(Value::String(text)) => Some(text),
        _ => None,
    }
}

/// Too many come at once: the reason says in how many seconds to try again.
pub(super) fn crowded(wait: Duration) -> End {
    close(1013, format!("{{\"retryAfter\":{:.2}}}", wait.as_secs_f64()))
}

/// The same for another reason, by its code.
pub(super) fn later(code: &str, wait: Option<Duration>) -> End {
    let wait = wait.unwrap_or_else(Error::pause).as_secs_f64();
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
    format!(r#"{{"id":{},"type":"next","payload":{payload}}}"#, text(id)).into()
}

pub(super) fn error(id: &str, errors: &[ServerError]) -> Utf8Bytes {
    with_payload(id, "error", errors)
}

pub(super) fn complete(id: &str) -> Utf8Bytes {
    format!(r#"{{"id":{},"type":"complete"}}"#, text(id)).into()
}

fn with_payload<T: serde::Serialize + ?Sized>(id: &str, kind: &str, payload: &T) -> Utf8Bytes {
    match serde_json::to_string(payload) {
        Ok(payload) => format!(r#"{{"id":{},"type":"{kind}","payload":{payload}}}"#, text(id)).into(),
        Err(why) => error(id, &[internal(&why.to_string()).into_error()]),
    }
}

fn text(text: &str) -> String {
    Value::String(text.to_owned()).to_string()
}

/// How a connection ends.
#[derive(Debug)]
pub(super) enum End {
    /// With a code that says why.
    Close(Close),
    /// The peer is gone, or nothing more may be written to it.
    Gone,
}

/// A close code and its reason.
#[derive(Debug)]
pub(super) struct Close {
    pub code: u16,
    pub reason: String,
}

/// Closes with this code; the reason is cut to what a control frame takes.
pub(super) fn close(code: u16, reason: impl Into<String>) -> End {
    let mut reason = reason.into();
    reason.truncate(reason.floor_char_boundary(MOST_REASON_BYTES));
    End::Close(Close { code, reason })
}

/// The codes that say why `connection_init` was refused. What may be tried again says when.
pub(super) fn refused_init(refusal: Refusal) -> End {
    let code = match refusal.code {
        "RATE_LIMITED" | "UNAVAILABLE" => return later(refusal.code, refusal.retry_after),
        "INTERNAL" => 4500,
        "UNAUTHENTICATED" => 4401,
        _ => 4403,
    };
    let Refusal { code: name, message, .. } = refusal;
    close(code, format!("{name}: {message}"))
}

/// Others have more right to the place of this connection.
pub(super) fn no_room() -> End {
    close(1013, "Try again: too many connections from this address")
}

pub(super) fn restarting() -> End {
    close(1012, "The server is restarting")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_no_message_is_refused() {
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
            assert!(Incoming::read(text).is_err(), "{text}");
        }
        let deep = format!(
            r#"{{"type":"subscribe","id":"1","payload":{{"query":"{{a}}","variables":{{"a":{}{}}}}}}}"#,
            "[".repeat(9_000),
            "]".repeat(9_000)
        );
        let half = r#"{"type":"subscribe","id":"1","payload":{"query":"{a}","variables":{"a":"half \ud83d"}}}"#;
        for text in [deep.as_str(), half] {
            assert!(matches!(Incoming::read(text), Ok(Incoming::Subscribe { asked: Err(_), .. })), "{text}");
        }
    }

    #[test]
    fn a_ping_may_bring_an_object_or_nothing() {
        let payload = |text: &str| match Incoming::read(text) {
            Ok(Incoming::Ping(payload)) => payload,
            _ => panic!("{text} is a ping"),
        };
        assert_eq!(payload(r#"{"type":"ping"}"#), None);
        assert_eq!(payload(r#"{"type":"ping","payload":null}"#), None);
        assert_eq!(payload(r#"{"type":"ping","payload": {"a":1}}"#).as_deref(), Some(r#"{"a":1}"#));
        assert!(matches!(Incoming::read(r#"{"type":"pong","payload":{}}"#), Ok(Incoming::Pong)));
    }

    #[test]
    fn what_asks_for_nothing_is_small() {
        let ping = |bytes: usize| format!(r#"{{"type":"ping","payload":{{"a":"{}"}}}}"#, "x".repeat(bytes));
        let frame = ping(0).len();
        assert!(matches!(Incoming::read(&ping(1_024 - frame)), Ok(Incoming::Ping(Some(_)))));
        for text in [
            ping(1_025 - frame),
            format!(r#"{{"type":"pong","payload":{{"a":"{}"}}}}"#, "x".repeat(1_000)),
            format!(r#"{{"type":"complete","id":"1","payload":"{}"}}"#, "x".repeat(1_000)),
        ] {
            assert!(Incoming::read(&text).is_err_and(|why| why.ends_with("has at most 1024 bytes")), "{text}");
        }
    }

    #[test]
    fn ids_are_written_as_json() {
        assert_eq!(complete("a\"\\\n").as_str(), r#"{"id":"a\"\\\n","type":"complete"}"#);
    }

    #[test]
    fn a_reason_fits_into_a_control_frame() {
        let End::Close(close) = close(4400, "ö".repeat(100)) else {
            panic!("closes");
        };
        assert_eq!(close.reason.len(), 122);
    }

    #[test]
    fn a_refused_init_has_the_code_of_its_cause() {
        for (error, code) in [
            ("UNAUTHENTICATED", 4401),
            ("FORBIDDEN", 4403),
            ("RATE_LIMITED", 1013),
            ("UNAVAILABLE", 1013),
            ("INTERNAL", 4500),
        ] {
            let End::Close(close) = refused_init(Refusal::new(error, "why")) else {
                panic!("closes");
            };
            assert_eq!(close.code, code);
            let says_when = |reason: &str| {
                let said: serde_json::Value = serde_json::from_str(reason).unwrap_or_default();
                said["code"] == error && said["retryAfter"].as_f64().is_some_and(|wait| wait >= 1.0)
            };
            assert_eq!(says_when(&close.reason), code == 1013, "{}", close.reason);
        }
    }
}

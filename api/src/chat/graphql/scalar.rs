//! The scalars of the schema.

use async_graphql::{InputType, InputValueError, InputValueResult, Scalar, ScalarType, Value};

use crate::ground::clock::Timestamp;

/// A timestamp in UTC: RFC 3339 with milliseconds, for example `2026-03-01T09:30:00.000Z`.
#[Scalar(name = "DateTime", specified_by_url = "https://scalars.graphql.org/andimarek/date-time")]
impl ScalarType for Timestamp {
    fn parse(value: Value) -> InputValueResult<Self> {
        match &value {
            Value::String(text) => {
                Self::parse_rfc3339(text).ok_or_else(|| InputValueError::custom("expected an RFC 3339 timestamp"))
            }
            _ => Err(InputValueError::expected_type(value)),
        }
    }

    fn to_value(&self) -> Value {
        Value::String(self.to_rfc3339())
    }
}

/// The largest integer that JSON readers represent exactly: 2^53 - 1.
const EXACT: i64 = (1 << 53) - 1;

/// A number of bytes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Bytes(pub i64);

/// A number of bytes: an integer from 0 to 2^53 - 1, encoded as a JSON number.
#[Scalar(name = "Bytes")]
impl ScalarType for Bytes {
    fn parse(value: Value) -> InputValueResult<Self> {
        whole(&value).map(Self)
    }

    fn to_value(&self) -> Value {
        Value::Number(self.0.into())
    }
}

fn whole<T: ScalarType + InputType>(value: &Value) -> Result<i64, InputValueError<T>> {
    match value {
        Value::Number(number) => number
            .as_i64()
            .filter(|number| (0..=EXACT).contains(number))
            .ok_or_else(|| InputValueError::custom("expected an integer from 0 to 2^53 - 1")),
        _ => Err(InputValueError::expected_type(value.clone())),
    }
}

/// A position in the log of a workspace.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Position(pub i64);

/// A sequence number in the log of a workspace: an integer from 0 to 2^53 - 1, encoded as a JSON number. Each event of
/// a workspace has the next number, starting at 1; 0 is the position before the first event.
#[Scalar(name = "Seq")]
impl ScalarType for Position {
    fn parse(value: Value) -> InputValueResult<Self> {
        whole(&value).map(Self)
    }

    fn to_value(&self) -> Value {
        Value::Number(self.0.into())
    }
}

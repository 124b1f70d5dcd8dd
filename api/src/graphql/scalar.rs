//! The scalars of the schema.

use async_graphql::{InputType, InputValueError, InputValueResult, Scalar, ScalarType, Value};

use crate::clock::Moment;

/// A moment in UTC, RFC 3339 with milliseconds, such as `2026-03-01T09:30:00.000Z`.
#[Scalar(name = "DateTime", specified_by_url = "https://scalars.graphql.org/andimarek/date-time")]
impl ScalarType for Moment {
    fn parse(value: Value) -> InputValueResult<Self> {
        match &value {
            Value::String(text) => {
                Self::parse_rfc3339(text).ok_or_else(|| InputValueError::custom("not a moment after RFC 3339"))
            }
            _ => Err(InputValueError::expected_type(value)),
        }
    }

    fn to_value(&self) -> Value {
        Value::String(self.to_rfc3339())
    }
}

/// The largest whole number that every JSON reader keeps exact: 2^53 - 1.
const EXACT: i64 = (1 << 53) - 1;

/// A count of bytes, on the wire.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Bytes(pub i64);

/// A count of bytes: a whole number from 0 to 2^53 - 1, sent as a JSON number.
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
            .ok_or_else(|| InputValueError::custom("not a whole number from 0 to 2^53 - 1")),
        _ => Err(InputValueError::expected_type(value.clone())),
    }
}

/// A position in a workspace's log, on the wire.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Position(pub i64);

/// A position in a workspace's log: a whole number from 0 to 2^53 - 1, sent as a JSON number. Every
/// event of a workspace has the next one; 0 stands before the first.
#[Scalar(name = "Seq")]
impl ScalarType for Position {
    fn parse(value: Value) -> InputValueResult<Self> {
        whole(&value).map(Self)
    }

    fn to_value(&self) -> Value {
        Value::Number(self.0.into())
    }
}

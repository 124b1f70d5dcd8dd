//! The scalars of the schema.

use async_graphql::{InputType, InputValueError, InputValueResult, Scalar, ScalarType, Value};

use crate::ground::clock::Timestamp;

/// A timestamp in UTC: RFC 3339 with milliseconds, for example `2026-03-01T09:30:00.000Z`. Inputs may have any offset
/// and precision. Fractions of a millisecond are ignored.
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
#[Scalar(name = "Bytes", specified_by_url = "https://www.rfc-editor.org/rfc/rfc7493#section-2.2")]
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
#[Scalar(name = "Seq", specified_by_url = "https://www.rfc-editor.org/rfc/rfc7493#section-2.2")]
impl ScalarType for Position {
    fn parse(value: Value) -> InputValueResult<Self> {
        whole(&value).map(Self)
    }

    fn to_value(&self) -> Value {
        Value::Number(self.0.into())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The valid examples of the specification of `DateTime`, with their results.
    #[test]
    fn reads_and_writes_timestamps_as_specified() {
        for (input, result) in [
            ("2011-08-30T13:22:53.108Z", "2011-08-30T13:22:53.108Z"),
            ("2011-08-30T13:22:53.108+00:00", "2011-08-30T13:22:53.108Z"),
            ("2011-08-30t13:22:53.108z", "2011-08-30T13:22:53.108Z"),
            ("2011-08-30T13:22:53.108-03:00", "2011-08-30T16:22:53.108Z"),
            ("2011-08-30T13:22:53.108+03:30", "2011-08-30T09:52:53.108Z"),
        ] {
            let read = <Timestamp as ScalarType>::parse(Value::String(input.to_owned()))
                .map(|read| ScalarType::to_value(&read));
            assert_eq!(read.ok(), Some(Value::String(result.to_owned())), "{input}");
        }
        for input in ["2011-08-30T13:22:53.108-03", "2011-08-30T13:22:53.108", "2011-08-30", "2010-02-30T21:22:53.108Z"]
        {
            assert!(<Timestamp as ScalarType>::parse(Value::String(input.to_owned())).is_err(), "{input}");
        }
    }

    #[test]
    fn accepts_integers_that_json_readers_represent_exactly() {
        for (number, is_valid) in [(0, true), (EXACT, true), (-1, false), (EXACT + 1, false)] {
            assert_eq!(<Position as ScalarType>::parse(Value::Number(number.into())).is_ok(), is_valid, "{number}");
        }
        assert!(<Position as ScalarType>::parse(Value::String("1".to_owned())).is_err());
    }
}

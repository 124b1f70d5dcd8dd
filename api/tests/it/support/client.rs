//! GraphQL over HTTP for one user, and the strings of its responses.

use serde_json::Value;

pub use testbed::client::{Client, RequestError};

/// The value as a string.
pub fn text(value: &Value) -> String {
    value.as_str().unwrap_or_else(|| panic!("expected a string: {value}")).to_owned()
}

//! Maximum lengths of strings and lists, by the name of the argument or input field.
//!
//! Rejects values that no field accepts before they are copied, hashed, normalized, compared or used in a
//! query. These limits are coarse; each field checks its exact limit itself. A string in a variable has the
//! name of the argument it is passed to.

use async_graphql::Name;
use async_graphql_value::{ConstValue, Value};

use crate::adapter::search::query;
use crate::model::file::MAX_ALT_CHARS;
use crate::model::message::MAX_TEXT_CHARS;
use crate::wire::http::refusal::{Limit, Refusal};

/// Maximum items of a list.
const MAX_ITEMS: usize = 1_000;
/// Maximum bytes of a character, and of a decomposed character with combining marks.
const MAX_CHAR_BYTES: usize = 4;
const MAX_DECOMPOSED_CHAR_BYTES: usize = 16;

/// A variable and the argument it is passed to.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(super) struct VariableUse {
    pub argument: Name,
    pub variable: Name,
}

/// Returns the maximum bytes of a string with this name.
pub(super) fn max_bytes(name: &str) -> usize {
    match name {
        "text" => MAX_TEXT_CHARS * MAX_CHAR_BYTES,
        "alt" => MAX_ALT_CHARS * MAX_DECOMPOSED_CHAR_BYTES,
        "query" => query::MAX_QUERY_CHARS * MAX_DECOMPOSED_CHAR_BYTES,
        "in" | "notIn" | "from" | "notFrom" | "with" | "around" => 64,
        name if is_id(name) => 64,
        // Names, handles, topics, emails, passwords, tokens, cursors.
        _ => 4_096,
    }
}

fn is_id(name: &str) -> bool {
    matches!(name, "id" | "ids") || name.ends_with("Id") || name.ends_with("Ids")
}

/// Checks a literal in a document. Adds its variables to `taken`.
///
/// # Errors
/// `BAD_USER_INPUT`. The lexer has already limited the nesting.
pub(super) fn check_literal(name: &Name, value: &Value, variable_uses: &mut Vec<VariableUse>) -> Result<(), Refusal> {
    match value {
        Value::Variable(variable) => {
            variable_uses.push(VariableUse { argument: name.clone(), variable: variable.clone() });
            Ok(())
        }
        Value::String(text) => check_text(name, text),
        Value::List(items) => {
            check_items(name, items.len())?;
            items.iter().try_for_each(|item| check_literal(name, item, variable_uses))
        }
        Value::Object(fields) => fields.iter().try_for_each(|(name, value)| check_literal(name, value, variable_uses)),
        _ => Ok(()),
    }
}

/// Checks the value of a variable.
///
/// # Errors
/// `BAD_USER_INPUT`. The nesting has already been checked.
pub(super) fn check_value(name: &Name, value: &ConstValue) -> Result<(), Refusal> {
    match value {
        ConstValue::String(text) => check_text(name, text),
        ConstValue::List(items) => {
            check_items(name, items.len())?;
            items.iter().try_for_each(|item| check_value(name, item))
        }
        ConstValue::Object(fields) => fields.iter().try_for_each(|(name, value)| check_value(name, value)),
        _ => Ok(()),
    }
}

fn check_text(name: &Name, text: &str) -> Result<(), Refusal> {
    require_at_most(name, "bytes", max_bytes(name), text.len())
}

fn check_items(name: &Name, count: usize) -> Result<(), Refusal> {
    require_at_most(name, "items", MAX_ITEMS, count)
}

fn require_at_most(name: &Name, what: &'static str, max: usize, actual: usize) -> Result<(), Refusal> {
    if actual <= max {
        return Ok(());
    }
    // Unknown names are arbitrary client input.
    let name: String = name.chars().take(64).collect();
    let message = format!("`{name}` has {actual} {what}: maximum {max}.");
    let limit = Limit { what, max: max as u64, found: actual as u64 };
    Err(Refusal::with_limit("BAD_USER_INPUT", message, limit).with_field(name))
}

//! How long the texts and lists of a request may be, by the name of the argument or input field that takes them.
//!
//! Promises: what no field takes is refused before anything else is done with it: before it is copied, hashed,
//! normalised, compared or asked of the database. These bounds are coarse; how many characters a field takes is said
//! and checked where it is taken. A text in variables has the name of the argument that its variable is given to.

use async_graphql::Name;
use async_graphql_value::{ConstValue, Value};

use crate::file::ALT_MAX;
use crate::http::refusal::{Limit, Refusal};
use crate::message::TEXT_MAX;
use crate::search::query;

/// Items of a list.
const MOST_ITEMS: usize = 1_000;
/// Bytes of a character at most, and of one that comes decomposed and with marks.
const CHARACTER: usize = 4;
const COMPOSED: usize = 16;

/// A variable, and the argument that takes it.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(super) struct Taken {
    pub argument: Name,
    pub variable: Name,
}

/// The most bytes of a text under this name.
pub(super) fn most_bytes(name: &str) -> usize {
    match name {
        "text" => TEXT_MAX * CHARACTER,
        "alt" => ALT_MAX * COMPOSED,
        "query" => query::TEXT_MAX * COMPOSED,
        "in" | "notIn" | "from" | "notFrom" | "with" | "around" => 64,
        name if is_id(name) => 64,
        // Names, handles, topics, addresses, passwords, tokens, cursors.
        _ => 4_096,
    }
}

fn is_id(name: &str) -> bool {
    matches!(name, "id" | "ids") || name.ends_with("Id") || name.ends_with("Ids")
}

/// Checks what a document says itself; answers in `taken` which variables it takes where.
///
/// # Errors
/// `BAD_USER_INPUT`. The lexer has bounded how deep a value can be.
pub(super) fn check_literal(name: &Name, value: &Value, taken: &mut Vec<Taken>) -> Result<(), Refusal> {
    match value {
        Value::Variable(variable) => {
            taken.push(Taken { argument: name.clone(), variable: variable.clone() });
            Ok(())
        }
        Value::String(text) => check_text(name, text),
        Value::List(items) => {
            check_items(name, items.len())?;
            items.iter().try_for_each(|item| check_literal(name, item, taken))
        }
        Value::Object(fields) => fields.iter().try_for_each(|(name, value)| check_literal(name, value, taken)),
        _ => Ok(()),
    }
}

/// Checks the value of a variable.
///
/// # Errors
/// `BAD_USER_INPUT`. How deep it is was checked before.
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
    at_most(name, "bytes", most_bytes(name), text.len())
}

fn check_items(name: &Name, found: usize) -> Result<(), Refusal> {
    at_most(name, "items", MOST_ITEMS, found)
}

fn at_most(name: &Name, what: &'static str, most: usize, found: usize) -> Result<(), Refusal> {
    if found <= most {
        return Ok(());
    }
    // The name is the client's, and may be anything where there is no such field.
    let name: String = name.chars().take(64).collect();
    let message = format!("`{name}` has {found} {what}; at most {most} are taken.");
    let limit = Limit { what, most: most as u64, found: found as u64 };
    Err(Refusal::beyond("BAD_USER_INPUT", message, limit).of_field(name))
}

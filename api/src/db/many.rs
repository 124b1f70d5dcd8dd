//! Many values asked for at once: statements whose text does not depend on how many there are.
//!
//! A database parses and plans each new text anew, which for hundreds of places costs more than the work
//! itself. Postgres takes them as one array; SQLite takes as many places as the next power of two, and more than
//! [`PLACES`] as one text of JSON, since a statement of SQLite has 32,766 places at most.

use sea_orm::sea_query::{ArrayType, Expr, SimpleExpr};
use sea_orm::{ColumnTrait, ConnectionTrait, DatabaseBackend, Value};

use super::places;

/// The most values that have places of their own on SQLite.
pub const PLACES: usize = 16_384;

/// That a column has one of these values.
pub fn among<C: ColumnTrait, V: Into<Value>>(
    connection: &impl ConnectionTrait,
    column: C,
    values: impl IntoIterator<Item = V>,
) -> SimpleExpr {
    let mut values: Vec<Value> = values.into_iter().map(Into::into).collect();
    let Some(last) = values.last().cloned() else { return column.is_in(values) };
    if connection.get_database_backend() == DatabaseBackend::Postgres {
        let array = Value::Array(last.array_type(), Some(Box::new(values)));
        return Expr::cust_with_values(format!("\"{}\" = ANY($1)", column.as_str()), [array]);
    }
    if values.len() > PLACES
        && let Some((take, json)) = as_json(&values)
    {
        let sql = format!("\"{}\" IN (SELECT {take} FROM json_each(?))", column.as_str());
        return Expr::cust_with_values(sql, [json]);
    }
    values.resize(values.len().next_power_of_two(), last);
    column.is_in(values)
}

/// Values as one text, and how SQLite takes each out of it; `None` for a kind that is never asked for by so many.
fn as_json(values: &[Value]) -> Option<(&'static str, String)> {
    let (take, list): (_, Option<Vec<serde_json::Value>>) = match values.first()? {
        Value::Uuid(_) => {
            let hex = |value: &Value| match value {
                Value::Uuid(Some(id)) => Some(id.simple().to_string().into()),
                _ => None,
            };
            ("unhex(value)", values.iter().map(hex).collect())
        }
        Value::BigInt(_) => {
            let number = |value: &Value| match value {
                Value::BigInt(Some(number)) => Some((*number).into()),
                _ => None,
            };
            ("value", values.iter().map(number).collect())
        }
        _ => return None,
    };
    Some((take, serde_json::Value::Array(list?).to_string()))
}

/// Rows as a table to join with, so that each is looked up by itself: its SQL, with places from `from` on, and
/// their values. Lists (`a IN … AND b IN …`) would be read as every `a` with every `b`. There is at least one
/// row, all of the same types, and no null. On SQLite rows may come twice.
pub fn rows(connection: &impl ConnectionTrait, from: usize, mut rows: Vec<Vec<Value>>) -> (String, Vec<Value>) {
    let width = rows.first().map_or(0, Vec::len);
    if connection.get_database_backend() == DatabaseBackend::Postgres {
        let mut columns: Vec<Vec<Value>> = (0..width).map(|_| Vec::with_capacity(rows.len())).collect();
        for row in rows {
            columns.iter_mut().zip(row).for_each(|(column, value)| column.push(value));
        }
        let array = |values: Vec<Value>| {
            let kind = values.first().map_or(ArrayType::BigInt, Value::array_type);
            Value::Array(kind, Some(Box::new(values)))
        };
        return (format!("SELECT * FROM unnest({})", places(from, width)), columns.into_iter().map(array).collect());
    }
    let padded = rows.len().next_power_of_two();
    rows.resize(padded, rows.last().cloned().unwrap_or_default());
    let places = (0..padded).map(|row| format!("({})", places(from + row * width, width)));
    (format!("VALUES {}", places.collect::<Vec<_>>().join(", ")), rows.into_iter().flatten().collect())
}

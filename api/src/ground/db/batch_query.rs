//! Queries by many values, with statement texts that do not depend on their number.
//!
//! Databases parse and plan every new statement text, which for hundreds of placeholders costs more than the
//! execution. Postgres receives the values as one array. SQLite uses as many placeholders as the next power of
//! two, and a JSON array beyond [`MAX_PLACEHOLDERS`], because a SQLite statement has at most 32,766
//! placeholders.

use sea_orm::sea_query::{ArrayType, Expr, SimpleExpr};
use sea_orm::{ColumnTrait, ConnectionTrait, DatabaseBackend, Value};

use super::placeholders;

/// Maximum values with placeholders on SQLite.
pub const MAX_PLACEHOLDERS: usize = 16_384;

/// Returns the condition that a column equals one of the values.
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
    if values.len() > MAX_PLACEHOLDERS
        && let Some((take, json)) = as_json(&values)
    {
        let sql = format!("\"{}\" IN (SELECT {take} FROM json_each(?))", column.as_str());
        return Expr::cust_with_values(sql, [json]);
    }
    values.resize(values.len().next_power_of_two(), last);
    column.is_in(values)
}

/// Returns the values as a JSON array, and the SQL that extracts each on SQLite. `None` for types that are
/// never queried in such numbers.
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

/// Returns rows as a table to join with: its SQL, with placeholders from `from` on, and their values. Each row
/// is looked up individually, where conditions such as `a IN … AND b IN …` would combine every `a` with every
/// `b`. Requires at least one row, the same types in all rows, and no nulls. SQLite may repeat rows.
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
        return (
            format!("SELECT * FROM unnest({})", placeholders(from, width)),
            columns.into_iter().map(array).collect(),
        );
    }
    let padded = rows.len().next_power_of_two();
    rows.resize(padded, rows.last().cloned().unwrap_or_default());
    let places = (0..padded).map(|row| format!("({})", placeholders(from + row * width, width)));
    (format!("VALUES {}", places.collect::<Vec<_>>().join(", ")), rows.into_iter().flatten().collect())
}

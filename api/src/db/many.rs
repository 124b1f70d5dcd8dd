//! Many rows, many values: statements whose text does not depend on how many there are.
//!
//! A database parses and plans each new text anew, which for hundreds of places costs more than the work
//! itself. Postgres takes a column of values as one array; SQLite takes them in parts of 64, 32, 16 …, so
//! that few texts exist and all of them stay prepared.

use sea_orm::sea_query::{ArrayType, Expr, SimpleExpr};
use sea_orm::{
    ActiveModelBehavior, ActiveModelTrait, ColumnTrait, ConnectionTrait, DatabaseBackend, DbErr, EntityName,
    EntityTrait, IdenStatic, Iterable, Value,
};
use uuid::Uuid;

use super::statement;

/// The most rows of one statement on SQLite.
const PART: usize = 64;

/// Inserts rows, each of which sets all of its columns.
pub async fn insert_all<A>(connection: &impl ConnectionTrait, rows: Vec<A>) -> Result<(), DbErr>
where
    A: ActiveModelTrait + ActiveModelBehavior + Send,
    A::Entity: EntityTrait,
{
    if connection.get_database_backend() == DatabaseBackend::Postgres {
        return insert_columns(connection, rows).await;
    }
    let mut rows = rows.into_iter();
    while rows.len() > 0 {
        let count = part(rows.len());
        let some: Vec<A> = rows.by_ref().take(count).collect();
        A::Entity::insert_many(some).exec_without_returning(connection).await?;
    }
    Ok(())
}

/// The largest power of two that is neither above `left` nor above [`PART`].
fn part(left: usize) -> usize {
    1 << left.clamp(1, PART).ilog2()
}

/// `INSERT INTO t (a, b) SELECT … FROM unnest($1, $2)`: one array for each column.
async fn insert_columns<A>(connection: &impl ConnectionTrait, rows: Vec<A>) -> Result<(), DbErr>
where
    A: ActiveModelTrait,
{
    if rows.is_empty() {
        return Ok(());
    }
    let (mut names, mut takes, mut places, mut arrays) = (Vec::new(), Vec::new(), Vec::new(), Vec::new());
    for column in <A::Entity as EntityTrait>::Column::iter() {
        let values = rows.iter().map(|row| row.get(column).into_value()).collect::<Option<Vec<Value>>>();
        let values = values.ok_or_else(|| DbErr::AttrNotSet(column.as_str().to_owned()))?;
        // A column in which nothing stands is left out.
        let Some(array) = Array::of(values)? else { continue };
        let number = arrays.len() + 1;
        names.push(format!("\"{}\"", column.as_str()));
        takes.push(array.take(number));
        places.push(format!("${number}::{}[]", array.sql_type));
        arrays.push(array.values);
    }
    let columns: Vec<String> = (1..=arrays.len()).map(|number| format!("c{number}")).collect();
    let sql = format!(
        "INSERT INTO \"{}\" ({}) SELECT {} FROM unnest({}) AS rows ({})",
        A::Entity::default().table_name(),
        names.join(", "),
        takes.join(", "),
        places.join(", "),
        columns.join(", ")
    );
    connection.execute_raw(statement(connection, sql, arrays)).await.map(drop)
}

/// One column of values. The driver knows no array with nulls, so a value that cannot be stands for null.
struct Array {
    sql_type: &'static str,
    null: Option<String>,
    values: Value,
}

impl Array {
    /// `None` if all are null.
    fn of(values: Vec<Value>) -> Result<Option<Self>, DbErr> {
        let nulls = values.iter().any(|value| value == &value.as_null());
        let Some(some) = values.iter().find(|value| **value != value.as_null()) else { return Ok(None) };
        let kind = some.array_type();
        let (sql_type, null, stand_in) = match kind {
            ArrayType::Uuid => ("uuid", format!("'{}'::uuid", Uuid::nil()), Value::from(Uuid::nil())),
            ArrayType::BigInt => ("bigint", format!("({})::bigint", i64::MIN), Value::from(i64::MIN)),
            ArrayType::Int => ("integer", format!("({})::integer", i32::MIN), Value::from(i32::MIN)),
            ArrayType::Bool => ("boolean", String::new(), Value::Bool(None)),
            ArrayType::Bytes => ("bytea", "''::bytea".to_owned(), Value::from(Vec::<u8>::new())),
            _ => ("text", "''".to_owned(), Value::from("")),
        };
        if nulls && values.contains(&stand_in) {
            return Err(DbErr::Custom("a value looks like the one that stands for null".to_owned()));
        }
        let values = values.into_iter().map(|value| if value == value.as_null() { stand_in.clone() } else { value });
        let values = Value::Array(kind, Some(Box::new(values.collect())));
        Ok(Some(Self { sql_type, null: nulls.then_some(null), values }))
    }

    fn take(&self, number: usize) -> String {
        match &self.null {
            Some(null) => format!("NULLIF(c{number}, {null})"),
            None => format!("c{number}"),
        }
    }
}

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
    values.resize(values.len().next_power_of_two(), last);
    column.is_in(values)
}

/// Pairs as a table to join with, so that each is looked up by itself: the SQL of its rows, with places from
/// `from` on, and their values. Two lists (`a IN … AND b IN …`) would be read as every `a` with every `b`.
pub fn pairs<V: Into<Value>>(
    connection: &impl ConnectionTrait,
    from: usize,
    pairs: impl IntoIterator<Item = (V, V)>,
) -> (String, Vec<Value>) {
    let mut pairs: Vec<(Value, Value)> = pairs.into_iter().map(|(a, b)| (a.into(), b.into())).collect();
    let Some(last) = pairs.last().cloned() else { return ("SELECT NULL, NULL WHERE FALSE".to_owned(), Vec::new()) };
    if connection.get_database_backend() == DatabaseBackend::Postgres {
        let kind = last.0.array_type();
        let (a, b): (Vec<Value>, Vec<Value>) = pairs.into_iter().unzip();
        let values = [a, b].map(|values| Value::Array(kind.clone(), Some(Box::new(values))));
        return (format!("SELECT * FROM unnest(${from}, ${})", from + 1), values.into());
    }
    pairs.resize(pairs.len().next_power_of_two(), last);
    let rows: Vec<String> = (0..pairs.len()).map(|n| format!("(${}, ${})", from + 2 * n, from + 2 * n + 1)).collect();
    (format!("VALUES {}", rows.join(", ")), pairs.into_iter().flat_map(|(a, b)| [a, b]).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parts_are_powers_of_two_and_make_up_the_whole() {
        for count in 0..300 {
            let (mut left, mut parts) = (count, Vec::new());
            while left > 0 {
                parts.push(part(left));
                left -= part(left);
            }
            assert_eq!(parts.iter().sum::<usize>(), count);
            assert!(parts.iter().all(|part| part.is_power_of_two() && *part <= PART));
        }
    }

    #[test]
    fn a_null_is_told_from_every_value() {
        let of = |values| Array::of(values).unwrap();
        let some = of(vec![Value::from(7_i64), Value::BigInt(None)]).unwrap();
        assert_eq!(some.take(3), "NULLIF(c3, (-9223372036854775808)::bigint)");
        let all = of(vec![Value::from(7_i64), Value::from(8_i64)]).unwrap();
        assert_eq!(all.take(3), "c3");
        assert!(of(vec![Value::Uuid(None), Value::Uuid(None)]).is_none());
        assert!(Array::of(vec![Value::from(""), Value::String(None)]).is_err());
    }
}

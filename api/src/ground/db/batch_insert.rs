//! Batch inserts.
//!
//! Databases parse and plan every new statement text, which for hundreds of placeholders costs more than the
//! execution. The text therefore does not depend on the number of rows: Postgres receives each column as an
//! array, SQLite inserts batches of 64, 32, 16 … rows, so that few texts exist and all stay prepared. (Several
//! tables in one statement, `WITH … INSERT`, measured no faster.)

use sea_orm::sea_query::ArrayType;
use sea_orm::{
    ActiveModelTrait, ConnectionTrait, DatabaseBackend, DbErr, EntityName, EntityTrait, IdenStatic, Iterable, Value,
};
use uuid::Uuid;

use super::statement;

/// Maximum rows per statement on SQLite.
const MAX_BATCH_ROWS: usize = 64;

/// Inserts rows of a table. Every row must set all columns.
pub async fn insert_all<A>(connection: &impl ConnectionTrait, rows: Vec<A>) -> Result<(), DbErr>
where
    A: ActiveModelTrait,
{
    if rows.is_empty() {
        return Ok(());
    }
    let table = RowValues::of(rows)?;
    match connection.get_database_backend() {
        DatabaseBackend::Postgres => table.insert_columns(connection).await,
        _ => table.insert_in_batches(connection).await,
    }
}

/// Rows as values.
#[derive(Debug)]
struct RowValues {
    name: &'static str,
    columns: Vec<&'static str>,
    rows: Vec<Vec<Value>>,
}

impl RowValues {
    fn of<A: ActiveModelTrait>(rows: Vec<A>) -> Result<Self, DbErr> {
        let name = A::Entity::default().table_name();
        let columns: Vec<_> = <A::Entity as EntityTrait>::Column::iter().collect();
        let row = |row: &A| columns.iter().map(|column| row.get(*column).into_value()).collect::<Option<Vec<_>>>();
        let rows = rows.iter().map(row).collect::<Option<Vec<_>>>();
        let rows = rows.ok_or_else(|| DbErr::AttrNotSet(name.to_owned()))?;
        Ok(Self { name, columns: columns.iter().map(IdenStatic::as_str).collect(), rows })
    }

    /// `INSERT INTO t (a, b) SELECT … FROM unnest($1, $2)`: one array for each column.
    async fn insert_columns(self, connection: &impl ConnectionTrait) -> Result<(), DbErr> {
        let (mut names, mut expressions, mut placeholders, mut values) =
            (Vec::new(), Vec::new(), Vec::new(), Vec::new());
        let mut columns: Vec<Vec<Value>> = self.columns.iter().map(|_| Vec::with_capacity(self.rows.len())).collect();
        for row in self.rows {
            columns.iter_mut().zip(row).for_each(|(column, value)| column.push(value));
        }
        for (name, column) in self.columns.iter().zip(columns) {
            // A column that is entirely null is omitted.
            let Some(array) = Array::of(column)? else { continue };
            names.push(format!("\"{name}\""));
            expressions.push(array.expression(names.len()));
            values.push(array.values);
            placeholders.push(format!("${}::{}[]", values.len(), array.sql_type));
        }
        let aliases: Vec<String> = (1..=names.len()).map(|number| format!("c{number}")).collect();
        let sql = format!(
            "INSERT INTO \"{}\" ({}) SELECT {} FROM unnest({}) AS rows ({})",
            self.name,
            names.join(", "),
            expressions.join(", "),
            placeholders.join(", "),
            aliases.join(", ")
        );
        connection.execute_raw(statement(connection, sql, values)).await.map(drop)
    }

    async fn insert_in_batches(self, connection: &impl ConnectionTrait) -> Result<(), DbErr> {
        let names: Vec<String> = self.columns.iter().map(|name| format!("\"{name}\"")).collect();
        let width = names.len();
        let mut rows = self.rows.into_iter();
        while rows.len() > 0 {
            let count = batch_size(rows.len());
            let row = |number: usize| format!("({})", super::placeholders(number * width + 1, width));
            let sql = format!(
                "INSERT INTO \"{}\" ({}) VALUES {}",
                self.name,
                names.join(", "),
                (0..count).map(row).collect::<Vec<_>>().join(", ")
            );
            let values: Vec<Value> = rows.by_ref().take(count).flatten().collect();
            connection.execute_raw(statement(connection, sql, values)).await?;
        }
        Ok(())
    }
}

/// Returns the largest power of two not above `left` and [`MAX_BATCH_ROWS`].
fn batch_size(remaining: usize) -> usize {
    1 << remaining.clamp(1, MAX_BATCH_ROWS).ilog2()
}

/// A column of values. The driver does not support nulls in arrays, so a sentinel value stands for null.
struct Array {
    sql_type: &'static str,
    null: Option<String>,
    values: Value,
}

impl Array {
    /// Returns `None` if all values are null.
    fn of(values: Vec<Value>) -> Result<Option<Self>, DbErr> {
        let nulls = values.iter().any(|value| value == &value.as_null());
        let Some(some) = values.iter().find(|value| **value != value.as_null()) else { return Ok(None) };
        let kind = some.array_type();
        let (sql_type, null, sentinel) = match kind {
            ArrayType::Uuid => ("uuid", format!("'{}'::uuid", Uuid::nil()), Value::from(Uuid::nil())),
            ArrayType::BigInt => ("bigint", format!("({})::bigint", i64::MIN), Value::from(i64::MIN)),
            ArrayType::Int => ("integer", format!("({})::integer", i32::MIN), Value::from(i32::MIN)),
            ArrayType::Bool => ("boolean", String::new(), Value::Bool(None)),
            ArrayType::Bytes => ("bytea", "''::bytea".to_owned(), Value::from(Vec::<u8>::new())),
            _ => ("text", "''".to_owned(), Value::from("")),
        };
        if nulls && values.contains(&sentinel) {
            return Err(DbErr::Custom("a value equals the sentinel for null".to_owned()));
        }
        let values = values.into_iter().map(|value| if value == value.as_null() { sentinel.clone() } else { value });
        let values = Value::Array(kind, Some(Box::new(values.collect())));
        Ok(Some(Self { sql_type, null: nulls.then_some(null), values }))
    }

    fn expression(&self, number: usize) -> String {
        match &self.null {
            Some(null) => format!("NULLIF(c{number}, {null})"),
            None => format!("c{number}"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn batches_are_powers_of_two_and_cover_all_rows() {
        for count in 0..300 {
            let (mut remaining, mut batches) = (count, Vec::new());
            while remaining > 0 {
                batches.push(batch_size(remaining));
                remaining -= batch_size(remaining);
            }
            assert_eq!(batches.iter().sum::<usize>(), count);
            assert!(batches.iter().all(|part| part.is_power_of_two() && *part <= MAX_BATCH_ROWS));
        }
    }

    #[test]
    fn distinguishes_null_from_values() {
        let of = |values| Array::of(values).unwrap();
        let some = of(vec![Value::from(7_i64), Value::BigInt(None)]).unwrap();
        assert_eq!(some.expression(3), "NULLIF(c3, (-9223372036854775808)::bigint)");
        let all = of(vec![Value::from(7_i64), Value::from(8_i64)]).unwrap();
        assert_eq!(all.expression(3), "c3");
        assert!(of(vec![Value::Uuid(None), Value::Uuid(None)]).is_none());
        assert!(Array::of(vec![Value::from(""), Value::String(None)]).is_err());
    }
}

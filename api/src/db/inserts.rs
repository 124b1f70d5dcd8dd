//! Many rows inserted at once.
//!
//! A database parses and plans each new text anew, which for hundreds of places costs more than the work
//! itself. So the text does not depend on how many rows there are: Postgres takes each column as one array;
//! SQLite takes rows in parts of 64, 32, 16 …, so that few texts exist and all of them stay prepared.
//! (Several tables in one statement, `WITH … INSERT`, were measured as well, and were no faster.)

use sea_orm::sea_query::ArrayType;
use sea_orm::{
    ActiveModelTrait, ConnectionTrait, DatabaseBackend, DbErr, EntityName, EntityTrait, IdenStatic, Iterable, Value,
};
use uuid::Uuid;

use super::statement;

/// The most rows of one statement on SQLite.
const PART: usize = 64;

/// Inserts rows of one table, each of which sets all of its columns.
pub async fn insert_all<A>(connection: &impl ConnectionTrait, rows: Vec<A>) -> Result<(), DbErr>
where
    A: ActiveModelTrait,
{
    if rows.is_empty() {
        return Ok(());
    }
    let table = Table::of(rows)?;
    match connection.get_database_backend() {
        DatabaseBackend::Postgres => table.insert_columns(connection).await,
        _ => table.insert_in_parts(connection).await,
    }
}

/// Rows as values.
#[derive(Debug)]
struct Table {
    name: &'static str,
    columns: Vec<&'static str>,
    rows: Vec<Vec<Value>>,
}

impl Table {
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
        let (mut names, mut takes, mut places, mut values) = (Vec::new(), Vec::new(), Vec::new(), Vec::new());
        let mut columns: Vec<Vec<Value>> = self.columns.iter().map(|_| Vec::with_capacity(self.rows.len())).collect();
        for row in self.rows {
            columns.iter_mut().zip(row).for_each(|(column, value)| column.push(value));
        }
        for (name, column) in self.columns.iter().zip(columns) {
            // A column in which nothing stands is left out.
            let Some(array) = Array::of(column)? else { continue };
            names.push(format!("\"{name}\""));
            takes.push(array.take(names.len()));
            values.push(array.values);
            places.push(format!("${}::{}[]", values.len(), array.sql_type));
        }
        let aliases: Vec<String> = (1..=names.len()).map(|number| format!("c{number}")).collect();
        let sql = format!(
            "INSERT INTO \"{}\" ({}) SELECT {} FROM unnest({}) AS rows ({})",
            self.name,
            names.join(", "),
            takes.join(", "),
            places.join(", "),
            aliases.join(", ")
        );
        connection.execute_raw(statement(connection, sql, values)).await.map(drop)
    }

    async fn insert_in_parts(self, connection: &impl ConnectionTrait) -> Result<(), DbErr> {
        let names: Vec<String> = self.columns.iter().map(|name| format!("\"{name}\"")).collect();
        let width = names.len();
        let mut rows = self.rows.into_iter();
        while rows.len() > 0 {
            let count = part(rows.len());
            let row = |number: usize| format!("({})", super::places(number * width + 1, width));
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

/// The largest power of two that is neither above `left` nor above [`PART`].
fn part(left: usize) -> usize {
    1 << left.clamp(1, PART).ilog2()
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

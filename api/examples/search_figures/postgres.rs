//! The same messages in Postgres full-text search: a stored `tsvector`, a GIN index, `ts_rank`.
//!
//! Tuned with care: no JIT for short statements, a custom plan per search (a generic plan ignores word frequency), and
//! up-to-date statistics and GIN pending list.

use api::adapter::search::document::{Audience, Document};
use sea_orm::sqlx::{self, AssertSqlSafe, Connection, Executor, PgConnection};
use uuid::Uuid;

use crate::corpus::BenchmarkQuery;
use crate::{Failure, LIMIT};

const TABLE: [&str; 8] = [
    "SET jit = off",
    "SET plan_cache_mode = force_custom_plan",
    "SET statement_timeout = '20s'",
    "DROP TABLE IF EXISTS figures",
    "CREATE TABLE figures (seq bigint PRIMARY KEY, id uuid NOT NULL, channel uuid NOT NULL, audience bigint NOT NULL, \
     author uuid NOT NULL, at bigint NOT NULL, text text NOT NULL, \
     words tsvector GENERATED ALWAYS AS (to_tsvector('simple', text)) STORED)",
    "CREATE INDEX figures_words ON figures USING gin (words)",
    "CREATE INDEX figures_author ON figures (author)",
    "CREATE INDEX figures_audience ON figures (audience)",
];

/// A benchmark table.
pub struct Postgres {
    connection: PgConnection,
    /// The process id of the connection's backend.
    pub pid: u32,
    audiences: Vec<Audience>,
}

impl Postgres {
    pub async fn create(url: &str, audiences: Vec<Audience>) -> Result<Self, Failure> {
        let mut connection = PgConnection::connect(url).await?;
        for statement in TABLE {
            connection.execute(statement).await?;
        }
        let (pid,): (i32,) = sqlx::query_as("SELECT pg_backend_pid()").fetch_one(&mut connection).await?;
        Ok(Self { connection, pid: pid.try_into()?, audiences })
    }

    /// Inserts messages in one transaction.
    pub async fn apply(&mut self, documents: &[Document]) -> Result<(), Failure> {
        let insert = "INSERT INTO figures (seq, id, channel, audience, author, at, text) SELECT * FROM \
            UNNEST($1::bigint[], $2::uuid[], $3::uuid[], $4::bigint[], $5::uuid[], $6::bigint[], $7::text[])";
        let numbers = |of: fn(&Document) -> i64| documents.iter().map(of).collect::<Vec<i64>>();
        let ids = |of: fn(&Document) -> Uuid| documents.iter().map(of).collect::<Vec<Uuid>>();
        sqlx::query(insert)
            .bind(numbers(|one| one.seq))
            .bind(ids(|one| one.id.0))
            .bind(ids(|one| one.channel_id.0))
            .bind(numbers(|one| one.audience))
            .bind(ids(|one| one.author_id.0))
            .bind(numbers(|one| one.at.0))
            .bind(documents.iter().map(|one| one.text.clone()).collect::<Vec<String>>())
            .execute(&mut self.connection)
            .await?;
        Ok(())
    }

    pub async fn settle(&mut self) -> Result<(), Failure> {
        self.connection.execute("VACUUM ANALYZE figures").await?;
        Ok(())
    }

    /// Size in bytes of the table with its indexes, and of its full-text data.
    pub async fn size(&mut self) -> Result<(u64, u64), Failure> {
        let sizes = "SELECT pg_total_relation_size('figures'), pg_relation_size('figures_words') + \
            (SELECT COALESCE(SUM(pg_column_size(words)), 0)::bigint FROM figures)";
        let (whole, words): (i64, i64) = sqlx::query_as(sizes).fetch_one(&mut self.connection).await?;
        Ok((whole.try_into()?, words.try_into()?))
    }

    /// Runs a query; returns the number of hits.
    pub async fn search(&mut self, query: &BenchmarkQuery) -> Result<usize, Failure> {
        // Only prefix terms need the `to_tsquery` syntax.
        let parsed = match query.terms.iter().any(|term| term.is_prefix) {
            true => "to_tsquery('simple', $1)",
            false => "websearch_to_tsquery('simple', $1)",
        };
        let author = if query.author.is_some() { "AND author = $3" } else { "" };
        let sql = format!(
            "SELECT id, seq FROM figures, {parsed} AS parsed WHERE words @@ parsed AND audience = ANY($2) {author} \
             ORDER BY ts_rank(words, parsed) DESC, seq DESC LIMIT {}",
            LIMIT + 1
        );
        let statement = sqlx::query_as(AssertSqlSafe(sql)).bind(text(query)).bind(&self.audiences);
        let statement = query.author.iter().fold(statement, |statement, author| statement.bind(author.0));
        let found: Vec<(Uuid, i64)> = statement.fetch_all(&mut self.connection).await?;
        Ok(found.len().min(LIMIT))
    }

    pub async fn remove(mut self) -> Result<(), Failure> {
        self.connection.execute("DROP TABLE figures").await?;
        Ok(())
    }
}

fn text(query: &BenchmarkQuery) -> String {
    let word = |term: &api::adapter::search::query::Term| match (term.is_phrase, term.is_prefix) {
        (true, _) => format!("\"{}\"", term.text),
        (false, true) => format!("{}:*", term.text),
        (false, false) => term.text.clone(),
    };
    let words: Vec<String> = query.terms.iter().map(word).collect();
    words.join(if query.terms.iter().any(|term| term.is_prefix) { " & " } else { " " })
}

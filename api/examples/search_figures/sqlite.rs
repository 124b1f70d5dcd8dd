//! The same messages in SQLite: a table with an external-content FTS5 index, `bm25`.

use std::path::Path;

use api::adapter::search::document::{Audience, Document};
use sea_orm::sqlx::{self, AssertSqlSafe, Connection, Executor, SqliteConnection};

use crate::corpus::BenchmarkQuery;
use crate::{Failure, LIMIT};

const TABLES: [&str; 8] = [
    "PRAGMA journal_mode = WAL",
    "PRAGMA synchronous = FULL",
    "PRAGMA cache_size = -262144",
    "CREATE TABLE figures (seq INTEGER PRIMARY KEY, id BLOB NOT NULL, channel BLOB NOT NULL, \
     audience INTEGER NOT NULL, author BLOB NOT NULL, at INTEGER NOT NULL, text TEXT NOT NULL)",
    "CREATE INDEX figures_author ON figures (author)",
    "CREATE VIRTUAL TABLE words USING fts5 (text, content = 'figures', content_rowid = 'seq', prefix = '3')",
    "CREATE TEMP TABLE mine (audience INTEGER PRIMARY KEY)",
    "CREATE TRIGGER figures_words AFTER INSERT ON figures BEGIN \
     INSERT INTO words (rowid, text) VALUES (new.seq, new.text); END",
];

/// A database file.
pub struct Sqlite {
    connection: SqliteConnection,
}

impl Sqlite {
    pub async fn create(file: &Path, audiences: &[Audience]) -> Result<Self, Failure> {
        let mut connection = SqliteConnection::connect(&format!("sqlite://{}?mode=rwc", file.display())).await?;
        for statement in TABLES {
            connection.execute(statement).await?;
        }
        for audience in audiences {
            sqlx::query("INSERT INTO mine VALUES (?)").bind(audience).execute(&mut connection).await?;
        }
        Ok(Self { connection })
    }

    /// Inserts messages in one transaction.
    pub async fn apply(&mut self, documents: &[Document]) -> Result<(), Failure> {
        let mut transaction = self.connection.begin().await?;
        for one in documents {
            sqlx::query("INSERT INTO figures VALUES (?, ?, ?, ?, ?, ?, ?)")
                .bind(one.seq)
                .bind(one.id.0)
                .bind(one.channel_id.0)
                .bind(one.audience)
                .bind(one.author_id.0)
                .bind(one.at.0)
                .bind(&one.text)
                .execute(&mut *transaction)
                .await?;
        }
        transaction.commit().await?;
        Ok(())
    }

    pub async fn settle(&mut self) -> Result<(), Failure> {
        self.connection.execute("PRAGMA wal_checkpoint(TRUNCATE)").await?;
        self.connection.execute("ANALYZE").await?;
        Ok(())
    }

    /// Size in bytes of the database, and of its full-text data.
    pub async fn size(&mut self) -> Result<(u64, u64), Failure> {
        let sizes = "SELECT (SELECT page_count * page_size FROM pragma_page_count, pragma_page_size), \
            (SELECT SUM(LENGTH(block)) FROM words_data)";
        let (whole, words): (i64, i64) = sqlx::query_as(sizes).fetch_one(&mut self.connection).await?;
        Ok((whole.try_into()?, words.try_into()?))
    }

    /// Runs a query; returns the number of hits.
    pub async fn search(&mut self, query: &BenchmarkQuery) -> Result<usize, Failure> {
        let author = if query.author.is_some() { "AND figures.author = ?2" } else { "" };
        let sql = format!(
            "SELECT figures.id, figures.seq FROM words JOIN figures ON figures.seq = words.rowid WHERE words MATCH ?1 \
             AND figures.audience IN (SELECT audience FROM mine) {author} ORDER BY words.rank LIMIT {}",
            LIMIT + 1
        );
        let statement = sqlx::query_as(AssertSqlSafe(sql)).bind(text(query));
        let statement = query.author.iter().fold(statement, |statement, author| statement.bind(author.0));
        let found: Vec<(Vec<u8>, i64)> = statement.fetch_all(&mut self.connection).await?;
        Ok(found.len().min(LIMIT))
    }
}

fn text(query: &BenchmarkQuery) -> String {
    let word = |term: &api::adapter::search::query::Term| {
        let star = if term.is_prefix { "*" } else { "" };
        format!("\"{}\"{star}", term.text)
    };
    let words: Vec<String> = query.terms.iter().map(word).collect();
    words.join(" ")
}

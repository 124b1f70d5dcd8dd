//! `loadtest growth`: the cost of operations at increasing data sizes, three per cost.
//!
//! For every cost and size, it starts a server on a new database, inserts rows by SQL where the API would take hours,
//! measures, and removes everything. It is the only subcommand that depends on table names. The table states how each
//! cost grows; a cost that exceeds its bound fails the command.
//!
//! In reading order: [`cost`] (costs and verdicts), [`instance`] with [`database`] and [`meters`] (the
//! measurement), [`rows`], and one module per kind of cost.

mod commands;
mod cost;
mod database;
mod idle;
mod instance;
mod live;
mod memory;
mod meters;
mod pages;
mod rows;
mod startup;

use std::collections::BTreeMap;
use std::collections::btree_map::Entry;
use std::path::PathBuf;

use serde_json::{Value, json};

use crate::{Report, Result};
use cost::{Cost, Figures, Unit, Verdict};
use instance::{Backend, Environment, Template};

/// Options of `growth`.
#[derive(Debug, Clone, clap::Args)]
pub struct Options {
    /// Server to start.
    #[arg(long, env = "CONFAB_BIN", default_value = "target/debug/confab")]
    server: PathBuf,
    /// Postgres with pg_stat_statements, for exclusive use. Without it, only SQLite is measured.
    #[arg(long, env = "CONFAB_TEST_POSTGRES_URL", hide_env_values = true)]
    postgres: Option<String>,
    /// NATS server to start. Without it, no fleet is measured.
    #[arg(long, env = "CONFAB_TEST_NATS_SERVER")]
    nats_server: Option<PathBuf>,
    /// Name prefixes of the costs to measure, comma-separated.
    #[arg(long, value_delimiter = ',')]
    only: Vec<String>,
    /// Use small sizes and only exact counts: statements, rows, commits, executions.
    #[arg(long)]
    short: bool,
}

/// One row of the table.
struct Row {
    what: &'static str,
    name: &'static str,
    backend: Backend,
    sizes: [u64; 3],
    figures: Vec<Figures>,
    verdict: Verdict,
}

fn costs() -> impl Iterator<Item = &'static Cost> {
    [startup::COSTS, pages::COSTS, commands::COSTS, live::COSTS, idle::COSTS, memory::COSTS].into_iter().flatten()
}

/// Measures.
///
/// # Errors
/// The server cannot be started. A cost that cannot be measured is a result.
pub async fn run(options: Options) -> Result<Report> {
    let environment = Environment {
        program: options.server.clone(),
        postgres: options.postgres.clone(),
        nats: options.nats_server.clone(),
    };
    let is_wanted = |cost: &Cost| options.only.is_empty() || options.only.iter().any(|one| cost.name.starts_with(one));
    let (mut templates, mut rows) = (BTreeMap::new(), Vec::new());
    for cost in costs().filter(|cost| is_wanted(cost)) {
        let sizes = if options.short { cost.short } else { Some(cost.sizes) };
        let Some(sizes) = sizes else { continue };
        for backend in cost.backends.iter().copied().filter(|backend| environment.allow(*backend)) {
            let template = match templates.entry(backend) {
                Entry::Occupied(made) => made.into_mut(),
                Entry::Vacant(none) => none.insert(Template::make(&environment, backend).await?),
            };
            let row = row(template, cost, backend, sizes, options.short).await;
            eprintln!("{}", row.text());
            rows.push(row);
        }
    }
    for template in templates.into_values() {
        template.remove().await?;
    }
    Ok(report(&rows))
}

async fn row(template: &Template, cost: &'static Cost, backend: Backend, sizes: [u64; 3], exact: bool) -> Row {
    let Cost { what, name, .. } = *cost;
    let mut figures = Vec::new();
    for size in sizes {
        match measure_at(template, cost, size).await {
            Ok(figures_at_size) => figures.push(figures_at_size.only(|unit| !exact || unit.is_exact())),
            Err(failure) => {
                let verdict =
                    Verdict { passed: false, text: format!("FAILED at {}: {failure}", with_separators(size)) };
                return Row { what, name, backend, sizes, figures, verdict };
            }
        }
    }
    let verdict = Verdict::compare(cost.bound, sizes, &figures);
    Row { what, name, backend, sizes, figures, verdict }
}

async fn measure_at(template: &Template, cost: &Cost, size: u64) -> Result<Figures> {
    let mut instance = template.instance().await?;
    let measured = async {
        instance.database.execute(&(cost.prepare)(&instance, size)).await?;
        instance.start().await?;
        (cost.measure)(&mut instance, size).await
    };
    let measured = measured.await;
    instance.remove().await?;
    measured
}

impl Row {
    /// A row of a Markdown table.
    fn text(&self) -> String {
        let cell = |nth: usize, size: &u64| {
            let figures = self.figures.get(nth).map_or_else(|| "–".to_owned(), Figures::text);
            format!("{}: {figures}", with_separators(*size))
        };
        let cells: Vec<String> = self.sizes.iter().enumerate().map(|(nth, size)| cell(nth, size)).collect();
        format!("| {} | {} | {} | {} |", self.what, self.backend.name(), cells.join(" | "), self.verdict.text)
    }

    fn json(&self) -> Value {
        let figures = self.figures.iter().map(|figures| {
            let one = |(unit, value): (&Unit, &f64)| (unit.name().to_owned(), json!(value));
            figures.0.iter().map(one).collect::<Value>()
        });
        json!({ "cost": self.name, "backend": self.backend.name(), "sizes": self.sizes, "passed": self.verdict.passed,
            "figures": figures.collect::<Vec<_>>(), "verdict": self.verdict.text })
    }
}

fn report(rows: &[Row]) -> Report {
    let mut text =
        "growth:\n\n| operation | backend | N | N | N | first to last |\n| --- | --- | --- | --- | --- | --- |"
            .to_owned();
    rows.iter().for_each(|row| text.push_str(&format!("\n{}", row.text())));
    let json = json!({ "what": "growth", "rows": rows.iter().map(Row::json).collect::<Vec<_>>() });
    Report { json, text, passed: !rows.is_empty() && rows.iter().all(|row| row.verdict.passed) }
}

/// Formats a number with thousands separators.
fn with_separators(number: u64) -> String {
    let digits = number.to_string();
    let mut text = String::new();
    for (nth, digit) in digits.chars().enumerate() {
        if nth > 0 && (digits.len() - nth).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn costs_have_unique_names_and_increasing_sizes() {
        let names: std::collections::HashSet<&str> = costs().map(|cost| cost.name).collect();
        assert_eq!(names.len(), costs().count());
        for cost in costs() {
            for sizes in [Some(cost.sizes), cost.short].into_iter().flatten() {
                assert!(sizes[0] * 10 <= sizes[2] && sizes.is_sorted(), "{}", cost.name);
            }
        }
    }

    #[test]
    fn separates_thousands() {
        assert_eq!([7, 700, 7_000, 1_234_567].map(with_separators), ["7", "700", "7,000", "1,234,567"]);
    }

    #[test]
    fn formats_rows() {
        let figures = vec![Figures::single(Unit::Pages, 3.0), Figures::single(Unit::Pages, 30.0)];
        let verdict = Verdict { passed: false, text: "FAILED at 300: x".into() };
        let (what, name, backend, sizes) = ("a", "a", Backend::Sqlite, [3, 30, 300]);
        let row = Row { what, name, backend, sizes, figures, verdict };
        assert_eq!(row.text(), "| a | SQLite | 3: 3.0 pages | 30: 30 pages | 300: – | FAILED at 300: x |");
        assert!(!report(&[row]).passed);
    }
}

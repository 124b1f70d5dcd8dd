//! `loadtest growth`: what a server does costs by the size of what is around it, at three sizes each.
//!
//! For every cost and size it starts a server of its own on a database of its own, makes rows by SQL where the API
//! would take hours, measures, and takes all of it away. So it is the one subcommand that knows tables, and nothing of
//! the server's modules. The table says of each cost how it grows; one that grows beyond its bound fails the command.
//!
//! In reading order: [`cost`] (what a cost is, and the verdict), [`stage`] with [`server`], [`database`] and
//! [`meters`] (where it is measured), [`rows`], and one module for the costs of each kind.

mod beginning;
mod commands;
mod cost;
mod database;
mod idle;
mod live;
mod memory;
mod meters;
mod pages;
mod rows;
mod server;
mod stage;

use std::collections::BTreeMap;
use std::collections::btree_map::Entry;
use std::path::PathBuf;

use serde_json::{Value, json};

use crate::{Report, Result};
use cost::{Cost, Figures, Unit, Verdict};
use stage::{Base, Means, Place};

/// Options of `growth`.
#[derive(Debug, Clone, clap::Args)]
pub struct Options {
    /// The server to start.
    #[arg(long, env = "CONFAB_BIN", default_value = "target/debug/confab")]
    server: PathBuf,
    /// A Postgres that is nobody else's and counts statements; without it only SQLite is measured.
    #[arg(long, env = "CONFAB_TEST_POSTGRES_URL", hide_env_values = true)]
    postgres: Option<String>,
    /// A nats-server to start; without it no fleet is measured.
    #[arg(long, env = "CONFAB_TEST_NATS_SERVER")]
    nats_server: Option<PathBuf>,
    /// Only costs whose names begin so, separated by commas.
    #[arg(long, value_delimiter = ',')]
    only: Vec<String>,
    /// Small sizes, and only what is counted exactly: statements, rows, commits, executions.
    #[arg(long)]
    short: bool,
}

/// One line of the table.
struct Row {
    what: &'static str,
    name: &'static str,
    place: Place,
    sizes: [u64; 3],
    figures: Vec<Figures>,
    verdict: Verdict,
}

fn costs() -> impl Iterator<Item = &'static Cost> {
    [beginning::COSTS, pages::COSTS, commands::COSTS, live::COSTS, idle::COSTS, memory::COSTS].into_iter().flatten()
}

/// Measures.
///
/// # Errors
/// A server cannot be started. A cost that cannot be measured is a result.
pub async fn run(options: Options) -> Result<Report> {
    let means = Means {
        program: options.server.clone(),
        postgres: options.postgres.clone(),
        nats: options.nats_server.clone(),
    };
    let is_wanted = |cost: &Cost| options.only.is_empty() || options.only.iter().any(|one| cost.name.starts_with(one));
    let (mut bases, mut rows) = (BTreeMap::new(), Vec::new());
    for cost in costs().filter(|cost| is_wanted(cost)) {
        let sizes = if options.short { cost.short } else { Some(cost.sizes) };
        let Some(sizes) = sizes else { continue };
        for place in cost.places.iter().copied().filter(|place| means.allow(*place)) {
            let base = match bases.entry(place) {
                Entry::Occupied(made) => made.into_mut(),
                Entry::Vacant(none) => none.insert(Base::make(&means, place).await?),
            };
            let row = row(base, cost, place, sizes, options.short).await;
            eprintln!("{}", row.text());
            rows.push(row);
        }
    }
    for base in bases.into_values() {
        base.remove().await?;
    }
    Ok(report(&rows))
}

async fn row(base: &Base, cost: &'static Cost, place: Place, sizes: [u64; 3], exact: bool) -> Row {
    let Cost { what, name, .. } = *cost;
    let mut figures = Vec::new();
    for size in sizes {
        match at(base, cost, size).await {
            Ok(found) => figures.push(found.only(|unit| !exact || unit.is_exact())),
            Err(failure) => {
                let verdict = Verdict { kept: false, text: format!("FAILED at {}: {failure}", grouped(size)) };
                return Row { what, name, place, sizes, figures, verdict };
            }
        }
    }
    let verdict = Verdict::of(cost.bound, sizes, &figures);
    Row { what, name, place, sizes, figures, verdict }
}

async fn at(base: &Base, cost: &Cost, size: u64) -> Result<Figures> {
    let mut stage = base.stage().await?;
    let measured = async {
        (cost.prepare)(&stage, size).await?;
        stage.start().await?;
        (cost.measure)(&mut stage, size).await
    };
    let measured = measured.await;
    stage.remove().await?;
    measured
}

impl Row {
    /// As a line of a Markdown table.
    fn text(&self) -> String {
        let cell = |nth: usize, size: &u64| {
            let figures = self.figures.get(nth).map_or_else(|| "–".to_owned(), Figures::text);
            format!("{}: {figures}", grouped(*size))
        };
        let cells: Vec<String> = self.sizes.iter().enumerate().map(|(nth, size)| cell(nth, size)).collect();
        format!("| {} | {} | {} | {} |", self.what, self.place.name(), cells.join(" | "), self.verdict.text)
    }

    fn json(&self) -> Value {
        let figures = self.figures.iter().map(|figures| {
            let one = |(unit, value): (&Unit, &f64)| (unit.name().to_owned(), json!(value));
            figures.0.iter().map(one).collect::<Value>()
        });
        json!({ "cost": self.name, "place": self.place.name(), "sizes": self.sizes, "kept": self.verdict.kept,
            "figures": figures.collect::<Vec<_>>(), "verdict": self.verdict.text })
    }
}

fn report(rows: &[Row]) -> Report {
    let mut text =
        "growth:\n\n| what | where | N | N | N | from the first to the last |\n| --- | --- | --- | --- | --- | --- |"
            .to_owned();
    rows.iter().for_each(|row| text.push_str(&format!("\n{}", row.text())));
    let json = json!({ "what": "growth", "rows": rows.iter().map(Row::json).collect::<Vec<_>>() });
    Report { json, text, kept: !rows.is_empty() && rows.iter().all(|row| row.verdict.kept) }
}

/// A number with its thousands apart.
fn grouped(number: u64) -> String {
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
    fn costs_have_names_of_their_own_and_sizes_that_grow() {
        let names: std::collections::HashSet<&str> = costs().map(|cost| cost.name).collect();
        assert_eq!(names.len(), costs().count());
        for cost in costs() {
            for sizes in [Some(cost.sizes), cost.short].into_iter().flatten() {
                assert!(sizes[0] * 10 <= sizes[2] && sizes.is_sorted(), "{}", cost.name);
            }
        }
    }

    #[test]
    fn numbers_are_grouped() {
        assert_eq!([7, 700, 7_000, 1_234_567].map(grouped), ["7", "700", "7,000", "1,234,567"]);
    }

    #[test]
    fn a_row_is_a_line() {
        let figures = vec![Figures::of(Unit::Pages, 3.0), Figures::of(Unit::Pages, 30.0)];
        let verdict = Verdict { kept: false, text: "FAILED at 300: x".into() };
        let (what, name, place, sizes) = ("a", "a", Place::Sqlite, [3, 30, 300]);
        let row = Row { what, name, place, sizes, figures, verdict };
        assert_eq!(row.text(), "| a | SQLite | 3: 3.0 pages | 30: 30 pages | 300: – | FAILED at 300: x |");
        assert!(!report(&[row]).kept);
    }
}

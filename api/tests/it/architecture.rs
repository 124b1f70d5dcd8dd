//! The module dependencies of the server, enforced on its source.
//!
//! The modules below the root of the crate are floors, in one order. Every `crate::…` and `super::…` path, in a `use`,
//! inline or re-exported, must stay on its floor or lead to a lower one. There are no exceptions.

mod import_circles;
mod source;

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};

use source::production_code;

/// The floors of the server, lowest first. A floor may depend on those before it.
const FLOORS: [&str; 11] =
    ["ground", "model", "adapter", "log", "live", "app", "chat", "worker", "wire", "doctor", "server"];

/// The number of the floor that a module path such as `chat::message::query` stands on.
fn floor(path: &[String]) -> Option<usize> {
    let first = path.first()?;
    FLOORS.iter().position(|floor| floor == first)
}

/// What the files of a noun are to each other: commands and rules know the log, queries and services know the
/// application, and resolvers know GraphQL. Each may depend on those before it.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
enum Layer {
    Command,
    Query,
    Resolver,
}

fn is_resolver(module: &[String]) -> bool {
    module.get(1).is_some_and(|folder| folder == "graphql")
        || module.last().is_some_and(|name| name.ends_with("graphql"))
}

fn is_command(code: &str) -> bool {
    code.contains("impl Command for")
}

/// The layers of the files of `chat`. What depends on the application, a query or a service belongs to the same layer,
/// unless it is a command.
fn layers(files: &[(Vec<String>, String)]) -> BTreeMap<Vec<String>, Layer> {
    let first_layer = |module: &[String]| if is_resolver(module) { Layer::Resolver } else { Layer::Command };
    let of_chat = || files.iter().filter(|(module, _)| module[0] == "chat" && module.len() > 2);
    let mut layers: BTreeMap<_, _> = of_chat().map(|(module, _)| (module.clone(), first_layer(module))).collect();
    loop {
        let is_app = |path: &Vec<String>| path.first().is_some_and(|first| first == "app");
        let is_query = |path: &Vec<String>| is_app(path) || layer_of(path, &layers) == Some(Layer::Query);
        let queries: Vec<_> = of_chat()
            .filter(|(module, code)| layers[module] == Layer::Command && !is_command(code))
            .filter(|(module, code)| paths(code, module).iter().any(is_query))
            .map(|(module, _)| module.clone())
            .collect();
        if queries.is_empty() {
            return layers;
        }
        layers.extend(queries.into_iter().map(|module| (module, Layer::Query)));
    }
}

/// The layer of the file that a path leads to.
fn layer_of(path: &[String], layers: &BTreeMap<Vec<String>, Layer>) -> Option<Layer> {
    (1..=path.len()).rev().find_map(|end| layers.get(&path[..end])).copied()
}

/// The paths between the files of `chat` that lead from a command to a query, or from either to a resolver.
fn inverted_layers(files: &[(Vec<String>, String)]) -> Vec<String> {
    let layers = layers(files);
    let mut wrong = Vec::new();
    for (module, code) in files {
        let Some(own) = layers.get(module) else { continue };
        for path in paths(code, module) {
            if layer_of(&path, &layers).is_some_and(|other| other > *own) {
                wrong.push(format!("{} ({own:?}) depends on {}", module.join("::"), path.join("::")));
            }
        }
    }
    wrong
}

/// Every path into the crate that code names, with `super` and `self` resolved against its own module.
fn paths(code: &str, module: &[String]) -> BTreeSet<Vec<String>> {
    let mut found = BTreeSet::new();
    let parent = module.split_last().map_or(Vec::new(), |(_, up)| up.to_vec());
    for (marker, base) in [("crate::", Vec::new()), ("super::", parent), ("self::", module.to_vec())] {
        for (at, _) in code.match_indices(marker) {
            let before = code[..at].chars().next_back();
            if before.is_some_and(|c| c.is_alphanumeric() || c == '_' || c == ':') {
                continue;
            }
            expand(&code[at + marker.len()..], &base, &mut found);
        }
    }
    found
}

/// Follows a path into the braces of a group.
fn expand(rest: &str, base: &[String], found: &mut BTreeSet<Vec<String>>) {
    let rest = rest.trim_start();
    if let Some(group) = rest.strip_prefix('{') {
        let mut depth = 0_usize;
        let mut start = 0;
        for (at, c) in group.char_indices() {
            match c {
                '{' => depth += 1,
                ',' if depth == 0 => {
                    expand(&group[start..at], base, found);
                    start = at + 1;
                }
                '}' if depth == 0 => {
                    expand(&group[start..at], base, found);
                    return;
                }
                '}' => depth -= 1,
                _ => {}
            }
        }
        return;
    }
    let end = rest.find(|c: char| !c.is_alphanumeric() && c != '_').unwrap_or(rest.len());
    let (name, tail) = rest.split_at(end);
    if name.is_empty() || name == "self" {
        if !base.is_empty() {
            found.insert(base.to_vec());
        }
        return;
    }
    let path: Vec<String> = match name {
        "super" => base.split_last().map_or(Vec::new(), |(_, up)| up.to_vec()),
        _ => base.iter().cloned().chain([name.to_owned()]).collect(),
    };
    match tail.trim_start().strip_prefix("::") {
        Some(more) if path.len() < 8 => expand(more, &path, found),
        _ => {
            found.insert(path);
        }
    }
}

/// The paths of a file that lead to a higher floor.
fn upward_paths(module: &[String], code: &str) -> Vec<String> {
    let Some(own) = floor(module) else { return vec![format!("{} stands on no floor", module.join("::"))] };
    let leads_up = |path: &Vec<String>| floor(path).is_some_and(|other| other > own);
    let describe = |path: Vec<String>| format!("{} depends on {}", module.join("::"), path.join("::"));
    paths(code, module).into_iter().filter(leads_up).map(describe).collect()
}

/// The names that a file must not mention: commands and state are pure, only `wire` knows HTTP, and only `live` and
/// resolvers know GraphQL. Enums of the model name the derive macro that describes them in the schema.
fn foreign_names(module: &[String], code: &str) -> Vec<String> {
    let own = module.join("::");
    let code = match &*module[0] {
        "model" => code.replace("async_graphql::Enum", ""),
        _ => code.to_owned(),
    };
    let mut foreign: Vec<&str> = Vec::new();
    if floor(module) < floor(&["wire".to_owned()]) {
        foreign.push("axum");
    }
    if !is_resolver(module) && ["ground", "model", "adapter", "log", "app", "chat", "worker"].contains(&&*module[0]) {
        foreign.push("async_graphql");
    }
    if module[0] == "chat" && !is_resolver(module) {
        foreign.push("async_nats");
    }
    if is_command(&code) {
        foreign.extend(["crate::app", "sea_orm::Database", "Timestamp::now"]);
    }
    if own.starts_with("model::event") || own.starts_with("model::workspace::state") {
        foreign.extend(["sea_orm::Database", "Timestamp::now", ".await"]);
    }
    foreign.retain(|name| code.contains(name));
    foreign.iter().map(|name| format!("{own} names {name}")).collect()
}

fn sources(folder: &Path, files: &mut Vec<PathBuf>) {
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            sources(&path, files);
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            files.push(path);
        }
    }
}

fn module_of(root: &Path, file: &Path) -> Vec<String> {
    let relative = file.strip_prefix(root).unwrap().with_extension("");
    relative.iter().map(|part| part.to_string_lossy().into_owned()).collect()
}

/// The production code of every source file of the server but its roots, with its module path.
fn modules() -> Vec<(Vec<String>, String)> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    let mut files = Vec::new();
    sources(&root, &mut files);
    files.retain(|file| !file.ends_with("main.rs") && !file.ends_with("lib.rs"));
    assert!(files.len() > 300, "only {} files were found", files.len());
    let code = |file: &PathBuf| production_code(&fs::read_to_string(file).unwrap());
    files.iter().map(|file| (module_of(&root, file), code(file))).collect()
}

#[test]
fn dependencies_point_to_lower_floors() {
    let files = modules();
    let wrong: Vec<String> = files
        .iter()
        .flat_map(|(module, code)| upward_paths(module, code).into_iter().chain(foreign_names(module, code)))
        .chain(inverted_layers(&files))
        .collect();
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn every_floor_exists_and_is_listed_once() {
    let used: BTreeSet<String> = modules().into_iter().map(|(module, _)| module[0].clone()).collect();
    let listed: BTreeSet<String> = FLOORS.iter().map(|floor| (*floor).to_owned()).collect();
    assert_eq!(used, listed);
    assert_eq!(listed.len(), FLOORS.len());
}

#[test]
fn only_the_log_appends_and_only_ground_modules_read_clock_and_environment() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    let mut files = Vec::new();
    sources(&root, &mut files);
    for file in files {
        let module = module_of(&root, &file).join("::");
        let source = fs::read_to_string(&file).unwrap();
        let only = |text: &str, place: &str| {
            assert!(
                !source.contains(text) || module.starts_with(place),
                "{module} uses {text}, which is reserved for {place}"
            );
        };
        only("event::ActiveModel", "log::batch");
        only("std::env::var", "ground::config");
        only("OffsetDateTime::now_utc", "ground::clock");
        only("Uuid::now_v7", "ground::id");
        // Supervised tasks have a name and log their panics. A transaction begins in a task that outlives its caller.
        assert!(
            !production_code(&source).contains("tokio::spawn(")
                || module.ends_with("::tests")
                || ["ground::db::transaction", "ground::supervise"].contains(&module.as_str()),
            "{module} uses tokio::spawn, which is reserved for supervise"
        );
        // The wall clock of a process may be wrong, which the doctor reports. Signed links expire by it, as those of S3
        // do.
        if module != "adapter::media::signature" {
            only("Timestamp::now(", "doctor");
        }
    }
}

#[test]
fn finds_planted_violations() {
    let module = |text: &str| text.split("::").map(str::to_owned).collect::<Vec<_>>();
    for (file, source) in [
        ("chat::message::query", "use crate::wire::http::HttpState;"),
        ("chat::message::send", "fn decide() { let _ = crate::server::start; }"),
        ("model::message::entity", "pub use crate::chat::message::query::New;"),
        ("log::lane", "use crate::{ground::error::Error, live::room::Room};"),
        ("ground::error", "use super::super::app::App;"),
    ] {
        assert_eq!(upward_paths(&module(file), source).len(), 1, "{file}: {source}");
    }
    for (file, source) in [
        ("chat::channel::query", "use crate::app::App; use async_graphql::ID;"),
        ("chat::message::send", "use crate::app::App; impl Command for SendMessage {}"),
        ("model::workspace::state::apply", "async fn apply() { load().await }"),
        ("model::presence", "#[derive(async_graphql::Enum, async_graphql::SimpleObject)] struct Presence;"),
        ("ground::config", "use axum::http::Uri;"),
        ("live::frame", "use axum::extract::ws::Utf8Bytes;"),
        ("chat::message::graphql", "use async_graphql::ID; use axum::Json;"),
        ("log::lane", "use async_graphql::Request;"),
    ] {
        assert_eq!(foreign_names(&module(file), source).len(), 1, "{file}: {source}");
    }
    for (file, code) in [
        ("model::presence", "#[derive(async_graphql::Enum)] enum Presence {}"),
        ("live::execution", "use async_graphql::Request;"),
        ("wire::http", "use axum::Router;"),
    ] {
        assert!(foreign_names(&module(file), code).is_empty(), "{file}: {code}");
    }
    let files = [
        ("chat::message::send", "use super::query::find; impl Command for SendMessage {}"),
        ("chat::message::query", "use crate::app::App; use super::graphql::Message;"),
        ("chat::message::graphql", "use super::query; use super::send::SendMessage;"),
    ]
    .map(|(file, source)| (module(file), source.to_owned()));
    assert_eq!(inverted_layers(&files).len(), 2);
    assert!(upward_paths(&files[1].0, "use crate::model::event::Event; use super::send::SendMessage;").is_empty());
}

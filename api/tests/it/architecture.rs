//! The module dependencies of the server, enforced on its source.
//!
//! Every `crate::…` and `super::…` path, in a `use`, inline or re-exported, must lead from a layer to one that it may
//! depend on. A layer follows from folder and file names.

mod import_circles;

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

const NOUNS: [&str; 14] = [
    "account",
    "channel",
    "emoji",
    "file",
    "invite",
    "member",
    "message",
    "notification",
    "presence",
    "reaction",
    "read_state",
    "saved_search",
    "session",
    "workspace",
];
/// The files of commands, named by their verbs, and the rules that several commands of a noun share.
const COMMANDS: [&str; 30] = [
    "access",
    "add",
    "add_members",
    "change_email",
    "collect",
    "complete",
    "create",
    "credentials",
    "delete",
    "describe",
    "edit",
    "handles",
    "join",
    "leave",
    "limits",
    "membership",
    "open_direct",
    "prune",
    "register",
    "release",
    "removal",
    "remove",
    "remove_member",
    "reserve",
    "revoke",
    "send",
    "set_password",
    "set_role",
    "update",
    "usage",
];
const GROUND: [&str; 23] = [
    "allowance",
    "breaker",
    "budget",
    "clock",
    "compute",
    "config",
    "db",
    "directory",
    "error",
    "fair_semaphore",
    "open_files",
    "id",
    "logging",
    "meter",
    "network",
    "page",
    "permits",
    "planted",
    "supervise",
    "text",
    "tls",
    "account_locks",
    "viewer",
];

/// The layers, and which other layers each may depend on. `noun` is the root file of a noun: its limits and small
/// enums.
const ARROWS: [(&str, &[&str]); 20] = [
    ("ground", &[]),
    ("noun", &["ground"]),
    ("event", &["ground", "noun"]),
    ("state", &["ground", "noun", "event"]),
    ("entity", &["ground", "noun", "event"]),
    ("pure", &["ground", "noun", "event", "state", "log"]),
    ("command", &["ground", "noun", "event", "state", "entity", "log", "pure"]),
    ("projection", &["ground", "noun", "event", "entity", "log"]),
    ("log", &["ground", "noun", "event", "state", "entity", "projection", "bus"]),
    ("live", &["ground", "noun", "event", "state", "entity", "log", "bus"]),
    ("bus", &["ground", "event"]),
    ("media", &["ground"]),
    ("search", &["ground", "noun", "event", "entity", "log"]),
    // State that the application holds for the nouns.
    (
        "resource",
        &["ground", "noun", "event", "state", "entity", "projection", "log", "live", "bus", "search", "media"],
    ),
    ("app", &["ground", "noun", "event", "log", "live", "bus", "search", "media", "resource"]),
    ("view", &["ground", "noun", "event", "state", "command", "log", "live", "resource", "app"]),
    (
        "service",
        &[
            "ground",
            "noun",
            "event",
            "state",
            "entity",
            "pure",
            "command",
            "projection",
            "log",
            "live",
            "search",
            "media",
            "resource",
            "view",
            "app",
        ],
    ),
    (
        "worker",
        &[
            "ground", "noun", "event", "entity", "command", "log", "live", "bus", "search", "media", "resource",
            "service", "app",
        ],
    ),
    ("doctor", &["ground", "bus", "search", "media"]),
    (
        "graphql",
        &[
            "ground", "noun", "event", "state", "entity", "pure", "command", "log", "live", "search", "resource",
            "view", "service", "app",
        ],
    ),
];

/// The layer of a module path such as `message::service`.
fn layer(path: &[&str]) -> Option<&'static str> {
    let known = |name: &str| ARROWS.iter().map(|(layer, _)| *layer).find(|layer| *layer == name);
    let (first, rest) = path.split_first()?;
    if GROUND.contains(first) {
        return Some("ground");
    }
    if NOUNS.contains(first) {
        return match rest.first().copied() {
            Some(name) if name.ends_with("entity") => Some("entity"),
            Some("projection") => Some("projection"),
            Some(name) if *first != "presence" && COMMANDS.contains(&name) => Some("command"),
            Some(
                "checks" | "counts" | "follows" | "marks" | "notifier" | "password" | "seen" | "throttle" | "unread"
                | "viewers" | "writes",
            ) => Some("resource"),
            Some("service" | "checking" | "claim" | "device" | "lookup" | "quota" | "upload" | "writing") => {
                Some("service")
            }
            Some(name) if name.ends_with("graphql") => Some("graphql"),
            Some("state") => Some("state"),
            Some("view") => Some("view"),
            Some("mention" | "grammar" | "token" | "cookie") => Some("pure"),
            // Presence lives in memory only.
            Some(
                "heartbeat" | "open_roster" | "peers" | "roster" | "rosters" | "subscription" | "update" | "watcher",
            ) => Some("live"),
            _ => Some("noun"),
        };
    }
    match (*first, rest.first().copied()) {
        // Only the names of storage locations, which nouns and links are made of.
        ("media", Some("key")) => return Some("ground"),
        ("app", Some("keys" | "media" | "queue" | "readiness" | "semaphores" | "usage")) => return Some("resource"),
        ("search", Some("service" | "names" | "resolve" | "source")) => return Some("service"),
        ("search", Some(name @ ("graphql" | "entity"))) => return known(name),
        _ => {}
    }
    match *first {
        // These may depend on everything, and nothing depends on them.
        "http" => Some("http"),
        "seed" => Some("seed"),
        "server" => Some("server"),
        other => known(other),
    }
}

/// A source without comments and tests.
fn production_code(source: &str) -> String {
    let code: String = source.lines().map(|line| line.split("//").next().unwrap_or("")).collect::<Vec<_>>().join("\n");
    code.split("#[cfg(test)]").next().unwrap_or("").to_owned()
}

/// Every path into the crate that a source names, with `super` and `self` resolved against its own module.
fn paths(source: &str, module: &[String]) -> BTreeSet<Vec<String>> {
    let code = production_code(source);
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
    let path: Vec<String> = base.iter().cloned().chain([name.to_owned()]).collect();
    match tail.trim_start().strip_prefix("::") {
        Some(more) if path.len() < 6 => expand(more, &path, found),
        _ => {
            found.insert(path);
        }
    }
}

/// The violations in one file.
fn violations(module: &[String], source: &str) -> Vec<String> {
    let own: Vec<&str> = module.iter().map(String::as_str).collect();
    let Some(from) = layer(&own) else { return vec![format!("{} belongs to no layer", own.join("::"))] };
    if matches!(from, "http" | "seed" | "server") {
        return Vec::new();
    }
    let allowed = ARROWS.iter().find(|(name, _)| *name == from).map_or(&[][..], |(_, allowed)| *allowed);
    let mut wrong = Vec::new();
    for path in paths(source, module) {
        let path: Vec<&str> = path.iter().map(String::as_str).collect();
        let Some(to) = layer(&path) else { continue };
        if to != from && !allowed.contains(&to) {
            wrong.push(format!("{} ({from}) depends on {} ({to})", own.join("::"), path.join("::")));
        }
    }
    let foreign: &[&str] = match from {
        "service" | "view" => &["async_graphql", "axum", "async_nats"],
        "command" => &["async_graphql", "axum", "sea_orm::Database", "Timestamp::now"],
        "state" | "event" => &["async_graphql", "axum", "sea_orm::Database", ".await", "Timestamp::now"],
        _ => &[],
    };
    let code = source.split("#[cfg(test)]").next().unwrap_or("");
    wrong.extend(
        foreign.iter().filter(|name| code.contains(**name)).map(|name| format!("{} names {name}", own.join("::"))),
    );
    wrong
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

#[test]
fn dependencies_point_in_one_direction() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    let mut files = Vec::new();
    sources(&root, &mut files);
    assert!(files.len() > 80, "only {} files were found", files.len());
    let wrong: Vec<String> = files
        .iter()
        .filter(|file| !file.ends_with("main.rs") && !file.ends_with("lib.rs"))
        .flat_map(|file| violations(&module_of(&root, file), &fs::read_to_string(file).unwrap()))
        .collect();
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
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
        only("std::env::var", "config");
        only("OffsetDateTime::now_utc", "clock");
        only("Uuid::now_v7", "id");
        // Supervised tasks have a name and log their panics. A transaction begins in a task that outlives its caller.
        let code = source.split("#[cfg(test)]").next().unwrap_or("");
        assert!(
            !code.contains("tokio::spawn(")
                || module.ends_with("::tests")
                || ["db::transaction", "supervise"].contains(&module.as_str()),
            "{module} uses tokio::spawn, which is reserved for supervise"
        );
        // The wall clock of a process may be wrong, which the doctor reports. Signed links expire by it, as those of S3
        // do.
        if module != "media::signature" {
            only("Timestamp::now(", "doctor");
        }
    }
}

#[test]
fn finds_planted_violations() {
    let module = |text: &str| text.split("::").map(str::to_owned).collect::<Vec<_>>();
    for (file, source) in [
        ("message::service", "use crate::http::HttpState;"),
        ("message::service", "use crate::{error::Error, message::graphql::Message};"),
        ("message::send", "fn decide() { let _ = crate::server::start; }"),
        ("message::send", "use super::service::send;"),
        ("message::entity", "pub use crate::message::service::New;"),
        ("log::lane", "use crate::live::room::Room;"),
        ("error", "use super::app::App;"),
        ("channel::service", "use async_graphql::ID;"),
    ] {
        let found = violations(&module(file), source);
        assert!(!found.is_empty(), "{file}: {source}");
    }
    assert!(
        violations(&module("message::service"), "use crate::error::Error; use super::send::SendMessage;").is_empty()
    );
}

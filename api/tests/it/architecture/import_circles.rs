//! Import circles between the files of the server, found on their source.
//!
//! A file imports another one if it names a path into it: from the crate or a parent module, through a module that it
//! imports (`use crate::message;`, then `message::service::send`), or through a module of its own (`mod nats;`, then
//! `nats::Nats`). A path to a re-exported name leads to the file that defines the name. The re-export itself is no
//! import, and tests are not read.

use std::collections::{BTreeMap, BTreeSet};

use super::source::production_code;
use super::{expand, modules, paths};

/// What each file imports, by module path.
type Imports = BTreeMap<String, BTreeSet<String>>;

/// The source files of a crate.
#[derive(Default)]
struct Files {
    /// Code by module path, without re-exports.
    code: BTreeMap<String, String>,
    /// The paths of re-exported names, by module path and name.
    reexports: BTreeMap<(String, String), Vec<String>>,
}

impl Files {
    fn new<'a>(files: impl IntoIterator<Item = (Vec<String>, &'a str)>) -> Self {
        let files: Vec<_> = files.into_iter().collect();
        let modules: BTreeSet<String> = files.iter().map(|(module, _)| module.join("::")).collect();
        let mut found = Self::default();
        for (module, code) in files {
            let (code, reexports) = split_reexports(code);
            let name = module.join("::");
            for statement in reexports {
                let head = statement.split("::").next().unwrap_or("").trim();
                let is_own = modules.contains(&format!("{name}::{head}"));
                let statement = if is_own { format!("self::{statement}") } else { statement };
                for path in paths(&statement, &module) {
                    let key = (name.clone(), path.last().cloned().unwrap_or_default());
                    found.reexports.insert(key, path);
                }
            }
            found.code.insert(name, code);
        }
        found
    }

    /// The file that defines what a path names.
    fn definition(&self, path: &[String]) -> Option<String> {
        let mut path = path.to_vec();
        // Bounds chains of re-exports.
        for _ in 0..8 {
            let at = (1..=path.len()).rev().find(|end| self.code.contains_key(&path[..*end].join("::")))?;
            let module = path[..at].join("::");
            match path.get(at).and_then(|name| self.reexports.get(&(module.clone(), name.clone()))) {
                Some(target) => path = target.iter().chain(&path[at + 1..]).cloned().collect(),
                None => return Some(module),
            }
        }
        None
    }

    fn imports(&self) -> Imports {
        self.code.iter().map(|(module, code)| (module.clone(), self.imports_of(module, code))).collect()
    }

    fn imports_of(&self, module: &str, code: &str) -> BTreeSet<String> {
        let own: Vec<String> = module.split("::").map(str::to_owned).collect();
        let mut named = paths(code, &own);
        let is_child = |other: &&String| other.rsplit_once("::").is_some_and(|(parent, _)| parent == module);
        let children = self.code.keys().filter(is_child).map(|child| child.split("::").map(str::to_owned).collect());
        let imported = named.iter().filter(|path| self.code.contains_key(&path.join("::"))).cloned();
        for base in children.chain(imported).collect::<Vec<Vec<String>>>() {
            let marker = format!("{}::", base.last().map_or("", String::as_str));
            for (at, _) in code.match_indices(&marker) {
                if !code[..at].ends_with(|c: char| c.is_alphanumeric() || c == '_' || c == ':') {
                    expand(&code[at + marker.len()..], &base, &mut named);
                }
            }
        }
        let mut files: BTreeSet<String> = named.iter().filter_map(|path| self.definition(path)).collect();
        files.remove(module);
        files
    }
}

/// Splits code into what it does itself and its re-exports, each without `pub use` and `;`.
fn split_reexports(code: &str) -> (String, Vec<String>) {
    let (mut rest, mut own, mut reexports) = (code, String::new(), Vec::new());
    while let Some(at) = ["pub use ", "pub(crate) use ", "pub(super) use "].iter().filter_map(|m| rest.find(m)).min() {
        own.push_str(&rest[..at]);
        let statement = &rest[at..];
        let end = statement.find(';').unwrap_or(statement.len());
        reexports.extend(statement[..end].split_once(" use ").map(|(_, path)| path.to_owned()));
        rest = &statement[end..];
    }
    own.push_str(rest);
    (own, reexports)
}

/// The groups of files that import each other, directly or through others.
fn circles(imports: &Imports) -> Vec<BTreeSet<String>> {
    let reachable = |from: &String| {
        let (mut seen, mut next) = (BTreeSet::new(), vec![from]);
        while let Some(file) = next.pop() {
            next.extend(imports.get(file).into_iter().flatten().filter(|other| seen.insert((*other).clone())));
        }
        seen
    };
    let reachable: BTreeMap<&String, BTreeSet<String>> = imports.keys().map(|file| (file, reachable(file))).collect();
    let circle = |(file, others): (&&String, &BTreeSet<String>)| {
        let circle = others.iter().filter(|other| reachable.get(other).is_some_and(|back| back.contains(*file)));
        circle.cloned().collect::<BTreeSet<_>>()
    };
    let found: BTreeSet<BTreeSet<String>> = reachable.iter().map(circle).filter(|circle| !circle.is_empty()).collect();
    found.into_iter().collect()
}

/// The only circles: files that define GraphQL types which refer to each other, or are payloads of each other's
/// mutations.
const GRAPHQL_CIRCLES: [&str; 3] = [
    "chat::account::graphql chat::session::graphql",
    "chat::channel::graphql chat::message::graphql chat::message::thread_graphql chat::reaction::graphql",
    "chat::invite::graphql chat::workspace::graphql",
];

fn describe(circles: Vec<BTreeSet<String>>) -> Vec<String> {
    circles.into_iter().map(|circle| circle.into_iter().collect::<Vec<_>>().join(" ")).collect()
}

#[test]
fn only_graphql_types_form_import_circles() {
    let texts = modules();
    let imports = Files::new(texts.iter().map(|(module, code)| (module.clone(), code.as_str()))).imports();
    assert!(imports.values().map(BTreeSet::len).sum::<usize>() > 1_000, "too few imports were found");
    assert_eq!(describe(circles(&imports)), GRAPHQL_CIRCLES);
}

fn circles_of(files: &[(&str, &str)]) -> Vec<String> {
    let module = |text: &str| text.split("::").map(str::to_owned).collect::<Vec<_>>();
    let code: Vec<String> = files.iter().map(|(_, source)| production_code(source)).collect();
    let files = files.iter().zip(&code).map(|((name, _), code)| (module(name), code.as_str()));
    describe(circles(&Files::new(files).imports()))
}

#[test]
fn finds_planted_circles() {
    for (files, circle) in [
        // Directly, through a third file, and inline.
        (&[("a", "use crate::b::B;"), ("b", "use crate::{a::A, c::C};"), ("c", "")][..], "a b"),
        (&[("a", "use crate::b::B;"), ("b", "use crate::c::C;"), ("c", "fn f() { crate::a::g() }")], "a b c"),
        // Between a file and a module of its own.
        (&[("m", "mod x; fn f() { x::g() }"), ("m::x", "use super::Kind;")], "m m::x"),
        (&[("m", "mod x; use self::x::X;"), ("m::x", "use super::Kind;")], "m m::x"),
        // Through an imported module.
        (&[("a", "use crate::m; fn f() { m::x::g() }"), ("m", "pub mod x;"), ("m::x", "use crate::a::A;")], "a m::x"),
        // Through re-exports.
        (&[("m", "mod x; mod y; pub use x::X;"), ("m::x", "use super::y::Y;"), ("m::y", "use super::X;")], "m::x m::y"),
        (&[("a", "use crate::m::X;"), ("m", "pub use crate::b::{X, Y};"), ("b", "use crate::a::A;")], "a b"),
    ] {
        assert_eq!(circles_of(files), [circle], "{files:?}");
    }
}

#[test]
fn accepts_facades_comments_and_tests() {
    for files in [
        &[("m", "mod x; pub use x::X; pub enum Kind {}"), ("m::x", "use super::Kind;")][..],
        &[("a", "use crate::b::B;"), ("b", "// use crate::a::A;")],
        &[("a", "use crate::b::B;"), ("b", "#[cfg(test)]\nmod tests { use crate::a::A; }")],
        &[("a", "use crate::b::B; use crate::c::C;"), ("b", "use crate::c::C;"), ("c", "")],
    ] {
        assert!(circles_of(files).is_empty(), "{files:?}");
    }
}

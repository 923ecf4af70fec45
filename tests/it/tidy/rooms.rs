//! Rooms (the top-level modules of a crate) import each other in one direction only: their graph has no cycle.

use std::collections::{BTreeMap, BTreeSet};

use tests::source::Source;

/// Source folder of each crate that has rooms.
const CRATES: &[&str] = &["parser/src/", "forwarder/src/", "forwarder/explorer/src/"];

/// Rooms that each room imports.
type Graph = BTreeMap<String, BTreeSet<String>>;

#[test]
fn rooms_have_no_import_cycle() {
    for folder in CRATES {
        let graph = rooms(folder, &Source::all(folder.trim_end_matches('/')));
        println!("{folder}");
        for (room, imports) in &graph {
            println!("  {room} -> {}", imports.iter().map(String::as_str).collect::<Vec<_>>().join(", "));
        }
        assert_eq!(find_cycle(&graph), None, "{folder}: these rooms import each other in a circle");
    }
}

/// Computes the graph of a crate's rooms from the paths that their code names, tests left out. The binaries and the crate's
/// root are above all rooms.
fn rooms(folder: &str, sources: &[Source]) -> Graph {
    let is_code = |source: &&Source| !source.is_test();
    let room_of = |source: &Source| {
        let path = source.path.strip_prefix(folder)?;
        let room = path.split('/').next()?.trim_end_matches(".rs");
        (!["lib", "main", "bin"].contains(&room)).then(|| room.to_owned())
    };
    let names: BTreeSet<_> = sources.iter().filter_map(room_of).collect();
    let root = sources.iter().find(|source| source.path == format!("{folder}lib.rs"));
    let exports = root.map(|root| root_exports(&root.code, &names)).unwrap_or_default();
    let mut graph = Graph::new();
    for source in sources.iter().filter(is_code) {
        let Some(room) = room_of(source) else { continue };
        let imports = graph.entry(room.clone()).or_default();
        for reference in source.references() {
            let Some(first) = reference.path.strip_prefix("crate::").and_then(|path| path.split("::").next())
            else {
                continue;
            };
            let other =
                if names.contains(first) { Some(first) } else { exports.get(first).map(String::as_str) };
            imports.extend(other.filter(|other| *other != room).map(str::to_owned));
        }
    }
    graph
}

/// Maps the items that a crate's root re-exports to their rooms: `pub use self::{decode::Event, units::{Usd, UnixMillis}}`.
fn root_exports(code: &str, rooms: &BTreeSet<String>) -> BTreeMap<String, String> {
    let mut exports = BTreeMap::new();
    for statement in code.split(';').filter_map(|statement| statement.split_once("pub use ")) {
        let mut room = None;
        for word in statement.1.split(|c: char| !c.is_alphanumeric() && c != '_') {
            if rooms.contains(word) {
                room = Some(word);
            } else if let (Some(room), true) = (room, word.starts_with(char::is_uppercase)) {
                exports.insert(word.to_owned(), room.to_owned());
            }
        }
    }
    exports
}

/// Returns the rooms of a cycle, the first one again at the end.
fn find_cycle(graph: &Graph) -> Option<Vec<String>> {
    let mut finished = BTreeSet::new();
    graph.keys().find_map(|room| walk(graph, room, &mut Vec::new(), &mut finished))
}

fn walk(
    graph: &Graph,
    room: &str,
    path: &mut Vec<String>,
    finished: &mut BTreeSet<String>,
) -> Option<Vec<String>> {
    if let Some(start) = path.iter().position(|earlier| earlier == room) {
        path.push(room.to_owned());
        return Some(path.split_off(start));
    }
    if !finished.contains(room) {
        path.push(room.to_owned());
        for import in graph.get(room).into_iter().flatten() {
            if let Some(cycle) = walk(graph, import, path, finished) {
                return Some(cycle);
            }
        }
        path.pop();
        finished.insert(room.to_owned());
    }
    None
}

#[test]
fn import_cycle_is_found() {
    let sources = |c: &str| {
        let file = |path: &str, code: &str| Source::new(path.to_owned(), code.to_owned());
        [
            file("x/src/lib.rs", "pub mod a; pub mod b; pub mod c;\npub use self::{c::{Clock, Deep}};"),
            file("x/src/a.rs", "use crate::b::B;"),
            file("x/src/b/mod.rs", "use crate::Clock;"),
            file("x/src/b/deep.rs", "use super::B;"),
            file("x/src/b/tests.rs", "use crate::a::A;"),
            file("x/src/c.rs", c),
            file("x/src/bin/main.rs", "use crate::a::A;"),
        ]
    };
    assert_eq!(find_cycle(&rooms("x/src/", &sources("use std::fs;"))), None);
    let cycle = find_cycle(&rooms("x/src/", &sources("fn f(a: &crate::a::A) {}")));
    assert_eq!(cycle, Some(["a", "b", "c", "a"].map(str::to_owned).to_vec()));
}

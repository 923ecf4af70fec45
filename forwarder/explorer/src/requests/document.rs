//! Map as a drawing of Graphviz or Mermaid. Names are escaped, because they come from logs.

use std::fmt;

use super::edges::{Edge, Map};

/// Displays a map in the language of Graphviz.
#[derive(Clone, Copy, Debug)]
pub struct Dot<'m>(pub &'m Map);

/// Displays a map as a flowchart of Mermaid.
#[derive(Clone, Copy, Debug)]
pub struct Mermaid<'m>(pub &'m Map);

fn label(edge: &Edge) -> String {
    let change = edge.change.map(|change| change.name().to_owned());
    let failed = (edge.errors > 0).then(|| format!("{} failed", edge.errors));
    let retried = (edge.retries > 0).then(|| format!("{} retried", edge.retries));
    let notes: Vec<String> = change.into_iter().chain(failed).chain(retried).collect();
    if notes.is_empty() { edge.calls.to_string() } else { format!("{} ({})", edge.calls, notes.join(", ")) }
}

/// Edges of a drawing: not those over resources, whose edges to and from the resources are drawn.
fn drawn(map: &Map) -> impl Iterator<Item = &Edge> {
    map.edges.iter().filter(|edge| !edge.is_over_resources())
}

impl fmt::Display for Dot<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let quoted = |name: &str| {
            let escaped: String = name.chars().filter(|c| !c.is_control()).flat_map(dot_char).collect();
            ["\"", &escaped, "\""].concat()
        };
        writeln!(f, "digraph map {{\n  rankdir=LR;\n  node [shape=box];")?;
        for node in &self.0.nodes {
            writeln!(f, "  {};", quoted(&node.name))?;
        }
        for edge in drawn(self.0) {
            let style = if edge.uncertain { ", style=dotted" } else { "" };
            let (from, to) = (quoted(&edge.from), quoted(&edge.to));
            writeln!(f, "  {from} -> {to} [label={}{style}];", quoted(&label(edge)))?;
        }
        writeln!(f, "}}")
    }
}

fn dot_char(c: char) -> Vec<char> {
    if matches!(c, '"' | '\\') { vec!['\\', c] } else { vec![c] }
}

impl fmt::Display for Mermaid<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let place = |name: &str| self.0.nodes.iter().position(|node| node.name == name);
        writeln!(f, "flowchart LR")?;
        for (node, at) in self.0.nodes.iter().zip(0_usize..) {
            writeln!(f, "  n{at}[\"{}\"]", mermaid_text(&node.name))?;
        }
        for edge in drawn(self.0) {
            let (Some(from), Some(to)) = (place(&edge.from), place(&edge.to)) else { continue };
            let arrow = if edge.uncertain { "-.->" } else { "-->" };
            writeln!(f, "  n{from} {arrow}|{}| n{to}", mermaid_text(&label(edge)))?;
        }
        Ok(())
    }
}

/// Text with everything that Mermaid could read as markup as a number: `#60;`.
fn mermaid_text(text: &str) -> String {
    let is_plain = |c: char| c.is_alphanumeric() || matches!(c, ' ' | '-' | '_' | '.' | ':' | '$');
    let of_char = |c: char| if is_plain(c) { c.to_string() } else { format!("#{};", u32::from(c)) };
    text.chars().filter(|c| !c.is_control()).map(of_char).collect()
}

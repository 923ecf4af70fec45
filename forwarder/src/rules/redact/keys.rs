//! Names and paths of members whose values are redacted whole.

/// Most segments of a path: its positions are the bits of an integer.
const MAX_SEGMENTS: usize = 63;

/// Names and paths of the `keys` of one or more rules.
#[derive(Debug, Default)]
pub(super) struct Keys {
    /// Names that match at any depth, each with the index of its rule.
    names: Vec<(String, usize)>,
    paths: Vec<Path>,
}

/// Path from the root of a JSON text, `customer.*.phone`.
#[derive(Debug)]
struct Path {
    segments: Vec<String>,
    rule: usize,
}

/// Positions of all paths at a JSON value: bit `n` of an entry is set if the first `n` segments of the path lead to it.
pub(super) type Positions = Vec<u64>;

impl Keys {
    /// Adds a name or a path; false if it is malformed.
    pub(super) fn add(&mut self, key: &str, rule: usize) -> bool {
        let segments: Vec<String> = key.split('.').map(str::to_owned).collect();
        let is_valid = segments.len() <= MAX_SEGMENTS && segments.iter().all(|segment| !segment.is_empty());
        if !is_valid || key == "*" {
            return false;
        }
        match segments.as_slice() {
            [name] => self.names.push((name.clone(), rule)),
            _ => self.paths.push(Path { segments, rule }),
        }
        true
    }

    pub(super) fn is_empty(&self) -> bool {
        self.names.is_empty() && self.paths.is_empty()
    }

    /// Texts of which a JSON text has at least one in a name if any key matches; `None` if there is no such text.
    pub(super) fn needles(&self) -> Option<Vec<String>> {
        let last = self.paths.iter().filter_map(|path| path.segments.last());
        let needles =
            self.names.iter().map(|(name, _)| name).chain(last).map(|segment| {
                segment.split('*').max_by_key(|part| part.len()).unwrap_or_default().to_owned()
            });
        let needles: Vec<_> = needles.collect();
        let is_plain = |needle: &String| {
            !needle.is_empty()
                && needle.chars().all(|c| c.is_ascii() && !c.is_control() && !"\"\\/".contains(c))
        };
        needles.iter().all(is_plain).then_some(needles)
    }

    /// Positions at the root of a JSON text, besides those that `outer` has at the string that the text is in.
    pub(super) fn root(&self, outer: &[u64]) -> Positions {
        let outer = outer.iter().copied().chain(std::iter::repeat(0));
        self.paths.iter().zip(outer).map(|(_, outer)| outer | 1).collect()
    }

    /// Positions at the member `name` of an object with the positions `at`, and the index of the rule whose key the
    /// member matches.
    pub(super) fn member(&self, at: &[u64], name: &str) -> (Positions, Option<usize>) {
        let by_name = self.names.iter().find(|(key, _)| matches_glob(key, name)).map(|(_, rule)| *rule);
        let positions: Positions = self.paths.iter().zip(at).map(|(path, at)| path.step(*at, name)).collect();
        let by_path = self.complete(&positions);
        (positions, by_name.into_iter().chain(by_path).min())
    }

    /// Positions at an element of an array: its index is a segment or is left out.
    pub(super) fn element(&self, at: &[u64], index: u32) -> (Positions, Option<usize>) {
        if self.paths.is_empty() {
            return (Positions::new(), None);
        }
        let index = index.to_string();
        let positions: Positions =
            self.paths.iter().zip(at).map(|(path, at)| path.step(*at, &index)).collect();
        let rule = self.complete(&positions);
        (positions.iter().zip(at).map(|(stepped, at)| stepped | at).collect(), rule)
    }

    fn complete(&self, positions: &[u64]) -> Option<usize> {
        let is_complete = |(path, at): &(&Path, &u64)| (**at >> path.segments.len()) & 1 == 1;
        self.paths.iter().zip(positions).filter(is_complete).map(|(path, _)| path.rule).min()
    }
}

impl Path {
    fn step(&self, at: u64, name: &str) -> u64 {
        let segments = self.segments.iter().zip(0_u32..);
        let matched = segments.filter(|(segment, n)| (at >> n) & 1 == 1 && matches_glob(segment, name));
        matched.fold(0, |positions, (_, n)| positions | (1 << (n + 1)))
    }
}

/// Returns true if a name matches a text in which `*` stands for any characters.
fn matches_glob(glob: &str, name: &str) -> bool {
    let Some((start, rest)) = glob.split_once('*') else { return glob == name };
    let Some(mut name) = name.strip_prefix(start) else { return false };
    let (middle, end) = rest.rsplit_once('*').map_or((None, rest), |(middle, end)| (Some(middle), end));
    for part in middle.into_iter().flat_map(|middle| middle.split('*')) {
        let Some((_, after)) = name.split_once(part) else { return false };
        name = after;
    }
    name.ends_with(end)
}

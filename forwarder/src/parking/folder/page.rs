//! One page of the keys in a folder, read with memory for that page alone: a folder may hold millions of parked objects.

use std::{collections::BinaryHeap, fs, io, path::Path};

use super::HIDDEN;

/// Keys that are collected while a folder is walked: the first ones that are wanted.
pub(super) struct PageOfKeys<'p> {
    prefix: &'p str,
    after: Option<&'p str>,
    limit: usize,
    /// Keys so far; the last one in the order of keys is on top.
    keys: BinaryHeap<String>,
}

impl<'p> PageOfKeys<'p> {
    /// Returns the first keys that start with `prefix` and sort behind `after`, up to `limit`, sorted.
    pub(super) fn read(
        root: &Path,
        prefix: &'p str,
        after: Option<&'p str>,
        limit: usize,
    ) -> io::Result<Vec<String>> {
        let mut page = Self { prefix, after, limit, keys: BinaryHeap::new() };
        page.walk(root, "")?;
        Ok(page.keys.into_sorted_vec())
    }

    /// Adds the keys of all files below `folder`, each preceded by `parent`.
    fn walk(&mut self, folder: &Path, parent: &str) -> io::Result<()> {
        let entries = match fs::read_dir(folder) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(()),
            entries => entries?,
        };
        for entry in entries {
            let entry = entry?;
            let Ok(name) = entry.file_name().into_string() else { continue };
            let kind = entry.file_type()?;
            if name.starts_with(HIDDEN) {
                continue;
            }
            if kind.is_dir() {
                let below = format!("{parent}{name}/");
                if self.may_contain(&below) {
                    self.walk(&entry.path(), &below)?;
                }
            } else if kind.is_file() {
                self.add(format!("{parent}{name}"));
            }
        }
        Ok(())
    }

    /// True if a key that starts with `below` may belong to the page.
    fn may_contain(&self, below: &str) -> bool {
        let has_prefix = below.starts_with(self.prefix) || self.prefix.starts_with(below);
        let is_behind = self.after.is_none_or(|after| below > after || after.starts_with(below));
        let last = self.keys.peek().filter(|_| self.keys.len() >= self.limit);
        has_prefix && is_behind && last.is_none_or(|last| below < last.as_str())
    }

    fn add(&mut self, key: String) {
        if key.starts_with(self.prefix) && self.after.is_none_or(|after| key.as_str() > after) {
            self.keys.push(key);
            if self.keys.len() > self.limit {
                self.keys.pop();
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn folder(keys: &[String]) -> tempfile::TempDir {
        let folder = tempfile::tempdir().unwrap();
        for key in keys {
            let path = folder.path().join(key);
            fs::create_dir_all(path.parent().unwrap()).unwrap();
            fs::write(path, "").unwrap();
        }
        folder
    }

    proptest! {
        #![proptest_config(ProptestConfig { cases: 48, ..ProptestConfig::default() })]

        #[test]
        fn pages_together_are_the_sorted_list(
            // Folders end with `d`, so that no file has the name of a folder.
            keys in proptest::collection::btree_set("([ab-]d/){0,2}[ab-]f", 0..12),
            prefix in "([ab-]d/){0,2}",
            limit in 1_usize..4,
        ) {
            let keys: Vec<_> = keys.into_iter().collect();
            let folder = folder(&keys);
            let expected: Vec<_> = keys.iter().filter(|key| key.starts_with(&prefix)).cloned().collect();
            let mut listed: Vec<String> = Vec::new();
            loop {
                let after = listed.last().cloned();
                let page = PageOfKeys::read(folder.path(), &prefix, after.as_deref(), limit).unwrap();
                let is_last = page.len() < limit;
                listed.extend(page);
                if is_last {
                    break;
                }
            }
            prop_assert_eq!(listed, expected);
        }
    }
}

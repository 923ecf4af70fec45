//! Embeds the page: as it lies built in `page/dist`, else built with Node, else one plain document.
//!
//! `page/dist` counts only when it was built from the sources beside it: it holds the hash of them. `TAILWATER_PAGE`
//! set to `plain` keeps Node out of it.

use std::{
    collections::BTreeMap,
    env,
    error::Error,
    fmt::Write as _,
    fs,
    io::{self, Write as _},
    path::{Path, PathBuf},
    process::{Command, Stdio},
};

use sha2::{Digest as _, Sha256};

type Done<T> = Result<T, Box<dyn Error>>;

/// What the built page depends on.
const SOURCES: [&str; 7] =
    ["index.html", "package.json", "package-lock.json", ".npmrc", "tsconfig.json", "vite.config.ts", "src"];

/// The file in `dist` that holds the hash of what it was built from.
const STAMP: &str = "sources.sha256";

fn main() -> Done<()> {
    say("rerun-if-changed=build.rs")?;
    let page = PathBuf::from(env::var("CARGO_MANIFEST_DIR")?).join("page");
    let out = PathBuf::from(env::var("OUT_DIR")?);
    for source in
        SOURCES.iter().chain(&["plain.html"]).map(|name| page.join(name)).filter(|path| path.exists())
    {
        say(&format!("rerun-if-changed={}", source.display()))?;
    }
    say("rerun-if-env-changed=TAILWATER_PAGE")?;
    let files = match full_page(&page) {
        Ok(dist) => files_below(&dist)?,
        Err(reason) => {
            say(&format!("warning=the plain page is embedded, not the full one: {reason}"))?;
            BTreeMap::from([("index.html".to_owned(), page.join("plain.html"))])
        }
    };
    Ok(fs::write(out.join("page.rs"), table(&files))?)
}

/// Tells cargo something.
fn say(what: &str) -> io::Result<()> {
    writeln!(io::stdout(), "cargo::{what}")
}

/// The folder of the full page; why there is none, where there is none.
fn full_page(page: &Path) -> Done<PathBuf> {
    let dist = page.join("dist");
    let sources = hash_of_sources(page)?;
    let is_current = || fs::read_to_string(dist.join(STAMP)).is_ok_and(|stamp| stamp.trim() == sources);
    let found = |dist: PathBuf| -> Done<PathBuf> {
        // When it is taken away, it has to be made again.
        say(&format!("rerun-if-changed={}", dist.join(STAMP).display()))?;
        Ok(dist)
    };
    if is_current() {
        return found(dist);
    }
    if env::var("TAILWATER_PAGE").is_ok_and(|wanted| wanted == "plain") {
        return Err("TAILWATER_PAGE says so".into());
    }
    if !npm(page, &["--version"])? {
        return Err("Node is not installed; with it, `cargo build` makes the full one".into());
    }
    let quiet = ["--no-audit", "--no-fund", "--ignore-scripts", "--prefer-offline", "--fetch-retries=1"];
    if !has_packages(page)? && !npm(page, &[["ci"].as_slice(), &quiet].concat())? {
        return Err("`npm ci` in forwarder/explorer/page failed".into());
    }
    if !npm(page, &["run", "build"])? || !is_current() {
        return Err("`npm run build` in forwarder/explorer/page failed".into());
    }
    say("warning=the full page was built with Node, in forwarder/explorer/page/dist")?;
    found(dist)
}

/// Whether `npm ci` was run since the lock file changed.
fn has_packages(page: &Path) -> Done<bool> {
    let installed = fs::metadata(page.join("node_modules/.package-lock.json"));
    let wanted = fs::metadata(page.join("package-lock.json"))?.modified()?;
    Ok(installed.is_ok_and(|installed| installed.modified().is_ok_and(|time| time >= wanted)))
}

/// Whether npm did something; an error is never cargo's.
fn npm(page: &Path, arguments: &[&str]) -> Done<bool> {
    let program = if cfg!(windows) { "npm.cmd" } else { "npm" };
    let mut command = Command::new(program);
    command.args(arguments).current_dir(page).stdin(Stdio::null()).stdout(Stdio::null());
    match command.status() {
        Ok(status) => Ok(status.success()),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(false),
        Err(error) => Err(error.into()),
    }
}

/// The hash that `vite.config.ts` leaves in `dist`: over every source's path and content, in order of the paths.
fn hash_of_sources(page: &Path) -> Done<String> {
    let mut all = BTreeMap::new();
    for name in SOURCES {
        let path = page.join(name);
        if path.is_dir() {
            all.extend(
                files_below(&path)?.into_iter().map(|(below, path)| (format!("{name}/{below}"), path)),
            );
        } else {
            all.insert(name.to_owned(), path);
        }
    }
    let mut hash = Sha256::new();
    for (name, path) in all {
        hash.update(name.as_bytes());
        hash.update([0]);
        hash.update(fs::read(&path)?);
        hash.update([0]);
    }
    Ok(hash.finalize().iter().fold(String::new(), |mut text, byte| {
        // Writing to a string cannot fail.
        let _ = write!(text, "{byte:02x}");
        text
    }))
}

/// Every file below a folder, by its path from there with `/` between.
fn files_below(folder: &Path) -> Done<BTreeMap<String, PathBuf>> {
    let mut found = BTreeMap::new();
    for entry in fs::read_dir(folder)? {
        let entry = entry?;
        let name = entry.file_name().to_string_lossy().into_owned();
        if entry.file_type()?.is_dir() {
            let below = files_below(&entry.path())?;
            found.extend(below.into_iter().map(|(path, file)| (format!("{name}/{path}"), file)));
        } else {
            found.insert(name, entry.path());
        }
    }
    Ok(found)
}

/// The files as a table in Rust. What a file is compressed to lies beside it.
fn table(files: &BTreeMap<String, PathBuf>) -> String {
    let include = |path: &Path| format!("include_bytes!({:?}).as_slice()", path.display().to_string());
    let beside = |name: &str, ending: &str| match files.get(&format!("{name}.{ending}")) {
        Some(path) => format!("Some({})", include(path)),
        None => "None".to_owned(),
    };
    let is_shown = |name: &str| name != STAMP && !name.ends_with(".gz") && !name.ends_with(".br");
    let mut table = String::from("/// The files of the page.\npub(super) static ASSETS: &[Asset] = &[\n");
    for (name, path) in files.iter().filter(|(name, _)| is_shown(name)) {
        let (plain, gzip, brotli) = (include(path), beside(name, "gz"), beside(name, "br"));
        table +=
            &format!("    Asset {{ path: {name:?}, plain: {plain}, gzip: {gzip}, brotli: {brotli} }},\n");
    }
    table + "];\n"
}

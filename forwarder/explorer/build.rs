//! Embeds the sample of `tailwater demo`, which is `tests/demo`, and the page: the current build in `page/dist`, else a new
//! build with Node, else the plain HTML document. Sets the text of `--version`.
//!
//! A build in `page/dist` is current if the hash stored in it is that of the page's sources. With
//! `TAILWATER_PAGE=plain`, Node is not used.

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

type BuildResult<T> = Result<T, Box<dyn Error>>;

/// Files and folders that determine the built page.
const SOURCES: [&str; 7] =
    ["index.html", "package.json", "package-lock.json", ".npmrc", "tsconfig.json", "vite.config.ts", "src"];

/// File in `dist` with the hash of the sources of that build.
const STAMP: &str = "sources.sha256";

/// File with the commit, its date and its time in seconds, which `git archive` fills in; `$Format:…$` in a checkout.
const COMMIT: &str = "commit.txt";

/// Number of digits of a commit that `--version` shows.
const COMMIT_DIGITS: usize = 9;

/// Files and folders that the program is compiled from, besides this package's own manifest.
const CODE: [&str; 4] = ["src", "../src", "../../parser/src", "../../Cargo.lock"];

fn main() -> BuildResult<()> {
    cargo_instruction("rerun-if-changed=build.rs")?;
    cargo_instruction(&format!("rustc-env=TAILWATER_VERSION={}", version()?))?;
    let page = PathBuf::from(env::var("CARGO_MANIFEST_DIR")?).join("page");
    let out = PathBuf::from(env::var("OUT_DIR")?);
    for source in
        SOURCES.iter().chain(&["plain.html"]).map(|name| page.join(name)).filter(|path| path.exists())
    {
        cargo_instruction(&format!("rerun-if-changed={}", source.display()))?;
    }
    cargo_instruction("rerun-if-env-changed=TAILWATER_PAGE")?;
    let files = match full_page(&page) {
        Ok(dist) => files_below(&dist)?,
        Err(reason) => {
            cargo_instruction(&format!(
                "warning=embedding the plain page instead of the full one: {reason}"
            ))?;
            BTreeMap::from([("index.html".to_owned(), page.join("plain.html"))])
        }
    };
    fs::write(out.join("page.rs"), table(&files))?;
    Ok(fs::write(out.join("demo.rs"), demo()?)?)
}

/// Formats the version, with commit and date in brackets if they are known. No clock is read: the date is the commit's.
fn version() -> BuildResult<String> {
    cargo_instruction(&format!("rerun-if-changed={COMMIT}"))?;
    let version = env::var("CARGO_PKG_VERSION")?;
    let archived = fs::read_to_string(COMMIT)?;
    // Only a release build asks git: a commit would compile everything again.
    let is_release = env::var("PROFILE")? == "release";
    let commit = if !archived.starts_with("$Format") {
        shortened(&archived, "")
    } else if is_release {
        commit_of_checkout()?
    } else {
        None
    };
    Ok(match commit {
        Some(commit) => format!("{version} ({commit})"),
        None => version,
    })
}

/// Formats hash and date of a commit, with a mark behind the hash; `None` if there are not both.
fn shortened(commit: &str, mark: &str) -> Option<String> {
    let mut words = commit.split_whitespace();
    let (hash, date) = (words.next()?, words.next()?);
    Some(format!("{}{mark} {date}", hash.get(..COMMIT_DIGITS).unwrap_or(hash)))
}

/// Returns hash and date of the commit that is checked out, with `-dirty` if files of it are changed; `None` without
/// git, and if the repository is another one.
fn commit_of_checkout() -> BuildResult<Option<String>> {
    if git(&["rev-parse", "--show-prefix"]).is_none_or(|place| place.trim() != "forwarder/explorer/") {
        return Ok(None);
    }
    for file in ["HEAD", "logs/HEAD"] {
        let path = git(&["rev-parse", "--git-path", file]).unwrap_or_default();
        // Cargo takes a file that does not exist for a changed one.
        if Path::new(path.trim()).exists() {
            cargo_instruction(&format!("rerun-if-changed={}", path.trim()))?;
        }
    }
    // A change of the code changes the mark.
    for code in CODE {
        cargo_instruction(&format!("rerun-if-changed={code}"))?;
    }
    let changed = git(&["status", "--porcelain", "--untracked-files=no"]);
    let mark = if changed.is_none_or(|files| files.trim().is_empty()) { "" } else { "-dirty" };
    Ok(git(&["show", "--no-patch", "--format=%H %cs", "HEAD"]).and_then(|commit| shortened(&commit, mark)))
}

/// Runs git in the folder of this package and returns its output if it succeeded.
fn git(arguments: &[&str]) -> Option<String> {
    let output =
        Command::new("git").args(arguments).stdin(Stdio::null()).stderr(Stdio::null()).output().ok()?;
    output.status.success().then(|| String::from_utf8_lossy(&output.stdout).into_owned())
}

/// Formats the files of `tests/demo` as a Rust table, with a hash of them.
fn demo() -> BuildResult<String> {
    let folder = PathBuf::from(env::var("CARGO_MANIFEST_DIR")?).join("../../tests/demo").canonicalize()?;
    cargo_instruction(&format!("rerun-if-changed={}", folder.display()))?;
    let files = files_below(&folder)?;
    let hash = hash_of(&files)?;
    let mut table = format!(
        "/// Beginning of a hash of [`FILES`].\npub(super) const CONTENT: &str = {:?};\n\n",
        hash.get(..8).unwrap_or(&hash)
    );
    table += "/// The files: path, with `/` as separator, and content.\n\
        pub(super) static FILES: &[(&str, &[u8])] = &[\n";
    for (name, path) in &files {
        table += &format!("    ({name:?}, {}),\n", include(path));
    }
    Ok(table + "];\n")
}

/// Prints an instruction for cargo.
fn cargo_instruction(text: &str) -> io::Result<()> {
    writeln!(io::stdout(), "cargo::{text}")
}

/// Returns the folder of the full page, built with Node if it is not current. The error says why there is no full page.
fn full_page(page: &Path) -> BuildResult<PathBuf> {
    let dist = page.join("dist");
    let sources = hash_of_sources(page)?;
    let is_current = || fs::read_to_string(dist.join(STAMP)).is_ok_and(|stamp| stamp.trim() == sources);
    let found = |dist: PathBuf| -> BuildResult<PathBuf> {
        // If the build is deleted, it has to be made again.
        cargo_instruction(&format!("rerun-if-changed={}", dist.join(STAMP).display()))?;
        Ok(dist)
    };
    if is_current() {
        return found(dist);
    }
    if env::var("TAILWATER_PAGE").is_ok_and(|value| value == "plain") {
        return Err("TAILWATER_PAGE=plain is set".into());
    }
    if !run_npm(page, &["--version"])? {
        return Err("Node is not installed; install it and run `cargo build` again".into());
    }
    let quiet = ["--no-audit", "--no-fund", "--ignore-scripts", "--prefer-offline", "--fetch-retries=1"];
    if !has_packages(page)? && !run_npm(page, &[["ci"].as_slice(), &quiet].concat())? {
        return Err("`npm ci` in forwarder/explorer/page failed".into());
    }
    if !run_npm(page, &["run", "build"])? || !is_current() {
        return Err("`npm run build` in forwarder/explorer/page failed".into());
    }
    cargo_instruction("warning=built the full page with Node, in forwarder/explorer/page/dist")?;
    found(dist)
}

/// True if `npm ci` was run since the lock file changed.
fn has_packages(page: &Path) -> BuildResult<bool> {
    let installed = fs::metadata(page.join("node_modules/.package-lock.json"));
    let wanted = fs::metadata(page.join("package-lock.json"))?.modified()?;
    Ok(installed.is_ok_and(|installed| installed.modified().is_ok_and(|time| time >= wanted)))
}

/// Runs npm and returns true if it succeeded. Its output on standard error is shown, that on standard output is not:
/// cargo would read it.
fn run_npm(page: &Path, arguments: &[&str]) -> BuildResult<bool> {
    let program = if cfg!(windows) { "npm.cmd" } else { "npm" };
    let mut command = Command::new(program);
    command.args(arguments).current_dir(page).stdin(Stdio::null()).stdout(Stdio::null());
    match command.status() {
        Ok(status) => Ok(status.success()),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(false),
        Err(error) => Err(error.into()),
    }
}

/// Computes the hash that `vite.config.ts` writes to `dist`: over path and content of every source, in order of the
/// paths.
fn hash_of_sources(page: &Path) -> BuildResult<String> {
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
    hash_of(&all)
}

/// Computes a hash over path and content of files, in order of the paths, as hexadecimal digits.
fn hash_of(files: &BTreeMap<String, PathBuf>) -> BuildResult<String> {
    let mut hash = Sha256::new();
    for (name, path) in files {
        hash.update(name.as_bytes());
        hash.update([0]);
        hash.update(fs::read(path)?);
        hash.update([0]);
    }
    Ok(hash.finalize().iter().fold(String::new(), |mut text, byte| {
        // Writing to a string cannot fail.
        let _ = write!(text, "{byte:02x}");
        text
    }))
}

/// Returns all files below a folder, by their relative path with `/` as separator.
fn files_below(folder: &Path) -> BuildResult<BTreeMap<String, PathBuf>> {
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

/// Formats the expression of a file's content.
fn include(path: &Path) -> String {
    format!("include_bytes!({:?}).as_slice()", path.display().to_string())
}

/// Formats the files as a Rust table. Compressed variants are next to each file in `dist`.
fn table(files: &BTreeMap<String, PathBuf>) -> String {
    let variant = |name: &str, ending: &str| match files.get(&format!("{name}.{ending}")) {
        Some(path) => format!("Some({})", include(path)),
        None => "None".to_owned(),
    };
    let is_shown = |name: &str| name != STAMP && !name.ends_with(".gz") && !name.ends_with(".br");
    let mut table = String::from("/// The files of the page.\npub(super) static ASSETS: &[Asset] = &[\n");
    for (name, path) in files.iter().filter(|(name, _)| is_shown(name)) {
        let (plain, gzip, brotli) = (include(path), variant(name, "gz"), variant(name, "br"));
        table +=
            &format!("    Asset {{ path: {name:?}, plain: {plain}, gzip: {gzip}, brotli: {brotli} }},\n");
    }
    table + "];\n"
}

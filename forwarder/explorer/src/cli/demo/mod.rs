//! `tailwater demo`: replays the sample that is part of the program, and serves its page.

mod files;

use std::{
    env,
    ffi::OsString,
    fs, io,
    path::{Path, PathBuf},
    process,
};

use anyhow::{Context as _, bail};

use self::files::{CONTENT, FILES};
use super::{
    args::{Command, DemoArgs},
    execute,
    exit::Exit,
    inputs::Inputs,
    interrupt::Interrupt,
    parse, stderr,
};
use crate::store::{Store, StoreError};

/// Account of the functions in the sample.
const ACCOUNT: &str = "123456789012";

/// Functions of that account by which a store is recognised that holds the sample.
const FUNCTIONS: [&str; 3] = ["search-suggest", "orders-stream", "report-builder"];

/// Runs the command until it is interrupted.
pub(super) fn run(args: DemoArgs, interrupt: &Interrupt) -> anyhow::Result<Exit> {
    let store = match args.store {
        Some(store) => store,
        None => private_store()?,
    };
    let exit = {
        let unpacked = Unpacked::create()?;
        let flags = ["replay".into(), "--store".into(), store.clone().into(), unpacked.0.clone().into()];
        execute(command(flags)?, interrupt)?
    };
    if exit != Exit::Success || args.no_serve {
        return Ok(exit);
    }
    let addr = args.addr.to_string();
    let mut flags = vec!["serve".into(), "--store".into(), store.into(), "--addr".into(), addr.into()];
    flags.extend((!args.no_open).then(|| "--open".into()));
    execute(command(flags)?, interrupt)
}

/// Parses the command line of another command, so that it has the same defaults as one that is typed.
fn command(flags: impl IntoIterator<Item = OsString>) -> anyhow::Result<Command> {
    let arguments = ["tailwater".into()].into_iter().chain(flags);
    Ok(parse(arguments).map_err(|error| anyhow::anyhow!("{}", error.kind()))?.command)
}

/// Creates the file of the demo's store in the cache folder, which only its owner may read. A sample of another version of
/// the program has another file.
fn private_store() -> anyhow::Result<PathBuf> {
    let folder = cache_folder()?.join("tailwater");
    let name = format!("demo-{CONTENT}.db");
    let path = folder.join(name);
    private::create_folder(&folder).and_then(|()| private::create_file(&path)).with_context(|| {
        format!("cannot create the store {}; name another one with --store", path.display())
    })?;
    Ok(path)
}

/// Returns the folder for caches: `XDG_CACHE_HOME` if it is an absolute path, else `.cache` in the home folder.
fn cache_folder() -> anyhow::Result<PathBuf> {
    let folder = |name: &str| env::var_os(name).map(PathBuf::from).filter(|path| path.is_absolute());
    if let Some(cache) = folder("XDG_CACHE_HOME").or_else(|| folder("LOCALAPPDATA")) {
        return Ok(cache);
    }
    match folder("HOME") {
        Some(home) => Ok(home.join(".cache")),
        None => {
            bail!("neither XDG_CACHE_HOME nor HOME names a folder: name the store of the demo with --store")
        }
    }
}

/// Folder with the files of the sample, deleted at the end.
struct Unpacked(PathBuf);

impl Unpacked {
    fn create() -> anyhow::Result<Self> {
        let folder = env::temp_dir().join(format!("tailwater-demo-{}", process::id()));
        private::create_new_folder(&folder)
            .with_context(|| format!("cannot create the folder {} for the sample", folder.display()))?;
        let unpacked = Self(folder);
        for (path, content) in FILES {
            unpacked.write(path, content).with_context(|| format!("cannot unpack {path} of the sample"))?;
        }
        Ok(unpacked)
    }

    fn write(&self, path: &str, content: &[u8]) -> io::Result<()> {
        let path = self.0.join(path);
        path.parent().map_or(Ok(()), fs::create_dir_all)?;
        fs::write(path, content)
    }
}

impl Drop for Unpacked {
    fn drop(&mut self) {
        if let Err(error) = fs::remove_dir_all(&self.0) {
            stderr::log(format_args!("cannot delete {}: {error}", self.0.display()));
        }
    }
}

/// Warns that logs are about to be stored together with the sample.
///
/// # Errors
/// Returns an error if the store cannot be read.
pub(super) fn warn_if_mixed(store: Option<&Store>, path: &Path, inputs: &Inputs) -> Result<(), StoreError> {
    let Some(store) = store else { return Ok(()) };
    let functions = store.functions()?;
    let has = |name: &str| functions.iter().any(|one| one.account == ACCOUNT && one.name == name);
    if !FUNCTIONS.iter().all(|name| has(name)) || inputs.iter().flatten().all(|input| is_sample(&input.path))
    {
        return Ok(());
    }
    stderr::log(format_args!(
        "the store {} holds the demo: your logs will be mixed with it; name another file with --store, or delete this one",
        path.display()
    ));
    Ok(())
}

/// True if a file has the name and the content of one of the sample.
fn is_sample(path: &Path) -> bool {
    let is_same = |(name, content): &&(&str, &[u8])| {
        Path::new(name).file_name() == path.file_name()
            && fs::metadata(path).is_ok_and(|data| u64::try_from(content.len()) == Ok(data.len()))
    };
    FILES.iter().any(|file| is_same(&file))
}

/// Files and folders that only their owner may read.
#[cfg(unix)]
mod private {
    use std::{
        fs::{DirBuilder, OpenOptions},
        io,
        os::unix::fs::{DirBuilderExt as _, OpenOptionsExt as _},
        path::Path,
    };

    pub(super) fn create_folder(path: &Path) -> io::Result<()> {
        DirBuilder::new().recursive(true).mode(0o700).create(path)
    }

    pub(super) fn create_new_folder(path: &Path) -> io::Result<()> {
        DirBuilder::new().mode(0o700).create(path)
    }

    pub(super) fn create_file(path: &Path) -> io::Result<()> {
        OpenOptions::new().append(true).create(true).mode(0o600).open(path).map(drop)
    }
}

/// Files and folders with the rights of their folder.
#[cfg(not(unix))]
mod private {
    use std::{
        fs::{self, OpenOptions},
        io,
        path::Path,
    };

    pub(super) fn create_folder(path: &Path) -> io::Result<()> {
        fs::create_dir_all(path)
    }

    pub(super) fn create_new_folder(path: &Path) -> io::Result<()> {
        fs::create_dir(path)
    }

    pub(super) fn create_file(path: &Path) -> io::Result<()> {
        OpenOptions::new().append(true).create(true).open(path).map(drop)
    }
}

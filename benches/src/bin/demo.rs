//! Writes the demo to a folder (`tests/demo`) and its expected totals to `demo-truth.json` in this crate.

use std::{
    env, fs,
    io::{self, Write},
    path::{Path, PathBuf},
};

use anyhow::{Context, Result, bail};
use benches::demo::Demo;

fn main() -> Result<()> {
    let folder = PathBuf::from(env::args().nth(1).context("usage: demo FOLDER")?);
    if folder.exists() && fs::read_dir(&folder)?.next().is_some() {
        bail!("{} is not empty: remove it first, so that no file of an older demo remains", folder.display());
    }
    let demo = Demo::make()?;
    demo.write(&folder)?;
    fs::write(Path::new(env!("CARGO_MANIFEST_DIR")).join("demo-truth.json"), demo.truth.to_json())?;
    let bytes: usize = demo.files.iter().map(|(_, content)| content.len()).sum();
    let invocations = demo.truth.totals().invocations;
    writeln!(io::stdout(), "{invocations} invocations in {} files, {bytes} bytes", demo.files.len())?;
    Ok(())
}

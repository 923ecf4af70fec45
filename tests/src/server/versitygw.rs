//! versitygw server: implements S3 on a local folder, so that tests can read and write S3 objects as files.

use std::{
    fs,
    path::{Path, PathBuf},
};

use super::{Server, ServerSpec};
use crate::source::files_below;

/// Running versitygw.
pub struct Versitygw(Server);

impl Versitygw {
    /// Access key.
    pub const ACCESS_KEY: &str = "TEST";
    /// Secret key.
    pub const SECRET_KEY: &str = "TESTSECRET";

    /// Starts the server; `None` if it is not installed.
    #[must_use]
    pub fn start_if_installed() -> Option<Self> {
        Server::start_if_installed(ServerSpec { name: "versitygw", ready: "/" }).map(Self)
    }

    /// Value for `AWS_ENDPOINT_URL`.
    #[must_use]
    pub fn url(&self) -> String {
        self.0.url()
    }

    /// Creates a bucket, which is a folder.
    ///
    /// # Panics
    /// Panics if the folder cannot be created.
    pub fn make_bucket(&self, name: &str) {
        fs::create_dir_all(self.bucket(name)).expect("the file can be written");
    }

    /// Puts an S3 object, which is a file in the bucket's folder.
    ///
    /// # Panics
    /// Panics if it cannot be written.
    pub fn put(&self, bucket: &str, key: &str, body: &[u8]) {
        let path = self.bucket(bucket).join(key);
        fs::create_dir_all(path.parent().expect("a bucket's folder")).expect("the file can be written");
        fs::write(path, body).expect("the file can be written");
    }

    /// Returns the contents of the S3 objects in a bucket, by key.
    ///
    /// # Panics
    /// Panics if they cannot be read.
    #[must_use]
    pub fn objects(&self, bucket: &str) -> Vec<(String, Vec<u8>)> {
        let folder = self.bucket(bucket);
        let read = |path: PathBuf| {
            let key =
                path.strip_prefix(&folder).expect("the path is in the folder").to_string_lossy().into_owned();
            (key, fs::read(&path).expect("an object can be read"))
        };
        files_below(&folder).into_iter().map(read).collect()
    }

    fn bucket(&self, name: &str) -> PathBuf {
        let data: &Path = self.0.folder.path();
        data.join("data").join(name)
    }
}

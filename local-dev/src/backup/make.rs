//! Making a copy.

use std::io::{self, Write};
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use super::archive;
use super::copies::Copies;
use super::error::BackupError;
use super::manifest::Totals;
use super::passphrase::Passphrase;
use super::place::Place;

/// Writes one copy into `folder`. It has its name only when it is whole and on the disk.
pub async fn make(place: &Place, folder: &Copies, passphrase: &Passphrase) -> Result<(PathBuf, Totals), BackupError> {
    let (manifest, client) = (place.manifest().await?, place.client().await?);
    let (folder, passphrase, key) = (folder.clone(), passphrase.clone(), place.key().to_owned());
    let now = place.app.clock.now();
    let gone = Gone::default();
    let nobody = gone.0.clone();
    let work = move || {
        let (file, making) = folder.begin(now)?;
        let (file, totals) =
            archive::write(file, making.part(), &passphrase, (&manifest, &key), |to| client.dump(&mut Wanted { to, nobody }))?;
        Ok((making.finish(&file)?, totals))
    };
    tokio::task::spawn_blocking(work).await.expect("making a copy does not panic")
}

/// Becomes true when nobody waits for the copy any more: the process is asked to stop.
#[derive(Default)]
struct Gone(Arc<AtomicBool>);

impl Drop for Gone {
    fn drop(&mut self) {
        self.0.store(true, Ordering::Relaxed);
    }
}

/// Ends a dump that nobody waits for; a thread cannot be ended from outside.
struct Wanted<'a> {
    to: &'a mut dyn Write,
    nobody: Arc<AtomicBool>,
}

impl Write for Wanted<'_> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        if self.nobody.load(Ordering::Relaxed) { Err(io::Error::other("the process was asked to stop")) } else { self.to.write(bytes) }
    }

    fn flush(&mut self) -> io::Result<()> {
        self.to.flush()
    }
}

//! The file: age (a passphrase) around tar around the parts. `age -d` and `tar -x` open it without this program:
//! `manifest.json`, `encryption-key`, `dump.sql.gz.000001` and so on, `totals.json`.

use std::fs::File;
use std::io::{self, BufReader, BufWriter, Read, Write};
use std::path::Path;

use age::Decryptor;
use age::stream::{StreamReader, StreamWriter};
use flate2::Compression;
use flate2::write::{GzDecoder, GzEncoder};
use serde::Serialize;
use serde::de::DeserializeOwned;
use tar::{Archive, Builder, Entry, Header};

use super::error::{At, BackupError};
use super::manifest::{Contents, Manifest, Totals};
use super::measure::Measure;
use super::passphrase::Passphrase;

const MANIFEST: &str = "manifest.json";
const KEY: &str = "encryption-key";
const DUMP: &str = "dump.sql.gz.";
const TOTALS: &str = "totals.json";
/// So much of the dump is in memory, and in one part.
const PART: usize = 4 * 1024 * 1024;
/// A manifest, key or list of totals is not larger.
const MOST: u64 = 1024 * 1024;

type Sealed = StreamWriter<BufWriter<File>>;

/// Writes a whole copy into `file`; `dump` writes the SQL.
pub fn write(
    file: File,
    path: &Path,
    passphrase: &Passphrase,
    (manifest, key): (&Manifest, &str),
    dump: impl FnOnce(&mut dyn Write) -> Result<(), BackupError>,
) -> Result<(File, Totals), BackupError> {
    let sealed = passphrase.encryptor().wrap_output(BufWriter::new(file)).at(path)?;
    let mut archive = Builder::new(sealed);
    append(&mut archive, MANIFEST, &json(manifest)).at(path)?;
    append(&mut archive, KEY, key.as_bytes()).at(path)?;
    let parts = Parts { archive, buffer: Vec::with_capacity(PART), number: 0 };
    let mut measure = Measure::new(GzEncoder::new(parts, Compression::fast()), "dumped");
    dump(&mut measure)?;
    let (gzip, totals) = measure.finish();
    let mut archive = gzip.finish().and_then(Parts::finish).at(path)?;
    append(&mut archive, TOTALS, &json(&totals)).at(path)?;
    let file =
        archive.into_inner().and_then(StreamWriter::finish).at(path)?.into_inner().map_err(io::IntoInnerError::into_error).at(path)?;
    Ok((file, totals))
}

fn json(value: &impl Serialize) -> Vec<u8> {
    serde_json::to_vec_pretty(value).expect("what a copy says of itself is plain data")
}

fn append(archive: &mut Builder<Sealed>, name: &str, bytes: &[u8]) -> io::Result<()> {
    let mut header = Header::new_gnu();
    header.set_size(bytes.len() as u64);
    header.set_mode(0o600);
    archive.append_data(&mut header, name, bytes)
}

/// Cuts the dump into parts: an archive wants to know the length of each file before it.
struct Parts {
    archive: Builder<Sealed>,
    buffer: Vec<u8>,
    number: u32,
}

impl Parts {
    fn put(&mut self) -> io::Result<()> {
        self.number += 1;
        append(&mut self.archive, &format!("{DUMP}{:06}", self.number), &self.buffer)?;
        self.buffer.clear();
        Ok(())
    }

    fn finish(mut self) -> io::Result<Builder<Sealed>> {
        self.put()?;
        Ok(self.archive)
    }
}

impl Write for Parts {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let taken = bytes.len().min(PART - self.buffer.len());
        self.buffer.extend_from_slice(&bytes[..taken]);
        if self.buffer.len() == PART {
            self.put()?;
        }
        Ok(taken)
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

type Opened = Archive<StreamReader<BufReader<File>>>;

fn open(path: &Path, passphrase: &Passphrase) -> Result<Opened, BackupError> {
    let file = BufReader::new(File::open(path).at(path)?);
    let envelope = Decryptor::new_buffered(file).map_err(|error| BackupError::of_envelope(path, &error))?;
    if !envelope.is_scrypt() {
        return Err(BackupError::Foreign(path.to_path_buf(), "it is sealed to a key and not to a passphrase".to_owned()));
    }
    let identity = passphrase.identity();
    let reader = envelope.decrypt(std::iter::once(&identity as _)).map_err(|error| BackupError::of_envelope(path, &error))?;
    Ok(Archive::new(reader))
}

/// What a copy says of itself first. The rest may still be damaged.
pub fn peek(path: &Path, passphrase: &Passphrase) -> Result<Manifest, BackupError> {
    let mut archive = open(path, passphrase)?;
    let first = archive.entries().and_then(|mut all| all.next().transpose()).map_err(|error| damaged(path, &error))?;
    let first = first.ok_or_else(|| BackupError::Damaged(path.to_path_buf(), "it is empty".to_owned()))?;
    manifest(path, first)
}

fn manifest(path: &Path, entry: Entry<'_, impl Read>) -> Result<Manifest, BackupError> {
    if name(&entry) != MANIFEST {
        return Err(BackupError::Foreign(path.to_path_buf(), format!("it begins with {}", name(&entry))));
    }
    let manifest: Manifest = parse(path, entry)?;
    manifest.check_release(path)?;
    Ok(manifest)
}

/// Reads a whole copy and checks it; `out` gets the SQL. Only what this returns may be believed: the end of a file tells whether it is whole.
pub fn read<W: Write>(path: &Path, passphrase: &Passphrase, out: W, what: &'static str) -> Result<(Contents, W), BackupError> {
    let mut archive = open(path, passphrase)?;
    let mut dump = GzDecoder::new(Measure::new(out, what));
    let contents = parts(path, &mut archive, &mut dump)?;
    // The last piece of the envelope is marked as such: without it the file was cut.
    io::copy(&mut archive.into_inner(), &mut io::sink()).map_err(|error| damaged(path, &error))?;
    let (out, found) = dump.finish().map_err(|error| damaged(path, &error))?.finish();
    if found != contents.totals {
        return Err(BackupError::Damaged(path.to_path_buf(), "the dump is not the one that was written".to_owned()));
    }
    Ok((contents, out))
}

/// The parts in the order in which they were written, and nothing else.
fn parts(path: &Path, archive: &mut Opened, dump: &mut impl Write) -> Result<Contents, BackupError> {
    let broken = |why: &str| BackupError::Damaged(path.to_path_buf(), why.to_owned());
    let mut entries = archive.entries().map_err(|error| damaged(path, &error))?;
    let mut next = || entries.next().transpose().map_err(|error| damaged(path, &error));
    let manifest = manifest(path, next()?.ok_or_else(|| broken("it is empty"))?)?;
    let key = text(path, next()?.filter(|entry| name(entry) == KEY).ok_or_else(|| broken("it has no key"))?)?;
    let totals = loop {
        match next()? {
            Some(entry) if name(&entry) == TOTALS => break parse(path, entry)?,
            Some(mut entry) if name(&entry).starts_with(DUMP) => {
                io::copy(&mut entry, dump).map_err(|error| damaged(path, &error))?;
            }
            _ => return Err(broken("its end is missing")),
        }
    };
    match next()? {
        None => Ok(Contents { manifest, key, totals }),
        Some(_) => Err(broken("it goes on after its end")),
    }
}

fn name(entry: &Entry<'_, impl Read>) -> String {
    String::from_utf8_lossy(&entry.path_bytes()).into_owned()
}

fn text(path: &Path, entry: Entry<'_, impl Read>) -> Result<String, BackupError> {
    let mut text = String::new();
    entry.take(MOST).read_to_string(&mut text).map_err(|error| damaged(path, &error))?;
    Ok(text)
}

fn parse<T: DeserializeOwned>(path: &Path, entry: Entry<'_, impl Read>) -> Result<T, BackupError> {
    serde_json::from_str(&text(path, entry)?).map_err(|error| BackupError::Damaged(path.to_path_buf(), error.to_string()))
}

fn damaged(path: &Path, error: &io::Error) -> BackupError {
    BackupError::Damaged(path.to_path_buf(), error.to_string())
}

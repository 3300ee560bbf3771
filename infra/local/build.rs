//! Packs the console's files, as `make console` leaves them, into the program.

use std::{
    env, fs, io,
    path::{Path, PathBuf},
};

/// Beside cargo's own files.
const CONSOLE: &str = "../../target/console";

fn main() -> io::Result<()> {
    let package = env::current_dir()?;
    let folder = package.join(CONSOLE);
    // What is missing counts as changed at every build.
    fs::create_dir_all(&folder)?;
    println!("cargo::rerun-if-changed=build.rs");
    println!("cargo::rerun-if-changed={}", folder.display());
    let mut files = Vec::new();
    find(&folder, &mut files)?;
    files.sort_unstable();
    let table: String = files.iter().map(|file| entry(&folder, file)).collect();
    let out = env::var_os("OUT_DIR").expect("cargo names the folder of what is made");
    fs::write(Path::new(&out).join("console.rs"), format!("&[{table}]"))
}

fn find(folder: &Path, files: &mut Vec<PathBuf>) -> io::Result<()> {
    for entry in fs::read_dir(folder)? {
        let path = entry?.path();
        if path.is_dir() {
            find(&path, files)?;
        } else {
            files.push(path);
        }
    }
    Ok(())
}

/// A path below the folder, and the bytes.
fn entry(folder: &Path, file: &Path) -> String {
    let name = file.strip_prefix(folder).unwrap_or(file).to_string_lossy();
    format!("({name:?}, include_bytes!({:?})),\n", file.to_string_lossy())
}

//! Says how alike two pictures are: `likeness REFERENCE FILE` prints one JSON line with `ssimulacra2` (100 is equal)
//! and `mean_difference` (of 255). For `tests/bench/render/bench.py`.
#![expect(clippy::print_stdout, reason = "a command-line tool")]

use std::error::Error;
use std::fs;

use resizer::{Limits, Raster, Transform};

#[expect(clippy::unwrap_used, reason = "shared with tests")]
#[path = "../tests/likeness/mod.rs"]
mod likeness;

use likeness::{Likeness, Picture};

fn main() -> Result<(), Box<dyn Error>> {
    let files: Vec<String> = std::env::args().skip(1).collect();
    let [reference, file] = &files[..] else { return Err("usage: likeness REFERENCE FILE".into()) };
    let (reference, picture) = (pixels(reference)?, pixels(file)?);
    let (a, b) = (Picture::stacked(&[reference]), Picture::stacked(&[picture]));
    let Likeness { ssimulacra2, mean_difference } = Likeness::of(&a, &b);
    println!("{{\"ssimulacra2\":{ssimulacra2:.3},\"mean_difference\":{mean_difference:.3}}}");
    Ok(())
}

/// The first frame.
fn pixels(path: &str) -> Result<Raster, Box<dyn Error>> {
    let (file, limits) = (fs::read(path)?, Limits::default());
    let picture = resizer::pixels(&file, &Transform::default(), &limits)?;
    let first = picture.rasters().next().cloned();
    Ok(first.ok_or("no frame")?)
}

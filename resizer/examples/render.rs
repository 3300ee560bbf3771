//! Renders one file and prints one JSON line of timings.
//!
//! `render FILE TRANSFORM OUT [--repeat N] [--mark FILE]`, for example
//! `render photo.jpg 'w=400&fm=webp&q=80' out.webp --repeat 10`. The transform's parts are separated by commas
//! or, as in a URL, by ampersands; `--mark` is the file of the watermark that the transform names.
#![expect(
    clippy::print_stdout,
    clippy::print_stderr,
    reason = "a command-line tool that measures time"
)]

use std::fs;
use std::process::ExitCode;
use std::sync::Arc;
use std::time::Instant;

use resizer::{Limits, Rendition, Transform, apply, decode, encode, plan, probe};

type Failure = Box<dyn std::error::Error>;

/// How long each stage of one render took, in milliseconds.
struct Times {
    decode: f64,
    resize: f64,
    encode: f64,
}

impl Times {
    fn total(&self) -> f64 {
        self.decode + self.resize + self.encode
    }
}

fn main() -> ExitCode {
    resizer::keep_memory();
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let done = Arguments::read(&arguments).and_then(|arguments| run(&arguments));
    match done {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("render: {error}");
            ExitCode::FAILURE
        }
    }
}

struct Arguments<'a> {
    file: &'a str,
    transform: &'a str,
    out: &'a str,
    repeat: usize,
    mark: Option<&'a str>,
}

impl<'a> Arguments<'a> {
    fn read(arguments: &'a [String]) -> Result<Self, Failure> {
        let [file, transform, out, options @ ..] = arguments else {
            return Err("usage: render FILE TRANSFORM OUT [--repeat N] [--mark FILE]".into());
        };
        let mut read = Self { file, transform, out, repeat: 1, mark: None };
        for option in options.chunks(2) {
            match option {
                [name, count] if name == "--repeat" => {
                    read.repeat = count.parse().map_err(|_| "--repeat takes a count from 1")?;
                }
                [name, file] if name == "--mark" => read.mark = Some(file),
                [name, ..] => return Err(format!("{name} is no option, or lacks its value").into()),
                [] => {}
            }
        }
        Ok(read)
    }
}

fn run(arguments: &Arguments<'_>) -> Result<(), Failure> {
    let transform: Transform = arguments.transform.replace('&', ",").parse()?;
    let bytes = fs::read(arguments.file)?;
    let mark = arguments.mark.map(fs::read).transpose()?.map(Arc::from);
    let used = cpu_ms();
    let (rendition, first) = timed(&bytes, &transform, mark.clone())?;
    let mut times = vec![first];
    for _ in 1..arguments.repeat {
        times.push(timed(&bytes, &transform, mark.clone())?.1);
    }
    let used = cpu_ms() - used;
    fs::write(arguments.out, &rendition.bytes)?;
    report(times, used, &rendition);
    Ok(())
}

/// The same stages as `resizer::render`, with a clock beside each.
fn timed(
    bytes: &[u8],
    transform: &Transform,
    mark: Option<Arc<[u8]>>,
) -> Result<(Rendition, Times), Failure> {
    let limits = Limits::default();
    let start = Instant::now();
    let plan = plan(&probe(bytes, &limits)?, transform, &limits)?.with_mark(mark);
    let picture = decode(bytes, &plan)?;
    let decoded = Instant::now();
    let picture = apply(picture, &plan)?;
    let applied = Instant::now();
    let rendition = encode(picture, &plan)?;
    let encoded = Instant::now();
    let ms = |from: Instant, to: Instant| (to - from).as_secs_f64() * 1e3;
    let times = Times {
        decode: ms(start, decoded),
        resize: ms(decoded, applied),
        encode: ms(applied, encoded),
    };
    Ok((rendition, times))
}

/// The stages are those of the median run, so they add up to it.
fn report(mut times: Vec<Times>, cpu_ms: f64, rendition: &Rendition) {
    times.sort_by(|a, b| a.total().total_cmp(&b.total()));
    let (median, fastest) = (&times[times.len() / 2], &times[0]);
    let Rendition { bytes, width, height, .. } = rendition;
    println!(
        "{{\"median_ms\":{:.3},\"min_ms\":{:.3},\"cpu_ms\":{:.3},\"peak_rss_bytes\":{},\
         \"decode_ms\":{:.3},\"resize_ms\":{:.3},\"encode_ms\":{:.3},\
         \"output_bytes\":{},\"width\":{width},\"height\":{height}}}",
        median.total(),
        fastest.total(),
        cpu_ms / f64::from(u32::try_from(times.len()).unwrap_or(u32::MAX)),
        peak_rss_bytes().unwrap_or(0),
        median.decode,
        median.resize,
        median.encode,
        bytes.len(),
    );
}

/// Milliseconds that this thread has had a core, as Linux counts; 0 elsewhere.
fn cpu_ms() -> f64 {
    let line = fs::read_to_string("/proc/self/schedstat").unwrap_or_default();
    let nanoseconds: f64 =
        line.split(' ').next().and_then(|field| field.parse().ok()).unwrap_or(0.0);
    nanoseconds / 1e6
}

/// Linux's high-water mark of this process; absent elsewhere.
fn peak_rss_bytes() -> Option<u64> {
    let status = fs::read_to_string("/proc/self/status").ok()?;
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"))?;
    let kilobytes: u64 = line.trim().strip_suffix("kB")?.trim().parse().ok()?;
    Some(kilobytes * 1024)
}

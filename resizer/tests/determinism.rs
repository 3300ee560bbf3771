//! The same request gives the same bytes, from any thread, also while others fail beside it.
#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::fs;
use std::path::{Path, PathBuf};
use std::thread;

use resizer::{Limits, Transform, render};

fn files(folder: &str) -> Vec<Vec<u8>> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../fixtures").join(folder);
    let mut paths: Vec<PathBuf> =
        fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()).collect();
    paths.sort();
    paths.iter().map(|path| fs::read(path).unwrap()).collect()
}

/// Every image in every format; damaged files between them leave nothing behind that could disturb the next.
fn all_renditions() -> Vec<Vec<u8>> {
    let (images, bad) = (files("images"), files("bad"));
    let transforms = [
        "w=40,fm=jpg",
        "w=40,fm=webp",
        "w=40,fm=png",
        "w=40,fm=gif",
        "w=40,fm=avif",
        "trim=5,w=40,h=30,fit=cover,g=smart,sat=20,blur=9,sharpen=50,radius=5,fm=png",
    ];
    let transforms = transforms.map(|text| text.parse::<Transform>().unwrap());
    let limits = Limits::default();
    let rendition = |(image, transform): (&Vec<u8>, &Transform)| {
        for file in &bad {
            assert!(render(file, transform, &limits).is_err());
        }
        render(image, transform, &limits).unwrap().bytes
    };
    images
        .iter()
        .flat_map(|image| transforms.iter().map(move |transform| (image, transform)))
        .map(rendition)
        .collect()
}

#[test]
fn threads_agree() {
    let threads: Vec<_> = (0..4).map(|_| thread::spawn(all_renditions)).collect();
    let renditions: Vec<_> = threads.into_iter().map(|thread| thread.join().unwrap()).collect();
    assert!(renditions.windows(2).all(|pair| pair[0] == pair[1]));
}

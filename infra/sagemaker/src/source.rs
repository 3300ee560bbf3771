//! The scripts that a model is trained by, as SageMaker's script mode takes them.

use std::io;

use flate2::{Compression, write::GzEncoder};
use tar::{Builder, Header};

/// The script that is run.
pub const PROGRAM: &str = "train.py";

const FILES: [(&str, &str); 7] = [
    (PROGRAM, include_str!("../train.py")),
    ("channels.py", include_str!("../channels.py")),
    ("convolutional.py", include_str!("../convolutional.py")),
    ("model_card.py", include_str!("../model_card.py")),
    ("network.py", include_str!("../network.py")),
    ("patches.py", include_str!("../patches.py")),
    ("requirements.txt", include_str!("../requirements.txt")),
];

/// `sourcedir.tar.gz`, the same bytes each time.
pub fn archive() -> io::Result<Vec<u8>> {
    let mut archive = Builder::new(GzEncoder::new(Vec::new(), Compression::default()));
    for (name, text) in FILES {
        let mut header = Header::new_gnu();
        header.set_size(text.len() as u64);
        header.set_mode(0o644);
        archive.append_data(&mut header, name, text.as_bytes())?;
    }
    archive.into_inner()?.finish()
}

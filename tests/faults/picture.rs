use std::{path::Path, sync::LazyLock};

use customer::ImageId;

static BITMAP: LazyLock<Vec<u8>> = LazyLock::new(|| {
    let images = Path::new(env!("CARGO_MANIFEST_DIR")).join("../fixtures/images");
    std::fs::read(images.join("bitmap.bmp")).unwrap()
});

/// A small picture that differs from every other in its last pixels.
#[derive(Clone, Debug)]
pub(crate) struct Picture {
    pub(crate) bytes: Vec<u8>,
    pub(crate) image: ImageId,
}

impl Picture {
    pub(crate) fn numbered(number: usize) -> Self {
        let mut bytes = BITMAP.clone();
        let end = bytes.len() - size_of::<u64>();
        bytes[end..].copy_from_slice(&(number as u64).to_le_bytes());
        let (image, _) = ImageId::of(&bytes);
        Self { bytes, image }
    }

    /// Its resource of the API.
    pub(crate) fn path(&self) -> String {
        format!("/v1/images/{}", self.image)
    }
}

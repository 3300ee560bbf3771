use customer::ImageId;

use crate::bitmap;

/// A small picture, another one for each number.
#[derive(Clone, Debug)]
pub(crate) struct Picture {
    pub(crate) bytes: Vec<u8>,
    pub(crate) image: ImageId,
}

impl Picture {
    pub(crate) fn numbered(number: u32) -> Self {
        let bytes = bitmap::picture(number);
        let (image, _) = ImageId::of(&bytes);
        Self { bytes, image }
    }

    /// Its resource of the API.
    pub(crate) fn path(&self) -> String {
        format!("/v1/images/{}", self.image)
    }
}

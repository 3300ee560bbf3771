use customer::ImageId;

const SIDE: u8 = 8;

/// A small picture that differs from every other in its first pixels.
#[derive(Clone, Debug)]
pub(crate) struct Picture {
    pub(crate) bytes: Vec<u8>,
    pub(crate) image: ImageId,
}

impl Picture {
    pub(crate) fn numbered(number: usize) -> Self {
        let mut bytes = bitmap();
        let pixels = bytes.len() - usize::from(SIDE) * usize::from(SIDE) * 3;
        bytes[pixels..][..8].copy_from_slice(&(number as u64).to_be_bytes());
        let (image, _) = ImageId::of(&bytes);
        Self { bytes, image }
    }

    /// Its resource of the API.
    pub(crate) fn path(&self) -> String {
        format!("/v1/images/{}", self.image)
    }
}

/// A grey square as a Windows bitmap: two headers, then 24 bits a pixel.
fn bitmap() -> Vec<u8> {
    let (side, pixels) = (u32::from(SIDE), u32::from(SIDE) * u32::from(SIDE) * 3);
    let (file_header, header) = (14, 40);
    let before_pixels = file_header + header;
    let planes_and_bits = 24 << 16 | 1;
    let mut bytes = b"BM".to_vec();
    let file = [before_pixels + pixels, 0, before_pixels];
    let bitmap = [header, side, side, planes_and_bits, 0, pixels, 0, 0, 0, 0];
    bytes.extend(file.into_iter().chain(bitmap).flat_map(u32::to_le_bytes));
    bytes.resize(bytes.len() + pixels as usize, 128);
    bytes
}

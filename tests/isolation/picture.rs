use customer::ImageId;

const HEADERS_BYTES: u32 = 54;

/// A BMP of `width` by `height` pixels in one colour; `width` is a multiple of 4.
pub(crate) fn picture(width: u32, height: u32, [red, green, blue]: [u8; 3]) -> Vec<u8> {
    let pixels = 3 * width * height;
    let mut file = b"BM".to_vec();
    let header = [HEADERS_BYTES + pixels, 0, HEADERS_BYTES, 40, width, height];
    file.extend(header.into_iter().flat_map(u32::to_le_bytes));
    // One plane of 24 bits a pixel, without compression, resolution or palette.
    file.extend([1_u16, 24].into_iter().flat_map(u16::to_le_bytes));
    file.extend([0, pixels, 0, 0, 0, 0].into_iter().flat_map(u32::to_le_bytes));
    file.extend([blue, green, red].repeat(pixels as usize / 3));
    file
}

/// The id that a picture gets.
pub(crate) fn id_of(picture: &[u8]) -> String {
    ImageId::of(picture).0.to_string()
}

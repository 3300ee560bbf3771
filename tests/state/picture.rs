use customer::ImageId;

const EDGE_PX: u32 = 4;
const HEADERS_BYTES: u32 = 54;

/// A BMP of 4 by 4 pixels, another one for each `number`.
pub(crate) fn picture(number: u32) -> Vec<u8> {
    let pixels = 3 * EDGE_PX * EDGE_PX;
    let mut file = b"BM".to_vec();
    let header = [HEADERS_BYTES + pixels, 0, HEADERS_BYTES, 40, EDGE_PX, EDGE_PX];
    file.extend(header.into_iter().flat_map(u32::to_le_bytes));
    // One plane of 24 bits a pixel, without compression, resolution or palette.
    file.extend([1_u16, 24].into_iter().flat_map(u16::to_le_bytes));
    file.extend([0, pixels, 0, 0, 0, 0].into_iter().flat_map(u32::to_le_bytes));
    let [red, green, blue, _] = number.to_le_bytes();
    file.extend([blue, green, red].repeat(pixels as usize / 3));
    file
}

/// The id that a picture gets.
pub(crate) fn id_of(picture: &[u8]) -> String {
    ImageId::of(picture).0.to_string()
}

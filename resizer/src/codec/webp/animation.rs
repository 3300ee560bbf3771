//! Animations, over libwebp's demultiplexer and multiplexer.
#![expect(unsafe_code, reason = "libwebp is a C library")]

use std::ffi::{CStr, c_int};
use std::marker::PhantomData;
use std::mem::MaybeUninit;
use std::ptr::{self, NonNull};

use libwebp_sys as sys;

use super::libwebp::{File, WebPError, import, lossy};
use crate::Size;
use crate::raster::{Frame, Layout, Picture, Raster};

/// What a frame's 24 bits can say.
const DELAY_MAX_MS: u32 = (1 << 24) - 1;

/// An animation's decoder; reads from the bytes as long as it lives.
pub(super) struct Animation<'a> {
    decoder: NonNull<sys::WebPAnimDecoder>,
    bytes: PhantomData<&'a [u8]>,
    size: Size,
    loops: u32,
}

impl Drop for Animation<'_> {
    fn drop(&mut self) {
        // SAFETY: the pointer came from WebPAnimDecoderNew and is deleted only here.
        unsafe { sys::WebPAnimDecoderDelete(self.decoder.as_ptr()) }
    }
}

impl<'a> Animation<'a> {
    pub(super) fn new(bytes: &'a [u8]) -> Result<Self, WebPError> {
        let data = sys::WebPData { bytes: bytes.as_ptr(), size: bytes.len() };
        // SAFETY: no options are defaults (RGBA, one thread); `data` is copied, the bytes outlive the decoder.
        let decoder = unsafe { sys::WebPAnimDecoderNew(&raw const data, ptr::null()) };
        let decoder = NonNull::new(decoder).ok_or(WebPError::Animation)?;
        let mut animation =
            Self { decoder, bytes: PhantomData, size: Size { width: 0, height: 0 }, loops: 0 };
        let mut info = sys::WebPAnimInfo::default();
        // SAFETY: the decoder is alive and `info` is written.
        if unsafe { sys::WebPAnimDecoderGetInfo(animation.decoder.as_ptr(), &raw mut info) } == 0 {
            return Err(WebPError::Animation);
        }
        animation.size = Size { width: info.canvas_width, height: info.canvas_height };
        animation.loops = info.loop_count;
        Ok(animation)
    }

    /// How often it is shown again after its first run; none is for ever.
    pub(super) fn repeats(&self) -> Option<u16> {
        self.loops.checked_sub(1).map(|again| u16::try_from(again).unwrap_or(u16::MAX))
    }

    /// The next whole picture and the millisecond at which it gives way to the one after it.
    pub(super) fn next_frame(&mut self) -> Result<Option<(Raster, u32)>, WebPError> {
        let decoder = self.decoder.as_ptr();
        // SAFETY: the decoder is alive.
        if unsafe { sys::WebPAnimDecoderHasMoreFrames(decoder) } == 0 {
            return Ok(None);
        }
        let (mut canvas, mut until_ms) = (ptr::null_mut(), 0);
        // SAFETY: the decoder is alive; both results are written when it answers non-zero.
        if unsafe { sys::WebPAnimDecoderGetNext(decoder, &raw mut canvas, &raw mut until_ms) } == 0
        {
            return Err(WebPError::Animation);
        }
        let mut raster = Raster::blank(self.size, Layout::Rgba);
        // SAFETY: the canvas is RGBA of the size that the decoder told, valid until its next call.
        let pixels = unsafe { std::slice::from_raw_parts(canvas, raster.pixels.len()) };
        raster.pixels.copy_from_slice(pixels);
        Ok(Some((raster, until_ms.unsigned_abs())))
    }
}

/// An animation in the making.
struct Encoder(NonNull<sys::WebPAnimEncoder>);

impl Drop for Encoder {
    fn drop(&mut self) {
        // SAFETY: the pointer came from WebPAnimEncoderNewInternal and is deleted only here.
        unsafe { sys::WebPAnimEncoderDelete(self.0.as_ptr()) }
    }
}

/// Encodes every frame, lossy; what does not change from one to the next is not stored again.
pub(super) fn encode(picture: &Picture, quality: u8) -> Result<Vec<u8>, WebPError> {
    let size = picture.frames.first().map(|frame| frame.raster.size).ok_or(WebPError::Animation)?;
    let encoder = Encoder::new(size, picture.repeats)?;
    let config = lossy(quality)?;
    let mut shown_ms: u32 = 0;
    for Frame { raster, delay_ms } in &picture.frames {
        encoder.add(raster, shown_ms, &config)?;
        shown_ms = shown_ms.saturating_add((*delay_ms).min(DELAY_MAX_MS));
    }
    encoder.assemble(shown_ms)
}

impl Encoder {
    fn new(size: Size, repeats: Option<u16>) -> Result<Self, WebPError> {
        let mut options = MaybeUninit::<sys::WebPAnimEncoderOptions>::uninit();
        let version = sys::WEBP_MUX_ABI_VERSION.cast_signed();
        // SAFETY: the call writes every field when it answers non-zero.
        let mut options = unsafe {
            if sys::WebPAnimEncoderOptionsInitInternal(options.as_mut_ptr(), version) == 0 {
                return Err(WebPError::Version);
            }
            options.assume_init()
        };
        // WebP counts every run, and 0 is for ever.
        options.anim_params.loop_count = repeats.map_or(0, |again| c_int::from(again) + 1);
        let (width, height) = (size.width.cast_signed(), size.height.cast_signed());
        // SAFETY: the options are initialised and copied; sizes out of range are answered by null.
        let encoder =
            unsafe { sys::WebPAnimEncoderNewInternal(width, height, &raw const options, version) };
        NonNull::new(encoder).map(Self).ok_or(WebPError::Animation)
    }

    fn add(&self, raster: &Raster, at_ms: u32, config: &sys::WebPConfig) -> Result<(), WebPError> {
        let mut input = import(raster, true)?;
        let at_ms = c_int::try_from(at_ms).unwrap_or(c_int::MAX);
        // SAFETY: encoder, picture and configuration are alive; the picture is copied.
        let added = unsafe {
            sys::WebPAnimEncoderAdd(self.0.as_ptr(), &raw mut input.0, at_ms, &raw const *config)
        };
        self.result(added)
    }

    fn assemble(&self, end_ms: u32) -> Result<Vec<u8>, WebPError> {
        let end_ms = c_int::try_from(end_ms).unwrap_or(c_int::MAX);
        // SAFETY: the encoder is alive; no frame says that there is no more.
        let ended = unsafe {
            sys::WebPAnimEncoderAdd(self.0.as_ptr(), ptr::null_mut(), end_ms, ptr::null())
        };
        self.result(ended)?;
        let mut file = File::default();
        // SAFETY: the encoder is alive and `file` is written.
        self.result(unsafe { sys::WebPAnimEncoderAssemble(self.0.as_ptr(), &raw mut file.0) })?;
        Ok(file.to_vec())
    }

    fn result(&self, is_done: c_int) -> Result<(), WebPError> {
        if is_done != 0 {
            return Ok(());
        }
        // SAFETY: the encoder is alive; the text is valid until its next call and is copied here.
        let message = unsafe { CStr::from_ptr(sys::WebPAnimEncoderGetError(self.0.as_ptr())) };
        Err(WebPError::Assembling(message.to_string_lossy().into_owned()))
    }
}

// One still picture through libaom. In C because libaom's configuration is a struct of sixty fields and its controls
// are variadic: here the compiler checks both against libaom's own headers. `libaom.rs` is the only caller.

#include <stdlib.h>
#include <string.h>

#include <aom/aom_encoder.h>
#include <aom/aomcx.h>

// Planes without padding between rows: 4:2:0, or one plane of brightness (chroma is NULL).
struct av1_picture {
    uint32_t width, height;
    const uint8_t *luma, *blue, *red;
};

// Between 0 and 63; how libaom calls the quantiser of AOM_Q.
typedef unsigned int quantizer_t;

// sharp's effort 4 at a fifth of its time; 7 costs a fifth more bytes.
enum { SPEED = 6 };

static aom_codec_err_t configure(aom_codec_ctx_t *encoder, const struct av1_picture *picture, quantizer_t quantizer) {
    const int is_gray = picture->blue == NULL;
    aom_codec_enc_cfg_t config;
    aom_codec_err_t error = aom_codec_enc_config_default(aom_codec_av1_cx(), &config, AOM_USAGE_ALL_INTRA);
    if (error) return error;
    config.g_w = picture->width;
    config.g_h = picture->height;
    config.g_limit = 1;
    config.g_lag_in_frames = 0;
    config.g_threads = 1;
    config.monochrome = is_gray;
    config.rc_end_usage = AOM_Q;
    config.rc_min_quantizer = 0;
    config.rc_max_quantizer = 63;
    error = aom_codec_enc_init(encoder, aom_codec_av1_cx(), &config, 0);
    if (error) return error;
    // The tuning sets quantiser matrices, sharpness and more, so it comes first.
    error = aom_codec_control(encoder, AOME_SET_TUNING, AOM_TUNE_IQ);
    if (!error) error = aom_codec_control(encoder, AOME_SET_CPUUSED, SPEED);
    if (!error) error = aom_codec_control(encoder, AOME_SET_CQ_LEVEL, quantizer);
    if (!error) error = aom_codec_control(encoder, AV1E_SET_COLOR_RANGE, AOM_CR_FULL_RANGE);
    if (!error) error = aom_codec_control(encoder, AV1E_SET_COLOR_PRIMARIES, AOM_CICP_CP_BT_709);
    if (!error) error = aom_codec_control(encoder, AV1E_SET_TRANSFER_CHARACTERISTICS, AOM_CICP_TC_SRGB);
    if (!error) error = aom_codec_control(encoder, AV1E_SET_MATRIX_COEFFICIENTS, AOM_CICP_MC_BT_601);
    return error;
}

static aom_image_t wrapped(const struct av1_picture *picture) {
    const int chroma_stride = (int)((picture->width + 1) / 2);
    aom_image_t image;
    memset(&image, 0, sizeof image);
    image.fmt = AOM_IMG_FMT_I420;
    image.w = image.d_w = picture->width;
    image.h = image.d_h = picture->height;
    image.bit_depth = 8;
    image.bps = 12;
    image.x_chroma_shift = image.y_chroma_shift = 1;
    image.range = AOM_CR_FULL_RANGE;
    image.monochrome = picture->blue == NULL;
    // libaom only reads them.
    image.planes[AOM_PLANE_Y] = (uint8_t *)picture->luma;
    image.planes[AOM_PLANE_U] = (uint8_t *)picture->blue;
    image.planes[AOM_PLANE_V] = (uint8_t *)picture->red;
    image.stride[AOM_PLANE_Y] = (int)picture->width;
    image.stride[AOM_PLANE_U] = image.stride[AOM_PLANE_V] = chroma_stride;
    return image;
}

static aom_codec_err_t append_packets(aom_codec_ctx_t *encoder, uint8_t **obus, size_t *bytes, int *found) {
    const aom_codec_cx_pkt_t *packet;
    aom_codec_iter_t place = NULL;
    *found = 0;
    while ((packet = aom_codec_get_cx_data(encoder, &place))) {
        if (packet->kind != AOM_CODEC_CX_FRAME_PKT) continue;
        uint8_t *longer = realloc(*obus, *bytes + packet->data.frame.sz);
        if (!longer) return AOM_CODEC_MEM_ERROR;
        memcpy(longer + *bytes, packet->data.frame.buf, packet->data.frame.sz);
        *obus = longer;
        *bytes += packet->data.frame.sz;
        *found = 1;
    }
    return AOM_CODEC_OK;
}

// Encodes `picture`; on success (0) `*obus` is the caller's, to be given to `darkroom_av1_free`.
aom_codec_err_t darkroom_av1_encode(const struct av1_picture *picture, quantizer_t quantizer, uint8_t **obus, size_t *bytes) {
    aom_codec_ctx_t encoder;
    memset(&encoder, 0, sizeof encoder);
    *obus = NULL;
    *bytes = 0;
    aom_codec_err_t error = configure(&encoder, picture, quantizer);
    const aom_image_t image = wrapped(picture);
    if (!error) error = aom_codec_encode(&encoder, &image, 0, 1, 0);
    int found = 0;
    if (!error) error = append_packets(&encoder, obus, bytes, &found);
    // What the encoder holds back comes out when it is told that there is no more.
    do {
        if (!error) error = aom_codec_encode(&encoder, NULL, 0, 1, 0);
        if (!error) error = append_packets(&encoder, obus, bytes, &found);
    } while (!error && found);
    aom_codec_destroy(&encoder);
    if (error) {
        free(*obus);
        *obus = NULL;
        *bytes = 0;
    }
    return error;
}

void darkroom_av1_free(uint8_t *obus) {
    free(obus);
}

const char *darkroom_av1_message(aom_codec_err_t error) {
    return aom_codec_err_to_string(error);
}

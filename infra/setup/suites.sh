#!/bin/sh
# Puts the test images of libpng, libjpeg-turbo and Go's WebP decoder into target/suites, from Debian's source packages.
# Where one cannot be had, says so and goes on: resizer/tests/suites.rs then leaves it out.
set -u
cd "$(dirname "$0")/../.."

suite() {
    infra/setup/debian_source.sh "$@" || echo "darkroom: goes on without the test images of $2"
}

suite trixie libpng1.6 libpng1.6_1.6.48.orig.tar.gz \
    b17e99026055727e8cba99160c3a9a7f9af788e9f786daeadded5a42243f1dd0 target/suites/libpng
suite trixie libjpeg-turbo libjpeg-turbo_2.1.5.orig.tar.gz \
    254f3642b04e309fee775123133c6464181addc150499561020312ec61c1bf7c target/suites/libjpeg-turbo
suite trixie golang-golang-x-image golang-golang-x-image_0.18.0.orig.tar.gz \
    dd23e3256a92667d201fd031a44294e4d54812e0f6fc69365da3bb4fcf3c730d target/suites/x-image

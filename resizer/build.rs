//! Builds libaom, the encoder alone, and the C file that calls it.

use std::env;

/// As in `infra/setup/libaom.sh`, which fetches it.
const LIBAOM: &str = "target/libaom-3.12.1";
const ENCODER: &str = "src/codec/avif/encoder.c";

/// Everything that is not the encoder of 8 bit pictures.
const OFF: [&str; 10] = [
    "CONFIG_AV1_DECODER",
    "CONFIG_AV1_HIGHBITDEPTH",
    "CONFIG_DENOISE",
    "CONFIG_LIBYUV",
    "CONFIG_MULTITHREAD",
    "CONFIG_WEBM_IO",
    "ENABLE_DOCS",
    "ENABLE_EXAMPLES",
    "ENABLE_TESTS",
    "ENABLE_TOOLS",
];

fn main() {
    // At run time: a target folder that moves keeps working.
    let package = env::current_dir().expect("cargo runs a build script in its package's folder");
    let source = package.join("..").join(LIBAOM);
    println!("cargo::rerun-if-changed=build.rs");
    println!("cargo::rerun-if-changed={ENCODER}");
    println!("cargo::rerun-if-changed={}", source.join("CMakeLists.txt").display());
    if !source.exists() {
        println!("cargo::error=libaom's source is not in {LIBAOM}; `make setup-run` fetches it");
        return;
    }
    cc::Build::new().file(ENCODER).include(&source).compile("darkroom_av1");
    let mut libaom = cmake::Config::new(&source);
    for option in OFF {
        libaom.define(option, "0");
    }
    // What is hot is assembly; -O3, the default, makes a quarter more to compile of the rest.
    libaom.define("CMAKE_C_FLAGS_RELEASE", "-O2 -DNDEBUG");
    let built = libaom.profile("Release").define("ENABLE_NASM", "1").build_target("aom").build();
    println!("cargo::rustc-link-search=native={}", built.join("build").display());
    println!("cargo::rustc-link-lib=static=aom");
}
